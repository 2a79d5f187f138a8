// Sequences of different lengths in batches and datasets.

import { describe, expect, test } from "vitest";
import { KINDS } from "./support/kinds.ts";
import {
  batchOf,
  bitsOf,
  datasetOf,
  expectTensorsWithin,
  lengthsOf,
  newModel,
  referenceOf,
  timeMajorOf,
  weights64,
} from "./support/models.ts";
import { lossAndGradients } from "./support/reference/index.ts";

describe.each(KINDS)("%s", (_name, options) => {
  test("loss and gradients of a batch are the reference's, whatever lies behind the ends", async () => {
    const model = await newModel(options);
    const timeMajor = await newModel({ ...options, timeMajor: true });
    const { timeSteps: T, features: I, head } = model.config;
    const { x, targets } = batchOf(model, 5);
    for (const lengths of [
      [T, 0, Math.min(3, T), 1, T - 1],
      [1, 1, 1, 1, 1],
      [0, 0, 0, 0, 0],
      [T, T, T, T, T],
    ]) {
      const weights = await weights64(model);
      const expected = lossAndGradients(referenceOf(model, 5), weights, x, targets, { lengths });
      const spoilt = x.map((v, i) => (Math.floor(i / I) % T < lengths[Math.floor(i / (T * I))] ? v : 77));
      const evaluated = await model.evaluateOnBatch(spoilt, targets, { lengths });
      const trained = await model.trainOnBatch(x, targets, { lengths });
      expect(trained).toEqual(evaluated);
      expect(await timeMajor.trainOnBatch(timeMajorOf(model, x), targets, { lengths })).toEqual(evaluated);
      expect(trained.loss).toBeCloseTo(expected.loss, 5);
      const items = head.everyStep ? lengths.reduce((a, b) => a + b) : 5;
      expect(trained.accuracy).toBe(items > 0 || head.type === "linear" ? expected.accuracy : 0);
      expectTensorsWithin(await model.gradients(), expected.gradients, 1e-5);
    }
    expect(bitsOf(await timeMajor.weights())).toEqual(bitsOf(await model.weights()));
  });

  test("a dataset with lengths trains and evaluates as its batches do", async () => {
    const [a, b] = [await newModel(options), await newModel(options)];
    const { timeSteps: T, features: I, head } = a.config;
    const lengths = lengthsOf(a, 10, 4);
    const data = datasetOf(a, 10, 1, { lengths });
    const { loss } = await a.fit(data, { updates: 2, shuffle: false });
    const { x, targets } = batchOf(a, 10);
    const each = targets.length / 10;
    for (const part of [0, 1]) {
      const half = <A extends Float32Array | Int32Array>(values: A, each: number) =>
        values.slice(5 * part * each, 5 * (part + 1) * each) as A;
      const given = [half(x, T * I), half(targets, each), { lengths: half(lengths, 1) }] as const;
      expect((await b.trainOnBatch(...given)).loss).toBe(loss[part]);
    }
    expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
    const expected = lossAndGradients(referenceOf(a, 10), await weights64(a), x, targets, { lengths });
    const evaluation = await a.evaluate(data);
    expect(evaluation.count).toBe(10);
    expect(evaluation.items).toBe(head.everyStep ? lengths.reduce((a, b) => a + b) : 10);
    expect(evaluation.loss).toBeCloseTo(expected.loss, 5);
    if (head.type === "linear") expect(evaluation.accuracy).toBe(Number.NaN);
    else expect(evaluation.accuracy).toBeCloseTo(expected.accuracy, 12);
  });
});
