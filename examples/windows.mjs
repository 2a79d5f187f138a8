// Your own CSV: one row a sample, a column that says which window it belongs to, and one with its class. Run:
// node examples/make-windows.mjs windows && node examples/windows.mjs windows; ends at 0.990.
import { readFileSync } from "node:fs";
import { applyScaler, createModel, fitScaler, sequencesFromCsv } from "wasm-lstm";

const folder = process.argv[2] ?? "windows";
const read = (name, known) =>
  sequencesFromCsv(readFileSync(`${folder}/${name}`, "utf8"), name, { sequenceColumn: "window", ...known });
const raw = read("train.csv");
const scaler = fitScaler(raw, "standard");
const { timeSteps, features, classNames } = raw;

const classes = classNames.length;
const model = await createModel({ timeSteps, features, units: 32, classes, batchSize: 32, seed: 1 });
await model.fit(applyScaler(raw, scaler), { epochs: 40 });
// The classes of the training in their order, should the test lack one.
const test = read("test.csv", { classNames, timeSteps });
const { accuracy } = await model.evaluate(applyScaler(test, scaler));
console.log(`test accuracy ${accuracy.toFixed(3)}`);
