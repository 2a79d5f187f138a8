// What counts say of each class: precision, recall, F1, and which ones are confused.

export interface Confused {
  label: number;
  predicted: number;
  count: number;
}

export interface ClassScore {
  /** How many there are of the class. */
  support: number;
  /** Share of those taken for the class that are of it; 0 when there are none. */
  precision: number;
  /** Share of those of the class that were taken for it; 0 when there are none. */
  recall: number;
  /** Harmonic mean of both; 0 when both are. */
  f1: number;
}

/** From how many are of the class, were taken for it, and both. */
export function scoreOf(support: number, taken: number, hits: number): ClassScore {
  const share = (of: number) => (of === 0 ? 0 : hits / of);
  return { support, precision: share(taken), recall: share(support), f1: share((taken + support) / 2) };
}

/** Precision, recall and F1 of each class. */
export function classScores(confusion: readonly (readonly number[])[]): ClassScore[] {
  return confusion.map((row, label) => {
    const support = row.reduce((sum, count) => sum + count, 0);
    const taken = confusion.reduce((sum, other) => sum + other[label], 0);
    return scoreOf(support, taken, row[label]);
  });
}

/** The `most` pairs of different classes confused most often, the worst first. */
export function worstConfused(confusion: readonly (readonly number[])[], most: number): Confused[] {
  return confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted)
    .slice(0, most);
}
