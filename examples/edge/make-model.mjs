// Trains a small classifier of made-up sensors, and writes it packed, with a recording to run it on.
// `node make-model.mjs [folder]` writes model.bin, model-int8.bin and recording.bin.
import { mkdirSync, writeFileSync } from "node:fs";
import { applyScaler, createModel, Dataset, fitScaler } from "wasm-lstm";
import { packModel } from "wasm-lstm/edge";
import { CLASSES, encodeRecording, FEATURES, sensorWindows, WINDOW } from "./sensors.mjs";

const folder = process.argv[2] ?? "out";

const { values, labels } = sensorWindows(60, 0, 1);
const windows = Dataset.fromFloats({
  values,
  labels,
  timeSteps: WINDOW,
  features: FEATURES,
  classes: 6,
  classNames: CLASSES,
});
const scaler = fitScaler(windows, "standard");
const model = await createModel({
  timeSteps: WINDOW,
  features: FEATURES,
  layers: [{ units: 16 }],
  classes: CLASSES.length,
  batchSize: 32,
  learningRate: 0.01,
  reproducible: true,
});
await model.fit(applyScaler(windows, scaler), { updates: 150 });
const preparation = { scaler, classNames: CLASSES };
mkdirSync(folder, { recursive: true });
for (const precision of ["f32", "int8"]) {
  const name = precision === "f32" ? "model.bin" : "model-int8.bin";
  writeFileSync(
    `${folder}/${name}`,
    packModel(model.config, await model.weights(), { precision, preparation }),
  );
}
writeFileSync(`${folder}/recording.bin`, encodeRecording(sensorWindows(8, 0, 2)));
model.close();
