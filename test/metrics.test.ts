// Scores worked by hand, and tallies compared with plain counting.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GroupedHits } from "../src/metrics/intervals.ts";
import {
  classScores,
  type Evaluation,
  Tally,
  type TallyShape,
  wilsonInterval,
  worstConfused,
} from "../src/metrics.ts";

test("precision, recall and F1 of each class", () => {
  // Rows are labels, columns what they were taken for.
  const scores = classScores([
    [5, 1, 0],
    [2, 6, 2],
    [1, 1, 2],
  ]);
  const expected = [
    { support: 6, precision: 5 / 8, recall: 5 / 6, f1: 5 / 7 },
    { support: 10, precision: 6 / 8, recall: 6 / 10, f1: 6 / 9 },
    { support: 4, precision: 2 / 4, recall: 2 / 4, f1: 2 / 4 },
  ];
  expect(scores).toEqual(expected);
  for (const { precision, recall, f1 } of scores) {
    expect(f1).toBeCloseTo((2 * precision * recall) / (precision + recall), 15);
  }
});

test("a class that never comes or is never taken scores 0, not NaN", () => {
  expect(
    classScores([
      [3, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
    ]),
  ).toEqual([
    { support: 3, precision: 3 / 4, recall: 1, f1: 3 / 3.5 },
    { support: 1, precision: 0, recall: 0, f1: 0 },
    { support: 0, precision: 0, recall: 0, f1: 0 },
  ]);
  expect(classScores([])).toEqual([]);
});

test("worst confused first, the diagonal and zeros left out", () => {
  const confusion = [
    [9, 2, 0],
    [5, 9, 2],
    [1, 0, 9],
  ];
  expect(worstConfused(confusion, 2)).toEqual([
    { label: 1, predicted: 0, count: 5 },
    { label: 0, predicted: 1, count: 2 },
  ]);
  expect(worstConfused(confusion, 9)).toHaveLength(4);
});

describe("intervals", () => {
  test("Wilson's, from tables", () => {
    // R: prop.test(8, 10, correct = FALSE), prop.test(81, 263, correct = FALSE)
    const [low, high] = wilsonInterval(8, 10);
    expect([low, high]).toEqual([expect.closeTo(0.4901625, 6), expect.closeTo(0.9433178, 6)]);
    const [a, b] = wilsonInterval(81, 263);
    expect([a, b]).toEqual([expect.closeTo(0.2553, 4), expect.closeTo(0.3662, 4)]);
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
    expect(wilsonInterval(0, 10)[0]).toBe(0);
    expect(wilsonInterval(10, 10)[1]).toBe(1);
  });

  const grouped = (groups: [hits: number, decisions: number][]) => {
    const hits = new GroupedHits();
    for (const [own, decisions] of groups) hits.add(own, decisions);
    return hits;
  };

  test("one decision a group is Wilson's", () => {
    const groups = Array.from({ length: 30 }, (_, i): [number, number] => [i % 3 === 0 ? 1 : 0, 1]);
    expect(grouped(groups).interval).toEqual(wilsonInterval(10, 30));
    expect(grouped([...groups, [0, 0]]).interval).toEqual(wilsonInterval(10, 30));
  });

  test("groups that are right or wrong as a whole count once each, all but one", () => {
    const groups = Array.from({ length: 20 }, (_, i): [number, number] => [i < 12 ? 50 : 0, 50]);
    const [low, high] = grouped(groups).interval;
    const expected = wilsonInterval(0.6 * 19, 19);
    expect(low).toBeCloseTo(expected[0], 12);
    expect(high).toBeCloseTo(expected[1], 12);
  });

  test("groups that are all alike tell as much as all their decisions", () => {
    const groups = Array.from({ length: 20 }, (): [number, number] => [30, 50]);
    expect(grouped(groups).interval).toEqual(wilsonInterval(600, 1000));
  });

  test("all right or all wrong: no more is known than of as many groups; of one group next to nothing", () => {
    expect(
      grouped([
        [50, 50],
        [20, 20],
      ]).interval,
    ).toEqual(wilsonInterval(2, 2));
    expect(
      grouped([
        [0, 50],
        [0, 20],
      ]).interval,
    ).toEqual(wilsonInterval(0, 2));
    expect(grouped([[30, 50]]).interval).toEqual(wilsonInterval(0.6, 1));
    expect(grouped([]).interval).toEqual([0, 1]);
    expect(grouped([]).share).toBe(0);
  });

  test("holds the true share as often as it says, where steps of a sequence are alike", () => {
    // Each of 40 sequences has a share of its own, 0.5 or 0.9, for its 30 steps: 0.7 on the whole.
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed / 2 ** 32;
    };
    let grouping = 0;
    let naive = 0;
    const runs = 1000;
    for (let run = 0; run < runs; run++) {
      const hits = new GroupedHits();
      let all = 0;
      for (let i = 0; i < 40; i++) {
        const p = random() < 0.5 ? 0.5 : 0.9;
        let own = 0;
        for (let step = 0; step < 30; step++) if (random() < p) own++;
        hits.add(own, 30);
        all += own;
      }
      const holds = ([low, high]: [number, number]) => (low <= 0.7 && 0.7 <= high ? 1 : 0);
      grouping += holds(hits.interval);
      naive += holds(wilsonInterval(all, 1200));
    }
    expect(grouping / runs).toBeGreaterThan(0.92);
    expect(grouping / runs).toBeLessThan(0.98);
    expect(naive / runs).toBeLessThan(0.75);
  });
});

/** A tally of one batch, or of many, whose rows are the same. */
function tallied(
  shape: TallyShape,
  truth: number[],
  predicted: number[],
  n: number,
  { size = n, lengths }: { size?: number; lengths?: number[] } = {},
): Evaluation {
  const tally = new Tally(shape);
  const each = truth.length / n;
  const eachPredicted = predicted.length / n;
  for (let first = 0; first < n; first += size) {
    const count = Math.min(size, n - first);
    const own = lengths?.slice(first, first + count);
    tally.add(
      [...truth.slice(first * each, (first + count) * each), 99],
      [...predicted.slice(first * eachPredicted, (first + count) * eachPredicted), 99],
      count,
      0.5,
      own,
    );
  }
  return tally.result();
}

describe("Tally of classes", () => {
  test("counts labels against classes", () => {
    const found = tallied({ task: "classes", outputs: 3 }, [0, 1, 2, 2, 1], [0, 2, 2, 2, 1], 5);
    expect(found).toEqual({
      task: "classes",
      count: 5,
      items: 5,
      loss: 0.5,
      accuracy: 0.8,
      interval: wilsonInterval(4, 5),
      confusion: [
        [1, 0, 0],
        [0, 1, 1],
        [0, 0, 2],
      ],
    });
  });

  test("of every step: what lies behind an end is not looked at", () => {
    const truth = [0, 1, -1, 1, -1, -1, 0, 0, 0, -1, -1, -1];
    const predicted = [0, 0, 7, 1, 7, 7, 0, 1, 0, 7, 7, 7];
    const shape = { task: "classes", outputs: 2, timeSteps: 3 } as const;
    const found = tallied(shape, truth, predicted, 4, { lengths: [2, 1, 3, 0] });
    expect(found).toMatchObject({
      count: 4,
      items: 6,
      accuracy: 4 / 6,
      confusion: [
        [3, 1],
        [1, 1],
      ],
    });
    const hits = new GroupedHits();
    hits.add(1, 2);
    hits.add(1, 1);
    hits.add(2, 3);
    expect(found.interval).toEqual(hits.interval);
  });

  test("of every step of sequences of one step", () => {
    const shape = { task: "classes", outputs: 2, timeSteps: 1 } as const;
    expect(tallied(shape, [0, -1], [0, 7], 2, { lengths: [1, 0] })).toMatchObject({ count: 2, items: 1 });
  });

  test("the loss is the mean over all items, whatever the batches", () => {
    const tally = new Tally({ task: "classes", outputs: 2, timeSteps: 2 });
    tally.add([0, 1, 0, 0], [0, 1, 0, 0], 2, 1);
    tally.add([0, 1], [0, 1], 1, 4, [1]);
    expect(tally.result().loss).toBe((4 * 1 + 1 * 4) / 5);
  });

  test("of nothing is empty", () => {
    expect(new Tally({ task: "classes", outputs: 2 }).result()).toEqual({
      task: "classes",
      count: 0,
      items: 0,
      loss: 0,
      accuracy: 0,
      interval: [0, 1],
      confusion: [
        [0, 0],
        [0, 0],
      ],
    });
  });
});

describe("Tally of marks", () => {
  test("each output of each sequence is a decision", () => {
    const truth = [1, 0, 1, 1, 0, 0, 0, 1];
    const predicted = [0.9, 0.2, 0.5, 0.6, 0.1, 0.7, 0.4, 0.8];
    const found = tallied({ task: "multi-label", outputs: 2 }, truth, predicted, 4, { size: 3 });
    expect(found).toMatchObject({
      task: "multi-label",
      count: 4,
      items: 4,
      loss: 0.5,
      accuracy: 6 / 8,
      outputs: [
        { support: 2, precision: 1, recall: 1 / 2, f1: 2 / 3 },
        { support: 2, precision: 2 / 3, recall: 1, f1: 4 / 5 },
      ],
    });
    const hits = new GroupedHits();
    for (const own of [2, 1, 1, 2]) hits.add(own, 2);
    expect(found.interval).toEqual(hits.interval);
  });

  test("of every step", () => {
    const shape = { task: "multi-label", outputs: 2, timeSteps: 2 } as const;
    const found = tallied(shape, [1, 0, 9, 9, 0, 1, 1, 1], [1, 0, 9, 9, 0, 0, 1, 1], 2, { lengths: [1, 2] });
    expect(found).toMatchObject({ count: 2, items: 3, accuracy: 5 / 6 });
  });
});

describe("Tally of numbers", () => {
  const row = fc.tuple(
    fc.double({ min: -5, max: 5, noNaN: true }),
    fc.double({ min: 1000, max: 1001, noNaN: true }),
  );

  test("errors are those of the plain formulas", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(row, row), { minLength: 2, maxLength: 20 }), (pairs) => {
        const truth = pairs.flatMap(([own]) => own);
        const predicted = pairs.flatMap(([, own]) => own);
        const n = pairs.length;
        const found = tallied({ task: "regression", outputs: 2 }, truth, predicted, n, { size: 3 });
        if (found.task !== "regression") throw new Error(found.task);
        const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const columns = [0, 1].map((c) => {
          const own = truth.filter((_, i) => i % 2 === c);
          const errors = own.map((target, i) => predicted[2 * i + c] - target);
          const deviation = mean(own.map((target) => (target - mean(own)) ** 2));
          return {
            rmse: Math.sqrt(mean(errors.map((e) => e * e))),
            mae: mean(errors.map(Math.abs)),
            r2: 1 - mean(errors.map((e) => e * e)) / deviation,
            deviation,
          };
        });
        for (const [c, { rmse, mae, r2, deviation }] of columns.entries()) {
          expect(found.outputs[c].rmse).toBeCloseTo(rmse, 9);
          expect(found.outputs[c].mae).toBeCloseTo(mae, 9);
          if (deviation > 1e-3) expect(Math.abs(found.outputs[c].r2 - r2)).toBeLessThan(1e-8 * (2 - r2));
        }
        const all = truth.map((target, i) => predicted[i] - target);
        expect(found.rmse).toBeCloseTo(Math.sqrt(mean(all.map((e) => e * e))), 9);
        expect(found.mae).toBeCloseTo(mean(all.map(Math.abs)), 9);
        expect(found.r2).toBe((found.outputs[0].r2 + found.outputs[1].r2) / 2);
        expect(found.accuracy).toBeNaN();
        expect(found.interval).toEqual([Number.NaN, Number.NaN]);
      }),
    );
  });

  test("by hand, of every step", () => {
    const shape = { task: "regression", outputs: 1, timeSteps: 2 } as const;
    const found = tallied(shape, [1, 3, 5, 9], [2, 3, 3, 9], 2, { lengths: [2, 1] });
    // Errors 1, 0, -2; the targets' mean is 3, their squared deviations 4 + 0 + 4.
    expect(found).toMatchObject({ count: 2, items: 3, mae: 1, r2: 1 - 5 / 8 });
    expect(found).toMatchObject({ rmse: expect.closeTo(Math.sqrt(5 / 3), 12) });
  });

  test("targets that are all the same", () => {
    const shape = { task: "regression", outputs: 1 } as const;
    expect(tallied(shape, [0.1, 0.1, 0.1], [0.1, 0.1, 0.1], 3)).toMatchObject({ r2: 1, rmse: 0 });
    expect(tallied(shape, [0.1, 0.1, 0.1], [0.1, 0.1, 0.2], 3)).toMatchObject({ r2: 0 });
  });

  test("of nothing is NaN", () => {
    const { result } = { result: new Tally({ task: "regression", outputs: 1 }).result() };
    expect(result).toMatchObject({ count: 0, loss: 0, rmse: Number.NaN, mae: Number.NaN, r2: Number.NaN });
  });
});
