// Files of sequences -> what a training needs: parts to train on, to validate and to test on, prepared alike.

import type { Dataset } from "./data/dataset.ts";
import { padSteps } from "./data/pad.ts";
import { applyScaler, fitScaler, type Scaler } from "./data/scale.ts";
import { stratifiedSplit } from "./data/split.ts";
import { CsvReader } from "./formats/csv.ts";
import { type CsvSequencesOptions, featureColumnsOf, sequencesFromCsv } from "./formats/csv-sequences.ts";
import { decodeNpy, type NpyArray } from "./formats/npy.ts";
import { sequencesFromArrays } from "./formats/npy-sequences.ts";
import { decodeNpz } from "./formats/npz.ts";
import { sequencesFromTs } from "./formats/ts.ts";
import type { CsvColumns, Preparation } from "./preparation.ts";

export type { CsvColumns, Preparation } from "./preparation.ts";

/** A file as text, by its name a .ts (UEA/UCR) or .csv, or as NumPy arrays x, y, lengths and weights. */
export type SequenceFile = { name: string } & (
  | { text: string; arrays?: undefined }
  | { arrays: ReadonlyMap<string, NpyArray>; text?: undefined }
);

export interface SequenceSetOptions extends CsvColumns, Pick<Preparation, "task" | "everyStep"> {
  scale: Scaler["kind"] | "none";
  /** Sequences of the training file to set aside for validation. */
  validation: number;
  /** Of the splits. */
  seed: number;
}

export interface SequenceSet extends Preparation {
  train: Dataset;
  validation: Dataset;
  test: Dataset;
  source: string;
}

/** Share of the training file that is held out when there is no file to test on. */
const HELD_OUT = 0.2;
/** Bytes of text that one string of the engine holds for sure (V8's limit on 64-bit machines is 2^29 - 24 characters). */
const LONGEST_TEXT = 2 ** 29 - 24;

/** Reads .npz, or .npy as x with `y` from a file of its own, as arrays; all else as text. `name` is named in errors. */
export async function openSequenceFile(
  name: string,
  bytes: Uint8Array,
  y?: Uint8Array,
): Promise<SequenceFile> {
  const arrays = /\.npz$/i.test(name)
    ? await decodeNpz(bytes, name)
    : /\.npy$/i.test(name)
      ? new Map([["x", decodeNpy(bytes, name)]])
      : undefined;
  if (y !== undefined) {
    if (arrays === undefined || arrays.has("y")) throw new RangeError(`${name}: expected no y beside it`);
    arrays.set("y", decodeNpy(y, `${name}: y`));
  }
  if (arrays !== undefined) return { name, arrays };
  try {
    return { name, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (bytes.length > LONGEST_TEXT) {
      throw new RangeError(`${name}: expected at most ${LONGEST_TEXT} bytes of text, got ${bytes.length}`, {
        cause: error,
      });
    }
    throw new RangeError(`${name}: expected text in UTF-8, got other bytes`);
  }
}

/** Throws a RangeError naming the file for anything that does not fit. */
export function sequenceSet(
  trainFile: SequenceFile,
  testFile: SequenceFile | undefined,
  options: SequenceSetOptions,
): SequenceSet {
  const { scale, seed, validation: held, task, everyStep, ...columns } = options;
  let all = read(trainFile, columns, { task, everyStep });
  const learnt = learntFrom(trainFile, all, columns, { task, everyStep });
  let test: Dataset;
  if (testFile === undefined) {
    ({ train: all, held: test } = stratifiedSplit(all, HELD_OUT, seed));
  } else {
    test = read(testFile, columns, { ...learnt, timeSteps: undefined });
    checkFeatures(test, all.features, trainFile.name);
    const timeSteps = Math.max(all.timeSteps, test.timeSteps);
    [all, test] = [padSteps(all, timeSteps), padSteps(test, timeSteps)];
  }
  if (held >= all.count) {
    throw new RangeError(`validation must be below the ${all.count} training sequences, got ${held}`);
  }
  const parts =
    held > 0 ? stratifiedSplit(all, held / all.count, seed) : { train: all, held: all.slice(0, 0) };
  const scaler = scale === "none" ? undefined : fitScaler(parts.train, scale);
  return {
    ...learnt,
    train: scaled(parts.train, scaler),
    validation: scaled(parts.held, scaler),
    test: scaled(test, scaler),
    source: testFile === undefined ? trainFile.name : `${trainFile.name}, ${testFile.name}`,
    timeSteps: all.timeSteps,
    scaler,
  };
}

/** A file to evaluate, prepared as the training was; columns that are given here come before the training's. */
export function preparedSequences(file: SequenceFile, columns: CsvColumns, prepared: Preparation): Dataset {
  return prepare(file, columns, prepared, false);
}

/** A file to predict, prepared as the training was: nothing need be known of its sequences, and ids are kept. */
export function unlabelledSequences(file: SequenceFile, columns: CsvColumns, prepared: Preparation): Dataset {
  return prepare(file, columns, prepared, true);
}

function prepare(
  file: SequenceFile,
  columns: CsvColumns,
  prepared: Preparation,
  unlabelled: boolean,
): Dataset {
  const { scaler, features, timeSteps } = prepared;
  const given = Object.entries(columns).filter(([, value]) => value !== undefined);
  const dataset = read(
    file,
    { ...prepared.columns, ...Object.fromEntries(given) },
    { ...prepared, unlabelled },
  );
  if (features !== undefined) checkFeatures(dataset, features, "the training");
  if (dataset.timeSteps > timeSteps) {
    throw new RangeError(
      `${file.name}: expected sequences of at most ${timeSteps} steps as in the training, got ${dataset.timeSteps}`,
    );
  }
  return scaled(padSteps(dataset, timeSteps), scaler);
}

type Shape = Partial<Preparation> & { unlabelled?: boolean };

function read(file: SequenceFile, columns: CsvColumns, shape: Shape): Dataset {
  const { name, text, arrays } = file;
  const { timeSteps } = shape;
  if (arrays !== undefined) return sequencesFromArrays(arrays, name, shape);
  if (isCsv(name)) return sequencesFromCsv(text, name, csvOptions(name, text, columns, shape));
  if (!/\.ts$/i.test(name)) {
    throw new RangeError(`${name}: expected a file that ends in .csv, .ts, .npy or .npz`);
  }
  const { classNames, unlabelled, task, everyStep } = shape;
  if (everyStep)
    throw new RangeError(`${name}: everyStep needs a .csv or .npz, a .ts has one label per sequence`);
  const dataset = sequencesFromTs(text, name, { classNames, timeSteps, unlabelled });
  const own = dataset.truth === "targets" ? "regression" : "classes";
  if (task !== undefined && !unlabelled && task !== own) {
    throw new RangeError(`${name}: expected a file for ${task}, got one for ${own}`);
  }
  return dataset;
}

function isCsv(name: string): boolean {
  return /\.(csv|tsv|txt)$/i.test(name);
}

function csvOptions(name: string, text: string, columns: CsvColumns, shape: Shape): CsvSequencesOptions {
  const { label, targets, weight, sequence, time, featuresPerStep } = columns;
  const { task, everyStep, classNames, timeSteps, featureColumns, unlabelled } = shape;
  const hasDefault = () => new CsvReader(text, name).header.some((column) => column.trim() === "sequence");
  const sequenceColumn = sequence ?? (hasDefault() ? "sequence" : undefined);
  const isStep = sequenceColumn !== undefined && featuresPerStep === undefined;
  return {
    task,
    everyStep,
    classNames,
    timeSteps,
    featureColumns,
    unlabelled,
    layout: isStep ? "row-per-step" : "row-per-sequence",
    labelColumn: label,
    targetColumns: targets,
    weightColumn: weight,
    sequenceColumn,
    timeColumn: time,
    featuresPerStep,
  };
}

function learntFrom(
  { name, text }: SequenceFile,
  dataset: Dataset,
  columns: CsvColumns,
  { task, everyStep }: Shape,
): Preparation {
  const { truth, timeSteps, features, classNames, targetNames } = dataset;
  const shape = { task: task ?? (truth === "targets" ? "regression" : "classes"), everyStep } as const;
  const isText = text !== undefined && isCsv(name);
  return {
    ...shape,
    timeSteps,
    features,
    classNames,
    targetNames,
    featureColumns: isText ? featureColumnsOf(text, name, csvOptions(name, text, columns, shape)) : undefined,
    columns,
  };
}

function checkFeatures({ name, features }: Dataset, expected: number, as: string): void {
  if (features === expected) return;
  throw new RangeError(`${name}: expected ${expected} features a step as in ${as}, got ${features}`);
}

function scaled(dataset: Dataset, scaler: Scaler | undefined): Dataset {
  return scaler === undefined ? dataset : applyScaler(dataset, scaler);
}
