// Streams: one step at a time gives what apply gives, to the bit; and each stream begins anew on its own.

import { expect, test } from "vitest";
import type { Model, ModelOptions, ModelStream } from "../src/index.ts";
import { batchOf, newModel } from "./support/models.ts";

/** Row b of step t of x [n,T,I] for every b. */
function stepOf({ config }: Model, x: Float32Array, t: number): Float32Array {
  const { timeSteps: T, features: I } = config;
  return x.filter((_, i) => Math.floor(i / I) % T === t);
}

async function expectApplied(model: Model, stream: ModelStream, x: Float32Array): Promise<void> {
  const { timeSteps: T, units: H, features: I } = model.config;
  const n = stream.streams;
  // Time-major models take x turned; apply is asked sequence by sequence, which is the same in both.
  const applied = [];
  for (let b = 0; b < n; b++) applied.push(await model.apply(x.subarray(b * T * I, (b + 1) * T * I)));
  for (let t = 0; t < T; t++) {
    const pushed = await stream.push(stepOf(model, x, t));
    const outputs = applied.flatMap((one) => [...one.outputs.subarray(t * H, (t + 1) * H)]);
    expect([...pushed.outputs], `step ${t}`).toEqual(outputs);
    if (t < T - 1) continue;
    expect([...pushed.probabilities]).toEqual(applied.flatMap((one) => [...one.probabilities]));
    expect([...pushed.classes]).toEqual(applied.flatMap((one) => [...one.classes]));
  }
}

const KINDS: Partial<ModelOptions>[] = [
  {},
  { projectionUnits: 0, units: 8 },
  { timeMajor: true, timeSteps: 1 },
  { timeMajor: true },
  { build: "scalar", forgetBias: 0 },
  { build: undefined },
  { units: 137, features: 400 },
  { optimizer: "adamw", schedule: { type: "cosine", steps: 5 }, clipNorm: 1, trainable: "head" },
];

test.each(KINDS)("any number of streams gives what apply gives, to the bit: %o", async (options) => {
  const model = await newModel(options);
  const { x, labels } = batchOf(model, 5);
  await model.trainOnBatch(x, labels);
  for (const streams of [undefined, 1, 3, 17]) {
    const stream = await model.stream({ streams });
    expect(stream.streams).toBe(streams ?? 1);
    await expectApplied(model, stream, batchOf(model, stream.streams, 2).x);
    // All begin anew.
    stream.reset();
    await expectApplied(model, stream, batchOf(model, stream.streams, 3).x);
  }
});

test("one stream begins anew, the others go on", async () => {
  const model = await newModel({ units: 19 });
  const [stream, alone] = [await model.stream({ streams: 3 }), await model.stream()];
  const x = (seed: number) => batchOf(model, 3, seed).x.slice(0, 12);
  stream.reset(1);
  for (const seed of [1, 2]) await stream.push(x(seed));
  const going = await model.stream({ streams: 3 });
  for (const seed of [1, 2]) await going.push(x(seed));
  stream.reset(1);
  for (const seed of [3, 4]) {
    const [a, b] = [await stream.push(x(seed)), await going.push(x(seed))];
    const c = await alone.push(x(seed).subarray(4, 8));
    const row = (values: Float32Array, i: number, width: number) => values.slice(i * width, (i + 1) * width);
    for (const i of [0, 2]) expect(row(a.outputs, i, 19)).toEqual(row(b.outputs, i, 19));
    expect(row(a.outputs, 1, 19)).toEqual(c.outputs);
    expect(row(a.outputs, 1, 19)).not.toEqual(row(b.outputs, 1, 19));
    expect(row(a.probabilities, 1, 5)).toEqual(c.probabilities);
  }
});

test("a stream keeps the weights of its beginning, and what it gave stays", async () => {
  const model = await newModel();
  const [stream, twin] = [await model.stream(), await model.stream()];
  const { x, labels } = batchOf(model, 5);
  const first = await stream.push(x.subarray(0, 4));
  const kept = structuredClone(first);
  await model.trainOnBatch(x, labels);
  await twin.push(x.subarray(0, 4));
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
  await expect(stream.push(x.subarray(0, 4))).rejects.toThrow(
    new RangeError("number of sequences in x must be a whole number from 2 to 2, got 1"),
  );
  await expect(stream.push(x.subarray(0, 7))).rejects.toThrow(/whole sequences of 1 steps x 4 features/);
  await expect(stream.push([...x.subarray(0, 7), Number.NaN])).rejects.toThrow(
    "x[7] must be a finite number",
  );
  for (const index of [-1, 2, 0.5]) {
    expect(() => stream.reset(index)).toThrow(
      new RangeError(`index must be a whole number from 0 to 1, got ${index}`),
    );
  }
  expect(await stream.push(x.subarray(8, 16))).toEqual(await twin.push(x.subarray(8, 16)));
});
