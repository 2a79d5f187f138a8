// Updates over batches of a dataset, as an iterator of plain results.

import { Batches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import { whole } from "./layers.ts";
import type { Evaluation } from "./metrics.ts";
import type { LstmModel } from "./model.ts";
import { Turns } from "./turns.ts";
import type { BatchResult, TransferOption } from "./types.ts";

export interface FitOptions extends TransferOption {
  /** Updates to make; default: one epoch, rounded up. */
  updates?: number;
  /** Whole epochs instead, each rounded up to whole batches. */
  epochs?: number;
  /** false takes the dataset's order. */
  shuffle?: boolean;
  /** Seed of the shuffle; default the model's seed. */
  seed?: number;
  /** Batches to draw from instead of fresh ones, to go on where an earlier training stopped. */
  batches?: Batches;
  /** Evaluated every `validateEvery` updates and after the last. */
  validationData?: Dataset;
  /** Default: an epoch's updates. */
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
  /** Evaluates the same batch again, with the weights after the update. */
  after(): Promise<BatchResult>;
}

/** What each update reported, in order. */
export interface History {
  loss: number[];
  accuracy: number[];
  /** Validations: the update each followed, its loss and accuracy. */
  validation: { step: number; loss: number; accuracy: number }[];
}

export async function* train(
  model: LstmModel,
  dataset: Dataset,
  options: FitOptions,
): AsyncGenerator<UpdateResult, void, void> {
  const { batchSize, seed } = model.config;
  const { signal, validationData } = options;
  const updates = updatesOf(options, dataset.count, batchSize);
  checkFits(model, dataset, options);
  const batches =
    options.batches ?? new Batches(dataset, { seed: options.seed ?? seed, shuffle: options.shuffle ?? true });
  const every = options.validateEvery ?? Math.ceil(dataset.count / batchSize);
  const best = new Best(options);
  const turns = new Turns();
  try {
    for (let step = 0; step < updates; step++) {
      signal?.throwIfAborted();
      const start = performance.now();
      const { loss, accuracy } = model.updateFrom(batches, batchSize);
      const end = performance.now();
      if (!Number.isFinite(loss)) {
        throw new Error(
          `the loss at update ${step} is ${loss}: training stopped, the weights are those before this update`,
        );
      }
      const result: UpdateResult = {
        step,
        loss,
        accuracy,
        ms: end - start,
        after: async () => model.evaluateAgain(batchSize),
      };
      if (validationData && ((step + 1) % every === 0 || step === updates - 1)) {
        // The validation takes the place of the batch, so this comes first.
        const again = await result.after();
        result.after = async () => again;
        result.validation = await model.evaluate(validationData, { signal });
        best.note(result.validation.loss, model);
      }
      await options.onUpdate?.(result);
      yield result;
      if (best.isOver) return;
      await turns.give();
    }
  } finally {
    best.restore(model);
  }
}

// The lowest validation loss so far, and the weights that had it.
class Best {
  readonly #patience: number;
  readonly #restores: boolean;
  #loss = Number.POSITIVE_INFINITY;
  #since = 0;
  #weights: Float32Array | undefined;

  constructor({ patience, restoreBest }: FitOptions) {
    this.#patience = patience ?? Number.POSITIVE_INFINITY;
    this.#restores = restoreBest ?? false;
  }

  note(loss: number, model: LstmModel): void {
    this.#since++;
    if (!(loss < this.#loss)) return;
    this.#loss = loss;
    this.#since = 0;
    if (this.#restores) this.#weights = model.parameters();
  }

  get isOver(): boolean {
    return this.#since >= this.#patience;
  }

  restore(model: LstmModel): void {
    if (this.#weights) model.setParameters(this.#weights);
  }
}

function checkFits(model: LstmModel, dataset: Dataset, options: FitOptions): void {
  model.checkFits(dataset);
  const { validationData, validateEvery, patience, restoreBest } = options;
  if (validationData) {
    model.checkFits(validationData);
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
}

function updatesOf({ updates, epochs }: FitOptions, count: number, batchSize: number): number {
  if (updates !== undefined && epochs !== undefined) {
    throw new TypeError("give updates or epochs, not both");
  }
  if (updates !== undefined) {
    whole("updates", updates, 0, Number.MAX_SAFE_INTEGER);
    return updates;
  }
  whole("epochs", epochs ?? 1, 0, Number.MAX_SAFE_INTEGER);
  return (epochs ?? 1) * Math.ceil(count / batchSize);
}
