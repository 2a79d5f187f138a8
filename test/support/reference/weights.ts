// Named tensors of a model, and the ones that a cell reads.

import { type ReferenceModel, weightShapes } from "./model.ts";

/** Row-major values under the native weight names; gradients bear the names of their weights. */
export type Weights64 = Map<string, Float64Array>;

/** The tensors of one direction of one layer; X, R, H and G H (all gates side by side) as in weightShapes. */
export interface CellTensors {
  /** [X, G H] */
  kernel: Float64Array;
  /** [R, G H] */
  recurrentKernel: Float64Array;
  /** [G H]; of a gru with resetAfter [2, 3H]: to the input's product, to the recurrent one. */
  bias: Float64Array;
  /** [3, H]: of i, f, o. */
  peephole?: Float64Array;
  /** [H, R] */
  projectionKernel?: Float64Array;
}

/** Every tensor of the model, its values made in order from its size. */
export function makeWeights(model: ReferenceModel, values: (size: number) => Float64Array): Weights64 {
  const shapes = [...weightShapes(model)];
  return new Map(shapes.map(([name, shape]) => [name, values(shape.reduce((a, b) => a * b, 1))]));
}

/** The tensors themselves, not copies. */
export function cellTensors(weights: Weights64, l: number, direction: string): CellTensors {
  const tensor = (name: string) => weights.get(`layers.${l}.${direction}${name}`);
  return {
    kernel: tensor("kernel")!,
    recurrentKernel: tensor("recurrent_kernel")!,
    bias: tensor("bias")!,
    peephole: tensor("peephole"),
    projectionKernel: tensor("projection_kernel"),
  };
}
