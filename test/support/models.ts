// Small models for tests of the host: made, closed after each test, fed from the reference's random numbers.

import { afterEach } from "vitest";
import {
  type CellState,
  createModel,
  Dataset,
  type DatasetParts,
  type Model,
  type ModelOptions,
  type Tensors,
} from "../../src/index.ts";
import {
  type BatchOptions64,
  completeModel,
  type ReferenceModel,
  randomBatch,
  randomNumbers,
  randomStates,
  randomTargets,
  type Weights64,
  weightShapes,
} from "./reference/index.ts";

/** One LSTM and a softmax, unless told otherwise. */
export const OPTIONS = {
  timeSteps: 6,
  features: 4,
  projectionUnits: 3,
  units: 11,
  classes: 5,
  batchSize: 5,
  build: "simd",
} as const satisfies ModelOptions;

/** A model of the sources or of the built package. */
export type Configured = Pick<Model, "config">;

const models: Model[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.close();
});

/** OPTIONS with these; layers and head take the place of units and classes. */
export function optionsOf(options: Partial<ModelOptions> = {}): ModelOptions {
  const { units, classes, ...common } = OPTIONS;
  return { ...common, ...(!options.layers && { units }), ...(!options.head && { classes }), ...options };
}

export async function newModel(options: Partial<ModelOptions> = {}): Promise<Model> {
  return closedAfterwards(await createModel(optionsOf(options)));
}

export function closedAfterwards(model: Model): Model {
  models.push(model);
  return model;
}

/** The reference's model of the same architecture, for batches of so many sequences. */
export function referenceOf({ config }: Configured, batch: number): ReferenceModel {
  const { timeSteps, features, projectionUnits, layers, head, classWeights } = config;
  return completeModel({ batch, timeSteps, features, projectionUnits, layers, head, classWeights });
}

/** n sequences and what they should give, as trainOnBatch and the reference take them. */
export function batchOf(model: Configured, n: number, seed = 1) {
  const reference = referenceOf(model, n);
  const { x, labels } = randomBatch(reference, seed);
  const targets =
    reference.head.type === "softmax" ? labels : Float32Array.from(randomTargets(reference, seed + 1));
  return { x: Float32Array.from(x), targets };
}

export function lengthsOf({ config }: Configured, n: number, seed = 1): Int32Array {
  const random = randomNumbers(seed);
  return Int32Array.from({ length: n }, () => Math.floor(random() * (config.timeSteps + 1)));
}

/** The same sequences as batchOf's, but zero behind their ends: what a dataset of them is made of. */
export function partsOf(
  model: Configured,
  count: number,
  seed = 1,
  { lengths, sampleWeights }: { lengths?: Int32Array; sampleWeights?: Float32Array } = {},
): DatasetParts<Float32Array> {
  const { timeSteps, features, head } = model.config;
  const { x: values, targets } = batchOf(model, count, seed);
  const hasEnded = (i: number) => {
    const step = Math.floor(i / features);
    return step % timeSteps >= (lengths?.[Math.floor(step / timeSteps)] ?? timeSteps);
  };
  for (let i = 0; i < values.length; i++) if (hasEnded(i)) values[i] = 0;
  const truth =
    head.type === "softmax" ? { labels: targets, classes: head.units } : { targets, outputs: head.units };
  return { values, timeSteps, features, everyStep: head.everyStep, ...truth, lengths, sampleWeights };
}

export function datasetOf(...parts: Parameters<typeof partsOf>): Dataset {
  return Dataset.fromFloats(partsOf(...parts));
}

/** Random states before the first step of n sequences: the library's, and the same as the reference's. */
export function statesOf(
  model: Configured,
  n: number,
  seed = 1,
): { initialState: CellState[]; initialStates: NonNullable<BatchOptions64["initialStates"]> } {
  const initialStates = randomStates(referenceOf(model, n), seed);
  const initialState = initialStates.flat().map(({ h, c }) => ({
    h: Float32Array.from(h!),
    ...(c && c.length > 0 && { c: Float32Array.from(c) }),
  }));
  return { initialState, initialStates };
}

/** Those of the library as the reference takes them. */
export function states64(
  model: Configured,
  states: readonly CellState[],
): NonNullable<BatchOptions64["initialStates"]> {
  let k = 0;
  return model.config.layers.map(({ bidirectional }) =>
    (bidirectional ? [0, 1] : [0]).map(() => states[k++]),
  );
}

export async function weights64(model: Pick<Model, "weights">): Promise<Weights64> {
  return new Map([...(await model.weights())].map(([name, { data }]) => [name, Float64Array.from(data)]));
}

export function tensorsOf(model: Configured, weights: Weights64): Tensors {
  return new Map(
    [...weightShapes(referenceOf(model, 1))].map(([name, shape]) => [
      name,
      { shape, data: Float32Array.from(weights.get(name)!) },
    ]),
  );
}

/** Weights [name, words], comparable to the bit. */
export function bitsOf(weights: Tensors): [string, Uint32Array][] {
  return [...weights].map(([name, { data }]) => [name, new Uint32Array(data.slice().buffer)]);
}

/** x [n,T,I] as [T,n,I]. */
export function timeMajorOf({ config }: Configured, x: Float32Array): Float32Array {
  const { timeSteps: T, features: I } = config;
  const n = x.length / (T * I);
  return x.map((_, i) => {
    const t = Math.floor(i / (n * I));
    const b = Math.floor(i / I) % n;
    return x[(b * T + t) * I + (i % I)];
  });
}

/** Steps [from, to) of every sequence of values [n,T,width]. */
export function stepsOf<A extends Float32Array | Int32Array>(
  values: A,
  { config: { timeSteps: T, features } }: Configured,
  from: number,
  to: number,
  width = features,
): A {
  return values.filter((_, i) => {
    const t = Math.floor(i / width) % T;
    return t >= from && t < to;
  }) as A;
}

/** Sequences [from, to) of x [n,T,I]. */
export function rowsOf(x: Float32Array, { config }: Configured, from: number, to: number): Float32Array {
  const size = config.timeSteps * config.features;
  return x.slice(from * size, to * size);
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

export function expectTensorsWithin(actual: Tensors, expected: Weights64, bound: number): void {
  const shapes = [...actual].map(([name, { shape }]) => [name, shape.reduce((a, b) => a * b, 1)]);
  const wanted = [...expected].map(([name, { length }]) => [name, length]);
  if (JSON.stringify(shapes) !== JSON.stringify(wanted)) throw new Error(`${shapes}, expected ${wanted}`);
  for (const [name, { data }] of actual) {
    try {
      expectWithin(data, expected.get(name)!, bound);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`);
    }
  }
}
