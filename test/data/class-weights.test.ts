import { expect, test } from "vitest";
import { balancedClassWeights } from "../../src/data/class-weights.ts";
import { fromSequences } from "../../src/data/ragged.ts";

const values = [[1], [2]];

test("each class counts alike: the weights' sum over the sequences, however long, is their number", () => {
  const labels = [0, 0, 0, 2, 0, 2];
  const data = fromSequences(
    labels.map((label, i) => ({ values: values.slice(i % 2), label })),
    { features: 1, classes: 4 },
  );
  // Six sequences of two classes; two classes do not come.
  expect(balancedClassWeights(data)).toEqual([6 / (2 * 4), 1, 6 / (2 * 2), 1]);
});

test("of a label for each step, the steps up to each sequence's end count", () => {
  const sequences = [
    { values, labels: [0, 1] },
    { values: [[1]], labels: [0] },
    { values: [[1]], labels: [0] },
  ];
  const data = fromSequences(sequences, { features: 1, classes: 2, timeSteps: 5, everyStep: true });
  expect(balancedClassWeights(data)).toEqual([4 / (2 * 3), 4 / (2 * 1)]);
});

test("data without classes have none", () => {
  const data = fromSequences([{ values, target: [1] }], { features: 1, outputs: 1, name: "prices" });
  expect(() => balancedClassWeights(data)).toThrow("prices: class weights need classes, got targets");
});
