// Adaptation on the device: a classifier of made-up sensors, trained on some people, meets another one. From its packed
// file and 50 windows of the newcomer it is trained further, all of it or its head alone, with the calls that a device
// has. Prints accuracy on 600 other windows of the newcomer before and after, and what memory training adds.
import { applyScaler, createModel, Dataset, fitScaler } from "wasm-lstm";
import {
  decodePacked,
  EdgeArray,
  EdgeUse,
  edgeFloats,
  edgeInts,
  openEdge,
  packModel,
  placeEdge,
} from "wasm-lstm/edge";
import { CLASSES, FEATURES, sensorWindows, WINDOW } from "./sensors.mjs";

const PEOPLE = [1, 2, 3, 4];
const NEWCOMER = 11;
const SAMPLES = 50;
const BATCH = 10;
const EPOCHS = 20;

// On a computer: train and pack.
const parts = PEOPLE.map((person) => sensorWindows(40, person, person));
const known = dataset(
  Float32Array.from(parts.flatMap(({ values }) => [...values])),
  Int32Array.from(parts.flatMap(({ labels }) => [...labels])),
);
const scaler = fitScaler(known, "standard");
const model = await createModel({
  timeSteps: WINDOW,
  features: FEATURES,
  units: 16,
  classes: CLASSES.length,
  batchSize: 32,
  learningRate: 0.01,
  reproducible: true,
});
await model.fit(applyScaler(known, scaler), { updates: 200 });
const file = packModel(model.config, await model.weights(), { preparation: { scaler, classNames: CLASSES } });
model.close();

// On the device: the file, and windows of the newcomer, scaled as the file says.
const own = windowsOf(sensorWindows(9, NEWCOMER, 77));
const others = windowsOf(sensorWindows(100, NEWCOMER, 78));
const start = await device(EdgeUse.Predict);
console.log(`before                    ${percent(accuracy(start, others))}`);
for (const [name, train] of [
  ["head alone, 50 windows", "wl_train_head"],
  ["all weights, 50 windows", "wl_train"],
]) {
  const learner = await device(EdgeUse.Train);
  learner.core.wl_set(learner.model, 0, 0.01); // WL_SETTING_LEARNING_RATE
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (let first = 0; first + BATCH <= SAMPLES; first += BATCH) {
      bring(learner, own, first, BATCH);
      ok(learner.core[train](learner.model, BATCH, 0), train);
    }
  }
  console.log(`${name.padEnd(25)} ${percent(accuracy(learner, others))}`);
}
const trains = await device(EdgeUse.Train);
console.log(`memory                    ${start.bytes} bytes to predict, ${trains.bytes} to train as well`);

// The packed model in a core of its own.
async function device(use) {
  const core = await openEdge("wasm-lstm-training");
  const packed = decodePacked(file, "the packed model");
  const at = core.wl_first_address();
  const bytes = placeEdge(core, at, packed.architecture, { batch: BATCH, use });
  edgeFloats(core, at, EdgeArray.Parameters).set(new Float32Array(packed.weights.buffer));
  ok(core.wl_pack(at), "wl_pack");
  return { core, model: at, bytes };
}

function accuracy({ core, model }, { x, labels }) {
  let hits = 0;
  for (let first = 0; first < labels.length; first += BATCH) {
    const n = Math.min(BATCH, labels.length - first);
    edgeFloats(core, model, EdgeArray.Input).set(
      x.subarray(first * WINDOW * FEATURES, (first + n) * WINDOW * FEATURES),
    );
    ok(core.wl_forward(model, n, 0), "wl_forward");
    const values = edgeFloats(core, model, EdgeArray.Outputs);
    for (let b = 0; b < n; b++) {
      const row = values.subarray(b * CLASSES.length, (b + 1) * CLASSES.length);
      if (row.indexOf(Math.max(...row)) === labels[first + b]) hits++;
    }
  }
  return hits / labels.length;
}

function bring({ core, model }, { x, labels }, first, n) {
  edgeFloats(core, model, EdgeArray.Input).set(
    x.subarray(first * WINDOW * FEATURES, (first + n) * WINDOW * FEATURES),
  );
  edgeInts(core, model, EdgeArray.Labels).set(labels.subarray(first, first + n));
}

function windowsOf({ values, labels }) {
  const { offset, scale } = scaler;
  return { x: values.map((value, i) => (value - offset[i % FEATURES]) / scale[i % FEATURES]), labels };
}

function dataset(values, labels) {
  return Dataset.fromFloats({
    values,
    labels,
    timeSteps: WINDOW,
    features: FEATURES,
    classes: CLASSES.length,
    classNames: CLASSES,
  });
}

function ok(result, call) {
  if (result < 0) throw new Error(`${call} returned ${result}`);
}

function percent(share) {
  return `${(100 * share).toFixed(1)} % of 600 windows`;
}
