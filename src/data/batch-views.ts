// Memory for a batch of sequences, row by row; who gives it and what fills it does not matter.

import { type DataShape, labelsEach, targetsEach } from "./shape.ts";
import { zeroValues } from "./sizes.ts";

/** Where a batch of n sequences goes: each view has room for n rows or more. A view left out is not filled. */
export interface BatchViews {
  /** [n, timeSteps, features] */
  x: Float32Array;
  /** [n], or [n, timeSteps] everyStep: class indices, -1 where a sequence has ended. */
  labels?: Int32Array;
  /** [n, outputs], or [n, timeSteps, outputs] everyStep. */
  targets?: Float32Array;
  /** [n]; 1 each where the data has none. */
  sampleWeights?: Float32Array;
  /** [n], steps of each sequence; timeSteps each where the data has none. */
  lengths?: Int32Array;
}

/** A batch in memory of its own: labels and targets are empty, lengths and sampleWeights absent, if the data has none. */
export interface Batch extends BatchViews {
  labels: Int32Array;
  targets: Float32Array;
}

/** Zeros for n sequences. */
export function emptyBatch(shape: DataShape, n: number): Batch {
  const { timeSteps, features, name } = shape;
  return {
    x: zeroValues(n, timeSteps, features, name),
    labels: new Int32Array(n * labelsEach(shape)),
    targets: zeroValues(n, 1, targetsEach(shape), name),
    ...(shape.hasSampleWeights && { sampleWeights: new Float32Array(n) }),
    ...(shape.hasLengths && { lengths: new Int32Array(n) }),
  };
}

/** Throws a RangeError unless n is a batch size and every view has room for n rows. Allocates nothing if all is well. */
export function checkRoom(shape: DataShape, views: BatchViews, n: number): void {
  checkBatchSize(n);
  const { x, labels, targets, sampleWeights, lengths } = views;
  check("x", x, n, shape.timeSteps * shape.features);
  if (labels !== undefined) check("labels", labels, n, labelsEach(shape));
  if (targets !== undefined) check("targets", targets, n, targetsEach(shape));
  if (sampleWeights !== undefined) check("sampleWeights", sampleWeights, n, 1);
  if (lengths !== undefined) check("lengths", lengths, n, 1);
}

export function checkBatchSize(n: number): void {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new RangeError(`batch size must be a whole number from 1, got ${n}`);
  }
}

function check(view: string, { length }: ArrayLike<number>, n: number, each: number): void {
  if (length >= n * each) return;
  throw new RangeError(`${view} must have room for ${n} sequences, ${n * each} values, got ${length}`);
}

/** Row `from` of a batch to row `to` of the views. */
export function copyRow(shape: DataShape, batch: Batch, from: number, views: BatchViews, to: number): void {
  copyPart(batch.x, from, views.x, to, shape.timeSteps * shape.features);
  if (views.labels !== undefined) copyPart(batch.labels, from, views.labels, to, labelsEach(shape));
  if (views.targets !== undefined) copyPart(batch.targets, from, views.targets, to, targetsEach(shape));
  if (views.sampleWeights !== undefined) views.sampleWeights[to] = batch.sampleWeights?.[from] ?? 1;
  if (views.lengths !== undefined) views.lengths[to] = batch.lengths?.[from] ?? shape.timeSteps;
}

type Numbers = Float32Array | Int32Array | Uint8Array;

/** Row `from` of [rows, each] to row `to` of another; no array is made on the way. */
export function copyPart(source: Numbers, from: number, out: Numbers, to: number, each: number): void {
  for (let i = 0; i < each; i++) out[to * each + i] = source[from * each + i];
}
