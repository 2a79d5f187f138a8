// Batches of sequences that come one after another, from files that need not fit in memory: a window of them is
// held and drawn from. What opens, reads and parses is the caller's.

import { type Batch, type BatchViews, checkRoom, copyRow, emptyBatch } from "./batch-views.ts";
import type { BatchSource } from "./batches.ts";
import { checkedTruth } from "./ragged.ts";
import { Random } from "./random.ts";
import { type LabelledSequence, type SequenceRules, SequenceWriter } from "./sequence-writer.ts";
import type { DataShape } from "./shape.ts";
import { checkSize } from "./sizes.ts";
import type { TruthOptions } from "./truth.ts";

/** Begins a pass over all sequences; called anew for each epoch. */
export type OpenSequences = () => Iterable<LabelledSequence> | AsyncIterable<LabelledSequence>;

/** With neither classes nor outputs, by number or names, the sequences are only to be predicted. */
export interface StreamedBatchesOptions extends SequenceRules, TruthOptions {
  /** Steps that a sequence may have; shorter ones are padded. */
  timeSteps: number;
  features: number;
  /** Whether sequences have weights; default false: a weight is an error. */
  weighted?: boolean;
  /**
   * How many sequences are held, from 1: the next one of a batch is any of them, then the stream fills its place.
   * Default 1, the stream's order; a window of all sequences is a full shuffle.
   */
  window?: number;
  /** Whole number from 0 to 2^53 - 1; the same seed draws the same sequences. Default 1. */
  seed?: number;
  /** Passes to make; default without end. */
  epochs?: number;
  /** Named in errors. */
  name?: string;
}

export class StreamedBatches implements BatchSource {
  readonly shape: DataShape;
  readonly #open: OpenSequences;
  readonly #writer: SequenceWriter;
  readonly #window: Batch;
  readonly #windowSize: number;
  readonly #random: Random;
  #epochs: number;
  #pass: Pass | undefined;
  #passEnded = false;
  /** Sequences of the present pass that came so far. */
  #read = 0;
  /** Sequences in the window: its rows from 0 on. */
  #held = 0;
  #epochsCompleted = 0;

  constructor(open: OpenSequences, options: StreamedBatchesOptions) {
    const { timeSteps, features, weighted = false, window = 1, seed = 1 } = options;
    const { epochs = Number.POSITIVE_INFINITY, name = "stream" } = options;
    if (typeof open !== "function") {
      throw new TypeError(`${name}: expected a function that begins a pass, got ${typeof open}`);
    }
    checkSize("timeSteps", timeSteps, name);
    checkSize("features", features, name);
    checkSize("window", window, name);
    if (epochs !== Number.POSITIVE_INFINITY) checkSize("epochs", epochs, name);
    this.shape = {
      ...checkedTruth(options, name),
      name,
      timeSteps,
      features,
      hasLengths: true,
      hasSampleWeights: weighted,
    };
    this.#open = open;
    this.#writer = new SequenceWriter(this.shape, options);
    this.#window = emptyBatch(this.shape, window);
    this.#windowSize = window;
    this.#random = new Random(seed);
    this.#epochs = epochs;
  }

  /** Passes left behind; one counts when a row of the next one is first asked for, as Batches counts. */
  get epochsCompleted(): number {
    return this.#epochsCompleted;
  }

  /**
   * The next n sequences to the first n rows of the views; a batch that a pass does not fill goes on with the next
   * pass. Gives how many they were: fewer than n when all epochs are over, at last 0. One call at a time.
   */
  async nextInto(views: BatchViews, n: number): Promise<number> {
    const { shape } = this;
    checkRoom(shape, views, n);
    for (let row = 0; row < n; row++) {
      if (!(await this.#fillWindow())) return row;
      const drawn = this.#random.below(this.#held);
      copyRow(shape, this.#window, drawn, views, row);
      // The last one moves to the place of the drawn one, so that the held ones stay together.
      this.#held--;
      copyRow(shape, this.#window, this.#held, this.#window, drawn);
    }
    return n;
  }

  /** Ends the stream, and the present pass as leaving a loop over it would, so that it can close its file. */
  async close(): Promise<void> {
    const pass = this.#passEnded ? undefined : this.#pass;
    this.#passEnded = true;
    this.#held = 0;
    this.#read = 0;
    this.#epochs = 0;
    await pass?.return?.();
  }

  /** Fills the window as far as this pass goes, or with the next pass if nothing is left; false at the end of all. */
  async #fillWindow(): Promise<boolean> {
    for (;;) {
      if (this.#epochsCompleted >= this.#epochs) return false;
      this.#pass ??= begin(this.#open());
      while (this.#held < this.#windowSize && !this.#passEnded) await this.#readOne(this.#pass);
      if (this.#held > 0) return true;
      if (this.#read === 0) throw new RangeError(`${this.shape.name}: expected at least 1 sequence, got 0`);
      this.#pass = undefined;
      this.#passEnded = false;
      this.#read = 0;
      this.#epochsCompleted++;
    }
  }

  async #readOne(pass: Pass): Promise<void> {
    const { done, value } = await pass.next();
    this.#passEnded = done === true;
    if (this.#passEnded) return;
    try {
      this.#writer.write(value, this.#read, this.#window, this.#held);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#read++;
    this.#held++;
  }
}

type Pass = Iterator<LabelledSequence> | AsyncIterator<LabelledSequence>;

function begin(sequences: ReturnType<OpenSequences>): Pass {
  return Symbol.asyncIterator in sequences ? sequences[Symbol.asyncIterator]() : sequences[Symbol.iterator]();
}
