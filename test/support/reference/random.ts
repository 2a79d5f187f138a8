// Random weights and batches from a seed. Each value is exact in float32, so any side can start from it.

import type { BatchOptions64, Masks64 } from "./forward.ts";
import { cellUnits, directions, headInputs, hiddenUnits, layerInputs, type ReferenceModel } from "./model.ts";
import { makeWeights, type Weights64 } from "./weights.ts";

/** Uniform numbers in [0, 1) from a seed: mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform in [-scale, scale), biases too. */
export function randomWeights(model: ReferenceModel, seed: number, scale = 0.5): Weights64 {
  const random = randomNumbers(seed);
  return makeWeights(model, (size) => symmetric(random, size, scale));
}

/** x [B,T,I] uniform in [-1, 1); labels below C [B], or [B,T] if the head reads every step. */
export function randomBatch(model: ReferenceModel, seed: number): { x: Float64Array; labels: Int32Array } {
  const { batch: B, timeSteps: T, features: I, head } = model;
  const random = randomNumbers(seed);
  const x = symmetric(random, B * T * I, 1);
  const labels = Int32Array.from({ length: items(model) }, () => Math.floor(random() * head.units));
  return { x, labels };
}

/** [B,C], or [B,T,C] if the head reads every step: in [-1, 1) of a linear head, else in [0, 1], many at its ends. */
export function randomTargets(model: ReferenceModel, seed: number): Float64Array {
  const random = randomNumbers(seed);
  const values = symmetric(random, items(model) * model.head.units, 1);
  return model.head.type === "linear" ? values : values.map((v) => Math.max(0, Math.min(1, 2 * v)));
}

/** Values in [-1, 1) for h and c before the first step, of each layer and direction. */
export function randomStates(
  model: ReferenceModel,
  seed: number,
): NonNullable<BatchOptions64["initialStates"]> {
  const random = randomNumbers(seed);
  return model.layers.map((layer) =>
    directions(layer).map(() => ({
      h: symmetric(random, model.batch * hiddenUnits(layer), 1),
      c: symmetric(random, model.batch * cellUnits(layer), 1),
    })),
  );
}

/** 1/(1-p) with probability 1-p, else 0, wherever the model has a dropout p above 0. */
export function randomMasks(model: ReferenceModel, seed: number): Masks64 {
  const { batch: B, timeSteps: T, features: I, layers, head } = model;
  const random = randomNumbers(seed);
  const mask = (size: number, p: number) =>
    p > 0
      ? Float64Array.from({ length: size }, () => (random() < p ? 0 : Math.fround(1 / (1 - p))))
      : undefined;
  return {
    inputs: layers.map(({ dropout }, l) => mask(B * T * (l === 0 ? I : layerInputs(model, l)), dropout)),
    recurrent: layers.map((layer) =>
      directions(layer).map(() => mask(B * hiddenUnits(layer), layer.recurrentDropout)),
    ),
    head: mask(items(model) * headInputs(model), head.dropout),
  };
}

function items({ batch, timeSteps, head }: ReferenceModel): number {
  return head.everyStep ? batch * timeSteps : batch;
}

function symmetric(random: () => number, size: number, scale: number): Float64Array {
  return Float64Array.from({ length: size }, () => Math.fround((2 * random() - 1) * scale));
}
