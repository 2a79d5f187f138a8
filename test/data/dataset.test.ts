import { describe, expect, test } from "vitest";
import { Dataset, oneHot } from "../../src/data/dataset.ts";

const ramp = (n: number) => Uint8Array.from({ length: n }, (_, i) => i);

// 3 sequences of 2 steps x 2 features.
const bytes = (changes = {}) =>
  Dataset.fromBytes({
    values: ramp(12),
    labels: [2, 0, 1],
    timeSteps: 2,
    features: 2,
    classes: 3,
    ...changes,
  });
const floats = (changes = {}) =>
  Dataset.fromFloats({
    values: Float32Array.from({ length: 12 }, (_, i) => i - 5.5),
    labels: Uint8Array.of(2, 0, 1),
    timeSteps: 2,
    features: 2,
    classes: 3,
    ...changes,
  });

function rows(dataset: Dataset): number[][] {
  const out = new Float32Array(dataset.timeSteps * dataset.features);
  return Array.from({ length: dataset.count }, (_, i) => {
    dataset.copyRow(i, out, 0);
    return [...out];
  });
}

describe("Dataset", () => {
  test("keeps its shape and labels", () => {
    const dataset = bytes({ name: "digits" });
    expect(dataset).toMatchObject({ name: "digits", count: 3, timeSteps: 2, features: 2, classes: 3 });
    expect([...dataset.labels]).toEqual([2, 0, 1]);
  });

  test("every byte becomes the float32 nearest to byte / 255", () => {
    const all = Dataset.fromBytes({
      values: ramp(256),
      labels: [0],
      timeSteps: 16,
      features: 16,
      classes: 1,
    });
    expect(rows(all)[0]).toEqual(Array.from({ length: 256 }, (_, i) => Math.fround(i / 255)));
    expect(rows(all)[0][255]).toBe(1);
  });

  test("floats are read as they are", () => {
    expect(rows(floats())[1]).toEqual([-1.5, -0.5, 0.5, 1.5]);
  });

  test("typed arrays are kept, not copied; other labels are converted", () => {
    const labels = Int32Array.of(2, 0, 1);
    expect(bytes({ labels }).labels).toBe(labels);
    expect(bytes().labels).toBeInstanceOf(Int32Array);
    expect([...bytes({ labels: Float64Array.of(2, 0, 1) }).labels]).toEqual([2, 0, 1]);
    const values = ramp(12);
    const dataset = bytes({ values });
    values[0] = 255;
    expect(rows(dataset)[0][0]).toBe(1);
  });

  test("labels above 255 survive", () => {
    expect([...bytes({ labels: [299, 256, 0], classes: 300 }).labels]).toEqual([299, 256, 0]);
  });

  test.each([bytes, floats])("copyRow writes its sequence and nothing around it", (make) => {
    const out = new Float32Array(8).fill(99);
    make().copyRow(2, out, 3);
    expect([...out.subarray(0, 3), out[7]]).toEqual([99, 99, 99, 99]);
    expect([...out.subarray(3, 7)]).toEqual(rows(make())[2]);
  });

  test.each([-1, 3, 0.5, Number.NaN])("copyRow refuses index %s", (index) => {
    expect(() => bytes().copyRow(index, new Float32Array(4), 0)).toThrow(
      new RangeError(`dataset: index must be a whole number from 0 to 2, got ${index}`),
    );
  });

  test.each([-1, 1, 0.5, Number.NaN])("copyRow refuses offset %s into a buffer of one sequence", (offset) => {
    expect(() => bytes().copyRow(0, new Float32Array(4), offset)).toThrow(
      new RangeError(`dataset: a sequence has 4 values, got offset ${offset} in 4 floats`),
    );
  });

  test.each([bytes, floats])("slice shows the same memory", (make) => {
    const dataset = make();
    const part = dataset.slice(1, 3);
    expect(part).toMatchObject({ count: 2, timeSteps: 2, features: 2, classes: 3, name: "dataset" });
    expect(rows(part)).toEqual(rows(dataset).slice(1, 3));
    expect([...part.labels]).toEqual([0, 1]);
    expect(part.labels.buffer).toBe(dataset.labels.buffer);
    expect(rows(part.slice(1))).toEqual([rows(dataset)[2]]);
    expect(dataset.slice(3).count).toBe(0);
  });

  test("a slice shares values with its dataset", () => {
    const values = ramp(12);
    const part = bytes({ values }).slice(2);
    values[8] = 255;
    expect(rows(part)[0][0]).toBe(1);
  });

  test.each([
    [-1, 2],
    [2, 1],
    [0, 4],
    [0.5, 2],
    [0, Number.NaN],
  ])("slice refuses %s to %s", (start, end) => {
    expect(() => bytes().slice(start, end)).toThrow(
      new RangeError(`dataset: slice needs whole numbers 0 <= start <= end <= 3, got ${start} and ${end}`),
    );
  });
});

describe("validation", () => {
  test.each([
    [{ values: ramp(11) }, "digits: 11 values are not whole sequences of 2 steps x 2 features"],
    [
      { values: ramp(8) },
      "digits: expected one label per sequence, got 3 labels and 2 sequences of 2 steps x 2 features",
    ],
    [
      { labels: [1, 1] },
      "digits: expected one label per sequence, got 2 labels and 3 sequences of 2 steps x 2 features",
    ],
    [{ labels: [0, 3, 1] }, "digits: label 1 must be a whole number from 0 to 2, got 3"],
    [{ labels: Int32Array.of(0, 1, -1) }, "digits: label 2 must be a whole number from 0 to 2, got -1"],
    [{ labels: [0.5, 1, 1] }, "digits: label 0 must be a whole number from 0 to 2, got 0.5"],
    [{ labels: [0, Number.NaN, 1] }, "digits: label 1 must be a whole number from 0 to 2, got NaN"],
    [{ timeSteps: 0 }, "digits: timeSteps must be a whole number from 1 to 2^31 - 1, got 0"],
    [{ features: 1.5 }, "digits: features must be a whole number from 1 to 2^31 - 1, got 1.5"],
    [{ classes: -2 }, "digits: classes must be a whole number from 1 to 2^31 - 1, got -2"],
  ])("refuses %o", (change, message) => {
    expect(() => bytes({ ...change, name: "digits" })).toThrow(new RangeError(message));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "names the place of %s",
    (bad) => {
      const values = new Float32Array(24);
      values[19] = bad;
      const parts = { values, labels: [0, 1], timeSteps: 4, features: 3, classes: 2, name: "walks" };
      expect(() => Dataset.fromFloats(parts)).toThrow(
        new RangeError(`walks: value at sample 1, step 2, feature 1 must be finite, got ${bad}`),
      );
    },
  );

  test("refuses values of another kind", () => {
    expect(() => bytes({ values: [1, 2, 3, 4] })).toThrow(
      new TypeError("dataset: values must be a Uint8Array, got Array"),
    );
    expect(() => floats({ values: new Float64Array(12) })).toThrow(
      new TypeError("dataset: values must be a Float32Array, got Float64Array"),
    );
    expect(() => floats({ values: undefined })).toThrow(
      new TypeError("dataset: values must be a Float32Array, got undefined"),
    );
  });
});

describe("lengths and class names", () => {
  // 3 sequences of 2 steps x 2 features, of 1, 2 and 0 steps.
  const ragged = (changes = {}) =>
    floats({
      values: Float32Array.of(1, 2, 0, 0, 3, 4, 5, 6, 0, -0, 0, 0),
      lengths: [1, 2, 0],
      classNames: ["a", "b", "c"],
      ...changes,
    });

  test("are kept; absent unless given", () => {
    const lengths = Int32Array.of(1, 2, 0);
    expect(ragged({ lengths }).lengths).toBe(lengths);
    expect(ragged().lengths).toEqual(lengths);
    expect(ragged().classNames).toEqual(["a", "b", "c"]);
    expect(floats().lengths).toBeUndefined();
    expect(floats().classNames).toBeUndefined();
    expect(bytes({ values: new Uint8Array(12), lengths }).lengths).toBe(lengths);
    expect(rows(ragged())).toEqual([
      [1, 2, 0, 0],
      [3, 4, 5, 6],
      [0, -0, 0, 0],
    ]);
  });

  test("slice carries them", () => {
    const part = ragged().slice(1);
    expect(part.lengths).toEqual(Int32Array.of(2, 0));
    expect(part.classNames).toEqual(["a", "b", "c"]);
  });

  test.each([
    [{ lengths: [1, 2] }, "dataset: expected one length per sequence, got 2 lengths and 3 sequences"],
    [{ lengths: [1, 3, 0] }, "dataset: length 1 must be a whole number from 0 to 2, got 3"],
    [{ lengths: [-1, 2, 0] }, "dataset: length 0 must be a whole number from 0 to 2, got -1"],
    [{ lengths: [1, 1.5, 0] }, "dataset: length 1 must be a whole number from 0 to 2, got 1.5"],
    [
      { lengths: [1, 1, 0] },
      "dataset: value at sample 1, step 1, feature 0 must be 0, since the sequence has 1 steps, got 5",
    ],
    [
      { values: Float32Array.of(1, 2, 0, 0, 3, 4, 5, 6, 0, 0, 0, 9) },
      "dataset: value at sample 2, step 1, feature 1 must be 0, since the sequence has 0 steps, got 9",
    ],
    [{ classNames: ["a", "b"] }, "dataset: expected 3 class names, got 2"],
    [{ classNames: ["a", "b", "a"] }, 'dataset: expected each class name once, got "a" at 0 and 2'],
  ])("refuses %o", (change, message) => {
    expect(() => ragged(change)).toThrow(new RangeError(message));
  });

  test("refuses a class name that is no string", () => {
    expect(() => ragged({ classNames: ["a", 2, "c"] })).toThrow(
      new TypeError("dataset: class name 1 must be a string, got number"),
    );
  });
});

describe("select", () => {
  const numbered = () =>
    Dataset.fromFloats({
      values: Float32Array.of(0, 0, 1, 0, 2, 2, 3, 3),
      labels: [0, 1, 0, 1],
      lengths: [0, 1, 2, 2],
      timeSteps: 2,
      features: 1,
      classes: 2,
      classNames: ["even", "odd"],
      name: "numbers",
    });

  test("gives the sequences asked for, in that order, also twice", () => {
    const part = numbered().select(Uint32Array.of(3, 1, 3));
    expect(part).toMatchObject({ name: "numbers", count: 3, timeSteps: 2, features: 1, classes: 2 });
    expect(rows(part)).toEqual([
      [3, 3],
      [1, 0],
      [3, 3],
    ]);
    expect([...part.labels]).toEqual([1, 1, 1]);
    expect(part.lengths).toEqual(Int32Array.of(2, 1, 2));
    expect(part.classNames).toEqual(["even", "odd"]);
    expect(numbered().select(new Uint32Array(0)).count).toBe(0);
  });

  test("a selection of a slice, and a slice of a selection", () => {
    expect(rows(numbered().slice(1).select(Uint32Array.of(2, 0)))).toEqual([
      [3, 3],
      [1, 0],
    ]);
    const part = numbered()
      .select(Uint32Array.of(3, 2, 1))
      .slice(1);
    expect(rows(part)).toEqual([
      [2, 2],
      [1, 0],
    ]);
    expect([...part.labels]).toEqual([0, 1]);
    expect(part.lengths).toEqual(Int32Array.of(2, 1));
    expect(rows(part.select(Uint32Array.of(0)))).toEqual([[2, 2]]);
  });

  test("shares the values, but not the indices", () => {
    const values = ramp(12);
    const indices = Uint32Array.of(2);
    const part = bytes({ values }).select(indices);
    indices[0] = 0;
    values[8] = 255;
    expect(rows(part)[0][0]).toBe(1);
    expect(part.lengths).toBeUndefined();
  });

  test("refuses an index beyond the dataset", () => {
    expect(() => numbered().select(Uint32Array.of(0, 4))).toThrow(
      new RangeError("numbers: index 1 must be a whole number from 0 to 3, got 4"),
    );
  });

  test("takes a plain list, and refuses indices that a typed array would have turned into others", () => {
    const part = numbered().select([3, 1]).slice(0, 1);
    expect(rows(part)).toEqual(rows(numbered().select(Uint32Array.of(3))));
    for (const index of [-1, 0.5, Number.NaN]) {
      expect(() => numbered().select([0, index])).toThrow(
        new RangeError(`numbers: index 1 must be a whole number from 0 to 3, got ${index}`),
      );
    }
  });

  test("a dataset is not made by new", () => {
    const Made = Dataset as unknown as new (parts: object) => Dataset;
    expect(() => new Made({ values: new Float32Array(4), timeSteps: 2, features: 2 })).toThrow(
      /^a Dataset is made by Dataset\.fromFloats/,
    );
  });
});

describe("what is known of the sequences", () => {
  // 3 sequences of 2 steps x 2 features, the first one of 1 step; labels of each step, weights and ids.
  const tagged = (changes = {}) =>
    floats({
      values: Float32Array.of(1, 2, 0, 0, 3, 4, 5, 6, 7, 8, 9, 10),
      lengths: [1, 2, 2],
      labels: [2, -1, 0, 1, 1, 1],
      everyStep: true,
      sampleWeights: [0.5, 0, 3],
      ids: ["a", "b", "c"],
      ...changes,
    });
  const numbers = (changes = {}) =>
    Dataset.fromFloats({
      values: Float32Array.of(1, 2, 3),
      timeSteps: 1,
      features: 1,
      targets: [1, 10, 2, 20, 3, 30],
      targetNames: ["ones", "tens"],
      ...changes,
    });

  test("is kept: labels of every step, weights, ids", () => {
    const labels = Int32Array.of(2, -1, 0, 1, 1, 1);
    const sampleWeights = Float32Array.of(0.5, 0, 3);
    const dataset = tagged({ labels, sampleWeights });
    expect(dataset).toMatchObject({ truth: "classes", everyStep: true, outputs: 3, classes: 3 });
    expect(dataset).toMatchObject({ hasLengths: true, hasSampleWeights: true, ids: ["a", "b", "c"] });
    expect(dataset.labels).toBe(labels);
    expect(dataset.sampleWeights).toBe(sampleWeights);
    expect(dataset.targets).toHaveLength(0);
    expect([...tagged().sampleWeights!]).toEqual([0.5, 0, 3]);
  });

  test("is kept: targets and their names", () => {
    const targets = Float32Array.of(1, 10, 2, 20, 3, 30);
    const dataset = numbers({ targets });
    expect(dataset).toMatchObject({ truth: "targets", everyStep: false, outputs: 2, classes: 0, count: 3 });
    expect(dataset).toMatchObject({ hasLengths: false, hasSampleWeights: false, ids: undefined });
    expect(dataset.targets).toBe(targets);
    expect(dataset.targetNames).toEqual(["ones", "tens"]);
    expect(dataset.labels).toHaveLength(0);
    const steps = numbers({ everyStep: true, timeSteps: 3 });
    expect(steps).toMatchObject({ everyStep: true, count: 1, outputs: 2 });
  });

  test("may be nothing", () => {
    const dataset = numbers({ targets: undefined, targetNames: undefined });
    expect(dataset).toMatchObject({ truth: "none", outputs: 0, classes: 0, count: 3 });
    expect(dataset.slice(1).count).toBe(2);
  });

  test("class names say how many classes there are", () => {
    expect(floats({ classes: undefined, classNames: ["a", "b", "c"] }).classes).toBe(3);
  });

  test.each([
    ["slice", (dataset: Dataset) => dataset.slice(1)],
    ["select", (dataset: Dataset) => dataset.select(Uint32Array.of(1, 2))],
    ["slice of select", (dataset: Dataset) => dataset.select(Uint32Array.of(0, 1, 2)).slice(1)],
    ["select of slice", (dataset: Dataset) => dataset.slice(1).select(Uint32Array.of(0, 1))],
  ])("%s carries all of it", (_, part) => {
    const tags = part(tagged());
    expect(tags).toMatchObject({ truth: "classes", everyStep: true, classes: 3, count: 2, ids: ["b", "c"] });
    expect([...tags.labels]).toEqual([0, 1, 1, 1]);
    expect([...tags.sampleWeights!]).toEqual([0, 3]);
    const rest = part(numbers());
    expect(rest).toMatchObject({ truth: "targets", outputs: 2, targetNames: ["ones", "tens"], count: 2 });
    expect([...rest.targets]).toEqual([2, 20, 3, 30]);
    const steps = part(tagged({ labels: undefined, classes: undefined, targets: ramp(18), outputs: 3 }));
    expect([...steps.targets]).toEqual([...ramp(18)].slice(6));
  });

  test("select gives a sequence with all of it as often as asked for", () => {
    const part = tagged().select(Uint32Array.of(2, 0, 2));
    expect([...part.labels]).toEqual([1, 1, 2, -1, 1, 1]);
    expect(part.ids).toEqual(["c", "a", "c"]);
  });

  test("parts give back the dataset, with other values", () => {
    for (const dataset of [tagged(), numbers(), numbers({ targets: undefined, targetNames: undefined })]) {
      const values = new Float32Array(dataset.count * dataset.timeSteps * dataset.features);
      const other = Dataset.fromFloats({ ...dataset.parts(), values });
      expect({ ...other }).toEqual({ ...dataset });
      expect(
        rows(other)
          .flat()
          .every((value) => value === 0),
      ).toBe(true);
    }
  });

  test("checkTargets names the first target out of range", () => {
    expect(() => numbers().checkTargets(1, 30)).not.toThrow();
    expect(() => numbers({ name: "sums" }).checkTargets(0, 10)).toThrow(
      new RangeError("sums: target 1 at sample 1 must be a number from 0 to 10, got 20"),
    );
    expect(() => numbers({ everyStep: true, timeSteps: 3 }).checkTargets(2, 30)).toThrow(
      new RangeError("dataset: target 0 at sample 0, step 0 must be a number from 2 to 30, got 1"),
    );
  });

  test.each<[string, () => Dataset, string]>([
    ["labels and targets", () => tagged({ targets: [1] }), "expected labels or targets, got both"],
    ["classes and outputs", () => tagged({ outputs: 3 }), "expected classes or outputs, got both"],
    [
      "targets without outputs",
      () => numbers({ targetNames: undefined }),
      "expected classes for labels or outputs for targets, got targets",
    ],
    [
      "labels without classes",
      () => tagged({ classes: undefined }),
      "expected classes for labels or outputs for targets, got labels",
    ],
    [
      "classes without labels",
      () => tagged({ labels: undefined }),
      "expected labels of the classes, got neither",
    ],
    [
      "outputs without targets",
      () => numbers({ targets: undefined }),
      "expected targets for the outputs, got neither",
    ],
    [
      "too few labels of steps",
      () => tagged({ labels: [0, 1, 2] }),
      "expected one label per step, got 3 labels and 3 sequences of 2 steps x 2 features",
    ],
    [
      "no label within a sequence",
      () => tagged({ labels: [2, -1, 0, -1, 1, 1] }),
      "label at sample 1, step 1 must be a whole number from 0 to 2, got -1",
    ],
    [
      "another label behind an end",
      () => tagged({ labels: [2, -2, 0, 1, 1, 1] }),
      "label at sample 0, step 1 must be a whole number from 0 to 2, got -2",
    ],
    [
      "too few targets",
      () => numbers({ targets: [1, 2, 3] }),
      "expected 2 targets per sequence, got 3 targets and 3 sequences of 1 steps x 1 features",
    ],
    [
      "too few targets of steps",
      () => tagged({ labels: undefined, classes: undefined, outputs: 1, targets: [1, 2, 3] }),
      "expected 1 targets per step, got 3 targets and 3 sequences of 2 steps x 2 features",
    ],
    [
      "a target that is not finite",
      () => numbers({ targets: [1, 10, 2, Number.NaN, 3, 30] }),
      "target 1 of row 1 must be a finite float32, got NaN",
    ],
    [
      "a target beyond float32",
      () => numbers({ targets: [1e39, 10, 2, 20, 3, 30] }),
      "target 0 of row 0 must be a finite float32, got 1e+39",
    ],
    ["too few names", () => numbers({ outputs: 2, targetNames: ["a"] }), "expected 2 target names, got 1"],
    [
      "too few weights",
      () => tagged({ sampleWeights: [1] }),
      "expected one sample weight per sequence, got 1 sample weights and 3 sequences",
    ],
    [
      "a weight below 0",
      () => tagged({ sampleWeights: [1, -0.5, 1] }),
      "sample weight 1 must be a finite float32 from 0, got -0.5",
    ],
    [
      "a weight that is no number",
      () => tagged({ sampleWeights: [1, 1, Number.NaN] }),
      "sample weight 2 must be a finite float32 from 0, got NaN",
    ],
    ["too few ids", () => tagged({ ids: ["a"] }), "expected one id per sequence, got 1 ids and 3 sequences"],
  ])("refuses %s", (_, make, message) => {
    expect(make).toThrow(new RangeError(`dataset: ${message}`));
  });

  test("refuses an everyStep that is neither true nor false", () => {
    expect(() => tagged({ everyStep: 1 })).toThrow(
      new TypeError("dataset: everyStep must be true or false, got 1"),
    );
  });
});

describe("the values behind a dataset", () => {
  test("are copied in its order, as bytes or floats", () => {
    const picked = bytes().select(Uint32Array.of(2, 0));
    expect(picked.copyValues()).toEqual(Uint8Array.of(8, 9, 10, 11, 0, 1, 2, 3));
    expect(floats().select(Uint32Array.of(1)).copyValues()).toEqual(Float32Array.of(-1.5, -0.5, 0.5, 1.5));
    expect(bytes().copyValues()).toEqual(ramp(12));
  });

  test("are given as they lie, once; part of them as a copy", () => {
    const whole = floats();
    const values = whole.giveValues();
    expect(whole.giveValues()).toBe(values);
    structuredClone(values.buffer, { transfer: [values.buffer as ArrayBuffer] });
    const gone = /^dataset: its values were given away$/;
    expect(() => whole.giveValues()).toThrow(gone);
    expect(() => whole.copyValues()).toThrow(gone);
    const part = bytes().select(Uint32Array.of(0));
    expect(part.giveValues()).not.toBe(part.giveValues());
  });
});

describe("oneHot", () => {
  test("sets one element per row", () => {
    expect([...oneHot([2, 0, 1], 3)]).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0]);
    expect(oneHot([], 3)).toHaveLength(0);
  });

  test("refuses a label outside the classes", () => {
    expect(() => oneHot(Uint8Array.of(0, 3), 3)).toThrow(
      new RangeError("oneHot: label 1 must be a whole number from 0 to 2, got 3"),
    );
    expect(() => oneHot([], 0)).toThrow(/classes must be a whole number from 1/);
  });
});
