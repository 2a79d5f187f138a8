// Random models of the whole family through the package as it is built: an update's loss, gradients and weights are the
// reference's, and the same bits on any number of threads.

import fc from "fast-check";
import { expect, test } from "vitest";
import { createModel, type Model } from "wasm-lstm";
import { DROPOUT_SEED } from "./support/core.ts";
import { type CoreTrial, calmTrials, expectGradients, startOf } from "./support/core-trials.ts";
import { bitsOf, expectTensorsWithin, tensorsOf } from "./support/models.ts";
import { Adam64, forward, lossAndGradients, lossOf } from "./support/reference/index.ts";

/** With an epsilon that keeps what float32 errs in small gradients small in the weights. */
const ADAM = { learningRate: 0.01, beta1: 0.8, beta2: 0.9, epsilon: 1e-2 };

async function modelOf(trial: CoreTrial, threads: number): Promise<Model> {
  const { batch, classWeights, timeSteps, features, projectionUnits, layers, head } = trial.model;
  const model = await createModel({
    ...{ timeSteps, features, projectionUnits, layers: [...layers], head, ...ADAM },
    ...(classWeights && { classWeights: Array.from(classWeights) }),
    ...{ batchSize: batch + trial.spare, seed: DROPOUT_SEED, build: "simd", threads },
  });
  await model.setWeights(tensorsOf(model, startOf(trial).weights));
  return model;
}

/** The batch as the library takes it. */
function given(trial: CoreTrial) {
  const { x, targets, options } = startOf(trial);
  const { lengths, sampleWeights, initialStates } = options;
  const initialState = initialStates?.flat().map(({ h, c }) => ({
    h: Float32Array.from(h!),
    ...(c && c.length > 0 && { c: Float32Array.from(c) }),
  }));
  return [Float32Array.from(x), targets, { lengths, sampleWeights, initialState }] as const;
}

async function expectUpdate(model: Model, trial: CoreTrial): Promise<void> {
  const { weights, x, targets, options } = startOf(trial);
  const { masks: _, ...undropped } = options;
  const evaluated = await model.evaluateOnBatch(...given(trial));
  const { loss } = lossOf(trial.model, forward(trial.model, weights, x, undropped), targets, undropped);
  expect(Math.abs(evaluated.loss - loss)).toBeLessThan(1e-5 * (1 + loss));

  const trained = await model.trainOnBatch(...given(trial));
  const expected = lossAndGradients(trial.model, weights, x, targets, options);
  expect(Math.abs(trained.loss - expected.loss)).toBeLessThan(1e-5 * (1 + expected.loss));
  expect(trained.accuracy).toBe(expected.accuracy);
  const gradients = new Map([...(await model.gradients())].map(([name, { data }]) => [name, data]));
  expectGradients(gradients, expected.gradients);

  const stepped = new Map([...weights].map(([name, values]) => [name, values.slice()]));
  new Adam64(ADAM).step(stepped, expected.gradients);
  expectTensorsWithin(await model.weights(), stepped, 1e-5);
}

/** All that an update leaves, to the bit. */
async function results(model: Model, trial: CoreTrial) {
  const batch = given(trial);
  const { lengths, initialState } = batch[2];
  return {
    trained: [await model.trainOnBatch(...batch), await model.trainOnBatch(...batch)],
    evaluated: await model.evaluateOnBatch(...batch),
    applied: await model.apply(batch[0], { lengths, initialState }),
    gradients: bitsOf(await model.gradients()),
    weights: bitsOf(await model.weights()),
  };
}

test.each([1, 2])("an update on %i threads is the reference's", async (threads) => {
  const check = async (trial: CoreTrial) => {
    const model = await modelOf(trial, threads);
    try {
      await expectUpdate(model, trial);
    } finally {
      model.close();
    }
  };
  await fc.assert(fc.asyncProperty(calmTrials, check), { numRuns: threads === 1 ? 150 : 25 });
});

test("2 and 3 threads give the bits of one", async () => {
  const check = async (trial: CoreTrial) => {
    const models = await Promise.all([1, 2, 3].map((threads) => modelOf(trial, threads)));
    try {
      const expected = await results(models[0], trial);
      for (const model of models.slice(1)) expect(await results(model, trial)).toEqual(expected);
    } finally {
      for (const model of models) model.close();
    }
  };
  await fc.assert(fc.asyncProperty(calmTrials, check), { numRuns: 6 });
});
