// The parameters as named tensors: names, shapes, and where they lie.

import { CellRegion, Region } from "../../assembly/regions.ts";
import { gateCount, layerWidth } from "../layers.ts";
import type { Tensors } from "../types.ts";
import type { CellView, ModelMemory, PlanConfig } from "./memory.ts";

export interface Parameter {
  name: string;
  shape: number[];
  /** Of its first value in a block of the parameters' length. */
  offset: number;
}

/** The tensors of a model in the order of memory. */
export function parameterList(memory: ModelMemory, config: PlanConfig): Parameter[] {
  const { features: I, projectionUnits: P, layers, head } = config;
  const parameters: Parameter[] = [];
  const start = memory.floats(Region.Parameters).byteOffset;
  const add = (name: string, shape: number[], view: Float32Array) =>
    parameters.push({ name, shape, offset: (view.byteOffset - start) / 4 });
  if (P > 0) {
    add("projection.kernel", [I, P], memory.floats(Region.ProjectionKernel));
    add("projection.bias", [P], memory.floats(Region.ProjectionBias));
  }
  for (const [k, cell] of memory.cells.entries()) {
    const inputs = cell.layer === 0 ? P || I : layerWidth(layers[cell.layer - 1]);
    const prefix = `layers.${cell.layer}.${cell.reversed ? "reverse." : ""}`;
    for (const [name, region, shape] of cellTensors(cell, inputs)) {
      add(prefix + name, shape, memory.cellFloats(k, region));
    }
  }
  add("head.kernel", [layerWidth(layers[layers.length - 1]), head.units], memory.floats(Region.HeadKernel));
  add("head.bias", [head.units], memory.floats(Region.HeadBias));
  return parameters;
}

// Gates i, f, g, o of an LSTM and z, r, n of a GRU in every row.
function cellTensors(
  { config, units: H, outputs: R }: CellView,
  X: number,
): [string, CellRegion, number[]][] {
  const columns = gateCount(config) * H;
  const twoBiases = config.type === "gru" && config.resetAfter;
  const tensors: [string, CellRegion, number[]][] = [
    ["kernel", CellRegion.Kernel, [X, columns]],
    ["recurrent_kernel", CellRegion.RecurrentKernel, [R, columns]],
    ["bias", CellRegion.Bias, twoBiases ? [2, columns] : [columns]],
  ];
  if (config.peepholes) tensors.push(["peephole", CellRegion.Peephole, [3, H]]);
  if (config.recurrentProjectionUnits > 0) {
    tensors.push(["projection_kernel", CellRegion.InnerKernel, [H, R]]);
  }
  return tensors;
}

/** Throws a RangeError beginning with `name` unless the tensors are exactly those of the list, all finite. */
export function checkTensors(
  tensors: Tensors,
  list: readonly { name: string; shape: readonly number[] }[],
  name: string,
): void {
  for (const other of tensors.keys()) {
    if (list.some((parameter) => parameter.name === other)) continue;
    throw new RangeError(`${name}: expected only ${list.map(({ name }) => name).join(", ")}, got ${other}`);
  }
  for (const { name: tensor, shape } of list) {
    const got = tensors.get(tensor);
    if (got === undefined) {
      throw new RangeError(`${name}: expected tensor ${tensor}, got only ${[...tensors.keys()].join(", ")}`);
    }
    const text = (shape: readonly number[]) => `[${shape.join(",")}]`;
    if (text(got.shape) !== text(shape)) {
      throw new RangeError(
        `${name}: tensor ${tensor}: expected shape ${text(shape)}, got ${text(got.shape)}`,
      );
    }
    const length = shape.reduce((a, b) => a * b, 1);
    if (got.data.length !== length) {
      throw new RangeError(`${name}: tensor ${tensor}: expected ${length} values, got ${got.data.length}`);
    }
    const bad = got.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new RangeError(
        `${name}: tensor ${tensor}: expected finite values, got ${got.data[bad]} as value ${bad}`,
      );
    }
  }
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
