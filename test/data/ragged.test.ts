import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FromSequencesOptions, fromSequences } from "../../src/data/ragged.ts";
import { sequencesOf } from "../support/sequences.ts";

// 2 features; sequences of 1, 3 and 2 steps.
const walks = () => [
  { values: [[1, 2]], label: 0 },
  { values: Float32Array.of(3, 4, 5, 6, 7, 8), label: 1 },
  { values: [Float64Array.of(9, 10), [11, 12]], label: 1 },
];
const read = (options: Partial<FromSequencesOptions> = {}, sequences: unknown[] = walks()) =>
  fromSequences(sequences as ReturnType<typeof walks>, {
    features: 2,
    classNames: ["run", "walk"],
    name: "walks",
    ...options,
  });

describe("fromSequences", () => {
  test("pads with zeros at the end, up to the longest", () => {
    const dataset = read();
    expect(dataset).toMatchObject({ name: "walks", count: 3, timeSteps: 3, features: 2, classes: 2 });
    expect(dataset.classNames).toEqual(["run", "walk"]);
    expect([...dataset.labels]).toEqual([0, 1, 1]);
    expect([...dataset.lengths!]).toEqual([1, 3, 2]);
    const row = new Float32Array(6).fill(99);
    dataset.copyRow(0, row, 0);
    expect([...row]).toEqual([1, 2, 0, 0, 0, 0]);
    dataset.copyRow(2, row, 0);
    expect([...row]).toEqual([9, 10, 11, 12, 0, 0]);
  });

  test("pads up to timeSteps", () => {
    const dataset = read({ timeSteps: 4 });
    expect(dataset.timeSteps).toBe(4);
    expect([...dataset.lengths!]).toEqual([1, 3, 2]);
  });

  test("truncates at the end or the start, arrays as flat values", () => {
    const steps = { values: [...Array(3).keys()].map((i) => [2 * i + 3, 2 * i + 4]), label: 0 };
    for (const sequences of [walks(), [walks()[0], steps, walks()[2]]]) {
      const end = read({ timeSteps: 2, truncate: "end" }, sequences);
      const start = read({ timeSteps: 2, truncate: "start" }, sequences);
      expect([...end.lengths!]).toEqual([1, 2, 2]);
      expect([...start.lengths!]).toEqual([1, 2, 2]);
      expect(sequencesOf(end).map(String)).toEqual(["1,2", "3,4,5,6", "9,10,11,12"]);
      expect(sequencesOf(start).map(String)).toEqual(["1,2", "5,6,7,8", "9,10,11,12"]);
    }
  });

  test("has no lengths when all sequences are full", () => {
    expect(read({ timeSteps: 1, truncate: "end" }).lengths).toBeUndefined();
    expect(read({}, walks().slice(0, 1)).lengths).toBeUndefined();
    expect(read({ timeSteps: 2 }, walks().slice(0, 1)).lengths).toEqual(Int32Array.of(1));
  });

  test("takes a number of classes for their names", () => {
    const dataset = read({ classNames: undefined, classes: 5 });
    expect(dataset.classes).toBe(5);
    expect(dataset.classNames).toBeUndefined();
  });

  test("takes sequences without steps when told", () => {
    const empty = { values: [], label: 1 };
    const dataset = read({ allowEmpty: true }, [empty, ...walks()]);
    expect([...dataset.lengths!]).toEqual([0, 1, 3, 2]);
    expect(sequencesOf(dataset)[0]).toEqual([]);
    expect(() => read({}, [...walks(), empty])).toThrow(
      new RangeError("walks: sequence 3 must have at least 1 step, got 0"),
    );
    expect(() => read({ allowEmpty: true }, [empty])).toThrow(
      new RangeError("walks: expected timeSteps or a sequence with steps, got neither"),
    );
    expect([...read({ allowEmpty: true, timeSteps: 2 }, [empty]).lengths!]).toEqual([0]);
  });

  test("gives back what went in", () => {
    const sequence = fc.array(fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.constant(7)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(sequence, { minLength: 1, maxLength: 8 }), (all) => {
        const dataset = read(
          {},
          all.map((values) => ({ values, label: 1 })),
        );
        expect(sequencesOf(dataset)).toEqual(all);
      }),
    );
  });
});

describe("fromSequences refuses", () => {
  const one = (values: unknown, label: unknown = 1) => [...walks(), { values, label }];
  test.each<[string, Partial<FromSequencesOptions>, unknown[], string]>([
    ["no sequences", {}, [], "expected at least 1 sequence, got 0"],
    ["a row too short", {}, one([[1, 2], [3]]), "sequence 3, step 1 must have 2 features, got 1"],
    ["a row too long", {}, one([[1, 2, 3]]), "sequence 3, step 0 must have 2 features, got 3"],
    ["no row", {}, one([[1, 2], null]), "sequence 3, step 1 must have 2 features, got object"],
    ["a flat array", {}, one([1, 2]), "sequence 3, step 0 must have 2 features, got number"],
    [
      "half a step",
      {},
      one(new Float32Array(3)),
      "sequence 3 must have whole steps of 2 features, got 3 values",
    ],
    [
      "NaN",
      {},
      one([
        [1, 2],
        [3, Number.NaN],
      ]),
      "sequence 3, step 1, feature 1 must be a finite float32, got NaN",
    ],
    [
      "infinity in flat values",
      {},
      one(Float32Array.of(1, 2, 3, 4, Number.NEGATIVE_INFINITY, 6)),
      "sequence 3, step 2, feature 0 must be a finite float32, got -Infinity",
    ],
    [
      "a number beyond float32",
      {},
      one([[1e39, 2]]),
      "sequence 3, step 0, feature 0 must be a finite float32, got 1e+39",
    ],
    ["a string", {}, one([["1", 2]]), "sequence 3, step 0, feature 0 must be a finite float32, got 1"],
    [
      "a hole",
      {},
      one([[undefined, 2]]),
      "sequence 3, step 0, feature 0 must be a finite float32, got undefined",
    ],
    ["label 2 of 2", {}, one([[1, 2]], 2), "label of sequence 3 must be a whole number from 0 to 1, got 2"],
    [
      "label NaN",
      {},
      one([[1, 2]], Number.NaN),
      "label of sequence 3 must be a whole number from 0 to 1, got NaN",
    ],
    [
      "a name for a label",
      {},
      one([[1, 2]], "walk"),
      "label of sequence 3 must be a whole number from 0 to 1, got walk",
    ],
    [
      "a sequence too long",
      { timeSteps: 2 },
      walks(),
      "sequence 1 must have at most 2 steps, or truncate be given, got 3 steps",
    ],
    [
      "another truncate",
      { truncate: "middle" as never },
      walks(),
      'truncate must be "end" or "start", got middle',
    ],
    ["one class", { classNames: ["run"] }, walks(), 'a classifier needs at least 2 classes, got 1 ("run")'],
    [
      "one class by number",
      { classNames: undefined, classes: 1 },
      walks(),
      "a classifier needs at least 2 classes, got 1",
    ],
    ["no classes", { classNames: undefined }, walks(), "expected classes or classNames, got neither"],
    ["other names than classes", { classes: 3 }, walks(), "expected 3 class names, got 2"],
    [
      "half a feature",
      { features: 0.5 },
      walks(),
      "features must be a whole number from 1 to 2^31 - 1, got 0.5",
    ],
    ["no time", { timeSteps: 0 }, walks(), "timeSteps must be a whole number from 1 to 2^31 - 1, got 0"],
    [
      "more than memory holds",
      { timeSteps: 2 ** 30 },
      walks(),
      "expected at most 536870912 values, got 3 sequences of 1073741824 steps x 2 features",
    ],
  ])("%s", (_, options, sequences, message) => {
    expect(() => read(options, sequences)).toThrow(new RangeError(`walks: ${message}`));
  });

  test("values that are no array", () => {
    expect(() => read({}, one("12"))).toThrow(
      new TypeError("walks: sequence 3 must be an array of steps or a Float32Array, got string"),
    );
  });
});
