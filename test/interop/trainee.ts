// What the sides of the comparison have in common; types only.

import type { LstmShape, Weights64 } from "../support/reference/index.ts";

/** Named row-major values under the native weight names. */
export type Values = Map<string, ArrayLike<number>>;

export interface AdamOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  /** As in TensorFlow 1: beside the root of the uncorrected second moment. */
  epsilon: number;
}

/** A model in training, whoever computes it; x is [B,T,I]. */
export interface Trainee {
  /** [B,C]. */
  probabilities(x: Float32Array): Promise<ArrayLike<number>>;
  /** One batch: loss, accuracy and gradients from before the update, which is made. */
  train(x: Float32Array, labels: Int32Array): Promise<Trained>;
  weights(): Promise<Values>;
  close(): void;
}

export interface Trained {
  loss: number;
  accuracy: number;
  gradients: Values;
}

/** Starts a trainee from the given weights, which it copies. */
export type Start = (shape: LstmShape, weights: Weights64, adam: AdamOptions) => Promise<Trainee>;
