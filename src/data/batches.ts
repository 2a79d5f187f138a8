// Batches of exactly n sequences, epoch after epoch, as TensorFlow 1's mnist DataSet.next_batch: a batch that
// does not fit into an epoch takes the rest of it, then begins the next epoch's shuffle. The only row copy.

import type { Dataset } from "./dataset.ts";
import { Random } from "./random.ts";

export interface BatchesOptions {
  /** Whole number from 0 to 2^53 - 1; the same seed gives the same batches. */
  seed?: number;
  /** false: file order, wrapping around. */
  shuffle?: boolean;
}

export interface Batch {
  /** [n, timeSteps, features] */
  x: Float32Array;
  /** [n] */
  labels: Int32Array;
  /** [n], steps of each sequence; absent when the dataset has no lengths: all are full. */
  lengths?: Int32Array;
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

export class Batches {
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

  /** Epochs left behind; an epoch counts as completed when a row of the next one is first taken, as in TF1. */
  get epochsCompleted(): number {
    return this.#epochsCompleted;
  }

  /** The next n sequences in fresh arrays; n may exceed the dataset. */
  nextBatch(n: number): Batch {
    checkBatchSize(n);
    const { timeSteps, features } = this.dataset;
    const x = new Float32Array(n * timeSteps * features);
    const labels = new Int32Array(n);
    const lengths = this.dataset.lengths && new Int32Array(n);
    this.nextInto(x, labels, n, lengths);
    return lengths === undefined ? { x, labels } : { x, labels, lengths };
  }

  /**
   * As nextBatch, into the start of `x` [n, timeSteps, features], `labels` [n] and, if given, `lengths` [n]: timeSteps
   * each when the dataset has none. Allocates nothing.
   */
  nextInto(x: Float32Array, labels: Int32Array, n: number, lengths?: Int32Array): void {
    checkBatchSize(n);
    const { dataset } = this;
    const rowLength = dataset.timeSteps * dataset.features;
    if (x.length < n * rowLength || labels.length < n) {
      throw new RangeError(
        `${n} sequences need ${n * rowLength} floats and ${n} labels, got room for ${x.length} and ${labels.length}`,
      );
    }
    if (lengths !== undefined && lengths.length < n) {
      throw new RangeError(`${n} sequences need ${n} lengths, got room for ${lengths.length}`);
    }
    for (let row = 0; row < n; row++) {
      if (this.#cursor === this.#order.length) this.#beginEpoch();
      const index = this.#order[this.#cursor++];
      dataset.copyRow(index, x, row * rowLength);
      labels[row] = dataset.labels[index];
      if (lengths !== undefined) lengths[row] = dataset.lengths?.[index] ?? dataset.timeSteps;
    }
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

function checkBatchSize(n: number): void {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new RangeError(`batch size must be a whole number from 1, got ${n}`);
  }
}

function checkWhole(name: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${name} must be a whole number from 0 to ${max}, got ${value}`);
  }
}
