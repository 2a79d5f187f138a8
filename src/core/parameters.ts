// The parameters as named tensors: names, shapes, and where they lie.

import { Region } from "../../assembly/regions.ts";
import type { Tensors } from "../types.ts";
import type { Dimensions, ModelMemory } from "./memory.ts";

interface Parameter {
  name: string;
  region: Region;
  shape: number[];
}

/** The tensors of a model in the order of memory; gates i, f, g, o in every 4 units. */
export function parameterList(dimensions: Dimensions): Parameter[] {
  const { features: I, projectionUnits: P, units: H, classes: C } = dimensions;
  const projection = [
    { name: "projection.kernel", region: Region.ProjectionKernel, shape: [I, P] },
    { name: "projection.bias", region: Region.ProjectionBias, shape: [P] },
  ];
  return [
    ...(P > 0 ? projection : []),
    { name: "lstm.kernel", region: Region.Kernel, shape: [P || I, 4 * H] },
    { name: "lstm.recurrent_kernel", region: Region.RecurrentKernel, shape: [H, 4 * H] },
    { name: "lstm.bias", region: Region.Bias, shape: [4 * H] },
    { name: "head.kernel", region: Region.HeadKernel, shape: [H, C] },
    { name: "head.bias", region: Region.HeadBias, shape: [C] },
  ];
}

/** Copies of the tensors in `block`, the parameters themselves or a block of their length and order. */
export function copyTensors(memory: ModelMemory, dimensions: Dimensions, block: Region): Tensors {
  return new Map(
    parameterList(dimensions).map(({ name, region, shape }) => [
      name,
      { shape, data: memory.slot(block, region).slice() },
    ]),
  );
}
