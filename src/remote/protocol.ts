// What a page and an engine say to each other, over a port; a model's methods travel by their names.

import type { Checkpoint } from "../checkpoint-state.ts";
import type { ModelOptions } from "../config.ts";
import type { Build } from "../core/builds.ts";
import type { Batch } from "../data/batch-views.ts";
import type { BatchesState } from "../data/batches.ts";
import type { DatasetParts } from "../data/dataset.ts";
import type { DataShape } from "../data/shape.ts";
import type { EngineConfig } from "../engine.ts";
import type { ThreadOrder } from "../host.ts";
import type { BatchResult, ModelInfo } from "../types.ts";

/** The model is target 0, its streams are those from 1. */
export const MODEL = 0;

/** What a call fails with that its signal has stopped; the signal's reason stays with the page. */
export const ABORTED = "aborted";

/** What the page asks of the engine. */
export type EngineCalls = {
  create(options: ModelOptions): { config: EngineConfig; info: ModelInfo };
  /** `call` is the page's number for it; `args` as packer.ts makes them ready. */
  invoke(call: number, target: number, method: string, args: unknown[]): unknown;
  /** `after()` and `checkpoint()` of the last update of a call. */
  after(call: number): BatchResult;
  checkpoint(call: number): Checkpoint;
  abort(call: number): void;
  setLearningRate(rate: number): void;
  forgetDataset(id: number): void;
  forgetStream(target: number): void;
  /** What ended a thread that the page had started. */
  threadFailed(thread: number, reason: string): void;
  close(): void;
};

/** What the engine asks of the page. */
export type PageCalls = {
  compile(build: Build, shared: boolean): WebAssembly.Module;
  /** Starts a thread, which the engine knows by a number of its own; answered when it stands ready. */
  startThread(thread: number, order: ThreadOrder): void;
  /** Calls the function that argument `name` of a call is; the engine waits until it is done. */
  callback(call: number, name: string, value: unknown): void;
  /** The next n sequences of a source of a call's, in the arrays of `batch`; how many they were. */
  draw(call: number, source: number, batch: Batch, n: number): { rows: number; batch: Batch };
  /** Where the batches that a call was given stand, at its end. */
  batches(call: number, state: BatchesState): void;
  /** What the model's properties are now. */
  state(updates: number, learningRate: number): void;
};

export interface DatasetName {
  $dataset: number;
  /** With the first mention alone. */
  parts?: DatasetParts<Uint8Array | Float32Array>;
}

/** What an argument that cannot be sent goes by. */
export type Name =
  | DatasetName
  | { $batches: BatchesState; of: DatasetName }
  | { $source: number; shape: DataShape }
  | { $signal: true }
  | { $callback: string };
