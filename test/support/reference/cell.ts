// One step of one sequence through one cell, whatever its type: what a step is given, and what it gives.

import { gruStep } from "./gru.ts";
import { lstmStep } from "./lstm.ts";
import type { ReferenceLayer } from "./model.ts";
import { rnnStep } from "./rnn.ts";
import type { CellTensors } from "./weights.ts";

export interface CellState {
  /** [R] */
  h: Float64Array;
  /** [H] of an lstm, [0] of the others. */
  c: Float64Array;
}

/** A step that was made: the state after it, and how gradients go back through it. */
export interface Step extends CellState {
  /** [G H] after their activations: lstm i, f, g, o; gru z, r, n; rnn h itself. */
  gates: Float64Array;
  /** lstm: [H], c before it was clipped. */
  unclipped?: Float64Array;
  /**
   * From the gradients of h and c after the step to those of x and of h and c before it; adds those of the
   * tensors to `gradients`.
   */
  backward(dh: Float64Array, dc: Float64Array, gradients: CellTensors): StepGradients;
}

export interface StepGradients {
  dx: Float64Array;
  dh: Float64Array;
  dc: Float64Array;
}

/** x [X]; `factors` [R] of h in the recurrent product, 0 or 1/(1-p); none: all 1. */
export type CellStep = (
  layer: ReferenceLayer,
  tensors: CellTensors,
  x: Float64Array,
  before: CellState,
  factors: Float64Array | undefined,
) => Step;

export const cellSteps: Record<ReferenceLayer["type"], CellStep> = {
  lstm: lstmStep,
  gru: gruStep,
  rnn: rnnStep,
};
