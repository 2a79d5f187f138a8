// The history of a training as lines that can be drawn, however long it was.

/** What each update reported, and what validations found after some of them: as `model.fit` gives it. */
export interface Curves {
  /** Of update 0, 1, ... */
  loss: readonly number[];
  /** Of update 0, 1, ...; NaN where numbers are predicted. */
  accuracy: readonly number[];
  /** The update that each followed, its loss and accuracy. */
  validation: readonly { step: number; loss: number; accuracy: number }[];
}

export interface Point {
  step: number;
  value: number;
}

/** Share of a training over which a trend is averaged. */
const TREND_SHARE = 1 / 40;

/** Mean over the updates around each, at `most` places from the first update to the last; what is not finite is left out. */
export function trend(values: readonly number[], most: number): Point[] {
  const n = values.length;
  const reach = Math.floor((n * TREND_SHARE) / 2);
  // sums[i] and counts[i] are of the finite values before i.
  const sums = new Float64Array(n + 1);
  const counts = new Uint32Array(n + 1);
  for (const [i, value] of values.entries()) {
    const finite = Number.isFinite(value);
    sums[i + 1] = sums[i] + (finite ? value : 0);
    counts[i + 1] = counts[i] + (finite ? 1 : 0);
  }
  const places = Math.min(n, most);
  const points = Array.from({ length: places }, (_, place) => {
    const step = places === 1 ? 0 : Math.round((place * (n - 1)) / (places - 1));
    const from = Math.max(0, step - reach);
    const to = Math.min(n, step + reach + 1);
    const count = counts[to] - counts[from];
    return { step, value: count === 0 ? Number.NaN : (sums[to] - sums[from]) / count };
  });
  return points.filter(({ value }) => Number.isFinite(value));
}

/** The least and the greatest of the updates around `most` places: what a trend averages away. */
export function envelope(
  values: readonly number[],
  most: number,
): { step: number; low: number; high: number }[] {
  const n = values.length;
  const places = Math.min(n, most);
  return Array.from({ length: places }, (_, place) => {
    const from = Math.floor((place * n) / places);
    const to = Math.floor(((place + 1) * n) / places);
    const own = values.slice(from, to).filter(Number.isFinite);
    const low = own.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const high = own.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return { step: Math.floor((from + to - 1) / 2), low, high };
  }).filter(({ low }) => Number.isFinite(low));
}
