// Batches of exactly n sequences, epoch after epoch, as TensorFlow 1's mnist DataSet.next_batch: a batch that
// does not fit into an epoch takes the rest of it, then begins the next epoch's shuffle. The only row copy.

import { type Batch, type BatchViews, checkBatchSize, checkRoom, emptyBatch } from "./batch-views.ts";
import type { Dataset } from "./dataset.ts";
import { Random } from "./random.ts";
import type { DataShape } from "./shape.ts";

/** What training draws from: a dataset in memory, or a stream of sequences. */
export interface BatchSource {
  readonly shape: DataShape;
  /** Writes the next n sequences to the first n rows of the views; how many they were: fewer than n at the end alone. */
  nextInto(views: BatchViews, n: number): number | Promise<number>;
}

export interface BatchesOptions {
  /** Whole number from 0 to 2^53 - 1; the same seed gives the same batches. */
  seed?: number;
  /** false: file order, wrapping around. */
  shuffle?: boolean;
}

/** Where a Batches stands, as plain data: a Batches restored from it goes on with the same batches. */
export interface BatchesState {
  /** The generator's four words. */
  random: ArrayLike<number>;
  /** This epoch's order of the sequences. */
  order: ArrayLike<number>;
  /** How many of `order` are used up. */
  cursor: number;
  epochsCompleted: number;
  shuffle: boolean;
}

export class Batches implements BatchSource {
  readonly dataset: Dataset;
  readonly #order: Uint32Array;
  #random: Random;
  #shuffle: boolean;
  #cursor = 0;
  #epochsCompleted = 0;

  constructor(dataset: Dataset, { seed = 1, shuffle = true }: BatchesOptions = {}) {
    if (dataset.count === 0) throw new RangeError(`${dataset.name}: batches need at least 1 sequence, got 0`);
    this.dataset = dataset;
    this.#random = new Random(seed);
    this.#shuffle = shuffle;
    this.#order = Uint32Array.from({ length: dataset.count }, (_, i) => i);
    if (shuffle) this.#random.shuffle(this.#order);
  }

  get shape(): DataShape {
    return this.dataset;
  }

  /** Epochs left behind; an epoch counts as completed when a row of the next one is first taken, as in TF1. */
  get epochsCompleted(): number {
    return this.#epochsCompleted;
  }

  /** The next n sequences in fresh arrays; n may exceed the dataset. */
  nextBatch(n: number): Batch {
    checkBatchSize(n);
    const batch = emptyBatch(this.dataset, n);
    this.nextInto(batch, n);
    return batch;
  }

  /** As nextBatch, into the first n rows of the views; there always are n. Allocates nothing. */
  nextInto(views: BatchViews, n: number): number {
    const { dataset } = this;
    checkRoom(dataset, views, n);
    for (let row = 0; row < n; row++) {
      if (this.#cursor === this.#order.length) this.#beginEpoch();
      dataset.copyInto(this.#order[this.#cursor++], views, row);
    }
    return n;
  }

  /** A copy of where this stands. */
  state(): BatchesState & { random: Uint32Array; order: Uint32Array } {
    return {
      random: this.#random.state(),
      order: this.#order.slice(),
      cursor: this.#cursor,
      epochsCompleted: this.#epochsCompleted,
      shuffle: this.#shuffle,
    };
  }

  /** Goes on where `state` was taken, whatever seed and shuffle this was made with; the dataset must be equal. */
  restore(state: BatchesState): void {
    const { count } = this.dataset;
    const random = Random.fromState(state.random);
    const seen = new Uint8Array(count);
    for (let i = 0; i < state.order.length; i++) seen[state.order[i]] = 1;
    if (state.order.length !== count || seen.includes(0)) {
      throw new RangeError(
        `order must hold each of 0 to ${count - 1} once, got ${state.order.length} entries` +
          (state.order.length === count ? `, ${seen.indexOf(0)} missing` : ""),
      );
    }
    checkWhole("cursor", state.cursor, count);
    checkWhole("epochsCompleted", state.epochsCompleted, Number.MAX_SAFE_INTEGER);
    if (typeof state.shuffle !== "boolean") {
      throw new TypeError(`shuffle must be true or false, got ${state.shuffle}`);
    }
    this.#random = random;
    this.#order.set(state.order);
    this.#cursor = state.cursor;
    this.#epochsCompleted = state.epochsCompleted;
    this.#shuffle = state.shuffle;
  }

  #beginEpoch(): void {
    if (this.#shuffle) this.#random.shuffle(this.#order);
    this.#cursor = 0;
    this.#epochsCompleted++;
  }
}

function checkWhole(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${name} must be a whole number from 0 to ${max}, got ${value}`);
  }
}
