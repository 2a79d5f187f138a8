// Single updates: what they report and change, and a loss that is not finite.

import { describe, expect, test } from "vitest";
import type { Tensors } from "../src/index.ts";
import { KINDS } from "./support/kinds.ts";
import { batchOf, bitsOf, datasetOf, newModel } from "./support/models.ts";

test.each(KINDS)("%s: evaluating changes nothing and reports what training would", async (_name, options) => {
  const model = await newModel(options);
  const { x, targets } = batchOf(model, 4);
  const before = bitsOf(await model.weights());
  const evaluated = await model.evaluateOnBatch(x, targets);
  expect(bitsOf(await model.weights())).toEqual(before);
  expect(model.updates).toBe(0);
  expect(await model.trainOnBatch(x, targets)).toEqual(evaluated);
  expect(model.updates).toBe(1);
  // One class alone leaves nothing to learn.
  if (model.config.head.units === 1) return;
  expect(bitsOf(await model.weights())).not.toEqual(before);
  // The packed parameters follow.
  expect((await model.evaluateOnBatch(x, targets)).loss).not.toBe(evaluated.loss);
});

describe("a loss that is not finite", () => {
  // Every logit overflows.
  const overflow = (weights: Tensors): Tensors =>
    new Map(
      [...weights].map(([name, { shape, data }]) => {
        const value = { "head.kernel": 3e38, "layers.0.bias": 9 }[name];
        return [name, { shape, data: value === undefined ? data : data.map(() => value) }];
      }),
    );

  test("stops the training, says at which update, and leaves all weights alone", async () => {
    const model = await newModel();
    const weights = overflow(await model.weights());
    await model.setWeights(weights);
    await expect(model.fit(datasetOf(model, 12), { updates: 3 })).rejects.toThrow(
      /^the loss at update 0 is (NaN|Infinity): training stopped, the weights are those before this update$/,
    );
    expect(bitsOf(await model.weights())).toEqual(bitsOf(weights));
    expect(model.updates).toBe(0);
  });

  test("weights that overflow while the loss is finite end the training too, and make no checkpoint", async () => {
    // Each parameter is multiplied by 1 - 1e39, which float32 cannot hold.
    const options = { optimizer: "adamw", learningRate: 10, weightDecay: 1e38 } as const;
    const model = await newModel(options);
    const data = datasetOf(model, 12);
    await expect(model.fit(data, { updates: 1 })).rejects.toThrow(
      /^after 1 updates value 0 of \S+ is -?(NaN|Infinity): training has diverged; a lower learningRate, /,
    );
    const other = await newModel(options);
    await expect(
      other.fit(data, { updates: 5, onUpdate: async ({ checkpoint }) => void (await checkpoint()) }),
    ).rejects.toThrow(/^no checkpoint of a training that has diverged: value 0 of \S+ is -?(NaN|Infinity)$/);
    expect(other.updates).toBe(1);
  });

  test("also on a single batch, whose result says so", async () => {
    const model = await newModel();
    const weights = overflow(await model.weights());
    await model.setWeights(weights);
    const { x, targets } = batchOf(model, 5);
    expect((await model.trainOnBatch(x, targets)).loss).not.toSatisfy(Number.isFinite);
    expect(bitsOf(await model.weights())).toEqual(bitsOf(weights));
    // The model still works with weights that do.
    const fresh = await newModel();
    await model.setWeights(await fresh.weights());
    expect(await model.trainOnBatch(x, targets)).toEqual(await fresh.trainOnBatch(x, targets));
    expect(bitsOf(await model.weights())).toEqual(bitsOf(await fresh.weights()));
  });

  test("after a good update: a learning rate of 1e20 leaves the weights of the last good one", async () => {
    const model = await newModel({ learningRate: 1e20 });
    let last = bitsOf(await model.weights());
    let updates = 0;
    const training = (async () => {
      for await (const { step } of model.train(datasetOf(model, 12), { updates: 50 })) {
        last = bitsOf(await model.weights());
        updates = step + 1;
      }
    })();
    await expect(training).rejects.toThrow(/^the loss at update \d+ is (NaN|Infinity): training stopped/);
    expect(updates).toBeGreaterThan(0);
    expect(model.updates).toBe(updates);
    expect(bitsOf(await model.weights())).toEqual(last);
    const values = [...(await model.weights()).values()];
    expect(values.every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });
});
