// What a model offers, wherever its engine runs.

import type { LstmModel } from "./model.ts";
import type { Stream } from "./stream.ts";

/** A model: `createModel` makes it. */
export type Model = Pick<
  LstmModel,
  | "config"
  | "info"
  | "updates"
  | "learningRate"
  | "trainOnBatch"
  | "evaluateOnBatch"
  | "fit"
  | "train"
  | "evaluate"
  | "predict"
  | "apply"
  | "trace"
  | "weights"
  | "gradients"
  | "setWeights"
  | "save"
  | "load"
  | "checkpoint"
  | "restore"
  | "close"
> & {
  stream(...options: Parameters<LstmModel["stream"]>): Promise<ModelStream>;
};

/** Inference step by step: `model.stream()` makes it. */
export type ModelStream = Pick<Stream, "streams" | "push" | "reset" | "close">;
