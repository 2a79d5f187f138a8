// Small models for tests of the host: made, closed after each test, fed from the reference's random numbers.

import { afterEach } from "vitest";
import { createModel, Dataset, type Model, type ModelOptions, type Tensors } from "../../src/index.ts";
import { randomBatch, randomNumbers, type Weights64 } from "./reference.ts";

export const OPTIONS = {
  timeSteps: 6,
  features: 4,
  projectionUnits: 3,
  units: 11,
  classes: 5,
  batchSize: 5,
  build: "simd",
} as const satisfies ModelOptions;

const models: Model[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.close();
});

export async function newModel(options: Partial<ModelOptions> = {}): Promise<Model> {
  const model = await createModel({ ...OPTIONS, ...options });
  models.push(model);
  return model;
}

export function batchOf({ config }: Model, n: number, seed = 1) {
  const { x, labels } = randomBatch({ ...config, batch: n }, seed);
  return { x: Float32Array.from(x), labels };
}

export function lengthsOf({ config }: Model, n: number, seed = 1): Int32Array {
  const random = randomNumbers(seed);
  return Int32Array.from({ length: n }, () => Math.floor(random() * (config.timeSteps + 1)));
}

export function datasetOf(model: Model, count: number, seed = 1, lengths?: Int32Array): Dataset {
  const { timeSteps, features, classes } = model.config;
  const { x, labels } = batchOf(model, count, seed);
  // A dataset's values behind a sequence's end are zero.
  const ended = (i: number) =>
    Math.floor(i / features) % timeSteps >= (lengths?.[Math.floor(i / (timeSteps * features))] ?? timeSteps);
  for (let i = 0; i < x.length; i++) if (ended(i)) x[i] = 0;
  return Dataset.fromFloats({ values: x, labels, timeSteps, features, classes, lengths });
}

export async function weights64(model: Model): Promise<Weights64> {
  return new Map([...(await model.weights())].map(([name, { data }]) => [name, Float64Array.from(data)]));
}

/** Weights [name, words], comparable to the bit. */
export function bitsOf(weights: Tensors): [string, Uint32Array][] {
  return [...weights].map(([name, { data }]) => [name, new Uint32Array(data.slice().buffer)]);
}

/** Steps [from, to) of every sequence of x [n,T,I]. */
export function stepsOf(x: Float32Array, { config }: Model, from: number, to: number): Float32Array {
  const { timeSteps: T, features: I } = config;
  return x.filter((_, i) => {
    const t = Math.floor(i / I) % T;
    return t >= from && t < to;
  });
}

export function expectWithin(actual: ArrayLike<number>, expected: ArrayLike<number>, bound: number): void {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values, expected ${expected.length}`);
  for (let i = 0; i < actual.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= bound)) {
      throw new Error(`element ${i} is ${actual[i]}, expected ${expected[i]} within ${bound}`);
    }
  }
}
