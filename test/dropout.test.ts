// Dropout as a user of the model meets it: training drops, nothing else does; what is dropped follows from the seed and
// the number of updates made.

import { describe, expect, test } from "vitest";
import type { ModelOptions } from "../src/index.ts";
import { dropoutMasks } from "./support/dropout-masks.ts";
import {
  batchOf,
  bitsOf,
  datasetOf,
  expectTensorsWithin,
  lengthsOf,
  newModel,
  referenceOf,
  weights64,
} from "./support/models.ts";
import { lossAndGradients } from "./support/reference/index.ts";

/** Updates whose rate, 1e-48, is none in float32. */
const STILL = {
  optimizer: "sgd",
  learningRate: 1e-45,
  schedule: { type: "constant", warmup: 1000 },
} as const;

const HEAD = { units: 5 };
const ALL: Partial<ModelOptions> = {
  layers: [
    { units: 9, bidirectional: true, dropout: 0.25, recurrentDropout: 0.5 },
    { type: "gru", units: 7, dropout: 0.3 },
    { type: "gru", units: 6, resetAfter: false, recurrentDropout: 0.4 },
  ],
  head: { ...HEAD, everyStep: true, dropout: 0.5 },
};
const KINDS: [string, Partial<ModelOptions>][] = [
  ["of what a layer reads", { layers: [{ units: 11, dropout: 0.5 }], head: HEAD }],
  [
    "of h in the recurrent product",
    { layers: [{ type: "rnn", units: 11, recurrentDropout: 0.5 }], head: HEAD },
  ],
  ["of what the head reads", { layers: [{ units: 11 }], head: { ...HEAD, dropout: 0.5 } }],
  ["of everything", ALL],
];

describe.each(KINDS)("%s", (_name, options) => {
  test("training drops what the reference drops, anew at each update", async () => {
    const model = await newModel({ ...options, seed: 7 });
    const { x, targets } = batchOf(model, 5);
    const lengths = lengthsOf(model, 5, 4);
    for (let update = 0; update < 3; update++) {
      const reference = referenceOf(model, 5);
      const masks = dropoutMasks(reference, 7, update);
      const expected = lossAndGradients(reference, await weights64(model), x, targets, { lengths, masks });
      const { loss } = await model.trainOnBatch(x, targets, { lengths });
      expect(loss).toBeCloseTo(expected.loss, 5);
      expectTensorsWithin(await model.gradients(), expected.gradients, 1e-5);
    }
  });

  test("nothing else drops", async () => {
    const model = await newModel(options);
    const same = await newModel({
      ...options,
      layers: model.config.layers.map((layer) => ({ ...layer, dropout: 0, recurrentDropout: 0 })),
      head: { ...model.config.head, dropout: 0 },
    });
    const { x, targets } = batchOf(model, 5);
    const data = datasetOf(model, 12);
    // Also after an update, which is the last to have dropped.
    for (const _ of [0, 1]) {
      expect(await model.evaluateOnBatch(x, targets)).toEqual(await same.evaluateOnBatch(x, targets));
      expect(await model.apply(x)).toEqual(await same.apply(x));
      expect(await model.evaluate(data)).toEqual(await same.evaluate(data));
      const trained = await model.trainOnBatch(x, targets);
      expect(trained.loss).not.toBe((await same.trainOnBatch(x, targets)).loss);
      await same.setWeights(await model.weights());
    }
    for await (const { after } of model.train(data, { updates: 1 })) {
      const first = await after();
      expect(await after()).toEqual(first);
    }
    if (model.config.layers.some(({ bidirectional }) => bidirectional)) return;
    await same.setWeights(await model.weights());
    const streams = await Promise.all([model.stream({ streams: 6 }), same.stream({ streams: 6 })]);
    for (let t = 0; t < 3; t++) {
      const [a, b] = await Promise.all(
        streams.map((stream) => stream.push(x.subarray(t * 24, (t + 1) * 24))),
      );
      expect(a).toEqual(b);
    }
    for (const stream of streams) stream.close();
  });

  test("one seed, one training", async () => {
    const start = await newModel(options);
    const trained = async (seed: number) => {
      const model = await newModel({ ...options, seed });
      await model.setWeights(await start.weights());
      const data = datasetOf(model, 12);
      const { loss } = await model.fit(data, { updates: 4, seed: 1 });
      return { loss, weights: bitsOf(await model.weights()) };
    };
    const first = await trained(3);
    expect(await trained(3)).toEqual(first);
    expect((await trained(4)).loss[0]).not.toBe(first.loss[0]);
  });

  test("updates that move no weight still drop differently; new weights begin anew", async () => {
    const model = await newModel({ ...options, ...STILL });
    const { x, targets } = batchOf(model, 5);
    const losses = async () => {
      const all: number[] = [];
      for (let i = 0; i < 3; i++) all.push((await model.trainOnBatch(x, targets)).loss);
      return all;
    };
    const weights = await model.weights();
    const first = await losses();
    expect(bitsOf(await model.weights())).toEqual(bitsOf(weights));
    expect(new Set(first).size).toBe(3);
    await model.setWeights(weights);
    expect(await losses()).toEqual(first);
  });
});

test("training the head alone drops as well", async () => {
  const model = await newModel({ ...ALL, trainable: "head", seed: 7 });
  const { x, targets } = batchOf(model, 5);
  const masks = dropoutMasks(referenceOf(model, 5), 7, 0);
  const expected = lossAndGradients(referenceOf(model, 5), await weights64(model), x, targets, { masks });
  expect((await model.trainOnBatch(x, targets)).loss).toBeCloseTo(expected.loss, 5);
});
