// What the C program must print, by the TypeScript host: `node expect.mjs MODEL RECORDING`. Models of int8 weights
// predict alone.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createModel } from "wasm-lstm";
import { decodePacked, openEdge, PackedRunner, unpackModel } from "wasm-lstm/edge";

const STEPS = 20;
const BATCH = 16;

const file = readFileSync(process.argv[2]);
const packed = decodePacked(file, process.argv[2]);
const { classNames, scaling } = packed;
const { features: I } = packed.architecture;
const { samples, labels, window } = recordingOf(readFileSync(process.argv[3]));
const steps = samples.length / I;

if (packed.precision === "int8") {
  const runner = new PackedRunner(await openEdge("wasm-lstm-int8"), packed, { streams: true });
  for (let t = 0; t < steps; t++) printStep(t, runner.step(sampleAt(t)));
} else {
  const { architecture, weights } = unpackModel(file);
  const model = await createModel({ ...architecture, timeSteps: window, batchSize: BATCH, build: "simd" });
  await model.setWeights(weights);
  const stream = await model.stream();
  for (let t = 0; t < steps; t++) printStep(t, (await stream.push(sampleAt(t))).values);
  await train(model);
  model.close();
}

async function train(model) {
  const windows = Math.floor(steps / window);
  for (let step = 0; step < STEPS; step++) {
    const rows = Array.from({ length: BATCH }, (_, b) => (step * BATCH + b) % windows);
    const x = rows.flatMap((w) => [...samples.subarray(w * window * I, (w + 1) * window * I)]);
    const { loss } = await model.trainOnBatch(
      Float32Array.from(x),
      rows.map((w) => labels[w]),
    );
    console.log(
      `train ${String(step + 1).padStart(2)}  loss ${loss.toFixed(6)} (${hex(Float64Array.of(loss))})`,
    );
  }
  const digest = createHash("sha256");
  for (const { data } of (await model.weights()).values()) digest.update(data);
  console.log(`weights ${digest.digest("hex")}`);
}

// The class at the end of a window.
function printStep(t, values) {
  if ((t + 1) % window !== 0) return;
  const value = Math.max(...values);
  const name = classNames[values.indexOf(value)].padEnd(6);
  console.log(
    `step ${String(t + 1).padStart(4)}  ${name} ${value.toFixed(3)} (${hex(Float32Array.of(value))})`,
  );
}

function sampleAt(t) {
  return samples.subarray(t * I, (t + 1) * I);
}

// Scaled as the model reads it.
function recordingOf(bytes) {
  const { buffer } = new Uint8Array(bytes);
  const [, features, steps, window] = new Int32Array(buffer, 0, 4);
  const samples = new Float32Array(buffer, 16, steps * features).map(
    (value, i) => (value - scaling.offset[i % features]) / scaling.scale[i % features],
  );
  return { samples, labels: new Int32Array(buffer, 16 + 4 * steps * features), window };
}

function hex(number) {
  return Buffer.from(number.buffer).reverse().toString("hex");
}
