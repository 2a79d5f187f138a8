// Options of a model: what is filled in, and how what does not fit is refused.

import { describe, expect, test } from "vitest";
import { modelConfig } from "../src/config.ts";
import { createModel, type ModelOptions } from "../src/index.ts";
import { newModel, OPTIONS, optionsOf } from "./support/models.ts";

const { units: _, ...WITHOUT_UNITS } = OPTIONS;
const { classes: __, ...WITHOUT_CLASSES } = OPTIONS;

describe("what is left out", () => {
  test("has defaults, and the shorthands stand for a layer and a head", () => {
    const lstm = { type: "lstm", units: 11, bidirectional: false, forgetBias: 1, peepholes: false };
    const more = { cellClip: Number.POSITIVE_INFINITY, recurrentProjectionUnits: 0, resetAfter: true };
    expect(modelConfig({ timeSteps: 6, features: 4, units: 11, classes: 5 })).toEqual({
      timeSteps: 6,
      features: 4,
      projectionUnits: 0,
      layers: [{ ...lstm, ...more, dropout: 0, recurrentDropout: 0 }],
      head: { type: "softmax", units: 5, everyStep: false, dropout: 0 },
      classWeights: undefined,
      kernelInitializer: "glorotUniform",
      batchSize: 128,
      learningRate: 0.001,
      schedule: { type: "constant" },
      optimizer: "adam",
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      epsilonForm: "tf1",
      weightDecay: 0,
      momentum: 0,
      nesterov: false,
      rho: 0.9,
      clipNorm: Number.POSITIVE_INFINITY,
      clipValue: Number.POSITIVE_INFINITY,
      trainable: "all",
      seed: 1,
      timeMajor: false,
      reproducible: false,
      threads: 1,
      build: undefined,
    });
  });

  test("undefined and null are what leaving an option out is, JSON's null for Infinity too", () => {
    const given: ModelOptions = {
      ...{ timeSteps: 6, features: 4, clipNorm: Number.POSITIVE_INFINITY, clipValue: 2 },
      layers: [
        { units: 3, cellClip: Number.POSITIVE_INFINITY },
        { type: "gru", units: 2 },
      ],
      head: { units: 5, dropout: 0.5 },
    };
    const text = JSON.stringify(modelConfig(given));
    expect(text).toContain('"clipNorm":null');
    expect(text).toContain('"cellClip":null');
    expect(modelConfig(JSON.parse(text))).toEqual(modelConfig(given));
    const unsaid = { batchSize: undefined, seed: null, layers: null, head: undefined, build: null };
    expect(modelConfig({ ...OPTIONS, ...unsaid } as unknown as ModelOptions)).toEqual(
      modelConfig({ ...OPTIONS, batchSize: 128, build: undefined }),
    );
  });

  test("AdamW decays weights by 0.01, unless told otherwise", () => {
    expect(modelConfig({ ...OPTIONS, optimizer: "adamw" }).weightDecay).toBe(0.01);
    expect(modelConfig({ ...OPTIONS, optimizer: "adamw", weightDecay: 0 }).weightDecay).toBe(0);
  });

  test("a model tells its configuration, decided and frozen, and what it is", async () => {
    const { config, info } = await newModel();
    expect(config).toEqual({ ...modelConfig(OPTIONS), threads: 1 });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(info)).toBe(true);
    expect(info).toMatchObject({ build: "simd", threads: 1, worker: false });
    expect(info.parameters).toBe(4 * 3 + 3 + (3 + 11) * 44 + 44 + 11 * 5 + 5);
    expect(info.memoryBytes % 65536).toBe(0);
  });

  test("class weights are the model's own", async () => {
    const classWeights = [1, 2, 3, 4, 0];
    const { config } = await newModel({ classWeights });
    classWeights[0] = 7;
    expect(config.classWeights).toEqual([1, 2, 3, 4, 0]);
    const typed = Float32Array.from(classWeights) as unknown as number[];
    expect(modelConfig({ ...OPTIONS, classWeights: typed }).classWeights).toEqual([7, 2, 3, 4, 0]);
  });
});

test.each<[Record<string, unknown>, string]>([
  [{ units: 0 }, "units must be a whole number from 1 to 1048576, got 0"],
  [{ units: 2 ** 20 + 1 }, "units must be a whole number from 1 to 1048576, got 1048577"],
  [{ timeSteps: -3 }, "timeSteps must be a whole number from 1 to 1048576, got -3"],
  [{ timeSteps: undefined }, "timeSteps must be a whole number from 1 to 1048576, got undefined"],
  [{ features: 1.5 }, "features must be a whole number from 1 to 1048576, got 1.5"],
  [{ classes: "ten" }, "classes must be a whole number from 1 to 1048576, got ten"],
  [{ batchSize: Number.NaN }, "batchSize must be a whole number from 1 to 1048576, got NaN"],
  [{ projectionUnits: -1 }, "projectionUnits must be a whole number from 0 to 1048576, got -1"],
  [{ seed: -1 }, "seed must be a whole number from 0, got -1"],
  [{ seed: 2 ** 53 }, "seed must be a whole number from 0, got 9007199254740992"],
  [{ learningRate: 0 }, "learningRate must be a number above 0 within float32's range, got 0"],
  [
    { learningRate: Number.POSITIVE_INFINITY },
    "learningRate must be a number above 0 within float32's range, got Infinity",
  ],
  [{ learningRate: 1e39 }, "learningRate must be a number above 0 within float32's range, got 1e+39"],
  [{ epsilon: 1e-50 }, "epsilon must be a number above 0 within float32's range, got 1e-50"],
  [{ weightDecay: 1e39 }, "weightDecay must be a number from 0 within float32's range, got 1e+39"],
  [
    { classWeights: [1, 1, 1, 1, 1e39] },
    "classWeights[4] must be a number from 0 within float32's range, got 1e+39",
  ],
  [{ epsilon: 0 }, "epsilon must be a number above 0 within float32's range, got 0"],
  [{ beta1: 1 }, "beta1 must be a number from 0 to below 1, got 1"],
  [{ beta2: -0.1 }, "beta2 must be a number from 0 to below 1, got -0.1"],
  [{ momentum: 1 }, "momentum must be a number from 0 to below 1, got 1"],
  [{ rho: "0.9" }, "rho must be a number from 0 to below 1, got 0.9"],
  [
    { weightDecay: -1, optimizer: "adamw" },
    "weightDecay must be a number from 0 within float32's range, got -1",
  ],
  [{ weightDecay: 0.1 }, "weightDecay is adamw's, the optimizer is adam"],
  [{ clipNorm: 0 }, "clipNorm must be a number above 0, got 0"],
  [{ clipValue: Number.NaN }, "clipValue must be a number above 0, got NaN"],
  [{ optimizer: "adagrad" }, "optimizer must be one of adam, adamw, sgd, rmsprop, got adagrad"],
  [{ epsilonForm: "keras" }, "epsilonForm must be one of tf1, paper, got keras"],
  [{ trainable: "none" }, "trainable must be one of all, head, got none"],
  [{ kernelInitializer: "zeros" }, "kernelInitializer must be one of glorotUniform, randomNormal, got zeros"],
  [{ build: "gpu" }, "build must be one of relaxed, simd, scalar, got gpu"],
  [{ threads: 0 }, "threads must be a whole number from 1 to 256 or auto, got 0"],
  [{ threads: 257 }, "threads must be a whole number from 1 to 256 or auto, got 257"],
  [{ threads: "all" }, "threads must be a whole number from 1 to 256 or auto, got all"],
  [{ classWeights: [1, 2] }, "classWeights must hold one factor per class, 5 of them, got 2"],
  [{ classWeights: 3 }, "classWeights must hold one factor per class, 5 of them, got undefined"],
  [
    { classWeights: [1, 1, -1, 1, 1] },
    "classWeights[2] must be a number from 0 within float32's range, got -1",
  ],
  [
    { classWeights: [1, 1, 1, 1, Number.NaN] },
    "classWeights[4] must be a number from 0 within float32's range, got NaN",
  ],
  [
    { classes: undefined, head: { type: "linear", units: 5 }, classWeights: [1, 1, 1, 1, 1] },
    "classWeights go with a softmax, the head is linear",
  ],
  [{ units: undefined, layers: [] }, "layers must be a list of 1 to 32, got 0"],
  [{ units: undefined, layers: Array(33).fill({ units: 1 }) }, "layers must be a list of 1 to 32, got 33"],
  [{ units: undefined, layers: "lstm" }, "layers must be a list of 1 to 32, got lstm"],
  [
    { schedule: { type: "linear" } },
    "schedule.type must be one of constant, step, exponential, cosine, got linear",
  ],
  [{ schedule: { type: "step" } }, "schedule.steps must be a whole number from 1, got undefined"],
  [{ schedule: { type: "cosine", steps: 0 } }, "schedule.steps must be a whole number from 1, got 0"],
  [{ schedule: { type: "step", steps: 2, rate: 0 } }, "schedule.rate must be a number above 0, got 0"],
  [{ schedule: { type: "cosine", steps: 2, rate: -1 } }, "schedule.rate must be a number from 0, got -1"],
  [{ schedule: { type: "constant", warmup: -1 } }, "schedule.warmup must be a whole number from 0, got -1"],
  [
    { build: "relaxed", reproducible: true },
    "reproducible needs the build simd or scalar, got build relaxed",
  ],
])("%o is a RangeError", async (options, message) => {
  const promise = createModel({ ...OPTIONS, ...options } as ModelOptions);
  await expect(promise).rejects.toThrow(new RangeError(message));
  await expect(promise).rejects.toBeInstanceOf(RangeError);
});

test.each<[unknown, string | RegExp]>([
  [null, "model options must be an object, got null"],
  [undefined, "model options must be an object, got undefined"],
  ["lstm", 'model options must be an object, got "lstm"'],
  [WITHOUT_UNITS, "the model needs layers, or units for one LSTM layer"],
  [WITHOUT_CLASSES, "the model needs a head, or classes for a softmax of them"],
  [{ ...OPTIONS, layers: [{ units: 3 }] }, "give layers or units, not both"],
  [{ ...OPTIONS, head: { units: 3 } }, "give head or classes, not both"],
  [{ ...OPTIONS, learnRate: 5 }, "unknown option learnRate; did you mean learningRate?"],
  [{ ...OPTIONS, batchsize: 5 }, "unknown option batchsize; did you mean batchSize?"],
  [{ ...OPTIONS, gpu: true }, /^unknown option gpu; the options are timeSteps, features, layers, .*threads$/],
  [{ ...OPTIONS, timeMajor: "yes" }, "timeMajor must be true or false, got yes"],
  [{ ...OPTIONS, reproducible: 1 }, "reproducible must be true or false, got 1"],
  [{ ...OPTIONS, nesterov: "no" }, "nesterov must be true or false, got no"],
  [{ ...OPTIONS, schedule: "cosine" }, 'schedule must be an object, got "cosine"'],
  [{ ...OPTIONS, schedule: { type: "step", step: 3 } }, "unknown option schedule.step; did you mean steps?"],
])("%o is a TypeError", async (options, message) => {
  const promise = createModel(options as ModelOptions);
  await expect(promise).rejects.toThrow(typeof message === "string" ? new TypeError(message) : message);
  await expect(promise).rejects.toBeInstanceOf(TypeError);
});

test.each<Partial<ModelOptions>>([
  { units: 2 ** 20 },
  { timeSteps: 2 ** 20, batchSize: 2 ** 12 },
  { timeSteps: 2 ** 20, batchSize: 2 ** 20, units: 2 ** 20, features: 2 ** 20, projectionUnits: 2 ** 20 },
  { layers: Array(32).fill({ units: 4096, bidirectional: true }) },
])("a model larger than the memory there can be is refused: %o", async (options) => {
  const promise = createModel(optionsOf(options));
  await expect(promise).rejects.toThrow(
    /^this model needs \d+\.\d GiB of memory, WebAssembly has 4 at most$/,
  );
  await expect(promise).rejects.toBeInstanceOf(RangeError);
});
