// Any number of threads gives the bits of one: batches of few and odd rows through every kind of model.

import { expect, test } from "vitest";
import { createModel, Dataset, type ModelOptions } from "wasm-lstm";
import { KINDS } from "../support/kinds.ts";
import { batchOf, bitsOf, lengthsOf, optionsOf, partsOf } from "../support/models.ts";

/** Updates of full and partial batches, with lengths, weights and a kept state; a pass; a training. All it leaves. */
async function resultsOf(options: ModelOptions): Promise<unknown> {
  const model = await createModel(options);
  const { batchSize: B, layers } = model.config;
  const readsForward = layers.every(({ bidirectional }) => !bidirectional);
  const results: unknown[] = [];
  for (let step = 0; step < 4; step++) {
    const n = step === 1 ? Math.max(1, B - 2) : B;
    const { x, targets } = batchOf(model, n, step);
    const lengths = step > 1 ? lengthsOf(model, n, step) : undefined;
    const sampleWeights = Float32Array.from({ length: n }, (_, i) => 1 + (i % 3) / 2);
    const keepState = step === 3 && readsForward;
    results.push(await model.trainOnBatch(x, targets, { lengths, sampleWeights, keepState }));
    results.push(await model.evaluateOnBatch(x, targets, { lengths }));
    results.push(await model.apply(x, { lengths }), bitsOf(await model.gradients()));
  }
  const data = Dataset.fromFloats(partsOf(model, 2 * B + 1, 5));
  results.push(await model.fit(data, { updates: 2 }), await model.evaluate(data));
  results.push(bitsOf(await model.weights()));
  model.close();
  return results;
}

async function expectSameBits(options: Partial<ModelOptions>, threads: number[]): Promise<void> {
  const all = optionsOf(options);
  const one = await resultsOf({ ...all, threads: 1 });
  for (const count of threads) {
    expect(await resultsOf({ ...all, threads: count }), `${count} threads`).toEqual(one);
  }
}

test.each(KINDS)("%s", (_name, options) => expectSameBits({ ...options, batchSize: 7 }, [3]));

const STACKED: Partial<ModelOptions> = {
  layers: [
    { units: 9, bidirectional: true, dropout: 0.3, peepholes: true },
    { type: "gru", units: 45, recurrentDropout: 0.3 },
  ],
  head: { units: 6, everyStep: true, dropout: 0.3 },
};

test.each([1, 3, 13])("2, 3 and 5 threads on %i rows", (batchSize) =>
  expectSameBits({ ...STACKED, batchSize }, [2, 3, 5]),
);

test.each<Partial<ModelOptions>>([
  { clipNorm: 0.1, clipValue: 0.05, optimizer: "adamw" },
  { clipNorm: 0.1, trainable: "head", optimizer: "sgd", momentum: 0.9, nesterov: true },
  { optimizer: "rmsprop", schedule: { type: "cosine", steps: 3, warmup: 2 }, batchSize: 3 },
])("every rule: %o", (options) => expectSameBits({ ...STACKED, ...options }, [2, 5]));

test("scalar and baseline SIMD give the same bits, on any number of threads", async () => {
  const options = optionsOf(STACKED);
  const expected = await resultsOf({ ...options, build: "scalar", threads: 1 });
  expect(await resultsOf({ ...options, build: "simd", threads: 2 })).toEqual(expected);
  expect(await resultsOf({ ...options, build: "scalar", threads: 2 })).toEqual(expected);
});
