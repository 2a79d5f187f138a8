// Counting what a classifier got right; plain numbers in, plain numbers out.

export interface Evaluation {
  /** Sequences evaluated. */
  count: number;
  /** Mean softmax cross-entropy, nats. */
  loss: number;
  /** Share of sequences whose most probable class is the label, 0 to 1. */
  accuracy: number;
  /** 95 % interval of the accuracy: Wilson's score interval. */
  interval: [low: number, high: number];
  /** confusion[label][predicted] counts sequences. */
  confusion: number[][];
}

export interface Confused {
  label: number;
  predicted: number;
  count: number;
}

export interface ClassScore {
  /** Sequences of the class. */
  support: number;
  /** Share of those taken for the class that are of it; 0 when there are none. */
  precision: number;
  /** Share of those of the class that were taken for it; 0 when there are none. */
  recall: number;
  /** Harmonic mean of both; 0 when both are. */
  f1: number;
}

/** Precision, recall and F1 of each class. */
export function classScores(confusion: readonly (readonly number[])[]): ClassScore[] {
  return confusion.map((row, label) => {
    const hits = row[label];
    const support = row.reduce((sum, count) => sum + count, 0);
    const taken = confusion.reduce((sum, other) => sum + other[label], 0);
    const share = (of: number) => (of === 0 ? 0 : hits / of);
    return { support, precision: share(taken), recall: share(support), f1: share((taken + support) / 2) };
  });
}

/** Wilson's score interval for `hits` of `count` (E. B. Wilson 1927), z = 1.96 for 95 %. [0, 1] when count is 0. */
export function wilsonInterval(hits: number, count: number, z = 1.959963984540054): [number, number] {
  if (count === 0) return [0, 1];
  const p = hits / count;
  const scale = 1 / (1 + (z * z) / count);
  const centre = (p + (z * z) / (2 * count)) * scale;
  const half = z * Math.sqrt((p * (1 - p)) / count + (z * z) / (4 * count * count)) * scale;
  // At the ends the two cancel but for rounding.
  return [hits === 0 ? 0 : Math.max(0, centre - half), hits === count ? 1 : Math.min(1, centre + half)];
}

/** Gathers batches of an evaluation. */
export class Tally {
  readonly #confusion: number[][];
  #count = 0;
  #loss = 0;

  constructor(classes: number) {
    this.#confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  /** Adds the first n rows of a batch with their mean loss. */
  add(labels: ArrayLike<number>, predicted: ArrayLike<number>, n: number, meanLoss: number): void {
    for (let i = 0; i < n; i++) this.#confusion[labels[i]][predicted[i]]++;
    this.#count += n;
    this.#loss += meanLoss * n;
  }

  result(): Evaluation {
    const hits = this.#confusion.reduce((sum, row, label) => sum + row[label], 0);
    const count = this.#count;
    return {
      count,
      loss: count === 0 ? 0 : this.#loss / count,
      accuracy: count === 0 ? 0 : hits / count,
      interval: wilsonInterval(hits, count),
      confusion: this.#confusion.map((row) => [...row]),
    };
  }
}

/** The `most` pairs of different classes confused most often, the worst first. */
export function worstConfused(confusion: readonly (readonly number[])[], most: number): Confused[] {
  return confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted)
    .slice(0, most);
}
