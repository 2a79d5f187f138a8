// What a batch may not be: refused by name wherever batches are taken, and nothing changes.

import { describe, expect, test } from "vitest";
import type { CellState, Model, ModelOptions, SequenceOptions } from "../src/index.ts";
import { batchOf, bitsOf, newModel, statesOf } from "./support/models.ts";

type Numbers = ArrayLike<number>;
type Call = (model: Model, x: Numbers, targets: Numbers, options?: SequenceOptions) => Promise<unknown>;

const WITH_TARGETS: [string, Call][] = [
  ["trainOnBatch", (model, ...args) => model.trainOnBatch(...args)],
  ["evaluateOnBatch", (model, ...args) => model.evaluateOnBatch(...args)],
];
const ALL: [string, Call][] = [
  ...WITH_TARGETS,
  ["predict", (model, x, _, options) => model.predict(x, options)],
  ["apply", (model, x, _, options) => model.apply(x, options)],
];

/** Every part of a batch of 3 and, in turn, one that does not fit. */
interface Mistake {
  x?: unknown;
  targets?: unknown;
  options?: Record<string, unknown>;
}

const spoilt = (length: number, at: number, value: number) =>
  Float32Array.from({ length }, (_, i) => (i === at ? value : 0.5));
const h = new Float32Array(33);

const OF_X: [Mistake, string][] = [
  [
    { x: new Float32Array(71) },
    "x must hold whole sequences of 6 steps x 4 features = 24 values, got 71 values",
  ],
  [{ x: spoilt(72, 17, Number.NaN) }, "x[17] must be a finite number, got NaN"],
  [{ x: spoilt(72, 71, -Infinity) }, "x[71] must be a finite number, got -Infinity"],
  [{ x: Array.from(spoilt(72, 5, 0)).with(5, 1e39) }, "x[5] must be a finite number, got 1e+39"],
  [{ options: { lengths: [1, 2] } }, "lengths must hold one length per sequence, got 2 for 3 sequences"],
  [{ options: { lengths: [1, 7, 2] } }, "lengths[1] must be a whole number from 0 to 6, got 7"],
  [{ options: { lengths: [1, 2, -1] } }, "lengths[2] must be a whole number from 0 to 6, got -1"],
  [{ options: { lengths: [1.5, 2, 1] } }, "lengths[0] must be a whole number from 0 to 6, got 1.5"],
  [{ options: { lengths: [1, NaN, 1] } }, "lengths[1] must be a whole number from 0 to 6, got NaN"],
  [{ options: { initialState: [] } }, "initialState must hold one state per layer and direction, 1, got 0"],
  [
    { options: { initialState: { h } } },
    "initialState must hold one state per layer and direction, 1, got undefined",
  ],
  [
    { options: { initialState: [{ h: new Float32Array(32), c: h }] } },
    "initialState[0].h must be a Float32Array of 33 values, got 32 values",
  ],
  [
    { options: { initialState: [{ h }] } },
    "initialState[0].c must be a Float32Array of 33 values, got undefined",
  ],
  [
    { options: { initialState: [{ h, c: spoilt(33, 9, Number.NaN) }] } },
    "initialState[0].c[9] must be a finite number, got NaN",
  ],
];

const OF_LABELS: [Mistake, string][] = [
  [{ x: [], targets: [] }, "number of sequences in x must be a whole number from 1 to 5, got 0"],
  [
    { x: new Float32Array(144), targets: new Int32Array(6) },
    "number of sequences in x must be a whole number from 1 to 5, got 6",
  ],
  [{ targets: [0, 1] }, "labels must hold one class per sequence, got 2 for 3 sequences"],
  [{ targets: [0, 5, 1] }, "labels[1] must be a whole number from 0 to 4, got 5"],
  [{ targets: [0, 1, -1] }, "labels[2] must be a whole number from 0 to 4, got -1"],
  [{ targets: [0.5, 1, 1] }, "labels[0] must be a whole number from 0 to 4, got 0.5"],
  [
    { options: { sampleWeights: [1, 1] } },
    "sampleWeights must hold one weight per sequence, got 2 for 3 sequences",
  ],
  [{ options: { sampleWeights: [1, -1, 1] } }, "sampleWeights[1] must be a finite float32 from 0, got -1"],
  [{ options: { sampleWeights: [1, 1, NaN] } }, "sampleWeights[2] must be a finite float32 from 0, got NaN"],
  [
    { options: { sampleWeights: [1e39, 1, 1] } },
    "sampleWeights[0] must be a finite float32 from 0, got 1e+39",
  ],
];

async function expectRefused(model: Model, call: Call, mistake: Mistake, error: Error): Promise<void> {
  const { x, targets } = batchOf(model, 3);
  const before = bitsOf(await model.weights());
  const given = { x, targets, ...mistake };
  const refused = call(model, given.x as Numbers, given.targets as Numbers, given.options as SequenceOptions);
  await expect(refused).rejects.toThrow(error);
  await expect(refused).rejects.toBeInstanceOf(error.constructor);
  expect(bitsOf(await model.weights())).toEqual(before);
  expect(model.updates).toBe(0);
}

describe.each(ALL)("%s", (_name, call) => {
  test.each(OF_X)("refuses %o", async (mistake, message) => {
    await expectRefused(await newModel(), call, mistake, new RangeError(message));
  });

  test.each([
    [undefined, "x must be an array of numbers, got undefined"],
    [null, "x must be an array of numbers, got null"],
    [5, "x must be an array of numbers, got number"],
  ])("refuses x that is %o", async (x, message) => {
    const model = await newModel();
    const error = call(model, x as never, [0]);
    await expect(error).rejects.toThrow(new TypeError(message));
    await expect(error).rejects.toBeInstanceOf(TypeError);
  });
});

describe.each(WITH_TARGETS)("%s", (_name, call) => {
  test.each(OF_LABELS)("refuses %o", async (mistake, message) => {
    await expectRefused(await newModel(), call, mistake, new RangeError(message));
  });

  test("labels of steps: -1 only behind a sequence's end", async () => {
    const model = await newModel({ head: { units: 5, everyStep: true } });
    const options = { lengths: [6, 2, 0] };
    const labels: number[] = Array.from({ length: 18 }, (_, i) => (i < 6 || (i >= 6 && i < 8) ? 4 : -1));
    await call(model, batchOf(model, 3).x, labels, options);
    const fresh = await newModel({ head: { units: 5, everyStep: true } });
    const refused = (targets: number[], message: string, options: object) =>
      expectRefused(fresh, call, { targets, options: { ...options } }, new RangeError(message));
    await refused(labels, "labels[8] must be a whole number from 0 to 4, got -1", {});
    await refused(labels.with(7, -1), "labels[7] must be a whole number from 0 to 4, got -1", options);
    await refused(labels.with(9, -2), "labels[9] must be a whole number from -1 to 4, got -2", options);
    await refused(labels.with(9, 5), "labels[9] must be a whole number from -1 to 4, got 5", options);
    await refused([0, 1, 2], "labels must hold one class per step, got 3 for 3 sequences", {});
  });

  test.each<[NonNullable<ModelOptions["head"]>, number[], string]>([
    [
      { type: "linear", units: 2 },
      [1, 2, 3],
      "targets must hold 2 numbers per sequence, got 3 for 3 sequences",
    ],
    [
      { type: "sigmoid", units: 1, everyStep: true },
      [1, 0, 1],
      "targets must hold 1 numbers per step, got 3 for 3 sequences",
    ],
    [{ type: "linear", units: 1 }, [1, NaN, 3], "targets[1] must be a finite float32, got NaN"],
    [{ type: "linear", units: 1 }, [1, 2, -1e39], "targets[2] must be a finite float32, got -1e+39"],
    [{ type: "sigmoid", units: 1 }, [1, 0.5, 1.5], "targets[2] must be a number from 0 to 1, got 1.5"],
    [{ type: "sigmoid", units: 1 }, [-0.1, 0.5, 1], "targets[0] must be a number from 0 to 1, got -0.1"],
    [{ type: "sigmoid", units: 1 }, [0, NaN, 1], "targets[1] must be a number from 0 to 1, got NaN"],
  ])("head %o refuses targets %o", async (head, targets, message) => {
    await expectRefused(await newModel({ head }), call, { targets }, new RangeError(message));
  });

  test.each([
    [{ targets: undefined }, "labels must be an array of numbers, got undefined"],
    [{ options: { lengths: 3 } }, "lengths must be an array of numbers, got number"],
    [{ options: { sampleWeights: "1" } }, "sampleWeights must be an array of numbers, got string"],
    [
      { options: { keepState: true, initialState: [{ h, c: h }] } },
      "give keepState or initialState, not both",
    ],
  ])("refuses %o", async (mistake, message) => {
    await expectRefused(await newModel(), call, mistake, new TypeError(message));
  });
});

test("states are asked for by layer and direction, and an LSTM's alone have c", async () => {
  const model = await newModel({
    layers: [
      { type: "gru", units: 3, bidirectional: true },
      { units: 4, recurrentProjectionUnits: 2 },
    ],
  });
  const { x } = batchOf(model, 2);
  const { initialState } = statesOf(model, 2);
  expect(initialState.map(({ h, c }) => [h.length, c?.length])).toEqual([
    [6, undefined],
    [6, undefined],
    [4, 8],
  ]);
  const refused = (states: readonly CellState[], message: string) =>
    expect(model.apply(x, { initialState: states })).rejects.toThrow(new RangeError(message));
  await refused(initialState.slice(1), "initialState must hold one state per layer and direction, 3, got 2");
  await refused(
    initialState.with(2, { h: new Float32Array(8), c: new Float32Array(8) }),
    "initialState[2].h must be a Float32Array of 4 values, got 8 values",
  );
  await refused(
    initialState.with(2, { h: new Float32Array(4), c: new Float32Array(4) }),
    "initialState[2].c must be a Float32Array of 8 values, got 4 values",
  );
  expect((await model.apply(x, { initialState })).finalState).toHaveLength(3);
});

test("predict and apply name a value by its place in all of x, time-major too", async () => {
  for (const timeMajor of [false, true]) {
    const model = await newModel({ timeMajor });
    const { x } = batchOf(model, 13);
    x[12 * 24 + 7] = Number.NaN;
    const error = new RangeError(`x[${12 * 24 + 7}] must be a finite number, got NaN`);
    await expect(model.predict(x)).rejects.toThrow(error);
    await expect(model.apply(x)).rejects.toThrow(error);
  }
});

test("plain arrays are taken as well as typed ones", async () => {
  const [a, b] = [await newModel(), await newModel()];
  const { x, targets } = batchOf(a, 3);
  const options = { lengths: Int32Array.of(6, 0, 3), sampleWeights: Float32Array.of(1, 0.5, 2) };
  const plain = { lengths: [6, 0, 3], sampleWeights: [1, 0.5, 2] };
  expect(await a.trainOnBatch([...x], [...targets], plain)).toEqual(
    await b.trainOnBatch(x, targets, options),
  );
  expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
});
