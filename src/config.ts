// Options of a model -> checked and complete configuration. The only place that knows defaults and ranges.

import { BUILDS, type Build } from "./core/builds.ts";

/** What a user gives; the words are those of Keras and TensorFlow.js. */
export interface ModelOptions {
  /** Steps of a sequence, from 1. */
  timeSteps: number;
  /** Values of a step, from 1. */
  features: number;
  /** LSTM cells, from 1. */
  units: number;
  /** Classes to tell apart, from 1. */
  classes: number;
  /** Units of a linear projection in front of the LSTM; 0, the default, leaves it out. */
  projectionUnits?: number;
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
  /** Added to the forget gate at run time, never stored; default 1. */
  forgetBias?: number;
  /** Whole number from 0 to 2^53 - 1 that the initial weights follow from; default 1. */
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

export type ModelConfig = Required<Omit<ModelOptions, "build">> & { build: Build | undefined };

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
  forgetBias: 1,
  seed: 1,
  timeMajor: false,
  reproducible: false,
  threads: 1 as number | "auto",
};

const OPTIMIZERS = ["adam", "adamw", "sgd", "rmsprop"];
const MAX_THREADS = 256;

/** The largest dimension a plan takes; memory ends long before. */
const MAX_DIMENSION = 2 ** 20;

/** Throws a TypeError for a missing or unknown option and a RangeError for a value out of range. */
export function modelConfig(options: ModelOptions): ModelConfig {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`model options must be an object, got ${options}`);
  }
  const weightDecay = options.optimizer === "adamw" ? 0.01 : 0;
  const config = { build: undefined, ...DEFAULTS, weightDecay, ...defined(options) } as ModelConfig;
  const known = [
    "timeSteps",
    "features",
    "units",
    "classes",
    "build",
    "weightDecay",
    ...Object.keys(DEFAULTS),
  ];
  for (const key of Object.keys(config)) {
    if (!known.includes(key)) {
      throw new TypeError(`unknown model option ${key}; the options are ${known.join(", ")}`);
    }
  }
  for (const key of ["timeSteps", "features", "units", "classes", "batchSize"] as const) {
    whole(key, config[key], 1, MAX_DIMENSION);
  }
  whole("projectionUnits", config.projectionUnits, 0, MAX_DIMENSION);
  const { threads } = config;
  if (threads !== "auto" && !(Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS)) {
    throw new RangeError(`threads must be a whole number from 1 to ${MAX_THREADS} or auto, got ${threads}`);
  }
  whole("seed", config.seed, 0, Number.MAX_SAFE_INTEGER);
  within("learningRate", config.learningRate, (v) => v > 0, "a number above 0");
  within("epsilon", config.epsilon, (v) => v > 0, "a number above 0");
  within("beta1", config.beta1, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
  within("beta2", config.beta2, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
  within("momentum", config.momentum, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
  within("rho", config.rho, (v) => v >= 0 && v < 1, "a number from 0 to below 1");
  within("weightDecay", config.weightDecay, (v) => v >= 0, "a number from 0");
  for (const key of ["clipNorm", "clipValue"] as const) {
    if (!(config[key] > 0)) throw new RangeError(`${key} must be a number above 0, got ${config[key]}`);
  }
  oneOf("optimizer", config.optimizer, OPTIMIZERS);
  oneOf("epsilonForm", config.epsilonForm, ["tf1", "paper"]);
  oneOf("trainable", config.trainable, ["all", "head"]);
  if (config.weightDecay > 0 && config.optimizer !== "adamw") {
    throw new RangeError(`weightDecay is adamw's, the optimizer is ${config.optimizer}`);
  }
  checkSchedule(config.schedule);
  within("forgetBias", config.forgetBias, () => true, "a finite number");
  for (const key of ["timeMajor", "reproducible", "nesterov"] as const) {
    if (typeof config[key] !== "boolean") {
      throw new TypeError(`${key} must be true or false, got ${config[key]}`);
    }
  }
  if (config.build !== undefined) oneOf("build", config.build, BUILDS);
  return config;
}

function checkSchedule(schedule: ScheduleOptions): void {
  if (typeof schedule !== "object" || schedule === null) {
    throw new TypeError(`schedule must be an object with a type, got ${schedule}`);
  }
  const known = ["type", "steps", "rate", "warmup"];
  for (const key of Object.keys(schedule)) {
    if (!known.includes(key))
      throw new TypeError(`unknown option schedule.${key}; the options are ${known.join(", ")}`);
  }
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

function oneOf(option: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string)) {
    throw new RangeError(`${option} must be one of ${known.join(", ")}, got ${value}`);
  }
}

/** Throws a RangeError naming `option` unless `value` is a whole number from `least` to `most`. */
export function whole(option: string, value: unknown, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new RangeError(`${option} must be a whole number ${range}, got ${value}`);
  }
}

function within(option: string, value: unknown, holds: (v: number) => boolean, expected: string): void {
  if (!Number.isFinite(value) || !holds(value as number)) {
    throw new RangeError(`${option} must be ${expected}, got ${value}`);
  }
}

function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined)) as Partial<T>;
}
