import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/dataset.ts";
import { kFold, type Split, stratifiedSplit } from "../../src/data/split.ts";
import { sequencesOf } from "../support/sequences.ts";

// Sequence i holds the number i, so a part tells which sequences it has.
function numbered(labels: number[], classes = Math.max(...labels, 0) + 1): Dataset {
  return Dataset.fromFloats({
    values: Float32Array.from(labels, (_, i) => i),
    labels,
    timeSteps: 1,
    features: 1,
    classes,
    classNames: Array.from({ length: classes }, (_, i) => `class ${i}`),
    name: "numbers",
  });
}

const indicesOf = (part: Dataset) => sequencesOf(part).flat(2);
const sizesOf = (part: Dataset) =>
  Array.from({ length: part.classes }, (_, label) => part.labels.filter((own) => own === label).length);
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Labels in any order, each present class at least `least` times. */
const labelsOf = (least: number) =>
  fc.array(fc.integer({ min: least, max: 20 }), { minLength: 1, maxLength: 6 }).chain((sizes) =>
    fc.shuffledSubarray(
      sizes.flatMap((n, label) => Array(n).fill(label)),
      {
        minLength: sizes.reduce((a, b) => a + b),
      },
    ),
  );

/** Each sequence in one of the parts, in the order of the dataset, with its own label. */
function expectParts({ train, held }: Split, labels: number[]): void {
  expect([...indicesOf(train), ...indicesOf(held)].sort((a, b) => a - b)).toEqual(numbers(labels.length));
  for (const part of [train, held]) {
    const indices = indicesOf(part);
    expect(indices).toEqual([...indices].sort((a, b) => a - b));
    expect([...part.labels]).toEqual(indices.map((i) => labels[i]));
    expect(part).toMatchObject({ name: "numbers", classes: Math.max(...labels) + 1 });
    expect(part.classNames).toHaveLength(part.classes);
  }
}

describe("stratifiedSplit", () => {
  test("every class keeps its share within one, and is in both parts", () => {
    const fraction = fc.double({ min: 0.01, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(labelsOf(2), fraction, fc.maxSafeNat(), (labels, fraction, seed) => {
        const split = stratifiedSplit(numbered(labels), fraction, seed);
        expectParts(split, labels);
        const all = sizesOf(numbered(labels));
        for (const [label, held] of sizesOf(split.held).entries()) {
          expect(Math.abs(held - fraction * all[label])).toBeLessThan(1);
          expect(held).toBeGreaterThanOrEqual(1);
          expect(held).toBeLessThan(all[label]);
        }
      }),
    );
  });

  test("all classes together are as many as asked for", () => {
    const labels = numbers(150).map((i) => i % 10);
    const { held, train } = stratifiedSplit(numbered(labels), 0.1, 1);
    expect(held.count).toBe(15);
    expect(train.count).toBe(135);
    expect(sizesOf(held)).toEqual([2, 2, 2, 2, 2, 1, 1, 1, 1, 1]);
    expect(sizesOf(stratifiedSplit(numbered([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]), 0.5, 1).held)).toEqual([2, 3]);
  });

  test("what rounding leaves over goes to the classes that lost most by it", () => {
    const labels = [5, 6, 7].flatMap((n, label) => Array(n).fill(label));
    expect(sizesOf(stratifiedSplit(numbered(labels), 0.25, 1).held)).toEqual([1, 2, 2]);
  });

  test("the same seed gives the same parts, another seed others", () => {
    const dataset = numbered(numbers(60).map((i) => i % 3));
    const held = (seed: number) => indicesOf(stratifiedSplit(dataset, 0.3, seed).held);
    expect(held(7)).toEqual(held(7));
    expect(held(7)).not.toEqual(held(8));
    expect(held(7)).not.toEqual(numbers(18));
  });

  test("every sequence may be held", () => {
    const dataset = numbered(numbers(12).map((i) => i % 2));
    const held = new Set(numbers(50).flatMap((seed) => indicesOf(stratifiedSplit(dataset, 0.25, seed).held)));
    expect(held.size).toBe(12);
  });

  test("classes without sequences are left out, however many", () => {
    const { train, held } = stratifiedSplit(
      Dataset.fromFloats({
        values: new Float32Array(4),
        labels: [0, 0, 2 ** 31 - 2, 2 ** 31 - 2],
        timeSteps: 1,
        features: 1,
        classes: 2 ** 31 - 1,
      }),
      0.5,
      1,
    );
    expect([...held.labels, ...train.labels]).toEqual([0, 2 ** 31 - 2, 0, 2 ** 31 - 2]);
  });

  test.each([0, 1, -0.1, Number.NaN])("refuses fraction %s", (fraction) => {
    expect(() => stratifiedSplit(numbered([0, 0]), fraction, 1)).toThrow(
      new RangeError(`numbers: fraction must be a number above 0 and below 1, got ${fraction}`),
    );
  });

  test("refuses too few sequences", () => {
    expect(() => stratifiedSplit(numbered([0, 0, 1]), 0.5, 1)).toThrow(
      new RangeError(
        "numbers: the two parts of a split need at least 2 sequences of every class, " +
          'got 1 of class 1 ("class 1")',
      ),
    );
    expect(() => stratifiedSplit(numbered([]), 0.5, 1)).toThrow(
      new RangeError("numbers: the two parts of a split need at least 2 sequences of every class, got none"),
    );
  });
});

describe("kFold", () => {
  test("holds every sequence once; parts and classes are equal within one", () => {
    const cases = fc
      .integer({ min: 2, max: 6 })
      .chain((k) => fc.tuple(fc.constant(k), labelsOf(k), fc.maxSafeNat()));
    fc.assert(
      fc.property(cases, ([k, labels, seed]) => {
        const folds = kFold(numbered(labels), k, seed);
        expect(folds).toHaveLength(k);
        for (const fold of folds) expectParts(fold, labels);
        expect(folds.flatMap(({ held }) => indicesOf(held)).sort((a, b) => a - b)).toEqual(
          numbers(labels.length),
        );
        const counts = folds.map(({ held }) => held.count);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        for (const label of new Set(labels)) {
          const sizes = folds.map(({ held }) => sizesOf(held)[label]);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("the same seed gives the same folds, another seed others", () => {
    const dataset = numbered(numbers(40).map((i) => i % 2));
    const held = (seed: number) => kFold(dataset, 4, seed).map((fold) => indicesOf(fold.held));
    expect(held(3)).toEqual(held(3));
    expect(held(3)).not.toEqual(held(4));
    expect(held(3)[0]).not.toEqual(numbers(40).filter((i) => i % 8 < 2));
  });

  test.each([0, 1, 2.5, 7, Number.NaN])("refuses k = %s of 6", (k) => {
    expect(() => kFold(numbered([0, 0, 0, 1, 1, 1]), k, 1)).toThrow(
      new RangeError(`numbers: k must be a whole number from 2 to 6 sequences, got ${k}`),
    );
  });

  test("refuses a class with fewer sequences than folds", () => {
    expect(() => kFold(numbered([0, 0, 0, 1, 1]), 3, 1)).toThrow(
      new RangeError(
        'numbers: 3 folds need at least 3 sequences of every class, got 2 of class 1 ("class 1")',
      ),
    );
  });
});

describe("sequences without a class of their own", () => {
  const base = { values: Float32Array.from(numbers(10)), timeSteps: 1, features: 1, name: "numbers" };
  const kinds: [string, Dataset][] = [
    ["targets", Dataset.fromFloats({ ...base, targets: numbers(10), outputs: 1 })],
    ["labels of steps", Dataset.fromFloats({ ...base, labels: numbers(10), classes: 10, everyStep: true })],
    ["nothing known", Dataset.fromFloats(base)],
  ];

  test.each(kinds)("%s: split and folded as one group, with what is known", (_, dataset) => {
    const splits = [stratifiedSplit(dataset, 0.3, 4), ...kFold(dataset, 3, 4)];
    expect(splits[0].held.count).toBe(3);
    expect(splits.slice(1).map(({ held }) => held.count)).toEqual([4, 3, 3]);
    for (const { train, held } of splits) {
      expect([...indicesOf(train), ...indicesOf(held)].sort((a, b) => a - b)).toEqual(numbers(10));
      for (const part of [train, held]) {
        expect(indicesOf(part)).toEqual([...indicesOf(part)].sort((a, b) => a - b));
        const known = dataset.truth === "targets" ? part.targets : part.labels;
        expect([...known]).toEqual(dataset.truth === "none" ? [] : indicesOf(part));
      }
    }
    expect(indicesOf(stratifiedSplit(dataset, 0.3, 4).held)).toEqual(indicesOf(splits[0].held));
    expect(indicesOf(splits[0].held)).not.toEqual([0, 1, 2]);
  });

  test.each(kinds)("%s: too few are refused without a word of classes", (_, dataset) => {
    expect(() => stratifiedSplit(dataset.slice(0, 1), 0.5, 1)).toThrow(
      new RangeError("numbers: the two parts of a split need at least 2 sequences, got 1"),
    );
    expect(() => stratifiedSplit(dataset.slice(0, 0), 0.5, 1)).toThrow(
      new RangeError("numbers: the two parts of a split need at least 2 sequences, got none"),
    );
  });
});
