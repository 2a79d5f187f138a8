// The files through which every contender gets the same weights and batches.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../data/random.ts";
import { createModel } from "../index.ts";
import type { Order, Sizes } from "./protocol.ts";
import { modelOf } from "./workload.ts";

const LEARNING_RATE = 0.001;
const FORGET_BIAS = 1;
// Enough of them that no contender learns them by heart: gradients would fade into denormal numbers.
const BATCHES = 32;
const MOST_VALUES = 4e6;

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
