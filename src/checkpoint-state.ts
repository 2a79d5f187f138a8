// What a training goes on from to the same bits, as plain data: weights, moments, the optimiser's numbers, the model's
// options, where the batches and the training stand. checkpoint.ts makes files of it.

import type { ModelConfig, ModelOptions } from "./config.ts";
import type { BatchesState } from "./data/batches.ts";
import type { Tensors } from "./types.ts";

/** The optimiser's numbers besides the moments. */
export interface OptimizerNumbers {
  /** Updates made. */
  updates: number;
  learningRate: number;
  /** beta1 and beta2 to the power of the updates. */
  beta1Power: number;
  beta2Power: number;
}

/** Where a call of fit or train stands. */
export interface TrainingState {
  /** Updates that it has made. */
  done: number;
  batches: BatchesState;
  /** The lowest validation loss so far, and validations since; none yet when undefined. */
  best?: { loss: number; since: number };
  /** The weights that had it, when they are to be put back. */
  bestWeights?: Tensors;
}

export interface Checkpoint {
  /** Of the model; without build and threads, which are the machine's. */
  options: ModelOptions;
  weights: Tensors;
  firstMoment: Tensors;
  secondMoment: Tensors;
  optimizer: OptimizerNumbers;
  training?: TrainingState;
  /** Strings of the caller. */
  metadata: Record<string, string>;
}

/** The options that a checkpoint keeps. */
export function keptOptions({ build: _, threads: __, classWeights, ...options }: ModelConfig): ModelOptions {
  return { ...options, ...(classWeights && { classWeights }) };
}
