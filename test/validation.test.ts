// Training with validation: when it is made, when patience ends it, and whose weights stay.

import { describe, expect, test } from "vitest";
import type { Dataset, FitOptions, Model, ModelOptions } from "../src/index.ts";
import { bitsOf, datasetOf, newModel } from "./support/models.ts";

/** 12 sequences, 3 batches an epoch, and 7 others. */
async function start(learningRate = 0.05, options: Partial<ModelOptions> = {}) {
  const model = await newModel({ ...options, learningRate });
  return { model, data: datasetOf(model, 12), validationData: datasetOf(model, 7, 9) };
}

// Trains and notes each validation's loss and weights.
async function watch(model: Model, data: Dataset, options: FitOptions) {
  const seen: { step: number; loss: number; weights: ReturnType<typeof bitsOf> }[] = [];
  let updates = 0;
  for await (const { step, validation } of model.train(data, options)) {
    updates++;
    if (validation) seen.push({ step, loss: validation.loss, weights: bitsOf(await model.weights()) });
  }
  return { seen, updates };
}

describe("validation", () => {
  test.each<[FitOptions, number[]]>([
    [{ updates: 8 }, [2, 5, 7]],
    [{ epochs: 2 }, [2, 5]],
    [{ updates: 5, validateEvery: 2 }, [1, 3, 4]],
    [{ updates: 3, validateEvery: 1 }, [0, 1, 2]],
    [{ updates: 2, validateEvery: 10 }, [1]],
    [{ updates: 0 }, []],
  ])("%o: after updates %o", async (options, steps) => {
    const { model, data, validationData } = await start();
    const history = await model.fit(data, { ...options, validationData });
    expect(history.validation.map(({ step }) => step)).toEqual(steps);
    const last = history.validation.at(-1);
    if (last === undefined) return;
    const { loss, accuracy } = await model.evaluate(validationData);
    expect(last).toEqual({ step: history.loss.length - 1, loss, accuracy });
  });

  test("it does not change the training, and after() still speaks of the batch", async () => {
    const [a, b] = [await start(), await start()];
    const plain = await a.model.fit(a.data, { updates: 5 });
    const losses: number[] = [];
    const afters: [number, number][] = [];
    const options = { updates: 5, validationData: b.validationData, validateEvery: 2 };
    for await (const { loss, after } of b.model.train(b.data, options)) {
      losses.push(loss);
      afters.push([(await after()).loss, (await after()).loss]);
    }
    expect(losses).toEqual(plain.loss);
    expect(plain.validation).toEqual([]);
    expect(bitsOf(await b.model.weights())).toEqual(bitsOf(await a.model.weights()));
    const c = await start();
    const expected: number[] = [];
    for await (const { after } of c.model.train(c.data, { updates: 5 })) expected.push((await after()).loss);
    expect(afters).toEqual(expected.map((loss) => [loss, loss]));
  });
});

describe("patience", () => {
  test.each([1, 2, 3])("%i validations in a row without a lower loss end the training", async (patience) => {
    // The labels are random: the loss on other sequences rises once these are learned.
    const { model, data, validationData } = await start();
    const options = { updates: 2000, validationData, validateEvery: 2, patience };
    const { seen, updates } = await watch(model, data, options);
    const losses = seen.map(({ loss }) => loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(best).toBe(losses.length - 1 - patience);
    expect(updates).toBe(2 * losses.length);
    // Never before had it waited as long.
    let since = 0;
    let lowest = Number.POSITIVE_INFINITY;
    for (const loss of losses.slice(0, -1)) {
      since = loss < lowest ? 0 : since + 1;
      lowest = Math.min(lowest, loss);
      expect(since).toBeLessThan(patience);
    }
    // Without restoreBest the last weights stay.
    expect(bitsOf(await model.weights())).toEqual(seen.at(-1)!.weights);
  });
});

describe("restoreBest", () => {
  const best = (seen: Awaited<ReturnType<typeof watch>>["seen"]) =>
    seen.reduce((a, b) => (b.loss < a.loss ? b : a));

  test.each([{ patience: 3 }, {}])("the weights of the lowest validation loss stay: %o", async (options) => {
    const { model, data, validationData } = await start();
    const updates = 150;
    const { seen } = await watch(model, data, {
      updates,
      validationData,
      validateEvery: 2,
      restoreBest: true,
      ...options,
    });
    expect(best(seen)).not.toBe(seen.at(-1));
    expect(bitsOf(await model.weights())).toEqual(best(seen).weights);
    expect((await model.evaluate(validationData)).loss).toBe(best(seen).loss);
  });

  test("also when the loop is left, and when a loss is not finite", async () => {
    const { model, data, validationData } = await start();
    const options = { updates: 400, validationData, validateEvery: 1, restoreBest: true };
    let lowest = Number.POSITIVE_INFINITY;
    for await (const { step, validation } of model.train(data, options)) {
      lowest = Math.min(lowest, validation!.loss);
      if (step === 120) break;
    }
    expect((await model.evaluate(validationData)).loss).toBe(lowest);

    // The first update leaves good weights, those after it make a loss that is not finite.
    const wild = await start(1e20);
    const validated: { loss: number; weights: ReturnType<typeof bitsOf> }[] = [];
    const training = wild.model.fit(wild.data, {
      ...options,
      validationData: wild.validationData,
      onUpdate: async ({ validation }) => {
        validated.push({ loss: validation!.loss, weights: bitsOf(await wild.model.weights()) });
      },
    });
    await expect(training).rejects.toThrow(/the loss at update \d+ is NaN/);
    const finite = validated.filter(({ loss }) => Number.isFinite(loss));
    const lowestOf = finite.reduce((x, y) => (y.loss < x.loss ? y : x), finite[0]);
    if (lowestOf) expect(bitsOf(await wild.model.weights())).toEqual(lowestOf.weights);
    expect([...(await wild.model.weights()).values()].every(({ data }) => data.every(Number.isFinite))).toBe(
      true,
    );
  });
});

describe("options", () => {
  test.each<[FitOptions, string]>([
    [{ patience: 2 }, "patience needs validationData"],
    [{ restoreBest: true }, "restoreBest needs validationData"],
    [{ patience: 2, restoreBest: true }, "patience needs validationData"],
  ])("%o: %s", async (options, message) => {
    const { model, data } = await start();
    await expect(model.fit(data, options)).rejects.toThrow(new TypeError(message));
    await expect(model.fit(data, options)).rejects.toBeInstanceOf(TypeError);
    expect(model.updates).toBe(0);
  });

  test("counts below 1 and a validation set that does not fit are refused by name", async () => {
    const { model, data, validationData } = await start();
    const refused = (options: FitOptions, message: string) =>
      expect(model.fit(data, { validationData, ...options })).rejects.toThrow(new RangeError(message));
    await refused({ validateEvery: 0 }, "validateEvery must be a whole number from 1, got 0");
    await refused({ patience: 0 }, "patience must be a whole number from 1, got 0");
    await refused({ patience: 1.5 }, "patience must be a whole number from 1, got 1.5");
    const other = datasetOf(await newModel({ features: 3 }), 4);
    await refused({ validationData: other }, "dataset has sequences of [6, 3], the model takes [6, 4]");
    await refused(
      { validationData: data.slice(0, 0) },
      "validationData must hold at least 1 sequence, got 0",
    );
    expect(model.updates).toBe(0);
  });
});
