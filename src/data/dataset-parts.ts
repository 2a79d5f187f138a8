// What a dataset is made of, and the checks it goes through once. Nothing here keeps or copies values.

import { checkSize } from "./sizes.ts";
import { checkTruth, type Truth, type TruthParts } from "./truth.ts";

/** What a dataset is made of; the arrays are kept, not copied, and must not change afterwards. */
export interface DatasetParts<Values> extends TruthParts {
  /** [count, timeSteps, features], row-major. */
  values: Values;
  timeSteps: number;
  features: number;
  /** Steps of each sequence, 0 to timeSteps; the values of its steps from there on are 0. Absent: all are full. */
  lengths?: ArrayLike<number>;
  /** Factor of each sequence's loss in training, 0 or more. Absent: 1 each. */
  sampleWeights?: ArrayLike<number>;
  /** What each sequence is called where it came from. */
  ids?: readonly string[];
  /** Named in errors. */
  name?: string;
}

/** Checked parts; all but the values and names are typed arrays. */
export interface CheckedParts<Values> extends Truth {
  values: Values;
  count: number;
  timeSteps: number;
  features: number;
  lengths: Int32Array | undefined;
  sampleWeights: Float32Array | undefined;
  ids: readonly string[] | undefined;
  name: string;
}

/** Checks everything but the values themselves; values beyond a length must be 0. */
export function checkParts<Values extends ArrayLike<number>>(
  parts: DatasetParts<Values>,
): CheckedParts<Values> {
  const { values, timeSteps, features, ids, name = "dataset" } = parts;
  checkSize("timeSteps", timeSteps, name);
  checkSize("features", features, name);
  if (values.length % (timeSteps * features) !== 0) {
    const shape = `${timeSteps} steps x ${features} features`;
    throw new RangeError(`${name}: ${values.length} values are not whole sequences of ${shape}`);
  }
  const count = values.length / (timeSteps * features);
  const lengths = parts.lengths && checkLengths(parts.lengths, count, timeSteps, name);
  const truth = checkTruth(parts, { count, timeSteps, features, lengths }, name);
  if (lengths !== undefined) checkPadding(values, lengths, timeSteps, features, name);
  const sampleWeights = parts.sampleWeights && checkWeights(parts.sampleWeights, count, name);
  if (ids !== undefined) checkCount("id", ids, count, name);
  return { values, count, timeSteps, features, lengths, ...truth, sampleWeights, ids: ids?.slice(), name };
}

function checkCount(what: string, given: ArrayLike<unknown>, count: number, name: string): void {
  if (given.length === count) return;
  throw new RangeError(
    `${name}: expected one ${what} per sequence, got ${given.length} ${what}s and ${count} sequences`,
  );
}

function checkLengths(
  lengths: ArrayLike<number>,
  count: number,
  timeSteps: number,
  name: string,
): Int32Array {
  checkCount("length", lengths, count, name);
  for (let i = 0; i < count; i++) {
    const length = lengths[i];
    if (!Number.isInteger(length) || length < 0 || length > timeSteps) {
      throw new RangeError(
        `${name}: length ${i} must be a whole number from 0 to ${timeSteps}, got ${length}`,
      );
    }
  }
  return lengths instanceof Int32Array ? lengths : Int32Array.from(lengths);
}

function checkWeights(weights: ArrayLike<number>, count: number, name: string): Float32Array {
  checkCount("sample weight", weights, count, name);
  const floats = weights instanceof Float32Array ? weights : Float32Array.from(weights);
  const bad = floats.findIndex((weight) => !isWeight(weight));
  if (bad === -1) return floats;
  throw new RangeError(`${name}: sample weight ${bad} must be a finite float32 from 0, got ${weights[bad]}`);
}

export function isWeight(weight: number): boolean {
  return weight >= 0 && Number.isFinite(weight);
}

function checkPadding(
  values: ArrayLike<number>,
  lengths: Int32Array,
  timeSteps: number,
  features: number,
  name: string,
): void {
  for (let sample = 0; sample < lengths.length; sample++) {
    const end = (sample + 1) * timeSteps * features;
    for (let i = (sample * timeSteps + lengths[sample]) * features; i < end; i++) {
      if (values[i] === 0) continue;
      const step = Math.floor(i / features) % timeSteps;
      throw new RangeError(
        `${name}: value at sample ${sample}, step ${step}, feature ${i % features} must be 0, ` +
          `since the sequence has ${lengths[sample]} steps, got ${values[i]}`,
      );
    }
  }
}
