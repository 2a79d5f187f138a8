// Streams: one step at a time gives what apply gives, to the bit; and each stream begins anew on its own.

import { describe, expect, test } from "vitest";
import type { Applied, Model, ModelOptions, ModelStream, StreamOutput } from "../src/index.ts";
import { BIDIRECTIONAL_KINDS, FORWARD_KINDS } from "./support/kinds.ts";
import { batchOf, newModel, rowsOf, stepsOf, timeMajorOf } from "./support/models.ts";

/** Pushes all steps of x [n,T,I], and compares each with what apply gives for the whole sequences. */
async function expectApplied(model: Model, stream: ModelStream, x: Float32Array): Promise<void> {
  const { timeSteps: T, timeMajor, head } = model.config;
  const n = stream.streams;
  const applied: Applied[] = [];
  for (let b = 0; b < n; b++) {
    const row = rowsOf(x, model, b, b + 1);
    applied.push(await model.apply(timeMajor ? timeMajorOf(model, row) : row));
  }
  const step = (t: number, of: (one: Applied) => ArrayLike<number>) =>
    applied.flatMap((one) => {
      const values = Array.from(of(one));
      return values.slice((t * values.length) / T, ((t + 1) * values.length) / T);
    });
  const whole = (of: (one: Applied) => ArrayLike<number>) => applied.flatMap((one) => Array.from(of(one)));
  for (let t = 0; t < T; t++) {
    const pushed = await stream.push(stepsOf(x, model, t, t + 1));
    expect([...pushed.outputs], `step ${t}`).toEqual(step(t, ({ outputs }) => outputs));
    for (const key of ["values", "probabilities", "classes"] as const) {
      if (head.everyStep) expect([...pushed[key]], key).toEqual(step(t, (one) => one[key]));
      else if (t === T - 1) expect([...pushed[key]], key).toEqual(whole((one) => one[key]));
    }
  }
}

const OTHERS: [string, Partial<ModelOptions>][] = [
  ["time-major", { timeMajor: true }],
  ["the best build", { build: undefined }],
  ["many units and features", { units: 137, features: 400 }],
  [
    "what only training needs",
    { optimizer: "adamw", schedule: { type: "cosine", steps: 5 }, clipNorm: 1, trainable: "head" },
  ],
];

describe.each([...FORWARD_KINDS, ...OTHERS])("%s", (_name, options) => {
  test("any number of streams gives what apply gives, to the bit", async () => {
    const model = await newModel(options);
    const { x, targets } = batchOf(model, 5);
    await model.trainOnBatch(x, targets);
    for (const streams of [undefined, 1, 3, 17]) {
      const stream = await model.stream({ streams });
      expect(stream.streams).toBe(streams ?? 1);
      await expectApplied(model, stream, batchOf(model, stream.streams, 2).x);
      // All begin anew.
      stream.reset();
      await expectApplied(model, stream, batchOf(model, stream.streams, 3).x);
      stream.close();
    }
  });

  test("one stream begins anew, the others go on", async () => {
    const model = await newModel(options);
    const [stream, going, alone] = await Promise.all([3, 3, 1].map((streams) => model.stream({ streams })));
    const step = (seed: number) => stepsOf(batchOf(model, 3, seed).x, model, 0, 1);
    // Before the first step there is nothing to forget.
    stream.reset(1);
    for (const seed of [1, 2]) for (const s of [stream, going]) await s.push(step(seed));
    stream.reset(1);
    const row = (values: StreamOutput[keyof StreamOutput], i: number) => {
      const width = values.length / 3;
      return values.slice(i * width, (i + 1) * width);
    };
    for (const seed of [3, 4]) {
      const features = model.config.features;
      const [a, b] = [await stream.push(step(seed)), await going.push(step(seed))];
      const c = await alone.push(step(seed).subarray(features, 2 * features));
      for (const i of [0, 2]) expect(row(a.outputs, i)).toEqual(row(b.outputs, i));
      expect(row(a.outputs, 1)).toEqual(c.outputs);
      expect(row(a.outputs, 1)).not.toEqual(row(b.outputs, 1));
      expect(row(a.values, 1)).toEqual(c.values);
    }
  });
});

test.each(BIDIRECTIONAL_KINDS)("%s is refused: it needs the whole sequence", async (_name, options) => {
  const refused = (await newModel(options)).stream();
  await expect(refused).rejects.toThrow(
    new RangeError("a stream reads forward only, this model has a bidirectional layer"),
  );
  await expect(refused).rejects.toBeInstanceOf(RangeError);
});

test("a stream keeps the weights of its beginning, and what it gave stays", async () => {
  const model = await newModel();
  const { x, targets } = batchOf(model, 5);
  const twin = await model.stream();
  // Asked for before the update, and so without it.
  const asked = model.stream();
  await model.trainOnBatch(x, targets);
  const stream = await asked;
  const first = await stream.push(x.subarray(0, 4));
  const kept = structuredClone(first);
  expect(await twin.push(x.subarray(0, 4))).toEqual(kept);
  await model.trainOnBatch(x, targets);
  expect(await stream.push(x.subarray(4, 8))).toEqual(await twin.push(x.subarray(4, 8)));
  expect(first).toEqual(kept);
});

test("what does not fit is refused by name, and the state stays", async () => {
  const model = await newModel();
  for (const streams of [0, 1.5, -1, Number.NaN]) {
    await expect(model.stream({ streams })).rejects.toThrow(
      new RangeError(`streams must be a whole number from 1 to 1048576, got ${streams}`),
    );
  }
  const [stream, twin] = [await model.stream({ streams: 2 }), await model.stream({ streams: 2 })];
  const x = batchOf(model, 2).x;
  for (const s of [stream, twin]) await s.push(x.subarray(0, 8));
  const refused = (step: ArrayLike<number>, error: Error | RegExp) =>
    expect(stream.push(step)).rejects.toThrow(error);
  await refused(
    x.subarray(0, 4),
    new RangeError("number of sequences in x must be a whole number from 2 to 2, got 1"),
  );
  await refused(
    x.subarray(0, 7),
    /^x must hold whole sequences of 1 steps x 4 features = 4 values, got 7 values$/,
  );
  await refused([...x.subarray(0, 7), Number.NaN], new RangeError("x[7] must be a finite number, got NaN"));
  for (const index of [-1, 2, 0.5]) {
    expect(() => stream.reset(index)).toThrow(
      new RangeError(`index must be a whole number from 0 to 1, got ${index}`),
    );
  }
  expect(await stream.push(x.subarray(8, 16))).toEqual(await twin.push(x.subarray(8, 16)));
});
