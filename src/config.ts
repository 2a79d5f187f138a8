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
  /** Adam's step size, above 0; default 0.001. */
  learningRate?: number;
  /** Adam's decay of the first moment, 0 <= beta1 < 1; default 0.9. */
  beta1?: number;
  /** Adam's decay of the second moment, 0 <= beta2 < 1; default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment, above 0; default 1e-8. */
  epsilon?: number;
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

export type ModelConfig = Required<Omit<ModelOptions, "build">> & { build: Build | undefined };

const DEFAULTS = {
  projectionUnits: 0,
  batchSize: 128,
  learningRate: 0.001,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  forgetBias: 1,
  seed: 1,
  timeMajor: false,
  reproducible: false,
  threads: 1 as number | "auto",
};

const MAX_THREADS = 256;

/** The largest dimension a plan takes; memory ends long before. */
const MAX_DIMENSION = 2 ** 20;

/** Throws a TypeError for a missing or unknown option and a RangeError for a value out of range. */
export function modelConfig(options: ModelOptions): ModelConfig {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`model options must be an object, got ${options}`);
  }
  const config = { build: undefined, ...DEFAULTS, ...defined(options) } as ModelConfig;
  const known = ["timeSteps", "features", "units", "classes", "build", ...Object.keys(DEFAULTS)];
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
  within("forgetBias", config.forgetBias, () => true, "a finite number");
  for (const key of ["timeMajor", "reproducible"] as const) {
    if (typeof config[key] !== "boolean") {
      throw new TypeError(`${key} must be true or false, got ${config[key]}`);
    }
  }
  if (config.build !== undefined && !BUILDS.includes(config.build)) {
    throw new RangeError(`build must be one of ${BUILDS.join(", ")}, got ${config.build}`);
  }
  return config;
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
