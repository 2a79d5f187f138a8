// A training stopped anywhere goes on to the same bits, from plain data or from a file, on any number of threads.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Checkpoint,
  createModel,
  Dataset,
  decodeCheckpoint,
  encodeCheckpoint,
  type FitOptions,
  type Model,
  type ModelOptions,
  resumeModel,
} from "wasm-lstm";
import { batchOf, bitsOf, lengthsOf, OPTIONS, optionsOf, partsOf } from "./support/models.ts";

/** Trainings that need everything a checkpoint holds; 12 sequences, 3 batches of 5 an epoch. */
const TRAININGS: [string, Partial<ModelOptions>, FitOptions][] = [
  ["an lstm, no shuffle", {}, { updates: 9, shuffle: false }],
  [
    "dropout, lengths, a schedule and the best weights",
    {
      layers: [
        { units: 9, bidirectional: true, dropout: 0.25, recurrentDropout: 0.4 },
        { type: "gru", units: 6, dropout: 0.3 },
      ],
      head: { units: 5, everyStep: true, dropout: 0.2 },
      ...{ optimizer: "adamw", learningRate: 0.05, clipNorm: 1 },
      schedule: { type: "cosine", steps: 12, warmup: 3 },
    },
    { updates: 14, validateEvery: 2, restoreBest: true, seed: 3 },
  ],
  [
    "patience on an rnn's numbers",
    {
      layers: [{ type: "rnn", units: 8 }],
      head: { type: "linear", units: 2 },
      ...{ optimizer: "sgd", learningRate: 0.6, momentum: 0.9, nesterov: true },
    },
    { epochs: 7, validateEvery: 1, patience: 3, restoreBest: true },
  ],
  [
    "rmsprop of the head alone",
    {
      optimizer: "rmsprop",
      momentum: 0.5,
      trainable: "head",
      learningRate: 0.02,
      classWeights: [1, 2, 0, 1, 3],
    },
    { epochs: 3, validateEvery: 4, patience: 2 },
  ],
];

/** Losses of updates and validations, in order, and all that the model is in the end. */
interface Outcome {
  losses: number[];
  validations: [step: number, loss: number][];
  end: unknown;
}

function dataOf(model: Pick<Model, "config">): { data: Dataset; validationData: Dataset } {
  const parts = (count: number, seed: number) => {
    const sampleWeights = Float32Array.from({ length: count }, (_, i) => 0.5 + (i % 3));
    return { lengths: lengthsOf(model, count, seed), sampleWeights };
  };
  return {
    data: Dataset.fromFloats(partsOf(model, 12, 1, parts(12, 3))),
    validationData: Dataset.fromFloats(partsOf(model, 7, 9, parts(7, 5))),
  };
}

const fitOptions = (options: FitOptions, validationData: Dataset): FitOptions => ({
  ...options,
  ...(options.validateEvery !== undefined && { validationData }),
});

async function endOf(model: Model, data: Dataset) {
  const { weights, firstMoment, secondMoment, optimizer } = await model.checkpoint();
  return {
    updates: model.updates,
    blocks: [weights, firstMoment, secondMoment].map(bitsOf),
    optimizer,
    evaluation: await model.evaluate(data),
  };
}

/** Trains until update `stop` has been made, or to the end; the checkpoint after it, or else undefined. */
async function train(model: Model, options: FitOptions, data: Dataset, outcome: Outcome, stop: number) {
  for await (const { step, loss, validation, checkpoint } of model.train(data, options)) {
    expect(step).toBe(outcome.losses.length);
    outcome.losses.push(loss);
    if (validation) outcome.validations.push([step, validation.loss]);
    if (step + 1 === stop) return checkpoint();
  }
  return undefined;
}

async function outcomeOf(
  [, options, fit]: (typeof TRAININGS)[number],
  stops: { at: number; threads: number; asFile: boolean }[],
): Promise<Outcome> {
  let model: Model = await createModel({ ...optionsOf(options), seed: 5 });
  const outcome: Outcome = { losses: [], validations: [], end: undefined };
  try {
    const { data, validationData } = dataOf(model);
    let resume: FitOptions["resume"];
    for (const { at, threads, asFile } of [...stops, { at: Number.NaN, threads: 1, asFile: false }]) {
      const given = { ...fitOptions(fit, validationData), resume };
      const checkpoint = await train(model, given, data, outcome, outcome.losses.length + at);
      if (checkpoint === undefined) break;
      model.close();
      const read = asFile ? decodeCheckpoint(encodeCheckpoint(checkpoint)) : structuredClone(checkpoint);
      model = await resumeModel(read, { threads, build: "simd" });
      resume = read.training;
    }
    outcome.end = await endOf(model, data);
    return outcome;
  } finally {
    model.close();
  }
}

describe.each(TRAININGS)("%s", (...training) => {
  test("stopped anywhere, it goes on to the same bits", async () => {
    const expected = await outcomeOf(training, []);
    const stop = fc.record({
      at: fc.integer({ min: 1, max: 8 }),
      threads: fc.constantFrom(1, 1, 1, 2),
      asFile: fc.boolean(),
    });
    const check = async (stops: { at: number; threads: number; asFile: boolean }[]) => {
      expect(await outcomeOf(training, stops)).toEqual(expected);
    };
    await fc.assert(fc.asyncProperty(fc.array(stop, { minLength: 1, maxLength: 3 }), check), { numRuns: 10 });
    // At its last update, and long before.
    await check([{ at: expected.losses.length, threads: 2, asFile: true }]);
    await check(expected.losses.map(() => ({ at: 1, threads: 1, asFile: true })));
  });
});

test("patience did end a training, and the best weights were not the last", async () => {
  const { losses, validations } = await outcomeOf(TRAININGS[2], []);
  expect(losses.length).toBeLessThan(21);
  const lowest = Math.min(...validations.map(([, loss]) => loss));
  expect(validations.at(-1)![1]).toBeGreaterThan(lowest);
});

async function withModels<T>(body: (keep: (model: Model) => Model) => Promise<T>): Promise<T> {
  const models: Model[] = [];
  const keep = (model: Model) => {
    models.push(model);
    return model;
  };
  return body(keep).finally(() => {
    for (const model of models) model.close();
  });
}

describe("a model's own checkpoint", () => {
  test.each<Partial<ModelOptions>>([
    {},
    { optimizer: "sgd", momentum: 0.9 },
    { optimizer: "rmsprop", schedule: { type: "step", steps: 2 } },
    { layers: [{ type: "gru", units: 7, dropout: 0.5 }], classWeights: [1, 0, 2, 1, 1] },
  ])("goes on with batches as if nothing had been: %o", (options) =>
    withModels(async (keep) => {
      const model = keep(await createModel(optionsOf(options)));
      const step = async (own: Model, seed: number) => {
        const { x, targets } = batchOf(own, 5, seed);
        return own.trainOnBatch(x, targets);
      };
      for (const seed of [1, 2]) await step(model, seed);
      model.learningRate = 0.02;
      const checkpoint = decodeCheckpoint(encodeCheckpoint(await model.checkpoint()));
      expect(checkpoint.training).toBeUndefined();
      const again = keep(await resumeModel(checkpoint, { build: "simd" }));
      expect([again.updates, again.learningRate]).toEqual([2, 0.02]);
      expect({ ...again.config, build: "simd" }).toEqual({ ...model.config, build: "simd" });
      for (const seed of [3, 4]) expect(await step(again, seed)).toEqual(await step(model, seed));
      expect(bitsOf(await again.weights())).toEqual(bitsOf(await model.weights()));
    }),
  );

  test("is a copy", () =>
    withModels(async (keep) => {
      const model = keep(await createModel(OPTIONS));
      const checkpoint = await model.checkpoint();
      const kept = structuredClone(checkpoint);
      const { x, targets } = batchOf(model, 5);
      await model.trainOnBatch(x, targets);
      expect(checkpoint).toEqual(kept);
      expect(checkpoint.options).not.toHaveProperty("build");
      expect(checkpoint.options).not.toHaveProperty("threads");
    }));
});

describe("overrides", () => {
  test("take the place of the checkpoint's options, the learning rate too", () =>
    withModels(async (keep) => {
      const model = keep(await createModel({ ...OPTIONS, learningRate: 0.1 }));
      model.learningRate = 0.05;
      const checkpoint = await model.checkpoint();
      const same = keep(await resumeModel(checkpoint, { batchSize: undefined, learningRate: undefined }));
      expect([same.config.batchSize, same.learningRate]).toEqual([5, 0.05]);
      const other = keep(await resumeModel(checkpoint, { batchSize: 9, learningRate: 0.3, threads: 2 }));
      expect([other.config.batchSize, other.learningRate, other.info.threads]).toEqual([9, 0.3, 2]);
      expect(bitsOf(await other.weights())).toEqual(bitsOf(checkpoint.weights));
    }));

  test("that make another model of it are refused by the checkpoint's name", () =>
    withModels(async (keep) => {
      const checkpoint = await keep(await createModel(OPTIONS)).checkpoint();
      const refused = resumeModel(checkpoint, { features: 5 }, "run.safetensors");
      await expect(refused).rejects.toThrow(
        /^run\.safetensors: tensor "projection\.kernel": expected shape \[5,3\]/,
      );
      await expect(refused).rejects.toBeInstanceOf(RangeError);
    }));
});

describe("what a training cannot go on from", () => {
  async function stopped(keep: (model: Model) => Model) {
    const model = keep(await createModel(OPTIONS));
    const { data } = dataOf(model);
    let checkpoint: Checkpoint | undefined;
    const onUpdate = async ({ step, ...result }: { step: number; checkpoint(): Promise<Checkpoint> }) => {
      if (step === 1) checkpoint = await result.checkpoint();
    };
    await model.fit(data, { updates: 2, onUpdate });
    return { model, data, training: checkpoint!.training! };
  }

  test("another number of sequences", () =>
    withModels(async (keep) => {
      const { model, data, training } = await stopped(keep);
      for (const count of [11, 13]) {
        const other = count < 12 ? data.slice(0, count) : Dataset.fromFloats(partsOf(model, count));
        const refused = model.fit(other, { updates: 5, resume: training });
        await expect(refused).rejects.toThrow(
          new RangeError(`order must hold each of 0 to ${count - 1} once, got 12 entries`),
        );
      }
      expect(model.updates).toBe(2);
    }));

  test("best weights of another model, and what is no training's state", () =>
    withModels(async (keep) => {
      const { model, data, training } = await stopped(keep);
      const weights = await keep(await createModel({ ...OPTIONS, units: 12 })).weights();
      const refused = async (resume: unknown, message: string | RegExp) => {
        const promise = model.fit(data, { updates: 5, resume: resume as FitOptions["resume"] });
        await expect(promise).rejects.toThrow(message);
        await expect(promise).rejects.toSatisfy((e) => e instanceof RangeError || e instanceof TypeError);
      };
      await refused({ ...training, bestWeights: weights }, /^resume\.bestWeights: .*expected shape \[3,44\]/);
      await refused({}, "resume.done must be a whole number from 0, got undefined");
      await refused({ ...training, done: -1 }, "resume.done must be a whole number from 0, got -1");
      await refused({ ...training, batches: null }, "resume.batches must be an object, got null");
      await refused({ ...training, best: 3 }, "resume.best must be an object, got 3");
      await refused(await model.checkpoint(), "unknown option resume.options");
      await refused(
        { ...training, batches: { ...training.batches, random: [0, 0, 0, 0] } },
        /^random state must be/,
      );
      await refused({ ...training, batches: { ...training.batches, cursor: 13 } }, /^cursor must be/);
      expect(model.updates).toBe(2);
    }));

  test("a result whose training has gone on, or has put its best weights back", () =>
    withModels(async (keep) => {
      const model = keep(await createModel(OPTIONS));
      const { data, validationData } = dataOf(model);
      const message = (step: number) =>
        new Error(`checkpoint() of update ${step} was called when the training had gone on`);
      const checkpoints: (() => Promise<Checkpoint>)[] = [];
      const options: FitOptions = {
        updates: 3,
        onUpdate: ({ checkpoint }) => checkpoints.push(checkpoint),
      };
      await model.fit(data, options);
      await expect(checkpoints[0]()).rejects.toThrow(message(0));
      expect((await checkpoints[2]()).training!.done).toBe(3);
      await model.fit(data, { ...options, validationData, restoreBest: true });
      await expect(checkpoints[5]()).rejects.toThrow(message(2));
    }));
});
