// Scaling of features, learnt on one dataset and applied to any: value -> (value - offset) / scale.
// Only the steps of a sequence count; its padding is neither looked at nor changed.

import { Dataset } from "./dataset.ts";
import { zeroValues } from "./sizes.ts";

/** Plain data, one offset and one scale per feature; it survives JSON. */
export interface Scaler {
  /** standard: mean 0 and variance 1; minmax: from 0 to 1. */
  kind: "standard" | "minmax";
  offset: number[];
  /** Above 0; 1 for a feature that is the same everywhere. */
  scale: number[];
}

/** Learns the scaling of each feature from all steps of all sequences, in float64. */
export function fitScaler(dataset: Dataset, kind: Scaler["kind"]): Scaler {
  checkKind(kind, dataset.name);
  const { features: I } = dataset;
  let steps = 0;
  const min = new Float64Array(I).fill(Number.POSITIVE_INFINITY);
  const max = new Float64Array(I).fill(Number.NEGATIVE_INFINITY);
  const sum = new Float64Array(I);
  forEachStep(dataset, (values, at) => {
    steps++;
    for (let i = 0; i < I; i++) {
      const value = values[at + i];
      if (value < min[i]) min[i] = value;
      if (value > max[i]) max[i] = value;
      sum[i] += value;
    }
  });
  if (steps === 0) throw new RangeError(`${dataset.name}: a scaler needs at least 1 step, got 0`);
  if (kind === "minmax") {
    return { kind, offset: [...min], scale: Array.from(max, (top, i) => (top > min[i] ? top - min[i] : 1)) };
  }
  // variance = sum (value - mean)^2 / steps, in a second pass: no cancellation of large squares.
  // The sum of up to 2^29 equal float32 is exact in float64, so a constant feature has variance 0.
  const mean = sum.map((total) => total / steps);
  const squares = new Float64Array(I);
  forEachStep(dataset, (values, at) => {
    for (let i = 0; i < I; i++) squares[i] += (values[at + i] - mean[i]) ** 2;
  });
  const deviation = Array.from(squares, (total) => Math.sqrt(total / steps));
  return {
    kind,
    offset: [...mean],
    scale: deviation.map((value) => value || 1),
  };
}

/** A scaled copy; padding stays 0. */
export function applyScaler(dataset: Dataset, scaler: Scaler): Dataset {
  const { name, count, timeSteps, features } = dataset;
  checkScaler(scaler, features, name);
  const { offset, scale } = scaler;
  const values = zeroValues(count, timeSteps, features, name);
  forEachStep(dataset, (from, at, sample, step) => {
    const to = (sample * timeSteps + step) * features;
    for (let i = 0; i < features; i++) values[to + i] = (from[at + i] - offset[i]) / scale[i];
  });
  return Dataset.fromFloats({ ...dataset.parts(), values });
}

/** Every step of every sequence: its features are values[at ... at + features - 1]. */
function forEachStep(
  dataset: Dataset,
  visit: (values: Float32Array, at: number, sample: number, step: number) => void,
): void {
  const { count, timeSteps, features, lengths } = dataset;
  const row = new Float32Array(timeSteps * features);
  for (let sample = 0; sample < count; sample++) {
    dataset.copyRow(sample, row, 0);
    const length = lengths?.[sample] ?? timeSteps;
    for (let step = 0; step < length; step++) visit(row, step * features, sample, step);
  }
}

function checkKind(kind: string, name: string): void {
  if (kind !== "standard" && kind !== "minmax") {
    throw new RangeError(`${name}: a scaler's kind must be "standard" or "minmax", got ${kind}`);
  }
}

export function checkScaler({ kind, offset, scale }: Scaler, features: number, name: string): void {
  checkKind(kind, name);
  for (const [what, numbers] of Object.entries({ offset, scale })) {
    if (!Array.isArray(numbers) || numbers.length !== features) {
      const got = Array.isArray(numbers) ? numbers.length : typeof numbers;
      throw new RangeError(`${name}: a scaler's ${what} must be ${features} numbers, got ${got}`);
    }
    const bad = numbers.findIndex((value) => !Number.isFinite(value) || (what === "scale" && value <= 0));
    if (bad === -1) continue;
    const expected = what === "scale" ? "a number above 0" : "a finite number";
    throw new RangeError(
      `${name}: a scaler's ${what} of feature ${bad} must be ${expected}, got ${numbers[bad]}`,
    );
  }
}
