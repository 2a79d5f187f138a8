// Files of labelled sequences -> what a training needs: parts to train on, to validate and to test on, scaled alike.

import type { Dataset } from "./data/dataset.ts";
import { applyScaler, fitScaler, type Scaler } from "./data/scale.ts";
import { stratifiedSplit } from "./data/split.ts";
import { CsvReader } from "./formats/csv.ts";
import { sequencesFromCsv } from "./formats/csv-sequences.ts";
import { sequencesFromTs } from "./formats/ts.ts";

/** A file's text; its name ends in .ts (UEA/UCR) or .csv. */
export interface SequenceFile {
  name: string;
  text: string;
}

export interface CsvColumns {
  /** Column of the class; default "label". */
  label?: string;
  /** Column that tells sequences apart, one row a step; default "sequence". Without such a column a row is a sequence. */
  sequence?: string;
  /** Column that orders the steps of a sequence; default their order in the file. */
  time?: string;
  /** Values of a step where a row is a sequence; default 1. */
  featuresPerStep?: number;
}

export interface SequenceSetOptions extends CsvColumns {
  scale: Scaler["kind"] | "none";
  /** Sequences of the training file to set aside for validation. */
  validation: number;
  /** Of the splits. */
  seed: number;
}

/** What was learnt from the training file and applies to any other. */
export interface Preparation {
  timeSteps: number;
  classNames: readonly string[];
  scaler?: Scaler;
}

export interface SequenceSet extends Preparation {
  train: Dataset;
  validation: Dataset;
  test: Dataset;
  source: string;
}

/** Share of the training file that is held out when there is no file to test on. */
const HELD_OUT = 0.2;

/** Throws a RangeError naming the file for anything that does not fit. */
export function sequenceSet(
  trainFile: SequenceFile,
  testFile: SequenceFile | undefined,
  options: SequenceSetOptions,
): SequenceSet {
  const { scale, seed, validation: held } = options;
  let all = read(trainFile, options);
  const classNames = all.classNames;
  if (classNames === undefined)
    throw new RangeError(`${trainFile.name}: expected sequences with class labels`);
  let test: Dataset;
  if (testFile === undefined) {
    ({ train: all, held: test } = stratifiedSplit(all, HELD_OUT, seed));
  } else {
    test = read(testFile, options, { classNames });
    const timeSteps = Math.max(all.timeSteps, test.timeSteps);
    if (all.timeSteps < timeSteps) all = read(trainFile, options, { classNames, timeSteps });
    if (test.timeSteps < timeSteps) test = read(testFile, options, { classNames, timeSteps });
  }
  if (held >= all.count) {
    throw new RangeError(`validation must be below the ${all.count} training sequences, got ${held}`);
  }
  const parts =
    held > 0 ? stratifiedSplit(all, held / all.count, seed) : { train: all, held: all.slice(0, 0) };
  const scaler = scale === "none" ? undefined : fitScaler(parts.train, scale);
  const scaled = (part: Dataset) => (scaler === undefined ? part : applyScaler(part, scaler));
  return {
    train: scaled(parts.train),
    validation: scaled(parts.held),
    test: scaled(test),
    source: testFile === undefined ? trainFile.name : `${trainFile.name}, ${testFile.name}`,
    timeSteps: all.timeSteps,
    classNames,
    scaler,
  };
}

/** A file to evaluate or predict, prepared as the training was. */
export function preparedSequences(file: SequenceFile, columns: CsvColumns, prepared: Preparation): Dataset {
  const { scaler, ...shape } = prepared;
  const dataset = read(file, columns, shape);
  return scaler === undefined ? dataset : applyScaler(dataset, scaler);
}

function read(
  { name, text }: SequenceFile,
  { label, sequence, time, featuresPerStep }: CsvColumns,
  shape: { classNames?: readonly string[]; timeSteps?: number } = {},
): Dataset {
  if (/\.ts$/i.test(name)) return sequencesFromTs(text, name, shape);
  if (!/\.(csv|tsv|txt)$/i.test(name))
    throw new RangeError(`${name}: expected a file that ends in .csv or .ts`);
  const sequenceColumn = sequence ?? "sequence";
  const isStep = sequence !== undefined || new CsvReader(text, name).header.includes(sequenceColumn);
  return sequencesFromCsv(text, name, {
    ...shape,
    layout: isStep ? "row-per-step" : "row-per-sequence",
    labelColumn: label,
    ...(isStep ? { sequenceColumn, timeColumn: time } : { featuresPerStep }),
  });
}
