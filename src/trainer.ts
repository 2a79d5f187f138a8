// Updates over batches, as an iterator of plain results.

import { Region } from "../assembly/regions.ts";
import { checkFitOptions } from "./call-options.ts";
import type { Checkpoint, TrainingState } from "./checkpoint-state.ts";
import { emptyBatch } from "./data/batch-views.ts";
import { Batches, type BatchSource } from "./data/batches.ts";
import { Dataset } from "./data/dataset.ts";
import type { Engine } from "./engine.ts";
import { checkFits, evaluate } from "./evaluate.ts";
import { checkObject, whole } from "./layers.ts";
import type { Evaluation } from "./metrics.ts";
import { Turns } from "./turns.ts";
import type { BatchResult, Tensors, TransferOption } from "./types.ts";

export interface FitOptions extends TransferOption {
  /** Updates to make, those before a resume included; default: one epoch, rounded up. A stream without end needs it. */
  updates?: number;
  /** Whole epochs instead, each rounded up to whole batches. */
  epochs?: number;
  /** false takes the dataset's order. */
  shuffle?: boolean;
  /** Seed of the shuffle; default the model's seed. */
  seed?: number;
  /**
   * Goes on where a checkpoint's training stood, on an equal dataset, with the options it had: the same bits as if it
   * had never stopped. The model is the one that `resumeModel` made of the checkpoint.
   */
  resume?: TrainingState;
  /** Evaluated every `validateEvery` updates and after the last, where their number is known. */
  validationData?: Dataset;
  /** Default: an epoch's updates; a stream needs it. */
  validateEvery?: number;
  /** Ends the training after this many validations in a row without a lower loss; needs validationData. */
  patience?: number;
  /** true: the weights of the validation with the lowest loss are put back at the end; needs validationData. */
  restoreBest?: boolean;
  /** Called after each update. */
  onUpdate?: (result: UpdateResult) => unknown;
  /** Stops the training before its next update; fit then throws the signal's reason. */
  signal?: AbortSignal;
}

export interface UpdateResult extends BatchResult {
  /** Number of this update, from 0. */
  step: number;
  /** Milliseconds it took, drawing the batch included. */
  ms: number;
  /** What the validation after this update gave, if there was one. */
  validation?: Evaluation;
  /** Evaluates the same batch again, with the weights after the update; before the model is used for another. */
  after(): Promise<BatchResult>;
  /**
   * The training as it stands after this update, before it goes on: see `resumeModel` for the way back. Not for a
   * training on a stream.
   */
  checkpoint(): Promise<Checkpoint>;
}

/** What each update reported, in order. */
export interface History {
  loss: number[];
  accuracy: number[];
  /** Validations: the update each followed, its loss and accuracy. */
  validation: { step: number; loss: number; accuracy: number }[];
}

export async function* train(
  engine: Engine,
  data: Dataset | BatchSource,
  options: FitOptions,
): AsyncGenerator<UpdateResult, void, void> {
  const { batchSize } = engine.config;
  checkOptions(engine, data, options);
  const { signal, validationData, resume } = options;
  const source = data instanceof Dataset ? batchesOf(engine, data, options) : data;
  const updates = updatesOf(options, data instanceof Dataset ? data.count : undefined, batchSize);
  const every =
    options.validateEvery ?? (data instanceof Dataset ? Math.ceil(data.count / batchSize) : updates);
  // A stream's batches have memory of their own: while one is awaited the model may serve others.
  const drawn = emptyBatch(source.shape, source instanceof Batches ? 0 : batchSize);
  const best = new Best(engine, options);
  const turns = new Turns();
  let done = resume?.done ?? 0;
  try {
    while (done < updates && !best.isOver) {
      signal?.throwIfAborted();
      const start = performance.now();
      let n = batchSize;
      if (source instanceof Batches) engine.pull(source, n);
      else {
        n = await source.nextInto(drawn, batchSize);
        whole(`number of sequences of ${source.shape.name}`, n, 0, batchSize);
        if (n === 0) break;
        engine.put(drawn, source.shape, n);
      }
      const { batch } = engine.input;
      const { loss, accuracy } = engine.update(n);
      const end = performance.now();
      const step = done++;
      if (!Number.isFinite(loss)) {
        requireFiniteWeights(engine, step);
        throw new Error(
          `the loss at update ${step} is ${loss}: training stopped, the weights are those before this update`,
        );
      }
      const result: UpdateResult = {
        step,
        loss,
        accuracy,
        ms: Math.max(0, end - start), // a clock may be set back
        after: async () => {
          if (engine.input.batch !== batch) {
            throw new Error(`after() of update ${step} was called when its batch was no longer in place`);
          }
          return engine.evaluate(n);
        },
        checkpoint: async () => {
          if (done !== step + 1 || best.isBack) {
            throw new Error(`checkpoint() of update ${step} was called when the training had gone on`);
          }
          return engine.checkpoint({ done, batches: stateOf(source), ...best.state() });
        },
      };
      if (validationData && ((step + 1) % every === 0 || step === updates - 1)) {
        // The validation takes the place of the batch, so this comes first.
        const again = await result.after();
        result.after = async () => again;
        result.validation = await evaluate(engine, validationData, { signal });
        best.note(result.validation.loss);
      }
      await options.onUpdate?.(result);
      yield result;
      await turns.give();
    }
  } finally {
    best.restore();
  }
  requireFiniteWeights(engine, done);
}

/** Throws when updates whose losses were finite, `done` of them, have led to weights that are not. */
function requireFiniteWeights(engine: Engine, done: number): void {
  const bad = engine.notFiniteIn(Region.Parameters);
  if (bad === undefined) return;
  throw new Error(
    `after ${done} updates ${bad}: training has diverged; ` +
      "a lower learningRate, clipNorm or data of a smaller scale may help",
  );
}

function batchesOf({ config }: Engine, dataset: Dataset, { seed, shuffle, resume }: FitOptions): Batches {
  const batches = new Batches(dataset, { seed: seed ?? config.seed, shuffle: shuffle ?? true });
  if (resume) batches.restore(resume.batches);
  return batches;
}

function stateOf(source: BatchSource): TrainingState["batches"] {
  if (source instanceof Batches) return source.state();
  throw new TypeError("a checkpoint needs training on a dataset: a stream cannot say where it stands");
}

// The lowest validation loss so far, and the weights that had it.
class Best {
  readonly #engine: Engine;
  readonly #patience: number;
  readonly #restores: boolean;
  #loss: number;
  #since: number;
  #weights: Tensors | undefined;
  #isBack = false;

  constructor(engine: Engine, { patience, restoreBest, resume }: FitOptions) {
    this.#engine = engine;
    this.#patience = patience ?? Number.POSITIVE_INFINITY;
    this.#restores = restoreBest ?? false;
    this.#loss = resume?.best?.loss ?? Number.MAX_VALUE;
    this.#since = resume?.best?.since ?? 0;
    this.#weights = resume?.bestWeights;
  }

  note(loss: number): void {
    this.#since++;
    if (!(loss < this.#loss)) return;
    this.#loss = loss;
    this.#since = 0;
    if (this.#restores) this.#weights = this.#engine.tensors(Region.Parameters);
  }

  /** Whether its weights have been put back. */
  get isBack(): boolean {
    return this.#isBack;
  }

  get isOver(): boolean {
    return this.#since >= this.#patience;
  }

  state(): Pick<TrainingState, "best" | "bestWeights"> {
    return {
      best: { loss: this.#loss, since: this.#since },
      ...(this.#weights && { bestWeights: this.#weights }),
    };
  }

  // The optimiser's state stays.
  restore(): void {
    if (!this.#weights) return;
    this.#engine.setTensors(Region.Parameters, this.#weights);
    this.#isBack = true;
  }
}

function checkOptions(engine: Engine, data: Dataset | BatchSource, options: FitOptions): void {
  const { config } = engine;
  checkFitOptions(options);
  if (
    !(data instanceof Dataset) &&
    (typeof data?.nextInto !== "function" || typeof (data.shape ?? 0) !== "object")
  ) {
    throw new TypeError("what is trained on must be a Dataset of this library or a source of batches");
  }
  checkFits(config, data instanceof Dataset ? data : data.shape);
  const { validationData, validateEvery, patience, restoreBest, resume } = options;
  if (validationData) {
    checkFits(config, validationData);
    // Without a sequence the loss is 0, which no weights could better.
    if (validationData.count === 0) {
      throw new RangeError("validationData must hold at least 1 sequence, got 0");
    }
  }
  if (validateEvery !== undefined) whole("validateEvery", validateEvery, 1, Number.MAX_SAFE_INTEGER);
  if (patience !== undefined) whole("patience", patience, 1, Number.MAX_SAFE_INTEGER);
  if (!validationData && (patience !== undefined || restoreBest)) {
    throw new TypeError(`${patience !== undefined ? "patience" : "restoreBest"} needs validationData`);
  }
  if (validationData && validateEvery === undefined && !(data instanceof Dataset)) {
    throw new TypeError("validationData needs validateEvery when training on a stream");
  }
  if (resume !== undefined) checkResume(engine, data, resume);
}

// What Batches.restore checks is left to it.
function checkResume(engine: Engine, data: Dataset | BatchSource, resume: TrainingState): void {
  if (!(data instanceof Dataset)) throw new TypeError("resume needs training on a dataset, got a stream");
  checkObject(resume, "resume", { done: 0, batches: 0, best: 0, bestWeights: 0 });
  const { done, batches, best, bestWeights } = resume;
  whole("resume.done", done, 0, Number.MAX_SAFE_INTEGER);
  const cursor = { random: 0, order: 0, cursor: 0, epochsCompleted: 0, shuffle: 0 };
  checkObject(batches, "resume.batches", cursor);
  if (best !== undefined) checkObject(best, "resume.best", { loss: 0, since: 0 });
  if (bestWeights) engine.checkTensors(bestWeights, "resume.bestWeights");
}

function updatesOf({ updates, epochs }: FitOptions, count: number | undefined, batchSize: number): number {
  if (updates !== undefined && epochs !== undefined) {
    throw new TypeError("give updates or epochs, not both");
  }
  if (updates !== undefined) {
    whole("updates", updates, 0, Number.MAX_SAFE_INTEGER);
    return updates;
  }
  if (count === undefined) {
    if (epochs !== undefined) throw new TypeError("epochs need a dataset: a stream knows its own");
    return Number.POSITIVE_INFINITY;
  }
  whole("epochs", epochs ?? 1, 0, Number.MAX_SAFE_INTEGER);
  return (epochs ?? 1) * Math.ceil(count / batchSize);
}
