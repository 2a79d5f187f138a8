import { expect, test } from "vitest";
import { median, pairedRatio, quantile, scaled, spread } from "../../src/bench/statistics.ts";

test("quantiles are linear between neighbours, whatever the order", () => {
  expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
  expect(quantile([7], 0.9)).toBe(7);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(
    spread([
      [1, 2],
      [3, 4, 5],
    ]),
  ).toEqual({ median: 3, low: 2, high: 4, count: 5 });
});

test("a paired ratio compares round by round, so a drift of the machine cancels", () => {
  const drifting = [1, 2, 4, 8, 16];
  const twice = drifting.map((time) => 2 * time);
  expect(pairedRatio([twice], [drifting])).toEqual({ median: 2, low: 2, high: 2, pairs: 5 });
});

test("the interval covers the ratio, widens with the noise, and is the same twice", () => {
  const rounds = (noise: number) =>
    [0, 1, 2].map((start) => [0, 1, 2, 3].map((i) => 1 + noise * Math.sin(7 * start + 3 * i)));
  const base = [0, 1, 2].map(() => [1, 1, 1, 1]);
  const quiet = pairedRatio(rounds(0.01), base);
  const loud = pairedRatio(rounds(0.1), base);
  expect(quiet.low).toBeLessThan(1.01);
  expect(quiet.high).toBeGreaterThan(0.99);
  expect(loud.high - loud.low).toBeGreaterThan(5 * (quiet.high - quiet.low));
  expect(pairedRatio(rounds(0.1), base)).toEqual(loud);
});

test("rounds that only one side took part in are left out", () => {
  expect(pairedRatio([[2, 2, 2], [9]], [[1, 1]])).toMatchObject({ median: 2, pairs: 2 });
});

test("scaling moves both ends", () => {
  expect(scaled({ median: 2, low: 1, high: 3, pairs: 4 }, 0.5)).toEqual({
    median: 1,
    low: 0.5,
    high: 1.5,
    pairs: 4,
  });
});
