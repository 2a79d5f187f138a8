// A quick look for values that are not numbers.

// Index of the first of n values that is NaN or infinite, or -1. Such a value times zero is NaN and stays NaN in
// a sum; four sums, so that the additions overlap.
export function firstNotFinite(values: Float32Array, n: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < n; i += 4) {
    a += values[i] * 0;
    b += values[i + 1] * 0;
    c += values[i + 2] * 0;
    d += values[i + 3] * 0;
  }
  for (; i < n; i++) a += values[i] * 0;
  if (a + b + c + d === 0) return -1;
  return values.subarray(0, n).findIndex((value) => !Number.isFinite(value));
}
