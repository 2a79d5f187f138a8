// Sequences of different lengths, and a state kept from batch to batch, as a user of the model meets them.

import { describe, expect, test } from "vitest";
import type { Model } from "../src/index.ts";
import {
  batchOf,
  bitsOf,
  datasetOf,
  expectWithin,
  lengthsOf,
  newModel,
  stepsOf,
  weights64,
} from "./support/models.ts";
import { forward, lossAndGradients, type SequenceOptions64 } from "./support/reference.ts";

const shapeOf = ({ config }: Model, batch: number) => ({ ...config, batch });

describe("lengths", () => {
  test.each([{}, { timeMajor: true }, { projectionUnits: 0 }])(
    "apply and predict agree with the reference, outputs are zero past the end: %o",
    async (options) => {
      const model = await newModel(options);
      const n = 13;
      const { timeSteps: T, features: I, timeMajor } = model.config;
      const { x } = batchOf(model, n);
      const lengths = lengthsOf(model, n);
      expect([...lengths]).toContain(0);
      const expected = forward(shapeOf(model, n), await weights64(model), x, { lengths });
      const given = x.slice();
      if (timeMajor) {
        for (let b = 0; b < n; b++)
          for (let t = 0; t < T; t++)
            for (let i = 0; i < I; i++) given[(t * n + b) * I + i] = x[(b * T + t) * I + i];
      }
      const applied = await model.apply(given, { lengths });
      expectWithin(applied.outputs, expected.outputs, 3e-6);
      for (const [i, output] of expected.outputs.entries())
        if (output === 0) expect(applied.outputs[i]).toBe(0);
      expectWithin(applied.finalState.h, expected.finalState.h, 3e-6);
      expectWithin(applied.finalState.c, expected.finalState.c, 5e-6);
      expectWithin(applied.logits, expected.logits, 1e-5);
      const { classes, probabilities } = applied;
      expect(await model.predict(given, { lengths })).toEqual({ classes, probabilities });
      // The next pass without lengths is whole again.
      const whole = forward(shapeOf(model, n), await weights64(model), x);
      expectWithin((await model.apply(given)).logits, whole.logits, 1e-5);
    },
  );

  test("loss and gradients of a batch are the reference's; plain arrays do", async () => {
    const model = await newModel();
    const { x, labels } = batchOf(model, 5);
    for (const lengths of [
      [6, 0, 3, 1, 5],
      [2, 2, 2, 2, 2],
      [0, 0, 0, 0, 0],
      [6, 6, 6, 6, 6],
    ]) {
      const expected = lossAndGradients(shapeOf(model, 5), await weights64(model), x, labels, { lengths });
      const evaluated = await model.evaluateOnBatch(x, labels, { lengths });
      const trained = await model.trainOnBatch(x, labels, { lengths });
      expect(trained).toEqual(evaluated);
      expect(trained.loss).toBeCloseTo(expected.loss, 5);
      for (const [name, { data }] of await model.gradients())
        expectWithin(data, expected.gradients.get(name)!, 1e-5);
    }
  });

  test("a dataset with lengths trains and evaluates as its batches do", async () => {
    const [a, b] = [await newModel(), await newModel()];
    const lengths = lengthsOf(a, 10, 4);
    const data = datasetOf(a, 10, 1, lengths);
    const { loss } = await a.fit(data, { updates: 2, shuffle: false });
    for (const part of [0, 1]) {
      const x = new Float32Array(5 * 24);
      for (let row = 0; row < 5; row++) data.copyRow(5 * part + row, x, row * 24);
      const labels = data.labels.slice(5 * part, 5 * part + 5);
      const result = await b.trainOnBatch(x, labels, { lengths: lengths.subarray(5 * part, 5 * part + 5) });
      expect(result.loss).toBe(loss[part]);
    }
    expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
    const { x, labels } = batchOf(a, 10);
    const expected = lossAndGradients(shapeOf(a, 10), await weights64(a), x, labels, { lengths });
    const evaluation = await a.evaluate(data);
    expect(evaluation.loss).toBeCloseTo(expected.loss, 5);
    expect(evaluation.accuracy).toBe(expected.accuracy);
  });

  test.each<[ArrayLike<number>, string]>([
    [[1, 2], "lengths must hold one length per sequence, got 2 for 3 sequences"],
    [[1, 7, 2], "lengths[1] must be a whole number from 0 to 6, got 7"],
    [[1, 2, -1], "lengths[2] must be a whole number from 0 to 6, got -1"],
    [[1.5, 2, 1], "lengths[0] must be a whole number from 0 to 6, got 1.5"],
    [[1, Number.NaN, 1], "lengths[1] must be a whole number from 0 to 6, got NaN"],
  ])("%o is refused everywhere, and nothing changes", async (lengths, message) => {
    const model = await newModel();
    const before = bitsOf(await model.weights());
    const { x, labels } = batchOf(model, 3);
    for (const call of [
      model.trainOnBatch(x, labels, { lengths }),
      model.evaluateOnBatch(x, labels, { lengths }),
      model.predict(x, { lengths }),
      model.apply(x, { lengths }),
    ]) {
      await expect(call).rejects.toThrow(new RangeError(message));
    }
    expect(bitsOf(await model.weights())).toEqual(before);
    expect(model.updates).toBe(0);
  });
});

describe("keepState", () => {
  test.each([{}, { projectionUnits: 0 }, { build: "scalar" } as const])(
    "two halves give the loss of the whole, to the bit: %o",
    async (options) => {
      const whole = await newModel(options);
      const half = await newModel({ ...options, timeSteps: 3 });
      await half.setWeights(await whole.weights());
      for (const n of [5, 2]) {
        const { x, labels } = batchOf(whole, n);
        const expected = await whole.evaluateOnBatch(x, labels);
        await half.evaluateOnBatch(stepsOf(x, whole, 0, 3), labels);
        expect(await half.evaluateOnBatch(stepsOf(x, whole, 3, 6), labels, { keepState: true })).toEqual(
          expected,
        );
      }
    },
  );

  test("the gradient ends at the border: the reference's, from the state given", async () => {
    const model = await newModel({ learningRate: 0.05 });
    let state: SequenceOptions64 = {};
    for (let step = 0; step < 4; step++) {
      const { x, labels } = batchOf(model, 4, step);
      const lengths = step === 2 ? [6, 0, 2, 4] : undefined;
      const weights = await weights64(model);
      const options = { ...state, lengths };
      const expected = lossAndGradients(shapeOf(model, 4), weights, x, labels, options);
      const { loss } = await model.trainOnBatch(x, labels, { lengths, keepState: step > 0 });
      expect(loss).toBeCloseTo(expected.loss, 5);
      for (const [name, { data }] of await model.gradients())
        expectWithin(data, expected.gradients.get(name)!, 1e-5);
      const { finalState } = forward(shapeOf(model, 4), weights, x, options);
      state = { h0: finalState.h, c0: finalState.c };
    }
  });

  test("without it a batch begins from zero, whatever came before", async () => {
    const [a, b] = [await newModel(), await newModel()];
    const { x, labels } = batchOf(a, 5);
    const fresh = await b.evaluateOnBatch(x, labels);
    await a.evaluateOnBatch(x, labels);
    expect(await a.evaluateOnBatch(x, labels, { keepState: true })).not.toEqual(fresh);
    expect(await a.evaluateOnBatch(x, labels)).toEqual(fresh);
    await a.evaluateOnBatch(x, labels, { keepState: true });
    expect((await a.predict(x)).probabilities).toEqual((await b.predict(x)).probabilities);
    await a.evaluateOnBatch(x, labels, { keepState: true });
    const data = datasetOf(a, 5);
    expect(await a.evaluate(data)).toEqual(await b.evaluate(data));
  });

  test("it needs a batch before it, of as many rows; what is refused loses no state", async () => {
    const model = await newModel();
    const twin = await newModel();
    const { x, labels } = batchOf(model, 4);
    await expect(model.trainOnBatch(x, labels, { keepState: true })).rejects.toThrow(
      new RangeError("keepState needs a batch before it, and there was none"),
    );
    for (const m of [model, twin]) await m.evaluateOnBatch(x, labels);
    await expect(
      model.evaluateOnBatch(x.subarray(24), labels.subarray(1), { keepState: true }),
    ).rejects.toThrow(new RangeError("keepState needs a batch of 4 sequences as the one before, got 3"));
    const spoilt = x.slice();
    spoilt[95] = Number.NaN;
    await expect(model.evaluateOnBatch(spoilt, labels, { keepState: true })).rejects.toThrow("x[95]");
    await expect(model.evaluateOnBatch(x, labels, { keepState: true, lengths: [1] })).rejects.toThrow(
      "lengths",
    );
    expect(await model.evaluateOnBatch(x, labels, { keepState: true })).toEqual(
      await twin.evaluateOnBatch(x, labels, { keepState: true }),
    );
  });
});
