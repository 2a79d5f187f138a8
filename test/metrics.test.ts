// Scores of the classes on confusions worked by hand.

import { expect, test } from "vitest";
import { classScores } from "../src/index.ts";

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
