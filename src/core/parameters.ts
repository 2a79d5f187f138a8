// The parameters as named tensors: names, shapes, and where they lie.

import { CellRegion, Region } from "../../assembly/regions.ts";
import { directionsOf, tensorShapes } from "../tensor-shapes.ts";
import type { Tensors } from "../types.ts";
import type { ModelMemory, PlanConfig } from "./memory.ts";

export interface Parameter {
  name: string;
  shape: readonly number[];
  /** Of its first value in a block of the parameters' length. */
  offset: number;
}

const DENSE: Record<string, Region> = {
  "projection.kernel": Region.ProjectionKernel,
  "projection.bias": Region.ProjectionBias,
  "head.kernel": Region.HeadKernel,
  "head.bias": Region.HeadBias,
};
const OF_CELL: Record<string, CellRegion> = {
  kernel: CellRegion.Kernel,
  recurrent_kernel: CellRegion.RecurrentKernel,
  bias: CellRegion.Bias,
  peephole: CellRegion.Peephole,
  projection_kernel: CellRegion.InnerKernel,
};

/** The tensors of a model in the order of memory. */
export function parameterList(memory: ModelMemory, config: PlanConfig): Parameter[] {
  const prefixes = directionsOf(config).map(({ prefix }) => prefix);
  const start = memory.floats(Region.Parameters).byteOffset;
  return Array.from(tensorShapes(config), ([name, shape]) => {
    const variable = name.slice(name.lastIndexOf(".") + 1);
    const view = Object.hasOwn(DENSE, name)
      ? memory.floats(DENSE[name])
      : memory.cellFloats(prefixes.indexOf(name.slice(0, -variable.length)), OF_CELL[variable]);
    return { name, shape, offset: (view.byteOffset - start) / 4 };
  });
}

/** Views of the tensors in `block`, the parameters themselves or a block of their length and order. */
export function tensorViews(memory: ModelMemory, list: readonly Parameter[], block: Region): Tensors {
  const values = memory.floats(block);
  return new Map(
    list.map(({ name, shape, offset }) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [name, { shape, data: values.subarray(offset, offset + length) }];
    }),
  );
}

/** Copies of the same. */
export function copyTensors(memory: ModelMemory, list: readonly Parameter[], block: Region): Tensors {
  return new Map(
    [...tensorViews(memory, list, block)].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.slice() },
    ]),
  );
}
