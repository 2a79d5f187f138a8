import { describe, expect, test } from "vitest";
import { lossChart } from "../../src/plot/loss-chart.ts";

const of = (loss: number[], validation: { step: number; loss: number }[] = []) => ({
  loss,
  accuracy: [],
  validation: validation.map((own) => ({ ...own, accuracy: 0 })),
});
const rowsOf = (chart: string) => chart.split("\n").slice(1, -2);
const ramp = Array.from({ length: 9 }, (_, i) => 3 - (3 * i) / 8);

describe("lossChart", () => {
  test("a straight fall is a straight line from corner to corner", () => {
    expect(lossChart(of(ramp), { width: 30, height: 4 })).toBe(
      [
        "   loss",
        "  │⠉⠒⠒⠤⠤⣀⡀",
        "2 ┤      ⠈⠉⠒⠒⠤⠤⣀⡀",
        "  │             ⠈⠉⠑⠒⠤⠤⣀⡀",
        "0 ┤                    ⠈⠉⠑⠒⠤⠤⣀",
        "  └───────────────────────────",
        "   0                  update 8",
      ].join("\n"),
    );
  });

  test("validations stand where they were found, over the curve", () => {
    const chart = lossChart(
      of(ramp, [
        { step: 0, loss: 0 },
        { step: 8, loss: 3 },
      ]),
      { width: 30, height: 4 },
    );
    expect(chart).toMatch(/^ +loss, o validation\n/);
    const rows = rowsOf(chart);
    expect([rows[0].indexOf("o"), rows[3].indexOf("o")]).toEqual([29, 3]);
  });

  test("the curve has no gaps, however steep: each column and each row it crosses has a dot", () => {
    const steps = Array.from({ length: 500 }, (_, i) => (i < 250 ? 1 : 0));
    const rows = rowsOf(lossChart(of(steps), { width: 50, height: 8 }));
    const left = rows[0].search(/[│┤]/) + 1;
    for (let column = left; column < 50; column++) {
      expect(rows.some((row) => row[column] !== undefined && row[column] !== " ")).toBe(true);
    }
    for (const row of rows) expect(row.length).toBeGreaterThan(left);
  });

  test("losses far apart have a logarithmic axis", () => {
    const decay = Array.from({ length: 61 }, (_, i) => 10 ** (-i / 20));
    const rows = rowsOf(lossChart(of(decay), { width: 40, height: 10 }));
    const labels = rows.map((row) => row.split(/[│┤]/)[0].trim()).filter((label) => label !== "");
    expect(labels).toEqual(["1", "0.1", "0.01", "0.001"]);
  });

  test("no line is wider or higher than asked for", () => {
    for (const width of [30, 47, 200]) {
      for (const height of [3, 4, 25]) {
        for (const n of [1, 2, 100, 100_000]) {
          const loss = Array.from({ length: n }, (_, i) => 1000 / (i + 1));
          const lines = lossChart(of(loss, [{ step: n - 1, loss: 1e-6 }]), { width, height }).split("\n");
          expect(lines).toHaveLength(height + 3);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        }
      }
    }
  });

  test("what is not finite is left out; of nothing there is no chart", () => {
    expect(lossChart(of([]))).toBe("");
    expect(lossChart(of([Number.NaN], [{ step: 0, loss: Number.NaN }]))).toBe("");
    expect(lossChart(of([Number.NaN, 2, 2], [{ step: 2, loss: Number.NaN }]))).not.toContain("validation");
    expect(lossChart(of([], [{ step: 3, loss: 1 }]))).toContain("o");
  });

  test.each([
    [29, 10],
    [72, 2],
    [Number.NaN, 10],
  ])("refuses %s x %s", (width, height) => {
    expect(() => lossChart(of([1]), { width, height })).toThrow(
      new RangeError(`width must be from 30 and height from 3, got ${width} and ${height}`),
    );
  });
});
