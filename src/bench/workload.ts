// The models and batches that are measured, and the files through which every contender gets the same ones.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../data/random.ts";
import { createModel, type LayerOptions, type ModelOptions } from "../index.ts";
import type { Order, Sizes } from "./protocol.ts";

/** The model of the tutorial that the project began with. */
export const REFERENCE: Sizes = {
  batchSize: 128,
  timeSteps: 28,
  features: 28,
  projectionUnits: 128,
  units: 128,
  classes: 10,
};

const LEARNING_RATE = 0.001;
const FORGET_BIAS = 1;
// Enough of them that no contender learns them by heart: gradients would fade into denormal numbers.
const BATCHES = 32;
const MOST_VALUES = 4e6;

/** Other members of the family, of the reference model's sizes; what they cost is counted by the library. */
export const VARIANTS = {
  lstm: (units: number) => [{ units }],
  stack: (units: number) => [{ units }, { units }],
  bidirectional: (units: number) => [{ units, bidirectional: true }],
  lengths: (units: number) => [{ units }],
  gru: (units: number) => [{ units, type: "gru" }],
  "gru-before": (units: number) => [{ units, type: "gru", resetAfter: false }],
  rnn: (units: number) => [{ units, type: "rnn" }],
} satisfies Record<string, (units: number) => LayerOptions[]>;
export type Variant = keyof typeof VARIANTS;

/** A model's sizes as options of the library. */
export function modelOf({ units, ...sizes }: Sizes, forgetBias: number, variant?: Variant): ModelOptions {
  return { ...sizes, layers: variant ? VARIANTS[variant](units) : [{ units, forgetBias }] };
}

/** Lengths of a batch, from half of the steps to all of them; the first is of all. */
export function lengthsOf({ batchSize, timeSteps }: Sizes): Int32Array {
  const random = new Random(2);
  const half = Math.ceil(timeSteps / 2);
  return Int32Array.from({ length: batchSize }, (_, i) =>
    i === 0 ? timeSteps : half + random.below(timeSteps - half + 1),
  );
}

/** Writes weights and batches of a model into `folder`. */
export async function writeOrder(folder: string, sizes: Sizes, batches?: number): Promise<Order> {
  const name = Object.values(sizes).join("-");
  const model = await createModel({
    ...modelOf(sizes, FORGET_BIAS),
    kernelInitializer: "randomNormal",
    build: "scalar",
  });
  const weights = join(folder, `${name}.safetensors`);
  writeFileSync(weights, await model.save());
  model.close();
  const values = sizes.batchSize * sizes.timeSteps * sizes.features;
  const count = batches ?? Math.max(1, Math.min(BATCHES, Math.floor(MOST_VALUES / values)));
  const path = join(folder, `${name}-${count}.batches`);
  writeFileSync(path, batchBytes(sizes, count));
  return {
    sizes,
    threads: 1,
    learningRate: LEARNING_RATE,
    forgetBias: FORGET_BIAS,
    weights,
    data: { path, batches: count, rows: sizes.batchSize },
    options: {},
  };
}

// Uniform values from 0 to 1 and labels that have nothing to do with them.
function batchBytes(sizes: Sizes, count: number): Uint8Array {
  const random = new Random(1);
  const rows = count * sizes.batchSize;
  const x = Float32Array.from(
    { length: rows * sizes.timeSteps * sizes.features },
    () => random.uint32() / 2 ** 32,
  );
  const labels = Int32Array.from({ length: rows }, () => random.below(sizes.classes));
  return Buffer.concat([Buffer.from(x.buffer), Buffer.from(labels.buffer)]);
}
