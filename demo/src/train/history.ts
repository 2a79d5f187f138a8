// What updates and tests gave, by the number of updates before them, as a chart takes it; no drawing.

/** How much of the mean one more batch is. */
const SMOOTHING = 0.06;

type Column = (number | null)[];

export class History {
  /** Updates, from the first that was seen. */
  readonly x: number[] = [];
  readonly batch: Column = [];
  readonly smooth: Column = [];
  readonly tested: Column = [];
  #mean = Number.NaN;

  /** What the batch of update `first` and of those behind it gave. */
  add(first: number, values: readonly number[]): void {
    for (const [i, value] of values.entries()) {
      const at = this.#place(first + i);
      this.#mean = Number.isNaN(this.#mean) ? value : this.#mean + SMOOTHING * (value - this.#mean);
      this.batch[at] = value;
      this.smooth[at] = this.#mean;
    }
  }

  test(made: number, value: number): void {
    this.tested[this.#place(made)] = value;
  }

  /** Forgets all from update `made` on. */
  rewind(made: number): void {
    const at = this.x.length === 0 ? 0 : made - this.x[0];
    const kept = at > 0 && at <= this.x.length ? at : 0;
    for (const column of [this.x, this.batch, this.smooth, this.tested]) column.length = kept;
    this.#mean = this.smooth.findLast((value) => value !== null) ?? Number.NaN;
  }

  /** The latest of the smoothed values. */
  get mean(): number {
    return this.#mean;
  }

  #place(update: number): number {
    const at = this.x.length === 0 ? 0 : update - this.x[0];
    while (this.x.length <= at) {
      this.x.push(this.x.length === 0 ? update : this.x[0] + this.x.length);
      for (const column of [this.batch, this.smooth, this.tested]) column.push(null);
    }
    return at;
  }
}
