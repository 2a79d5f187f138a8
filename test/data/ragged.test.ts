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

describe("what is known of a sequence", () => {
  const values = [[[1], [2]], [[3]], [[4], [5], [6]]];
  const of = (known: object[], options: Partial<FromSequencesOptions>) =>
    fromSequences(
      values.map((own, i) => ({ values: own, ...known[i] })),
      { features: 1, name: "walks", ...options },
    );

  test("labels of every step, -1 behind the end; cut as the steps are", () => {
    const known = [{ labels: [0, 1] }, { labels: Uint8Array.of(1) }, { labels: [1, 0, 1] }];
    const dataset = of(known, { classes: 2, everyStep: true });
    expect(dataset).toMatchObject({
      truth: "classes",
      everyStep: true,
      outputs: 2,
      classes: 2,
      timeSteps: 3,
    });
    expect([...dataset.labels]).toEqual([0, 1, -1, 1, -1, -1, 1, 0, 1]);
    const last = of(known, { classes: 2, everyStep: true, timeSteps: 2, truncate: "start" });
    expect([...last.labels]).toEqual([0, 1, 1, -1, 0, 1]);
    const first = of(known, { classes: 2, everyStep: true, timeSteps: 2, truncate: "end" });
    expect([...first.labels]).toEqual([0, 1, 1, -1, 1, 0]);
  });

  test("a target, several, or a number alone", () => {
    const one = of([{ target: 0.5 }, { target: [-1] }, { target: Float64Array.of(2) }], { outputs: 1 });
    expect(one).toMatchObject({ truth: "targets", everyStep: false, outputs: 1, classes: 0 });
    expect([...one.targets]).toEqual([0.5, -1, 2]);
    expect(one.labels).toHaveLength(0);
    const two = of([{ target: [0, 1] }, { target: [1, 1] }, { target: [0, 0] }], { targetNames: ["a", "b"] });
    expect([...two.targets]).toEqual([0, 1, 1, 1, 0, 0]);
    expect(two.targetNames).toEqual(["a", "b"]);
  });

  test("targets of every step, nested, flat or numbers alone, zeros behind the end; cut as the steps are", () => {
    const flat = [{ targets: [1, 2] }, { targets: Float32Array.of(3) }, { targets: [[4], 5, [6]] }];
    const dataset = of(flat, { outputs: 1, everyStep: true });
    expect([...dataset.targets]).toEqual([1, 2, 0, 3, 0, 0, 4, 5, 6]);
    const last = of(flat, { outputs: 1, everyStep: true, timeSteps: 2, truncate: "start" });
    expect([...last.targets]).toEqual([1, 2, 3, 0, 5, 6]);
    const pairs = [
      {
        targets: [
          [1, 2],
          [3, 4],
        ],
      },
      { targets: Float32Array.of(5, 6) },
      { targets: Float32Array.of(7, 8, 9, 10, 11, 12) },
    ];
    const two = of(pairs, { outputs: 2, everyStep: true });
    expect([...two.targets]).toEqual([1, 2, 3, 4, 0, 0, 5, 6, 0, 0, 0, 0, 7, 8, 9, 10, 11, 12]);
  });

  test("nothing, with neither classes nor outputs", () => {
    const dataset = of([], {});
    expect(dataset).toMatchObject({ truth: "none", outputs: 0, classes: 0, count: 3 });
    expect(sequencesOf(dataset)).toEqual(values);
  });

  test("weights and ids, for all as soon as one has them", () => {
    const dataset = of([{ weight: 0, id: "a" }, {}, { weight: 2.5 }], {});
    expect([...dataset.sampleWeights!]).toEqual([0, 1, 2.5]);
    expect(dataset.ids).toEqual(["a", "1", "2"]);
    expect(of([], {}).sampleWeights).toBeUndefined();
    expect(of([], {}).ids).toBeUndefined();
  });

  test.each<[string, object, Partial<FromSequencesOptions>, string]>([
    [
      "too few labels",
      { labels: [0] },
      { classes: 2, everyStep: true },
      "sequence 2 must have a label for each of its 3 steps, got 1",
    ],
    [
      "a label never seen",
      { labels: [0, 2, 1] },
      { classes: 2, everyStep: true },
      "sequence 2, step 1: label must be a whole number from 0 to 1, got 2",
    ],
    [
      "a label missing",
      { labels: [0, 1, -1] },
      { classes: 2, everyStep: true },
      "sequence 2, step 2: label must be a whole number from 0 to 1, got -1",
    ],
    [
      "one label for all steps",
      { label: 1 },
      { classes: 2, everyStep: true },
      "sequence 2 must have labels, a class index for each step, got label",
    ],
    [
      "a label and a target",
      { label: 1, target: 1 },
      { classes: 2 },
      "sequence 2 must have a label, its class index, got label and target",
    ],
    ["too few targets", { target: [1] }, { outputs: 2 }, "sequence 2 must have a target of 2 numbers, got 1"],
    [
      "a target that is no number",
      { target: [1, Number.NaN] },
      { outputs: 2 },
      "sequence 2, target 1 must be a finite float32, got NaN",
    ],
    [
      "too few rows of targets",
      { targets: [1, 2] },
      { outputs: 1, everyStep: true },
      "sequence 2 must have a row of targets for each of its 3 steps, got 2",
    ],
    [
      "a row of targets too long",
      { targets: [1, [2, 3], 4] },
      { outputs: 1, everyStep: true },
      "sequence 2, step 1 must have 1 targets, got 2",
    ],
    [
      "a number beyond float32",
      { targets: [1, 2, 1e39] },
      { outputs: 1, everyStep: true },
      "sequence 2, step 2, target 0 must be a finite float32, got 1e+39",
    ],
    [
      "no outputs",
      { target: [] },
      { outputs: 0 },
      "outputs must be a whole number from 1 to 2^31 - 1, got 0",
    ],
    ["another number of names", {}, { outputs: 2, targetNames: ["a"] }, "expected 2 target names, got 1"],
    [
      "a name twice",
      {},
      { targetNames: ["a", "b", "a"] },
      'expected each target name once, got "a" at 0 and 2',
    ],
  ])("refuses %s", (_, last, options, message) => {
    const { classes, everyStep, outputs = 1 } = options;
    const known = (steps: number) => {
      if (classes !== undefined) return everyStep ? { labels: new Uint8Array(steps) } : { label: 0 };
      return everyStep
        ? { targets: new Float32Array(steps * outputs) }
        : { target: new Float32Array(outputs) };
    };
    expect(() => of([known(2), known(1), last], options)).toThrow(new RangeError(`walks: ${message}`));
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
    ["label 2 of 2", {}, one([[1, 2]], 2), "sequence 3: label must be a whole number from 0 to 1, got 2"],
    [
      "label NaN",
      {},
      one([[1, 2]], Number.NaN),
      "sequence 3: label must be a whole number from 0 to 1, got NaN",
    ],
    [
      "a name for a label",
      {},
      one([[1, 2]], "walk"),
      "sequence 3: label must be a whole number from 0 to 1, got walk",
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
    [
      "no classes",
      { classNames: undefined },
      walks(),
      "sequence 0 must have no label and no target, as neither classes nor outputs are given, got label",
    ],
    ["no label", {}, one([[1, 2]], null), "sequence 3: label must be a whole number from 0 to 1, got null"],
    [
      "no label at all",
      {},
      [...walks(), { values: [[1, 2]] }],
      "sequence 3 must have a label, its class index, got none",
    ],
    [
      "a weight below 0",
      {},
      [...walks(), { values: [[1, 2]], label: 0, weight: -1 }],
      "sequence 3: weight must be a finite number from 0, got -1",
    ],
    [
      "a weight that is no number",
      {},
      [{ values: [[1, 2]], label: 0, weight: Number.NaN }],
      "sequence 0: weight must be a finite number from 0, got NaN",
    ],
    ["classes and outputs", { outputs: 2 }, walks(), "expected classes or outputs, got both"],
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
