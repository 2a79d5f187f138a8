// What is known of one sequence as people have it -> its row of a batch's labels or targets, checked and padded.

import type { Batch } from "./batch-views.ts";
import type { DataShape } from "./shape.ts";
import { copySteps, countSteps } from "./step-rows.ts";
import { isClass } from "./truth.ts";

/** The one of these that the shape asks for, or none of them. */
export interface SequenceTruth {
  /** Class index, 0 to classes - 1. */
  label?: number;
  /** Class index of each step, [steps]. */
  labels?: ArrayLike<number>;
  /** Numbers to predict, [outputs]; a number alone will do for one output. */
  target?: number | ArrayLike<number>;
  /** Numbers to predict at each step, nested or one row after another, [steps, outputs]. */
  targets?: readonly (number | ArrayLike<number>)[] | Float32Array;
}

/** Steps first ... first + length - 1 of all that the sequence has are kept. */
export interface Span {
  steps: number;
  first: number;
  length: number;
}

const FIELDS = ["label", "labels", "target", "targets"] as const;
const EXPECTED = {
  label: "a label, its class index",
  labels: "labels, a class index for each step",
  target: "a target, numbers to predict",
  targets: "targets, numbers to predict at each step",
  none: "no label and no target, as neither classes nor outputs are given",
};

/** Which of a sequence's fields the shape asks for. */
function fieldOf({ truth, everyStep }: DataShape): keyof typeof EXPECTED {
  if (truth === "classes") return everyStep ? "labels" : "label";
  if (truth === "targets") return everyStep ? "targets" : "target";
  return "none";
}

/** Writes row `row` of the batch's labels or targets. */
export function writeTruth(
  shape: DataShape,
  sequence: SequenceTruth,
  span: Span,
  batch: Batch,
  row: number,
  where: string,
): void {
  const expected = fieldOf(shape);
  const given = FIELDS.filter((field) => sequence[field] !== undefined);
  if (given.length > 1 || (given[0] ?? "none") !== expected) {
    throw new RangeError(`${where} must have ${EXPECTED[expected]}, got ${given.join(" and ") || "none"}`);
  }
  const { timeSteps: T, outputs: C } = shape;
  if (expected === "label") batch.labels[row] = classOf(sequence.label!, C, where);
  if (expected === "labels") {
    writeLabels(sequence.labels!, C, span, batch.labels.subarray(row * T, (row + 1) * T), where);
  }
  if (expected === "target") {
    writeTarget(sequence.target!, batch.targets.subarray(row * C, (row + 1) * C), where);
  }
  if (expected === "targets") {
    const rows = nested(sequence.targets!);
    checkSteps("a row of targets", countSteps(rows, C, "targets", where), span, where);
    const out = batch.targets.subarray(row * T * C, (row + 1) * T * C);
    copySteps(rows, span.first, span.length, out, C, "target", where);
  }
}

/** `out` has all time steps; -1 behind the sequence's end. */
function writeLabels(
  labels: ArrayLike<number>,
  classes: number,
  span: Span,
  out: Int32Array,
  where: string,
): void {
  checkSteps("a label", labels.length, span, where);
  for (let step = 0; step < span.length; step++) {
    const own = span.first + step;
    out[step] = classOf(labels[own], classes, `${where}, step ${own}`);
  }
  out.fill(-1, span.length);
}

function writeTarget(target: number | ArrayLike<number>, out: Float32Array, where: string): void {
  const numbers = typeof target === "number" ? [target] : target;
  if (numbers.length !== out.length) {
    throw new RangeError(`${where} must have a target of ${out.length} numbers, got ${numbers.length}`);
  }
  for (let i = 0; i < out.length; i++) {
    out[i] = numbers[i];
    if (typeof numbers[i] === "number" && Number.isFinite(out[i])) continue;
    throw new RangeError(`${where}, target ${i} must be a finite float32, got ${numbers[i]}`);
  }
}

function classOf(label: number, classes: number, where: string): number {
  if (isClass(label, classes)) return label;
  throw new RangeError(`${where}: label must be a whole number from 0 to ${classes - 1}, got ${label}`);
}

function checkSteps(what: string, count: number, { steps }: Span, where: string): void {
  if (count === steps) return;
  throw new RangeError(`${where} must have ${what} for each of its ${steps} steps, got ${count}`);
}

function nested(targets: NonNullable<SequenceTruth["targets"]>): readonly ArrayLike<number>[] | Float32Array {
  if (targets instanceof Float32Array || !Array.isArray(targets)) return targets as Float32Array;
  return targets.map((row) => (typeof row === "number" ? [row] : row));
}
