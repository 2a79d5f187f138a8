// Updates over batches of a dataset, as an iterator of plain results.

import { whole } from "./config.ts";
import { Batches } from "./data/batches.ts";
import type { Dataset } from "./data/dataset.ts";
import type { BatchResult, LstmModel } from "./model.ts";
import { Turns } from "./turns.ts";

export interface FitOptions {
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
  /** Called after each update. */
  onUpdate?: (result: UpdateResult) => void | Promise<void>;
  /** Stops the training before its next update; fit then throws the signal's reason. */
  signal?: AbortSignal;
}

export interface UpdateResult extends BatchResult {
  /** Number of this update, from 0. */
  step: number;
  /** Milliseconds it took, drawing the batch included. */
  ms: number;
  /** Evaluates the same batch again, with the weights after the update. */
  after(): BatchResult;
}

/** What each update reported, in order. */
export interface History {
  loss: number[];
  accuracy: number[];
}

export async function* train(
  model: LstmModel,
  dataset: Dataset,
  options: FitOptions,
): AsyncGenerator<UpdateResult, void, void> {
  model.checkFits(dataset);
  const { batchSize, seed } = model.config;
  const updates = updatesOf(options, dataset.count, batchSize);
  const batches =
    options.batches ?? new Batches(dataset, { seed: options.seed ?? seed, shuffle: options.shuffle ?? true });
  const turns = new Turns();
  for (let step = 0; step < updates; step++) {
    options.signal?.throwIfAborted();
    const start = performance.now();
    const { loss, accuracy } = model.updateFrom(batches, batchSize);
    const end = performance.now();
    if (!Number.isFinite(loss)) {
      throw new Error(
        `the loss at update ${step} is ${loss}: training stopped, the weights are those before this update`,
      );
    }
    const result = { step, loss, accuracy, ms: end - start, after: () => model.evaluateAgain(batchSize) };
    await options.onUpdate?.(result);
    yield result;
    await turns.give();
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
