// Files to try with: made-up windows of a sensor on the wrist, 15 to 25 samples each, one row a sample. Run:
// node examples/make-windows.mjs FOLDER; writes train.csv and test.csv of six people, and new.csv without the answers.
import { mkdirSync, writeFileSync } from "node:fs";
import { CLASSES, draws, FEATURES, sensorWindows, WINDOW } from "./edge/sensors.mjs";

const folder = process.argv[2] ?? "windows";
const CHANNELS = ["ax", "ay", "az", "gx", "gy", "gz"];

function csv(people, seed, answers) {
  const lines = [["window", ...(answers ? ["label"] : []), ...CHANNELS].join(",")];
  const draw = draws(seed);
  for (const person of people) {
    const { values, labels } = sensorWindows(25, person, seed + person);
    for (const [n, label] of labels.entries()) {
      const steps = WINDOW - Math.floor(11 * draw());
      for (let t = 0; t < steps; t++) {
        const from = (n * WINDOW + t) * FEATURES;
        const sample = [...values.subarray(from, from + FEATURES)].map((value) => value.toFixed(3));
        lines.push([`p${person}w${n}`, ...(answers ? [CLASSES[label]] : []), ...sample].join(","));
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/train.csv`, csv([1, 2, 3, 4, 5, 6], 1, true));
writeFileSync(`${folder}/test.csv`, csv([1, 2, 3, 4, 5, 6], 20, true));
writeFileSync(`${folder}/new.csv`, csv([1, 2, 3, 4, 5, 6], 40, false));
