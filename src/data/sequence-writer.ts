// One sequence as people have it -> one row of a batch, checked, cut and padded.

import type { Batch } from "./batch-views.ts";
import { isWeight } from "./dataset-parts.ts";
import { type SequenceTruth, writeTruth } from "./sequence-truth.ts";
import type { DataShape } from "./shape.ts";
import { copySteps, countSteps, type StepRows } from "./step-rows.ts";

export interface LabelledSequence extends SequenceTruth {
  /** One row of features per step, or the rows one after another, [steps, features]. */
  values: StepRows;
  /** Factor of the sequence's loss in training, 0 or more; 1 unless told. */
  weight?: number;
  /** What the sequence is called where it came from. */
  id?: string;
}

export interface SequenceRules {
  /** Where a sequence of more than timeSteps loses steps: at its end, or at its start. Absent: it is an error. */
  truncate?: "end" | "start";
  /** Whether a sequence may have no steps at all; it must not unless told. */
  allowEmpty?: boolean;
}

export class SequenceWriter {
  readonly #shape: DataShape;
  readonly #rules: SequenceRules;

  constructor(shape: DataShape, rules: SequenceRules) {
    checkRules(rules, shape.name);
    this.#shape = shape;
    this.#rules = rules;
  }

  /** The sequence, number `index` from 0 in messages, to row `row` of the batch, whatever was there before. */
  write(sequence: LabelledSequence, index: number, batch: Batch, row: number): void {
    const { timeSteps: T, features: I, name } = this.#shape;
    const { truncate, allowEmpty = false } = this.#rules;
    const where = `${name}: sequence ${index}`;
    const { values, weight } = sequence;
    const steps = countSteps(values, I, "features", where);
    if (steps === 0 && !allowEmpty) throw new RangeError(`${where} must have at least 1 step, got 0`);
    if (steps > T && truncate === undefined) {
      throw new RangeError(`${where} must have at most ${T} steps, or truncate be given, got ${steps} steps`);
    }
    const length = Math.min(steps, T);
    const span = { steps, first: truncate === "start" ? steps - length : 0, length };
    copySteps(
      values,
      span.first,
      length,
      batch.x.subarray(row * T * I, (row + 1) * T * I),
      I,
      "feature",
      where,
    );
    writeTruth(this.#shape, sequence, span, batch, row, where);
    writeWeight(weight, batch.sampleWeights, row, where);
    if (batch.lengths !== undefined) batch.lengths[row] = length;
  }
}

function writeWeight(
  weight: number | undefined,
  out: Float32Array | undefined,
  row: number,
  where: string,
): void {
  if (out === undefined) {
    if (weight === undefined) return;
    throw new RangeError(`${where}: weight must be left out unless weighted is true, got ${weight}`);
  }
  out[row] = weight ?? 1;
  if (isWeight(out[row])) return;
  throw new RangeError(`${where}: weight must be a finite number from 0, got ${weight}`);
}

function checkRules({ truncate }: SequenceRules, name: string): void {
  if (truncate !== undefined && truncate !== "end" && truncate !== "start") {
    throw new RangeError(`${name}: truncate must be "end" or "start", got ${truncate}`);
  }
}
