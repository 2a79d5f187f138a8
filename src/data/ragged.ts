// Sequences of unequal length -> a dataset, padded with zeros at the end. The door for people's own sequences.

import { type Batch, emptyBatch } from "./batch-views.ts";
import { listNames } from "./class-names.ts";
import { Dataset } from "./dataset.ts";
import { type LabelledSequence, type SequenceRules, SequenceWriter } from "./sequence-writer.ts";
import type { DataShape } from "./shape.ts";
import { checkSize } from "./sizes.ts";
import { countSteps } from "./step-rows.ts";
import { type TruthKind, type TruthOptions, type TruthParts, truthOf } from "./truth.ts";

export type { LabelledSequence } from "./sequence-writer.ts";

/** With neither classes nor outputs, by number or names, the sequences are only to be predicted. */
export interface FromSequencesOptions extends SequenceRules, TruthOptions {
  features: number;
  /** Steps of the dataset; absent: those of the longest sequence. */
  timeSteps?: number;
  /** Named in errors. */
  name?: string;
}

/** The dataset has lengths if a sequence is shorter than its timeSteps, and weights if a sequence has one. */
export function fromSequences(
  sequences: readonly LabelledSequence[],
  options: FromSequencesOptions,
): Dataset {
  const { features, name = "sequences" } = options;
  checkSize("features", features, name);
  const truth = checkedTruth(options, name);
  if (sequences.length === 0) throw new RangeError(`${name}: expected at least 1 sequence, got 0`);
  const timeSteps = options.timeSteps ?? longest(sequences, options, name);
  checkSize("timeSteps", timeSteps, name);
  const shape: DataShape = {
    ...truth,
    name,
    timeSteps,
    features,
    hasLengths: true,
    hasSampleWeights: sequences.some(({ weight }) => weight !== undefined),
  };
  const writer = new SequenceWriter(shape, options);
  const batch = emptyBatch(shape, sequences.length);
  for (const [i, sequence] of sequences.entries()) writer.write(sequence, i, batch, i);
  const withIds = sequences.some(({ id }) => id !== undefined);
  return Dataset.fromFloats({
    values: batch.x,
    timeSteps,
    features,
    lengths: batch.lengths?.every((n) => n === timeSteps) ? undefined : batch.lengths,
    sampleWeights: batch.sampleWeights,
    ids: withIds ? sequences.map(({ id }, i) => id ?? String(i)) : undefined,
    name,
    ...truthParts(truth, batch),
  });
}

/** Throws unless the options are right, and a classifier has two classes to tell apart. */
export function checkedTruth(options: TruthOptions, name: string): TruthKind {
  const kind = truthOf(options, name);
  if (kind.truth === "classes" && kind.outputs < 2) {
    const got = kind.classNames === undefined ? "" : ` (${listNames(kind.classNames)})`;
    throw new RangeError(`${name}: a classifier needs at least 2 classes, got ${kind.outputs}${got}`);
  }
  return kind;
}

function truthParts(
  { truth, everyStep, outputs, classNames, targetNames }: TruthKind,
  { labels, targets }: Batch,
): TruthParts {
  if (truth === "classes") return { everyStep, labels, classes: outputs, classNames };
  if (truth === "targets") return { everyStep, targets, outputs, targetNames };
  return {};
}

function longest(
  sequences: readonly LabelledSequence[],
  { features, allowEmpty = false }: FromSequencesOptions,
  name: string,
): number {
  const steps = sequences.map(({ values }, i) =>
    countSteps(values, features, "features", `${name}: sequence ${i}`),
  );
  const most = steps.reduce((a, b) => Math.max(a, b));
  if (most === 0 && allowEmpty) {
    throw new RangeError(`${name}: expected timeSteps or a sequence with steps, got neither`);
  }
  return Math.max(1, most);
}
