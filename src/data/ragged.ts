// Sequences of unequal length -> a dataset, padded with zeros at the end. The door for people's own sequences.

import { listNames } from "./class-names.ts";
import { Dataset } from "./dataset.ts";
import { checkSize, zeroValues } from "./dataset-parts.ts";

export interface LabelledSequence {
  /** One row of features per step, or the rows one after another, [steps, features]. */
  values: readonly ArrayLike<number>[] | Float32Array;
  /** Class index, 0 to classes - 1. */
  label: number;
}

export interface FromSequencesOptions {
  features: number;
  /** How many classes; needed unless classNames says it. */
  classes?: number;
  classNames?: readonly string[];
  /** Steps of the dataset; absent: those of the longest sequence. */
  timeSteps?: number;
  /** Where a sequence of more than timeSteps loses steps: at its end, or at its start. Absent: it is an error. */
  truncate?: "end" | "start";
  /** Whether a sequence may have no steps at all; it must not unless told. */
  allowEmpty?: boolean;
  /** Named in errors. */
  name?: string;
}

/** The dataset has lengths if a sequence is shorter than its timeSteps; else all are full. */
export function fromSequences(
  sequences: readonly LabelledSequence[],
  options: FromSequencesOptions,
): Dataset {
  const { features, classNames, truncate, allowEmpty = false, name = "sequences" } = options;
  const classes = options.classes ?? classNames?.length;
  checkSize("features", features, name);
  if (classes === undefined) throw new RangeError(`${name}: expected classes or classNames, got neither`);
  checkSize("classes", classes, name);
  if (classes < 2) {
    const got = classNames === undefined ? "" : ` (${listNames(classNames)})`;
    throw new RangeError(`${name}: a classifier needs at least 2 classes, got ${classes}${got}`);
  }
  if (truncate !== undefined && truncate !== "end" && truncate !== "start") {
    throw new RangeError(`${name}: truncate must be "end" or "start", got ${truncate}`);
  }
  if (sequences.length === 0) throw new RangeError(`${name}: expected at least 1 sequence, got 0`);

  const steps = sequences.map(({ values }, i) => countSteps(values, i, features, name));
  const empty = allowEmpty ? -1 : steps.indexOf(0);
  if (empty !== -1) throw new RangeError(`${name}: sequence ${empty} must have at least 1 step, got 0`);
  const longest = steps.reduce((a, b) => Math.max(a, b));
  const timeSteps = options.timeSteps ?? longest;
  if (options.timeSteps === undefined && longest === 0) {
    throw new RangeError(`${name}: expected timeSteps or a sequence with steps, got neither`);
  }
  checkSize("timeSteps", timeSteps, name);
  if (longest > timeSteps && truncate === undefined) {
    const i = steps.findIndex((n) => n > timeSteps);
    throw new RangeError(
      `${name}: sequence ${i} must have at most ${timeSteps} steps, or truncate be given, got ${steps[i]} steps`,
    );
  }

  const rowLength = timeSteps * features;
  const values = zeroValues(sequences.length, timeSteps, features, name);
  const lengths = Int32Array.from(steps, (n) => Math.min(n, timeSteps));
  for (const [i, sequence] of sequences.entries()) {
    const from = truncate === "start" ? steps[i] - lengths[i] : 0;
    const out = values.subarray(i * rowLength, i * rowLength + lengths[i] * features);
    copySteps(sequence.values, out, i, from, features, name);
  }
  return Dataset.fromFloats({
    values,
    labels: Int32Array.from(checkedLabels(sequences, classes, name)),
    timeSteps,
    features,
    classes,
    lengths: lengths.every((n) => n === timeSteps) ? undefined : lengths,
    classNames,
    name,
  });
}

function countSteps(
  values: LabelledSequence["values"],
  index: number,
  features: number,
  name: string,
): number {
  if (values instanceof Float32Array) {
    if (values.length % features === 0) return values.length / features;
    throw new RangeError(
      `${name}: sequence ${index} must have whole steps of ${features} features, got ${values.length} values`,
    );
  }
  if (!Array.isArray(values)) {
    throw new TypeError(
      `${name}: sequence ${index} must be an array of steps or a Float32Array, got ${typeof values}`,
    );
  }
  for (let step = 0; step < values.length; step++) {
    if (values[step]?.length !== features) {
      const got = values[step]?.length === undefined ? typeof values[step] : values[step].length;
      throw new RangeError(
        `${name}: sequence ${index}, step ${step} must have ${features} features, got ${got}`,
      );
    }
  }
  return values.length;
}

/** Steps `from` onwards, until `out` [steps, features] is full. */
function copySteps(
  values: LabelledSequence["values"],
  out: Float32Array,
  index: number,
  from: number,
  features: number,
  name: string,
): void {
  const flat = values instanceof Float32Array;
  for (let i = 0; i < out.length; i++) {
    const step = from + Math.floor(i / features);
    const value = flat ? values[from * features + i] : values[step][i % features];
    out[i] = value;
    // A string among the numbers would be converted; a number beyond float32 would become infinite.
    if (typeof value !== "number" || !Number.isFinite(out[i])) {
      throw new RangeError(
        `${name}: sequence ${index}, step ${step}, feature ${i % features} must be a finite float32, got ${value}`,
      );
    }
  }
}

function checkedLabels(sequences: readonly LabelledSequence[], classes: number, name: string): number[] {
  return sequences.map(({ label }, i) => {
    if (Number.isInteger(label) && label >= 0 && label < classes) return label;
    throw new RangeError(
      `${name}: label of sequence ${i} must be a whole number from 0 to ${classes - 1}, got ${label}`,
    );
  });
}
