// Plain data that crosses the borders of the library's folders; types only.

import type { Build } from "./core/builds.ts";

/** A tensor as plain data: row-major float32 values and their shape. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Named tensors, e.g. the weights of a model under their native names. */
export type Tensors = Map<string, Tensor>;

export interface BatchResult {
  /** Mean softmax cross-entropy of the batch, nats. */
  loss: number;
  /** Share of the batch whose most probable class is the label. */
  accuracy: number;
}

export interface SequenceOptions extends LengthsOption {
  /**
   * true: begin from the state in which the batch before ended, row by row, instead of from zero. The gradient
   * ends at the border (truncated back-propagation). Needs a batch of as many sequences as the one before.
   */
  keepState?: boolean;
}

export interface TransferOption {
  /**
   * true: the arrays, or a dataset's values, are given up; where the engine runs in a worker they move there instead
   * of being copied, and are empty here afterwards. A dataset that was given up is good for the same model only.
   */
  transfer?: boolean;
}

export interface EvaluateOptions extends TransferOption {
  /** Stops the evaluation, which then throws the signal's reason. */
  signal?: AbortSignal;
}

export interface LengthsOption extends TransferOption {
  /**
   * Steps of each sequence, 0 to timeSteps; default all. What lies behind a sequence's end, finite values, changes nothing: its state
   * stays as it is at the end, and the head reads that (TensorFlow's `sequence_length`).
   */
  lengths?: ArrayLike<number>;
}

export interface Prediction {
  /** The most probable class of each sequence. */
  classes: Int32Array;
  /** [n, classes], each row sums to 1. */
  probabilities: Float32Array;
}

export interface Applied extends Prediction {
  /** [n, classes], before the softmax. */
  logits: Float32Array;
  /** h of every step, [n, timeSteps, units]. */
  outputs: Float32Array;
  /** The state after the last step, each [n, units]. */
  finalState: { h: Float32Array; c: Float32Array };
}

export interface ModelInfo {
  /** Build of the core that runs. */
  build: Build;
  /** Workers that share an update. */
  threads: number;
  /** Whether the engine runs in a worker of its own, beside the thread that made the model. */
  worker: boolean;
  /** Number of parameters. */
  parameters: number;
  /** Bytes of linear memory, fixed for the model's life. */
  memoryBytes: number;
  /** Floating-point operations of the products of one full update as they are done, the projection folded. */
  flopsPerUpdate: number;
  /** The same for the model as it is written down, every product unfolded. */
  naiveFlopsPerUpdate: number;
}
