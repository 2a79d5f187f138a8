// Options of a model -> checked and complete configuration. The only place that knows defaults and ranges.

import { BUILDS, type Build } from "./core/builds.ts";
import {
  type Architecture,
  boolean,
  checkObject,
  defined,
  type HeadOptions,
  headConfig,
  type LayerOptions,
  layerConfig,
  layerConfigs,
  MAX_DIMENSION,
  oneOf,
  whole,
} from "./layers.ts";
import { shown } from "./shown.ts";

/** What a user gives; the words are those of Keras and TensorFlow.js. */
export interface ModelOptions {
  /** Steps of a sequence, from 1. */
  timeSteps: number;
  /** Values of a step, from 1. */
  features: number;
  /** Units of a linear projection of the input in front of the layers; 0, the default, leaves it out. */
  projectionUnits?: number;
  /** Recurrent layers, the lowest first, 1 to 32. */
  layers?: readonly LayerOptions[];
  /** Short for `layers: [{ units }]`, one LSTM. */
  units?: number;
  /** What reads the last layer. */
  head?: HeadOptions;
  /** Short for `head: { units: classes }`, one of so many classes. */
  classes?: number;
  /** Factor of the loss of each class, 0 or more; a softmax's alone. Default 1 each. */
  classWeights?: readonly number[];
  /**
   * Initial kernels of projection and head: "glorotUniform" with biases of 0, or "randomNormal", N(0, 1), with biases of
   * 0.1, as in the tutorial that the reference model comes from. Default "glorotUniform".
   */
  kernelInitializer?: "glorotUniform" | "randomNormal";
  /** Rows of a training batch, from 1; default 128. Also the rows that one pass of evaluate and predict takes. */
  batchSize?: number;
  /** Step size, above 0; default 0.001. */
  learningRate?: number;
  /** How the step size changes over the updates; default constant. */
  schedule?: ScheduleOptions;
  /** Rule of the update; default "adam". */
  optimizer?: OptimizerName;
  /** Adam's decay of the first moment, 0 <= beta1 < 1; default 0.9. */
  beta1?: number;
  /** Adam's decay of the second moment, 0 <= beta2 < 1; default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment, above 0; default 1e-8. */
  epsilon?: number;
  /** Where Adam adds it: "tf1" beside the uncorrected moment (TensorFlow 1, Keras), "paper" (PyTorch). Default "tf1". */
  epsilonForm?: "tf1" | "paper";
  /** AdamW's decay of the weights, 0 or more, decoupled from the gradient; default 0.01 with "adamw", else 0. */
  weightDecay?: number;
  /** Momentum of "sgd" and "rmsprop", 0 <= momentum < 1; default 0. */
  momentum?: number;
  /** true: Nesterov's form of momentum, for "sgd"; default false. */
  nesterov?: boolean;
  /** RMSProp's decay of the second moment, 0 <= rho < 1; default 0.9. */
  rho?: number;
  /** Bound of the gradient's norm over all parameters, above 0; default Infinity, none. */
  clipNorm?: number;
  /** Bound of each element of the gradient, above 0, after clipNorm; default Infinity, none. */
  clipValue?: number;
  /** What is trained: "all" parameters, the default, or the "head" alone. */
  trainable?: "all" | "head";
  /** Whole number from 0 to 2^53 - 1 that the initial weights, the shuffle and dropout follow from; default 1. */
  seed?: number;
  /** true: batches lie [timeSteps, batch, features]; default false, [batch, timeSteps, features]. */
  timeMajor?: boolean;
  /** true: the same bits on every engine, at the price of relaxed SIMD's speed; default false. */
  reproducible?: boolean;
  /** Threads that share an update, from 1; "auto" takes one per core if the model is worth it. Default 1. */
  threads?: number | "auto";
  /** Build of the core to use; default the best one that this engine runs. */
  build?: Build;
}

export type OptimizerName = "adam" | "adamw" | "sgd" | "rmsprop";

/** Plain data, so that it can be stored and resumed. u is the number of an update from 0, after the warm-up. */
export interface ScheduleOptions {
  /** Factor of the learning rate: 1; rate^floor(u / steps); rate^(u / steps); from 1 to rate along half a cosine. */
  type: "constant" | "step" | "exponential" | "cosine";
  /** Period in updates, from 1; needed unless constant. */
  steps?: number;
  /** Above 0; "cosine" also 0. Default 0.1, cosine 0. */
  rate?: number;
  /** Updates over which the rate first rises linearly; default 0. */
  warmup?: number;
}

type Shorthand = "units" | "classes" | "layers" | "head";

export type ModelConfig = Architecture &
  Required<Omit<ModelOptions, Shorthand | "build" | "classWeights">> & {
    build: Build | undefined;
    classWeights: readonly number[] | undefined;
  };

const DEFAULTS = {
  projectionUnits: 0,
  batchSize: 128,
  learningRate: 0.001,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  epsilonForm: "tf1",
  optimizer: "adam",
  schedule: { type: "constant" },
  momentum: 0,
  nesterov: false,
  rho: 0.9,
  clipNorm: Number.POSITIVE_INFINITY,
  clipValue: Number.POSITIVE_INFINITY,
  trainable: "all",
  kernelInitializer: "glorotUniform",
  seed: 1,
  timeMajor: false,
  reproducible: false,
  threads: 1 as number | "auto",
};

const OPTIMIZERS = ["adam", "adamw", "sgd", "rmsprop"];
const MAX_THREADS = 256;
const KNOWN = {
  timeSteps: 0,
  features: 0,
  layers: 0,
  units: 0,
  head: 0,
  classes: 0,
  classWeights: 0,
  weightDecay: 0,
  build: 0,
  ...DEFAULTS,
};

/** Throws a TypeError for a missing or unknown option and a RangeError for a value out of range. */
export function modelConfig(options: ModelOptions): ModelConfig {
  checkObject(options, "model options", KNOWN, "");
  const { units, classes, layers, head, ...rest } = defined(options);
  const weightDecay = options.optimizer === "adamw" ? 0.01 : 0;
  const config = {
    build: undefined,
    classWeights: undefined,
    ...DEFAULTS,
    weightDecay,
    ...rest,
    layers: layersOf(layers, units),
    head: headOf(head, classes),
  } as ModelConfig;
  for (const key of ["timeSteps", "features", "batchSize"] as const) {
    whole(key, config[key], 1, MAX_DIMENSION);
  }
  whole("projectionUnits", config.projectionUnits, 0, MAX_DIMENSION);
  const { threads } = config;
  if (threads !== "auto" && !(Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) {
    throw new RangeError(
      `threads must be a whole number from 1 to ${MAX_THREADS} or auto, got ${shown(threads)}`,
    );
  }
  whole("seed", config.seed, 0, Number.MAX_SAFE_INTEGER);
  within(
    "learningRate",
    config.learningRate,
    (v) => isFloat(v) && v > 0,
    "a number above 0 within float32's range",
  );
  within("epsilon", config.epsilon, (v) => isFloat(v) && v > 0, "a number above 0 within float32's range");
  within("beta1", config.beta1, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
  within("beta2", config.beta2, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
  within("momentum", config.momentum, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
  within("rho", config.rho, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
  within(
    "weightDecay",
    config.weightDecay,
    (v) => isFloat(v) && v >= 0,
    "a number from 0 within float32's range",
  );
  for (const key of ["clipNorm", "clipValue"] as const) {
    if (typeof config[key] !== "number" || !(config[key] > 0)) {
      throw new RangeError(`${key} must be a number above 0, got ${shown(config[key])}`);
    }
  }
  oneOf("optimizer", config.optimizer, OPTIMIZERS);
  oneOf("epsilonForm", config.epsilonForm, ["tf1", "paper"]);
  oneOf("trainable", config.trainable, ["all", "head"]);
  if (config.weightDecay > 0 && config.optimizer !== "adamw") {
    throw new RangeError(`weightDecay is adamw's, the optimizer is ${config.optimizer}`);
  }
  checkSchedule(config.schedule);
  oneOf("kernelInitializer", config.kernelInitializer, ["glorotUniform", "randomNormal"]);
  if (config.classWeights !== undefined) config.classWeights = ownClassWeights(config);
  for (const key of ["timeMajor", "reproducible", "nesterov"] as const) boolean(key, config[key]);
  if (config.build !== undefined) oneOf("build", config.build, BUILDS);
  return config;
}

function layersOf(
  layers: readonly LayerOptions[] | undefined,
  units: number | undefined,
): ModelConfig["layers"] {
  if (layers === undefined) {
    if (units === undefined) throw new TypeError("the model needs layers, or units for one LSTM layer");
    whole("units", units, 1, MAX_DIMENSION);
    return [layerConfig({ units }, "layers[0]")];
  }
  if (units !== undefined) throw new TypeError("give layers or units, not both");
  return layerConfigs(layers);
}

function headOf(head: HeadOptions | undefined, classes: number | undefined): ModelConfig["head"] {
  if (head === undefined) {
    if (classes === undefined)
      throw new TypeError("the model needs a head, or classes for a softmax of them");
    whole("classes", classes, 1, MAX_DIMENSION);
    return headConfig({ units: classes });
  }
  if (classes !== undefined) throw new TypeError("give head or classes, not both");
  return headConfig(head);
}

// A copy as a plain array, which JSON keeps.
function ownClassWeights({ classWeights, head }: ModelConfig): number[] {
  if (head.type !== "softmax")
    throw new RangeError(`classWeights go with a softmax, the head is ${head.type}`);
  if (classWeights?.length !== head.units) {
    throw new RangeError(
      `classWeights must hold one factor per class, ${head.units} of them, got ${classWeights?.length}`,
    );
  }
  for (let c = 0; c < head.units; c++) {
    within(
      `classWeights[${c}]`,
      classWeights[c],
      (v) => isFloat(v) && v >= 0,
      "a number from 0 within float32's range",
    );
  }
  return Array.from(classWeights);
}

function checkSchedule(schedule: ScheduleOptions): void {
  checkObject(schedule, "schedule", { type: 0, steps: 0, rate: 0, warmup: 0 });
  const { type, steps, rate, warmup = 0 } = schedule;
  oneOf("schedule.type", type, ["constant", "step", "exponential", "cosine"]);
  whole("schedule.warmup", warmup, 0, Number.MAX_SAFE_INTEGER);
  if (type !== "constant") whole("schedule.steps", steps, 1, Number.MAX_SAFE_INTEGER);
  if (rate !== undefined) {
    const cosine = type === "cosine";
    within(
      "schedule.rate",
      rate,
      (v) => v > 0 || (cosine && v === 0),
      `a number ${cosine ? "from" : "above"} 0`,
    );
  }
}

/** Whether the core, which computes in float32, can hold a number: neither too large nor too near to 0. */
function isFloat(value: number): boolean {
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) && (rounded !== 0 || value === 0);
}

function within(option: string, value: unknown, holds: (v: number) => boolean, expected: string): void {
  if (!Number.isFinite(value) || !holds(value as number)) {
    throw new RangeError(`${option} must be ${expected}, got ${shown(value)}`);
  }
}
