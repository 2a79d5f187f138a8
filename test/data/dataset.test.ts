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
