import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset } from "../../src/data/dataset.ts";
import { applyScaler, fitScaler, type Scaler } from "../../src/data/scale.ts";
import { sequencesOf } from "../support/sequences.ts";

// Feature 0 is 2, 4, 6; feature 1 is always 0.1; the padding must not count.
const walks = () =>
  Dataset.fromFloats({
    values: Float32Array.of(2, 0.1, 4, 0.1, 6, 0.1, 0, 0),
    labels: [0, 1],
    lengths: [2, 1],
    timeSteps: 2,
    features: 2,
    classes: 2,
    classNames: ["run", "walk"],
    name: "walks",
  });
const f = Math.fround;

describe("fitScaler", () => {
  test("standard: mean and deviation over the steps, padding left out", () => {
    const { kind, offset, scale } = fitScaler(walks(), "standard");
    expect(kind).toBe("standard");
    expect(offset).toEqual([4, f(0.1)]);
    expect(scale[0]).toBeCloseTo(Math.sqrt(8 / 3), 14);
    expect(scale[1]).toBe(1);
  });

  test("minmax: least value and range", () => {
    expect(fitScaler(walks(), "minmax")).toEqual({ kind: "minmax", offset: [2, f(0.1)], scale: [4, 1] });
  });

  test("without lengths all steps count, also zeros", () => {
    const full = Dataset.fromBytes({
      values: Uint8Array.of(0, 255, 0, 0),
      labels: [0, 0],
      timeSteps: 2,
      features: 1,
      classes: 1,
    });
    expect(fitScaler(full, "minmax")).toEqual({ kind: "minmax", offset: [0], scale: [1] });
    expect(fitScaler(full, "standard").offset).toEqual([0.25]);
  });

  test.each(["standard", "minmax"] as const)(
    "%s: a constant feature becomes 0, however often it is summed",
    (kind) => {
      const constant = Dataset.fromFloats({
        values: new Float32Array(1000).fill(0.1),
        labels: new Uint8Array(1000),
        timeSteps: 1,
        features: 1,
        classes: 1,
      });
      const scaler = fitScaler(constant, kind);
      expect(scaler).toEqual({ kind, offset: [f(0.1)], scale: [1] });
      expect(
        sequencesOf(applyScaler(constant, scaler))
          .flat(2)
          .every((value) => value === 0),
      ).toBe(true);
    },
  );

  test("large numbers close together keep their variance", () => {
    const close = Dataset.fromFloats({
      values: Float32Array.of(16777213, 16777214, 16777216),
      labels: [0],
      timeSteps: 3,
      features: 1,
      classes: 1,
    });
    expect(fitScaler(close, "standard").scale[0]).toBeCloseTo(Math.sqrt(14) / 3, 9);
  });

  test("refuses what has no steps, and other kinds", () => {
    expect(() => fitScaler(walks().slice(0, 0), "standard")).toThrow(
      new RangeError("walks: a scaler needs at least 1 step, got 0"),
    );
    expect(() => fitScaler(walks(), "robust" as never)).toThrow(
      new RangeError('walks: a scaler\'s kind must be "standard" or "minmax", got robust'),
    );
  });
});

describe("applyScaler", () => {
  test("gives mean 0 and variance 1; all else stays, the padding 0", () => {
    const dataset = walks();
    const scaled = applyScaler(dataset, fitScaler(dataset, "standard"));
    const { name, count, timeSteps, features, classes, labels, lengths, classNames } = dataset;
    expect(scaled).toMatchObject({ name, count, timeSteps, features, classes, labels, lengths, classNames });
    const z = f(Math.sqrt(1.5));
    expect(sequencesOf(scaled)).toEqual([
      [
        [-z, 0],
        [0, 0],
      ],
      [[z, 0]],
    ]);
    const row = new Float32Array(4);
    scaled.copyRow(1, row, 0);
    expect([...row.subarray(2)]).toEqual([0, 0]);
    expect(sequencesOf(dataset)[0][0]).toEqual([2, f(0.1)]);
  });

  test("applies what was learnt on other sequences, also from JSON and to a selection", () => {
    const scaler: Scaler = JSON.parse(JSON.stringify(fitScaler(walks().slice(0, 1), "minmax")));
    const scaled = applyScaler(walks().select(Uint32Array.of(1)), scaler);
    expect(sequencesOf(scaled)).toEqual([[[2, 0]]]);
  });

  test("what is known of the sequences stays as it is", () => {
    const parts = { values: Float32Array.of(1, 2, 3, 5), timeSteps: 2, features: 1, sampleWeights: [1, 2] };
    const targets = Float32Array.of(7, 8, 9, 10);
    const dataset = Dataset.fromFloats({ ...parts, targets, outputs: 1, everyStep: true, ids: ["a", "b"] });
    const scaled = applyScaler(dataset, fitScaler(dataset, "minmax"));
    expect({ ...scaled }).toEqual({ ...dataset });
    expect(sequencesOf(scaled).flat(2)).toEqual([0, 0.25, 0.5, 1]);
  });

  test("minmax brings every value to 0..1, both ends taken", () => {
    const value = fc.float({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 30 }), (values) => {
        const dataset = Dataset.fromFloats({
          values: Float32Array.from(values),
          labels: new Uint8Array(values.length),
          timeSteps: 1,
          features: 1,
          classes: 1,
        });
        const scaled = sequencesOf(applyScaler(dataset, fitScaler(dataset, "minmax"))).flat(2);
        expect(Math.min(...scaled)).toBeCloseTo(0, 10);
        expect(Math.max(...scaled)).toBe(
          new Set(values).size > 1 && Math.max(...values) > Math.min(...values) ? 1 : 0,
        );
      }),
    );
  });

  test.each<[object, string]>([
    [{ offset: [1] }, "a scaler's offset must be 2 numbers, got 1"],
    [{ scale: "12" }, "a scaler's scale must be 2 numbers, got string"],
    [{ offset: [0, Number.NaN] }, "a scaler's offset of feature 1 must be a finite number, got NaN"],
    [{ offset: [null, 0] }, "a scaler's offset of feature 0 must be a finite number, got null"],
    [{ scale: [1, 0] }, "a scaler's scale of feature 1 must be a number above 0, got 0"],
    [{ scale: [-1, 1] }, "a scaler's scale of feature 0 must be a number above 0, got -1"],
    [{ kind: "x" }, 'a scaler\'s kind must be "standard" or "minmax", got x'],
    [{ scale: [1e-320, 1] }, "value at sample 0, step 0, feature 0 must be finite, got Infinity"],
  ])("refuses %o", (change, message) => {
    const scaler = { kind: "standard", offset: [0, 0], scale: [1, 1], ...change } as Scaler;
    expect(() => applyScaler(walks(), scaler)).toThrow(new RangeError(`walks: ${message}`));
  });
});
