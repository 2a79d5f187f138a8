// A state kept from batch to batch: truncated back-propagation through sequences longer than a batch's steps.

import { describe, expect, test } from "vitest";
import { BIDIRECTIONAL_KINDS, FORWARD_KINDS } from "./support/kinds.ts";
import {
  batchOf,
  datasetOf,
  expectTensorsWithin,
  newModel,
  referenceOf,
  statesOf,
  stepsOf,
  weights64,
} from "./support/models.ts";
import type { BatchOptions64 } from "./support/reference/index.ts";
import { forward, lossAndGradients } from "./support/reference/index.ts";

describe.each(FORWARD_KINDS)("%s", (_name, options) => {
  test("two halves end where the whole does, to the bit", async () => {
    const half = await newModel(options);
    const T = half.config.timeSteps;
    const whole = await newModel({ ...options, timeSteps: 2 * T });
    await whole.setWeights(await half.weights());
    const { everyStep, type, units } = half.config.head;
    const width = type === "softmax" ? 1 : units;
    for (const n of [5, 2]) {
      const { x, targets } = batchOf(whole, n);
      const part = (from: number, to: number) =>
        [
          stepsOf(x, whole, from, to),
          everyStep ? stepsOf(targets, whole, from, to, width) : targets,
        ] as const;
      const expected = await whole.evaluateOnBatch(x, targets);
      const first = await half.evaluateOnBatch(...part(0, T));
      const second = await half.evaluateOnBatch(...part(T, 2 * T), { keepState: true });
      if (everyStep) expect((first.loss + second.loss) / 2).toBeCloseTo(expected.loss, 6);
      else expect(second).toEqual(expected);
    }
  });

  test("the gradient ends at the border: the reference's, from the state given", async () => {
    const model = await newModel({ ...options, learningRate: 0.05 });
    const reference = referenceOf(model, 4);
    const { timeSteps: T } = model.config;
    let initialStates: BatchOptions64["initialStates"];
    for (let step = 0; step < 4; step++) {
      const { x, targets } = batchOf(model, 4, step);
      const lengths = step === 2 ? [T, 0, Math.min(2, T), 1] : undefined;
      const weights = await weights64(model);
      const expected = lossAndGradients(reference, weights, x, targets, { initialStates, lengths });
      const { loss } = await model.trainOnBatch(x, targets, { lengths, keepState: step > 0 });
      expect(loss).toBeCloseTo(expected.loss, 5);
      expectTensorsWithin(await model.gradients(), expected.gradients, 1e-5);
      initialStates = forward(reference, weights, x, { initialStates, lengths }).finalStates;
    }
  });

  test("it is what giving the final state would be", async () => {
    const [kept, given] = [await newModel(options), await newModel(options)];
    const { x, targets } = batchOf(kept, 5);
    const { initialState } = statesOf(kept, 5);
    const first = await given.apply(x, { initialState });
    await kept.evaluateOnBatch(x, targets, { initialState });
    expect(await kept.trainOnBatch(x, targets, { keepState: true })).toEqual(
      await given.trainOnBatch(x, targets, { initialState: first.finalState }),
    );
  });
});

test("without it a batch begins from zero, whatever came before", async () => {
  const [a, b] = [await newModel(), await newModel()];
  const { x, targets } = batchOf(a, 5);
  const fresh = await b.evaluateOnBatch(x, targets);
  await a.evaluateOnBatch(x, targets);
  expect(await a.evaluateOnBatch(x, targets, { keepState: true })).not.toEqual(fresh);
  expect(await a.evaluateOnBatch(x, targets)).toEqual(fresh);
  await a.evaluateOnBatch(x, targets, { keepState: true });
  expect(await a.predict(x)).toEqual(await b.predict(x));
  await a.evaluateOnBatch(x, targets, { keepState: true });
  const data = datasetOf(a, 5);
  expect(await a.evaluate(data)).toEqual(await b.evaluate(data));
});

test("it needs a batch before it, of as many rows; what is refused loses no state", async () => {
  const [model, twin] = [await newModel(), await newModel()];
  const { x, targets } = batchOf(model, 4);
  await expect(model.trainOnBatch(x, targets, { keepState: true })).rejects.toThrow(
    new RangeError("keepState needs a batch before it, and there was none"),
  );
  for (const m of [model, twin]) await m.evaluateOnBatch(x, targets);
  const refused = (given: Parameters<typeof model.trainOnBatch>, error: Error | string) =>
    expect(model.evaluateOnBatch(...given)).rejects.toThrow(error);
  await refused(
    [x.subarray(24), targets.subarray(1), { keepState: true }],
    new RangeError("keepState needs a batch of 4 sequences as the one before, got 3"),
  );
  await refused([x.with(95, Number.NaN), targets, { keepState: true }], "x[95]");
  await refused([x, targets, { keepState: true, lengths: [1] }], "lengths");
  await refused([x, [0], { keepState: true }], "labels");
  expect(await model.evaluateOnBatch(x, targets, { keepState: true })).toEqual(
    await twin.evaluateOnBatch(x, targets, { keepState: true }),
  );
});

test.each(BIDIRECTIONAL_KINDS)("%s is refused: it reads from the end", async (_name, options) => {
  const model = await newModel(options);
  const { x, targets } = batchOf(model, 4);
  await model.evaluateOnBatch(x, targets);
  const before = model.updates;
  await expect(model.trainOnBatch(x, targets, { keepState: true })).rejects.toThrow(
    new RangeError("keepState needs layers that read forward, this model has a bidirectional one"),
  );
  expect(model.updates).toBe(before);
});
