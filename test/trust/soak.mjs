// Train, checkpoint, kill, resume, over and over: `node soak.mjs` is the training that gets killed. It makes 60 updates on
// one of three models, writes a checkpoint every fifth, and prints a line of JSON when it is done.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createModel, Dataset, decodeCheckpoint, encodeCheckpoint, resumeModel } from "wasm-lstm";
import { writeWhole } from "../../dist/src/files.js";

export const UPDATES = 60;
const EVERY = 5;

/** By number: plain, with all that is random, and on two threads. */
export const MODELS = [
  { timeSteps: 8, features: 5, units: 24, classes: 4, batchSize: 16 },
  {
    ...{ timeSteps: 8, features: 5, classes: 4, batchSize: 16, seed: 5, optimizer: "adamw" },
    layers: [
      { units: 12, bidirectional: true, dropout: 0.2 },
      { type: "gru", units: 10, recurrentDropout: 0.2 },
    ],
    ...{ clipNorm: 1, schedule: { type: "cosine", steps: UPDATES, warmup: 5 } },
  },
  { timeSteps: 8, features: 5, layers: [{ type: "rnn", units: 40 }], classes: 4, batchSize: 16, threads: 2 },
];

/** 90 sequences that are the same every time. */
export function soakData() {
  const values = Float32Array.from({ length: 90 * 40 }, (_, i) => Math.sin(i * i));
  const labels = Int32Array.from({ length: 90 }, (_, i) => (i * 7) % 4);
  return Dataset.fromFloats({ values, labels, timeSteps: 8, features: 5, classes: 4 });
}

/** Trains model number `k` to its end, from the checkpoint at `path` if there is one; returns the hash of its weights. */
export async function soakTraining(k, path) {
  const options = { ...MODELS[k], reproducible: true };
  const kept = path && existsSync(path) ? decodeCheckpoint(readFileSync(path), path) : undefined;
  const model = kept
    ? await resumeModel(kept, { threads: options.threads, reproducible: true })
    : await createModel(options);
  try {
    await model.fit(soakData(), {
      updates: UPDATES,
      resume: kept?.training,
      async onUpdate({ step, checkpoint }) {
        if (path && (step + 1) % EVERY === 0) writeWhole(path, encodeCheckpoint(await checkpoint()));
      },
    });
    const hash = createHash("sha256");
    for (const { data } of (await model.weights()).values()) hash.update(data);
    return hash.digest("hex");
  } finally {
    model.close();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [k, path] = process.argv.slice(2);
  console.log(await soakTraining(Number(k), path));
}
