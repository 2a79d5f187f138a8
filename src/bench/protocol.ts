// What the benchmark and its contenders say to each other, one line of JSON a message: commands to the
// contender's standard input, replies from its file descriptor 3. Types only.

import type { Tensors } from "../types.ts";

/** Sizes of a model, in the words of the library's options. */
export interface Sizes {
  batchSize: number;
  timeSteps: number;
  features: number;
  /** 0: no projection. */
  projectionUnits: number;
  units: number;
  classes: number;
}

/** What a contender is started with. */
export interface Order {
  sizes: Sizes;
  threads: number;
  /** Learning rate of Adam. */
  learningRate: number;
  /** Added to the forget gate. */
  forgetBias: number;
  /** A safetensors file of native weights; null: the contender's own seeded ones. */
  weights: string | null;
  /** A file of f32 [batches, rows, timeSteps, features], then i32 [batches, rows]. */
  data: { path: string; batches: number; rows: number };
  /** Which of its forms the side takes, e.g. a build. */
  options: Record<string, string>;
}

export type Command =
  | { do: "start"; order: Order }
  /** `warm` updates, then `count` timed ones, from batch `first` on. */
  | { do: "train"; first: number; warm: number; count: number }
  /** The same for passes over the first `rows` rows of the first batch. */
  | { do: "predict"; rows: number; warm: number; count: number }
  | { do: "phases"; count: number }
  /** Also the reply to "start"; a side may know more of itself once it has run. */
  | { do: "about" }
  | { do: "memory" };

/** The reply to each command, or what went wrong. */
export type Reply = { ok: unknown } | { error: string };

/** What a side says of itself once it has started. */
export interface About {
  /** Name and version, the form that runs, e.g. "PyTorch 2.1, nn.LSTM". */
  name: string;
  /** Operations of one update (or of one call of a ceiling): as they are done, and as the model is written. */
  flops?: number;
  naiveFlops?: number;
}

export interface Timed {
  /** Milliseconds of the timed part as a whole. */
  ms: number;
}

export interface Trained extends Timed {
  /** Loss of each update, the warm ones too. */
  losses: number[];
}

export interface Predicted extends Timed {
  /** Probabilities of the last pass. */
  probabilities: number[];
}

export interface Memory {
  /** The largest resident size of the process so far. */
  peakBytes: number;
  /** WebAssembly memory. */
  linearBytes?: number;
}

/** One phase of an update: milliseconds and real operations of its products. */
export interface PhaseTime {
  name: string;
  ms: number;
  flops: number;
}

export interface Batch {
  /** [batchSize, timeSteps, features] */
  x: Float32Array;
  labels: Int32Array;
}

/** What a module that runs in a contender's Node process exports as `start`. */
export type StartSide = (order: SideOrder) => Promise<Side>;

/** An order with its files read. */
export interface SideOrder extends Omit<Order, "weights" | "data"> {
  weights: Tensors | null;
}

export interface Side {
  about: About;
  /** One update; returns its loss before the update. */
  train?(batch: Batch): number | Promise<number>;
  /** Probabilities of the rows in x. */
  predict?(x: Float32Array): ArrayLike<number> | Promise<ArrayLike<number>>;
  /** Each phase of an update, the median of `count` updates. */
  phases?(count: number): Promise<PhaseTime[]>;
  /** Bytes of WebAssembly memory. */
  linearBytes?(): number | undefined;
}
