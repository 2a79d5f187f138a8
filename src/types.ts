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
  /** Mean loss of the batch: cross-entropy in nats, or the squared error. */
  loss: number;
  /** Share of classes, or of labels, that were right; NaN for a linear head. */
  accuracy: number;
}

/** The state of one direction of a layer, of n sequences. */
export interface CellState {
  /** [n, units], or [n, recurrentProjectionUnits]. */
  h: Float32Array;
  /** [n, units]; an LSTM's alone. */
  c?: Float32Array;
}

export interface TransferOption {
  /**
   * true: the arrays, or a dataset's values, are given up; in a browser they move to the engine instead of being
   * copied, and are empty here afterwards. A dataset that was given up is good for the same model only.
   */
  transfer?: boolean;
}

export interface EvaluateOptions extends TransferOption {
  /** Stops the evaluation, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/** What went on in one direction of a layer, step by step; zero behind a sequence's end. */
export interface CellTrace {
  /** Number of the layer, and whether it read the sequence backwards. */
  layer: number;
  reversed: boolean;
  /** [n, timeSteps, gates, units] after their activations: i, f, g, o of an LSTM, z, r, n of a GRU, h of a plain layer. */
  gates: Float32Array;
  /** [n, timeSteps, units] after each step; an LSTM's alone. */
  cellState?: Float32Array;
}

export interface LengthsOption extends TransferOption {
  /**
   * Steps of each sequence, 0 to timeSteps; default all. What lies behind a sequence's end, finite values, changes
   * nothing: its state stays as it is at the end, and the head reads that (TensorFlow's `sequence_length`).
   */
  lengths?: ArrayLike<number>;
}

export interface InitialStateOption {
  /** State before the first step, of each layer and direction: layer by layer, forward before reverse. Default zero. */
  initialState?: readonly CellState[];
}

export interface SequenceOptions extends LengthsOption, InitialStateOption {
  /**
   * true: begin from the state in which the batch before ended, row by row, instead of from zero. The gradient
   * ends at the border (truncated back-propagation). Needs a batch of as many sequences as the one before.
   */
  keepState?: boolean;
  /** Factor of each sequence's loss, 0 or more; default 1 each. They scale the mean, they do not divide it (as Keras). */
  sampleWeights?: ArrayLike<number>;
}

/** An item is a sequence, or a step, [n, timeSteps], when every step has an output; all is zero behind a sequence's end. */
export interface Prediction {
  /** What the head gives, [items, units]. */
  values: Float32Array;
  /** The same of a softmax or a sigmoid; empty for a linear head. */
  probabilities: Float32Array;
  /** The most probable class of each item of a softmax, -1 behind a sequence's end; empty for other heads. */
  classes: Int32Array;
}

export interface Applied extends Prediction {
  /** What the head gives before its activation, [items, units]. */
  logits: Float32Array;
  /** What the last layer gives, [n, timeSteps, width], both directions side by side; zero behind a sequence's end. */
  outputs: Float32Array;
  /** The state after the last step, of each layer and direction. */
  finalState: CellState[];
}

export interface Trace extends Applied {
  /** Of each layer and direction. */
  cells: CellTrace[];
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
