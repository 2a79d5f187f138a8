import { describe, expect, test } from "vitest";
import { envelope, trend } from "../../src/plot/series.ts";

const steps = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("trend", () => {
  test("of few updates is what they are", () => {
    expect(trend([3, 1, 2], 100)).toEqual([
      { step: 0, value: 3 },
      { step: 1, value: 1 },
      { step: 2, value: 2 },
    ]);
    expect(trend([], 100)).toEqual([]);
  });

  test("of many is the mean around each place, from the first update to the last", () => {
    const values = steps(1000).map((i) => i + (i % 2 === 0 ? 10 : -10));
    const points = trend(values, 100);
    expect(points).toHaveLength(100);
    expect([points[0].step, points[99].step]).toEqual([0, 999]);
    // 12 updates to each side, of which the even one more or less weighs 10 / 25.
    for (const { step, value } of points.slice(5, -5))
      expect(Math.abs(value - step)).toBeLessThanOrEqual(0.4 + 1e-9);
    const { step, value } = points[50];
    const around = values.slice(step - 12, step + 13);
    expect(value).toBeCloseTo(around.reduce((a, b) => a + b) / 25, 9);
  });

  test("leaves out what is not finite", () => {
    expect(trend([1, Number.NaN, 3], 10).map(({ step }) => step)).toEqual([0, 2]);
    expect(trend([Number.NaN], 10)).toEqual([]);
    const values = steps(200).map((i) => (i === 100 ? Number.POSITIVE_INFINITY : 1));
    expect(trend(values, 200).every(({ value }) => value === 1)).toBe(true);
  });
});

describe("envelope", () => {
  test("holds every update once", () => {
    const values = steps(1000).map((i) => (i === 777 ? 5 : i % 3));
    const ranges = envelope(values, 90);
    expect(ranges).toHaveLength(90);
    expect(ranges.filter(({ high }) => high === 5)).toHaveLength(1);
    expect(ranges.every(({ low, high }) => low === 0 && high >= 2)).toBe(true);
    expect(ranges.map(({ step }) => step)).toEqual(ranges.map(({ step }) => step).sort((a, b) => a - b));
  });

  test("of fewer updates than places is the updates", () => {
    expect(envelope([4, Number.NaN, 6], 10)).toEqual([
      { step: 0, low: 4, high: 4 },
      { step: 2, low: 6, high: 6 },
    ]);
  });
});
