// More time steps for a dataset, so that it fits a model or another dataset.

import { Dataset } from "./dataset.ts";
import { zeroValues } from "./sizes.ts";

/** The same sequences in `timeSteps` steps each, padded at the end; the dataset itself if it has as many. */
export function padSteps(dataset: Dataset, timeSteps: number): Dataset {
  const { name, count, features, everyStep, outputs, truth } = dataset;
  const T = dataset.timeSteps;
  if (!Number.isInteger(timeSteps) || timeSteps < T) {
    throw new RangeError(`${name}: timeSteps must be a whole number from ${T}, got ${timeSteps}`);
  }
  if (timeSteps === T) return dataset;
  const parts = dataset.parts();
  const values = zeroValues(count, timeSteps, features, name);
  for (let i = 0; i < count; i++) dataset.copyRow(i, values, i * timeSteps * features);
  const lengths = dataset.lengths ?? new Int32Array(count).fill(T);
  const wider = { ...parts, values, timeSteps, lengths };
  if (!everyStep) return Dataset.fromFloats(wider);
  if (truth === "classes") {
    const labels = new Int32Array(count * timeSteps).fill(-1);
    for (let i = 0; i < count; i++) labels.set(dataset.labels.subarray(i * T, (i + 1) * T), i * timeSteps);
    return Dataset.fromFloats({ ...wider, labels });
  }
  const C = outputs;
  const targets = zeroValues(count, timeSteps, C, name);
  for (let i = 0; i < count; i++) {
    targets.set(dataset.targets.subarray(i * T * C, (i + 1) * T * C), i * timeSteps * C);
  }
  return Dataset.fromFloats({ ...wider, targets });
}
