// Options of models: createModel's, with those of layers, head, optimizer and schedule.

import type { ModelOptions } from "../../src/config.ts";
import { createModelOn } from "../../src/model.ts";
import { fuzzCalls } from "./calls.ts";
import { spoilt } from "./hostile-values.ts";
import type { Mutator } from "./mutator.ts";
import { isTooLarge, smallHost } from "./small-host.ts";

const OPTIONS = {
  ...{ timeSteps: 2, features: 2, projectionUnits: 1, batchSize: 3, learningRate: 0.01 },
  ...{ seed: 7, timeMajor: false, reproducible: true, threads: 1, build: "simd", trainable: "all" },
  ...{ clipNorm: 1, clipValue: 0.5, kernelInitializer: "glorotUniform" },
};
const OPTIMIZERS = [
  { optimizer: "adam", beta1: 0.9, beta2: 0.99, epsilon: 1e-8, epsilonForm: "paper" },
  { optimizer: "adamw", weightDecay: 0.01 },
  { optimizer: "sgd", momentum: 0.9, nesterov: true },
  { optimizer: "rmsprop", rho: 0.9, momentum: 0 },
];
const SCHEDULES = [
  { type: "constant", warmup: 2 },
  { type: "step", steps: 2, rate: 0.5 },
  { type: "cosine", steps: 5, rate: 0, warmup: 1 },
];
const LAYERS = [
  { type: "lstm", units: 2, bidirectional: true, forgetBias: 0.5, dropout: 0.1 },
  {
    type: "lstm",
    units: 3,
    peepholes: true,
    cellClip: 2,
    recurrentProjectionUnits: 1,
    recurrentDropout: 0.2,
  },
  { type: "gru", units: 2, resetAfter: false },
  { type: "rnn", units: 2 },
];
const HEADS = [
  { type: "softmax", units: 3, everyStep: false, dropout: 0.1 },
  { type: "linear", units: 1, everyStep: true },
];
const NAMES = Object.keys({ ...OPTIONS, ...LAYERS[0], ...LAYERS[1], ...Object.assign({}, ...OPTIMIZERS) });
NAMES.push(
  "schedule",
  "classWeights",
  "classes",
  "layers",
  "head",
  "model options",
  "unknown option",
  "steps",
  "rate",
);

function goodOptions(mutator: Mutator): Record<string, unknown> {
  const head = mutator.pick(HEADS);
  return {
    ...OPTIONS,
    ...mutator.pick(OPTIMIZERS),
    ...(mutator.chance(0.5) ? { schedule: mutator.pick(SCHEDULES) } : {}),
    ...(mutator.chance(0.7)
      ? { layers: Array.from({ length: 1 + mutator.below(2) }, () => mutator.pick(LAYERS)) }
      : { units: 2 }),
    ...(mutator.chance(0.7) ? { head } : { classes: 3 }),
    ...(mutator.chance(0.2) ? { classWeights: [1, 0.5, 2] } : {}),
  };
}

fuzzCalls({
  what: "createModel",
  names: NAMES,
  allowed: isTooLarge,
  async call(mutator, shown) {
    const options = spoilt(mutator, goodOptions(mutator));
    shown(options);
    const model = await createModelOn(smallHost, options as ModelOptions);
    // A model that was made works.
    const { timeSteps, features, head, timeMajor } = model.config;
    const items = head.everyStep ? timeSteps : 1;
    if (timeSteps * features * head.units < 1000) {
      const { values } = await model.predict(new Float32Array(timeSteps * features));
      if (values.length !== items * head.units)
        throw new Error(`${values.length} values, timeMajor ${timeMajor}`);
      const truth = new Float32Array(head.type === "softmax" ? items : items * head.units);
      const { loss } = await model.trainOnBatch(new Float32Array(timeSteps * features), truth);
      if (Number.isNaN(loss)) throw new Error("the loss is NaN");
    }
    model.close();
  },
});
