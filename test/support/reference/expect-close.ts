import { expect } from "vitest";

/** Equal but for the order of a few sums in float64. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) {
    if (!(Math.abs(actual[k] - expected[k]) <= 1e-12 * Math.max(1, Math.abs(expected[k])))) {
      throw new Error(`[${k}] is ${actual[k]}, expected ${expected[k]}`);
    }
  }
}
