import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Axis, axisFor, linearAxis, logAxis } from "../../src/plot/axis.ts";

const textsOf = ({ ticks }: Axis) => ticks.map(({ text }) => text);

describe("linearAxis", () => {
  test.each<[number, number, number, string[]]>([
    [0, 2.7, 6, ["0", "1", "2", "3"]],
    [0, 2.3, 6, ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]],
    [0.72, 1, 6, ["0.7", "0.8", "0.9", "1.0"]],
    [-3, 4, 5, ["-4", "-2", "0", "2", "4"]],
    [0, 0.3, 4, ["0.0", "0.1", "0.2", "0.3"]],
    [0, 0, 3, ["0.0", "0.5", "1.0"]],
    [5, 5, 3, ["5", "10"]],
    [0, 5e-324, 3, ["0.0", "0.5", "1.0"]],
    [0, 30000, 4, ["0", "10,000", "20,000", "30,000"]],
    [0, 3e7, 4, ["0", "1e7", "2e7", "3e7"]],
    [0, 3e-6, 4, ["0", "1e-6", "2e-6", "3e-6"]],
  ])("from %s to %s with %s ticks", (low, high, most, expected) => {
    expect(textsOf(linearAxis(low, high, most))).toEqual(expected);
  });

  test("its ends are ticks that hold the range; an exact axis ends where it is told", () => {
    const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(bound, bound, fc.integer({ min: 2, max: 12 }), (a, b, most) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        if (high - low <= 1e-6 * Math.max(-low, high) + 1e-100) return;
        const axis = linearAxis(low, high, most);
        const [first, last] = [axis.ticks[0].value, axis.ticks[axis.ticks.length - 1].value];
        const slack = 1e-6 * (high - low);
        expect(first).toBeLessThanOrEqual(low + slack);
        expect(last).toBeGreaterThanOrEqual(high - slack);
        expect(axis.place(first)).toBe(0);
        expect(axis.place(last)).toBe(1);
        expect(axis.ticks.length).toBeLessThanOrEqual(most + 1);
        const exact = linearAxis(low, high, most, true);
        expect([exact.place(low), exact.place(high)]).toEqual([0, 1]);
        for (const { value } of exact.ticks) {
          expect(value).toBeGreaterThanOrEqual(low - slack);
          expect(value).toBeLessThanOrEqual(high + slack);
        }
        expect(exact.ticks.length).toBeLessThanOrEqual(most);
      }),
    );
  });
});

describe("logAxis", () => {
  test("decades, with 2 and 5 where there is room, or one in several", () => {
    expect(textsOf(logAxis(0.003, 2, 6))).toEqual(["0.01", "0.1", "1"]);
    expect(textsOf(logAxis(0.1, 8, 6))).toEqual(["0.1", "0.2", "0.5", "1", "2", "5"]);
    expect(textsOf(logAxis(1e-6, 1e6, 6))).toEqual(["1e-6", "0.0001", "0.01", "1", "100", "10,000", "1e6"]);
  });

  test("places by the logarithm, a little inside its ends", () => {
    const { place } = logAxis(0.01, 100, 6);
    expect(place(1)).toBeCloseTo(0.5, 12);
    expect(place(0.01)).toBeCloseTo(1 - place(100), 12);
    expect(place(0.01)).toBeGreaterThan(0);
    expect(place(0.01)).toBeLessThan(0.1);
  });
});

describe("axisFor", () => {
  test("is logarithmic where values are far apart and above 0", () => {
    expect(axisFor([1, 0.001], 6).place(Math.sqrt(0.001))).toBeCloseTo(0.5, 12);
    expect(axisFor([1, 0.2], 6).place(0)).toBe(0);
    expect(axisFor([1, 0.001, 0], 6).place(0)).toBe(0);
    expect(axisFor([-1, 1000], 6).ticks[0].value).toBeLessThanOrEqual(-1);
  });

  test("ends at the values when told to be exact", () => {
    const axis = axisFor([2.9, 0.5], 4, true);
    expect([axis.place(0), axis.place(2.9)]).toEqual([0, 1]);
    expect(textsOf(axis)).toEqual(["0", "1", "2"]);
  });

  test("leaves out what is not finite, and takes nothing", () => {
    expect(axisFor([Number.NaN, 2, Number.POSITIVE_INFINITY], 5)).toMatchObject({
      ticks: axisFor([2], 5).ticks,
    });
    expect(textsOf(axisFor([], 3))).toEqual(["0.0", "0.5", "1.0"]);
    expect(textsOf(axisFor([0], 3))).toEqual(["0.0", "0.5", "1.0"]);
  });
});
