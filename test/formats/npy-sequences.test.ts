import { expect, test } from "vitest";
import type { NpyArray } from "../../src/formats/npy.ts";
import { type NpySequencesOptions, sequencesFromArrays } from "../../src/formats/npy-sequences.ts";
import { refusal } from "../support/mutations.ts";
import { expectSound, labelsOf, sequencesOf } from "../support/sequences.ts";

const array = (shape: number[], data: NpyArray["data"]): NpyArray => ({ shape, data });
// 2 sequences of 3 steps x 1 feature.
const X = array([2, 3, 1], Float32Array.of(1, 2, 3, 4, 0, 0));
const read = (arrays: Record<string, NpyArray>, options?: NpySequencesOptions) =>
  sequencesFromArrays(new Map(Object.entries({ x: X, ...arrays })), "f.npz", options);

test("classes are the labels that come, sorted as numbers", () => {
  const y = array([2], Float64Array.of(10, 9));
  const dataset = read({
    y,
    lengths: array([2], Float64Array.of(3, 1)),
    weights: array([2], Float32Array.of(1, 2)),
  });
  expect(dataset).toMatchObject({
    name: "f.npz",
    truth: "classes",
    everyStep: false,
    count: 2,
    timeSteps: 3,
  });
  expect(dataset.classNames).toEqual(["9", "10"]);
  expect(labelsOf(dataset)).toEqual(["10", "9"]);
  expect([...dataset.lengths!]).toEqual([3, 1]);
  expect([...dataset.sampleWeights!]).toEqual([1, 2]);
  expect(sequencesOf(dataset)).toEqual([[[1], [2], [3]], [[4]]]);
  expectSound(dataset);
});

test("classNames gives the order, also of labels that do not come", () => {
  expect([...read({ y: array([2], Int8Array.of(-1, 1)) }, { classNames: ["1", "0", "-1"] }).labels]).toEqual([
    2, 0,
  ]);
});

test("x of two dimensions has one feature; any numbers become float32", () => {
  const dataset = read({
    x: array([2, 3], Uint8Array.of(1, 2, 3, 4, 5, 255)),
    y: array([2], Uint8Array.of(0, 1)),
  });
  expect(dataset).toMatchObject({ timeSteps: 3, features: 1 });
  expect(sequencesOf(dataset)[1]).toEqual([[4], [5], [255]]);
});

test("labels of every step, -1 behind an end", () => {
  const y = array([2, 3], Float64Array.of(5, 7, 5, 7, -1, -1));
  const dataset = read({ y, lengths: array([2], Uint8Array.of(3, 1)) }, { everyStep: true });
  expect([...dataset.labels]).toEqual([0, 1, 0, 1, -1, -1]);
  expectSound(dataset);
});

test.each<[string, NpySequencesOptions, number[], number]>([
  ["one number a sequence", {}, [2], 1],
  ["rows of numbers", {}, [2, 2], 2],
  ["one number a step", { everyStep: true }, [2, 3], 1],
  ["rows of numbers a step", { everyStep: true }, [2, 3, 2], 2],
])("targets: %s", (_, options, shape, outputs) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float64Array.from({ length: size }, (_, i) => i / 16);
  for (const task of ["regression", "multi-label"] as const) {
    const dataset = read({ y: array(shape, data) }, { ...options, task });
    expect(dataset).toMatchObject({ truth: "targets", outputs, everyStep: options.everyStep ?? false });
    expect([...dataset.targets]).toEqual([...data]);
  }
});

test("to predict, nothing but x is needed, and y and weights are left out", () => {
  const bad = { y: array([7], Float32Array.of(1)), weights: array([1], Float32Array.of(-1)) };
  for (const arrays of [{}, bad]) {
    expect(read(arrays, { unlabelled: true })).toMatchObject({
      truth: "none",
      count: 2,
      sampleWeights: undefined,
    });
  }
});

test.each<[string, Record<string, NpyArray>, NpySequencesOptions, string]>([
  ["a name it does not know", { length: X }, {}, 'expected arrays x, y, lengths, weights, got "length"'],
  ["no y", {}, {}, 'expected an array y, got "x"'],
  [
    "x of one dimension",
    { x: array([6], X.data), y: X },
    {},
    "x must be of shape [n,timeSteps,features] or [n,timeSteps], got [6]",
  ],
  [
    "no sequences",
    { x: array([0, 3, 1], new Float32Array(0)), y: X },
    {},
    "expected at least 1 sequence, got 0",
  ],
  [
    "NaN in x",
    { x: array([2, 3], Float64Array.of(1, 2, 3, 4, Number.NaN, 6)), y: array([2], Uint8Array.of(0, 1)) },
    {},
    "value at sample 1, step 1, feature 0 must be finite, got NaN",
  ],
  ["too few labels", { y: array([1], Uint8Array.of(1)) }, {}, "y must be of shape [2], got [1]"],
  ["one-hot labels", { y: array([2, 1], Uint8Array.of(1, 0)) }, {}, "y must be of shape [2], got [2,1]"],
  [
    "labels of other steps",
    { y: array([2, 2], Uint8Array.of(1, 0, 1, 0)) },
    { everyStep: true },
    "y must be of shape [2,3], got [2,2]",
  ],
  [
    "targets of other sequences",
    { y: array([3, 2], new Float32Array(6)) },
    { task: "regression" },
    "y must be of shape [2] or [2,outputs], got [3,2]",
  ],
  [
    "half a label",
    { y: array([2], Float64Array.of(1, 0.5)) },
    {},
    "y: element 1 must be a class label, a whole number, got 0.5",
  ],
  [
    "a label never seen",
    { y: array([2], Float64Array.of(1, 3)) },
    { classNames: ["0", "1"] },
    'y: element 1 must be one of "0", "1", got 3',
  ],
  [
    "one class",
    { y: array([2], Float64Array.of(3, 3)) },
    {},
    'a classifier needs at least 2 classes, got 1 ("3")',
  ],
  [
    "no label within a sequence",
    { y: array([2, 3], Int8Array.of(0, 1, -1, 1, 0, 1)) },
    { everyStep: true },
    "label at sample 0, step 2 must be a whole number from 0 to 1, got -1",
  ],
  [
    "a mark that is none",
    { y: array([2], Float64Array.of(1, 1.5)) },
    { task: "multi-label" },
    "y: element 1 must be a mark from 0 to 1, got 1.5",
  ],
  [
    "NaN to predict",
    { y: array([2], Float64Array.of(1, Number.NaN)) },
    { task: "regression" },
    "target 0 of row 1 must be a finite float32, got NaN",
  ],
  [
    "too few lengths",
    { y: array([2], Uint8Array.of(0, 1)), lengths: array([1], Uint8Array.of(1)) },
    {},
    "lengths must be of shape [2], one for each sequence, got [1]",
  ],
  [
    "a length beyond the data",
    { y: array([2], Uint8Array.of(0, 1)), lengths: array([2], Uint8Array.of(3, 4)) },
    {},
    "length 1 must be a whole number from 0 to 3, got 4",
  ],
  [
    "values behind an end",
    { y: array([2], Uint8Array.of(0, 1)), lengths: array([2], Uint8Array.of(2, 1)) },
    {},
    "value at sample 0, step 2, feature 0 must be 0, since the sequence has 2 steps, got 3",
  ],
])("refuses %s", (_, arrays, options, message) => {
  expect(refusal(() => read(arrays, options))).toBe(`f.npz: ${message}`);
});

test("refuses a file without x", () => {
  const arrays = new Map([["y", array([1], Uint8Array.of(0))]]);
  expect(refusal(() => sequencesFromArrays(arrays, "f.npz"))).toBe('f.npz: expected an array x, got "y"');
});
