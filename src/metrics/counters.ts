// What is counted for each task, sequence after sequence; each knows what a row of truth and of prediction holds.

import { GroupedHits } from "./intervals.ts";
import { type ClassScore, scoreOf } from "./scores.ts";

export interface RegressionScore {
  /** Root of the mean squared error, in the target's unit. */
  rmse: number;
  /** Mean absolute error, in the target's unit. */
  mae: number;
  /** 1 - squared errors / squared deviations of the targets from their mean: 1 is perfect, 0 no better than the mean. */
  r2: number;
}

/** Items first ... first + items - 1 of truth and prediction are those of one sequence. */
export interface Counter {
  add(truth: ArrayLike<number>, predicted: ArrayLike<number>, first: number, items: number): void;
}

/** Truth and prediction are class indices. */
export class ClassCounter implements Counter {
  readonly hits = new GroupedHits();
  readonly #confusion: number[][];

  constructor(classes: number) {
    this.#confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  add(truth: ArrayLike<number>, predicted: ArrayLike<number>, first: number, items: number): void {
    let hits = 0;
    for (let i = first; i < first + items; i++) {
      this.#confusion[truth[i]][predicted[i]]++;
      if (truth[i] === predicted[i]) hits++;
    }
    this.hits.add(hits, items);
  }

  /** confusion[label][predicted] */
  confusion(): number[][] {
    return this.#confusion.map((row) => [...row]);
  }
}

/** Rows of marks, and of their probabilities; each is a decision by itself, more than one half or not. */
export class MarkCounter implements Counter {
  readonly hits = new GroupedHits();
  readonly #outputs: number;
  /** Of each output: marks that are there, that were predicted, and both. */
  readonly #there: Float64Array;
  readonly #taken: Float64Array;
  readonly #both: Float64Array;

  constructor(outputs: number) {
    this.#outputs = outputs;
    this.#there = new Float64Array(outputs);
    this.#taken = new Float64Array(outputs);
    this.#both = new Float64Array(outputs);
  }

  add(truth: ArrayLike<number>, predicted: ArrayLike<number>, first: number, items: number): void {
    const C = this.#outputs;
    let hits = 0;
    for (let i = first * C; i < (first + items) * C; i++) {
      const there = truth[i] > 0.5;
      const taken = predicted[i] > 0.5;
      if (there === taken) hits++;
      if (there) this.#there[i % C]++;
      if (taken) this.#taken[i % C]++;
      if (there && taken) this.#both[i % C]++;
    }
    this.hits.add(hits, items * C);
  }

  scores(): ClassScore[] {
    return Array.from(this.#there, (there, i) => scoreOf(there, this.#taken[i], this.#both[i]));
  }
}

/** Rows of numbers, and of what was predicted for them. */
export class ErrorCounter implements Counter {
  readonly #outputs: number;
  #rows = 0;
  /** Of each output: sums of squared and absolute errors; the targets' mean and squared deviations from it. */
  readonly #squares: Float64Array;
  readonly #absolute: Float64Array;
  readonly #mean: Float64Array;
  readonly #deviations: Float64Array;

  constructor(outputs: number) {
    this.#outputs = outputs;
    this.#squares = new Float64Array(outputs);
    this.#absolute = new Float64Array(outputs);
    this.#mean = new Float64Array(outputs);
    this.#deviations = new Float64Array(outputs);
  }

  add(truth: ArrayLike<number>, predicted: ArrayLike<number>, first: number, items: number): void {
    const C = this.#outputs;
    for (let row = first; row < first + items; row++) {
      this.#rows++;
      for (let i = 0; i < C; i++) {
        const target = truth[row * C + i];
        const error = predicted[row * C + i] - target;
        this.#squares[i] += error * error;
        this.#absolute[i] += Math.abs(error);
        // Welford 1962: mean and deviations in one pass, without the cancellation of large squares.
        const off = target - this.#mean[i];
        this.#mean[i] += off / this.#rows;
        this.#deviations[i] += off * (target - this.#mean[i]);
      }
    }
  }

  /** NaN of no rows. Targets that are all the same have r2 1 when all are met and else 0, as in scikit-learn. */
  scores(): RegressionScore[] {
    return Array.from(this.#squares, (squares, i) => ({
      rmse: Math.sqrt(squares / this.#rows),
      mae: this.#absolute[i] / this.#rows,
      r2: this.#rows === 0 ? Number.NaN : explained(squares, this.#deviations[i]),
    }));
  }
}

function explained(squares: number, deviations: number): number {
  if (deviations > 0) return 1 - squares / deviations;
  return squares === 0 ? 1 : 0;
}

/** Of all outputs together: errors over all numbers, r2 the mean of the outputs', as scikit-learn's default. */
export function overall(scores: readonly RegressionScore[]): RegressionScore {
  const mean = (of: (score: RegressionScore) => number) =>
    scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  return {
    rmse: Math.sqrt(mean(({ rmse }) => rmse * rmse)),
    mae: mean(({ mae }) => mae),
    r2: mean(({ r2 }) => r2),
  };
}
