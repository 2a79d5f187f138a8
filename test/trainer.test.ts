// Training on datasets: which updates are made, in which order, what each reports, and what ends them.

import { describe, expect, test } from "vitest";
import { Batches, type FitOptions, type ModelOptions, type UpdateResult } from "../src/index.ts";
import { KINDS } from "./support/kinds.ts";
import { batchOf, bitsOf, datasetOf, lengthsOf, newModel } from "./support/models.ts";

const DROPPING: Partial<ModelOptions> = {
  layers: [
    { units: 9, bidirectional: true, dropout: 0.3 },
    { type: "gru", units: 7, recurrentDropout: 0.3 },
  ],
  head: { type: "sigmoid", units: 3, dropout: 0.3 },
};

describe("order", () => {
  test.each([...KINDS, ["one that drops", DROPPING] as const])(
    "fit is trainOnBatch over the dataset's batches: %s",
    async (_name, options) => {
      const [a, b] = [await newModel(options), await newModel(options)];
      const extras = {
        lengths: lengthsOf(a, 12),
        sampleWeights: Float32Array.from({ length: 12 }, (_, i) => i / 4),
      };
      const data = datasetOf(a, 12, 1, extras);
      const batches = new Batches(data, { seed: 4 });
      const history = await a.fit(data, { updates: 5, seed: 4 });
      for (let i = 0; i < 5; i++) {
        const { x, labels, targets, lengths, sampleWeights } = batches.nextBatch(5);
        const truth = a.config.head.type === "softmax" ? labels : targets;
        expect(await b.trainOnBatch(x, truth, { lengths, sampleWeights })).toEqual({
          loss: history.loss[i],
          accuracy: history.accuracy[i],
        });
      }
      expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
      expect(a.updates).toBe(5);
    },
  );

  test("the model's seed orders the batches unless told otherwise; no shuffle takes the file's order", async () => {
    const weights = await (await newModel()).weights();
    const fit = async (seed: number, options: FitOptions) => {
      const model = await newModel({ seed });
      await model.setWeights(weights);
      return (await model.fit(datasetOf(model, 12), { updates: 2, ...options })).loss;
    };
    const plain = await fit(2, {});
    expect(await fit(2, { seed: 2 })).toEqual(plain);
    expect(await fit(3, {})).not.toEqual(plain);
    expect(await fit(3, { seed: 2 })).toEqual(plain);
    expect(await fit(3, { shuffle: false })).toEqual(await fit(2, { shuffle: false }));
  });

  test("a batch larger than the dataset goes through it more than once", async () => {
    const [a, b] = [await newModel(), await newModel()];
    const data = datasetOf(a, 2);
    const { loss } = await a.fit(data, { updates: 1, shuffle: false });
    const { x, labels } = new Batches(data, { shuffle: false }).nextBatch(5);
    expect([...labels]).toEqual([...labels.slice(0, 2), ...labels.slice(0, 2), labels[0]]);
    expect((await b.trainOnBatch(x, labels)).loss).toBe(loss[0]);
  });

  test("a time-major model trains on datasets as any other", async () => {
    const [a, b] = [await newModel(), await newModel({ timeMajor: true })];
    const data = datasetOf(a, 12, 1, { lengths: lengthsOf(a, 12) });
    expect(await b.fit(data, { updates: 4 })).toEqual(await a.fit(data, { updates: 4 }));
  });
});

describe("updates", () => {
  test("one epoch by default, epochs or updates on demand", async () => {
    const model = await newModel();
    const data = datasetOf(model, 12);
    const lengthOf = async (options: FitOptions) => (await model.fit(data, options)).loss.length;
    expect(await lengthOf({})).toBe(3);
    expect(await lengthOf({ epochs: 2 })).toBe(6);
    expect(await lengthOf({ updates: 4 })).toBe(4);
    expect(await lengthOf({ updates: 0 })).toBe(0);
    expect(await lengthOf({ epochs: 0 })).toBe(0);
    const refused = async (options: FitOptions, error: Error) => {
      await expect(model.fit(data, options)).rejects.toThrow(error);
      await expect(model.fit(data, options)).rejects.toBeInstanceOf(error.constructor);
    };
    await refused({ updates: 1, epochs: 1 }, new TypeError("give updates or epochs, not both"));
    await refused({ updates: -1 }, new RangeError("updates must be a whole number from 0, got -1"));
    await refused({ epochs: 0.5 }, new RangeError("epochs must be a whole number from 0, got 0.5"));
    await refused({ seed: -1 }, new RangeError("seed must be a whole number from 0 to 2^53 - 1, got -1"));
    await expect(model.fit(data.slice(0, 0))).rejects.toThrow(
      new RangeError("dataset: batches need at least 1 sequence, got 0"),
    );
  });

  test("the iterator reports each update and can evaluate its batch again", async () => {
    const model = await newModel({ learningRate: 0.02 });
    const data = datasetOf(model, 12);
    const seen: number[] = [];
    let steps = 0;
    for await (const result of model.train(data, {
      updates: 5,
      onUpdate: ({ step }) => void seen.push(step),
    })) {
      expect(result.step).toBe(steps++);
      expect(result.ms).toBeGreaterThanOrEqual(0);
      const before = bitsOf(await model.weights());
      const after = await result.after();
      expect(after.loss).toBeLessThan(result.loss);
      expect(await result.after()).toEqual(after);
      expect(bitsOf(await model.weights())).toEqual(before);
    }
    expect(steps).toBe(5);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  test("after() is refused when another batch has come", async () => {
    const model = await newModel();
    const data = datasetOf(model, 12);
    const results: UpdateResult[] = [];
    const message = (step: number) =>
      new Error(`after() of update ${step} was called when its batch was no longer in place`);
    for await (const result of model.train(data, { updates: 2 })) {
      results.push(result);
      await result.after();
      if (result.step === 1) continue;
      await model.predict(batchOf(model, 5).x);
      await expect(result.after()).rejects.toThrow(message(0));
    }
    await expect(results[0].after()).rejects.toThrow(message(0));
    await results[1].after();
    await model.evaluate(data);
    await expect(results[1].after()).rejects.toThrow(message(1));
  });

  test("evaluating between updates does not change the training", async () => {
    const [a, b] = [await newModel(DROPPING), await newModel(DROPPING)];
    const data = datasetOf(a, 12);
    const expected = await a.fit(data, { updates: 4 });
    const losses: number[] = [];
    for await (const { loss, after } of b.train(data, { updates: 4 })) {
      losses.push(loss);
      await after();
      await b.evaluate(data);
      await b.predict(batchOf(b, 2).x, { lengths: [1, 2] });
      const { x, targets } = batchOf(b, 5);
      await b.evaluateOnBatch(x, targets, { sampleWeights: [0, 0, 1, 2, 3] });
    }
    expect(losses).toEqual(expected.loss);
    expect(bitsOf(await b.weights())).toEqual(bitsOf(await a.weights()));
  });
});

describe("an end before the last update", () => {
  test("leaving the loop ends the training after the update in hand", async () => {
    const [a, b] = [await newModel(), await newModel()];
    const data = datasetOf(a, 12);
    for await (const { step } of a.train(data, { updates: 100 })) if (step === 2) break;
    expect(a.updates).toBe(3);
    await b.fit(data, { updates: 3 });
    expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
  });

  test("a signal stops the training before its next update, with its reason", async () => {
    const model = await newModel();
    const data = datasetOf(model, 12);
    const reason = new Error("enough");
    await expect(model.fit(data, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(model.updates).toBe(0);
    const stop = new AbortController();
    const onUpdate = ({ step }: UpdateResult) => {
      if (step === 2) stop.abort(reason);
    };
    await expect(model.fit(data, { updates: 100, signal: stop.signal, onUpdate })).rejects.toBe(reason);
    expect(model.updates).toBe(3);
  });

  test("a signal stops a validation as well", async () => {
    const model = await newModel();
    const data = datasetOf(model, 12);
    const stop = new AbortController();
    // Ends while the validation of the first update goes on.
    const training = model.fit(data, {
      ...{ updates: 5, validationData: datasetOf(model, 20_000, 9), validateEvery: 1, signal: stop.signal },
    });
    setTimeout(() => stop.abort(new Error("enough")), 0);
    await expect(training).rejects.toThrow("enough");
    expect(model.updates).toBe(1);
  });

  test("what onUpdate throws is the training's error; a promise of it is waited for", async () => {
    const model = await newModel();
    const data = datasetOf(model, 12);
    const error = new Error("mine");
    const throwing = ({ step }: UpdateResult) => {
      if (step === 1) throw error;
    };
    await expect(model.fit(data, { onUpdate: throwing })).rejects.toBe(error);
    expect(model.updates).toBe(2);
    const rejecting = async ({ step }: UpdateResult) => {
      await new Promise((done) => setTimeout(done, 1));
      if (step === 0) throw error;
    };
    await expect(model.fit(data, { onUpdate: rejecting })).rejects.toBe(error);
    expect(model.updates).toBe(3);
  });

  test("timers run while a training does", async () => {
    const model = await newModel();
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("timer")), 40);
    const long = model.fit(datasetOf(model, 12), { updates: 1e9, signal: stop.signal });
    await expect(long).rejects.toThrow("timer");
    expect(model.updates).toBeGreaterThan(0);
  });
});
