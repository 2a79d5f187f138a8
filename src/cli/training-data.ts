// What a training reads: images of IDX files, MNIST's unless told otherwise, or files of sequences.

import type { Task } from "../data/shape.ts";
import { checkFolder, isFile } from "../files.ts";
import type { Preparation } from "../preparation.ts";
import type { DataParts } from "../report.ts";
import type { SequenceSetOptions } from "../sequence-data.ts";
import { columnsOf } from "./columns.ts";
import { countOf, type Typed, textOf, UsageError, wordOf } from "./options.ts";
import { openFile } from "./sequence-files.ts";
import type { Terminal } from "./terminal.ts";

export interface TrainingData extends DataParts {
  task: Task;
  /** Absent for images. */
  preparation?: Preparation;
}

/** What the model's options say of the data, as far as they do. */
export interface Wanted {
  task?: Task;
  everyStep?: boolean;
  timeSteps?: number;
  seed: number;
}

const IMAGES_VALIDATION = 5000;
const VALIDATING = ["epochs", "validate-every", "patience", "restore-best"];
const SCALES = ["standard", "minmax", "none"] as const;
/** Options of files of sequences alone. */
const OF_SEQUENCES = ["test", "y", "test-y", "every-step", "scale", "time-steps"];

/** Whether the data are images: a folder, or nothing was named. */
export function isImages(typed: Typed): boolean {
  const path = textOf(typed, "data");
  return path === undefined || !isFile(path);
}

/** Whether the training itself validates: images are for the end alone, unless something asks for it. */
export function isValidated(typed: Typed): boolean {
  const validation = countOf(typed, "validation", 0);
  const isAsked = VALIDATING.some((option) => typed[option] !== undefined);
  return isImages(typed) ? isAsked && validation !== 0 : (validation ?? 0) > 0;
}

/** Throws unless the data can be looked for. */
export function checkData(typed: Typed): void {
  const path = textOf(typed, "data");
  wordOf(typed, "scale", SCALES);
  if (!isImages(typed)) return;
  if (path !== undefined) checkFolder(path, `--data ${path}`);
  const given = OF_SEQUENCES.find((option) => typed[option] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} needs a file of sequences as --data`);
}

export async function trainingData(typed: Typed, wanted: Wanted, terminal: Terminal): Promise<TrainingData> {
  return isImages(typed) ? images(typed, wanted, terminal) : sequences(typed, wanted);
}

async function sequences(typed: Typed, wanted: Wanted): Promise<TrainingData> {
  const { sequenceSet } = await import("../sequence-data.ts");
  const { padSteps } = await import("../data/pad.ts");
  const testPath = textOf(typed, "test");
  const file = await openFile(textOf(typed, "data")!, "--data", textOf(typed, "y"));
  const testFile =
    testPath === undefined ? undefined : await openFile(testPath, "--test", textOf(typed, "test-y"));
  const { task, everyStep, seed, timeSteps } = wanted;
  const options: SequenceSetOptions = {
    ...columnsOf(typed),
    ...{ task, everyStep, seed },
    scale: wordOf(typed, "scale", SCALES) ?? "standard",
    validation: countOf(typed, "validation", 0) ?? 0,
  };
  const { train, validation, test, source: _, ...learnt } = sequenceSet(file, testFile, options);
  if (timeSteps !== undefined && timeSteps < learnt.timeSteps) {
    throw new RangeError(
      `timeSteps must be a whole number from ${learnt.timeSteps}, the longest sequence, got ${timeSteps}`,
    );
  }
  const steps = timeSteps ?? learnt.timeSteps;
  const [a, b, c] = [train, validation, test].map((part) => padSteps(part, steps));
  return {
    ...{ train: a, validation: b, test: c },
    source: [textOf(typed, "data"), testPath].filter(Boolean).join(", "),
    task: learnt.task ?? "classes",
    preparation: { ...learnt, timeSteps: steps },
  };
}

async function images(typed: Typed, { task }: Wanted, terminal: Terminal): Promise<TrainingData> {
  if (task !== undefined && task !== "classes") {
    throw new UsageError(`images have classes, the task is ${task}`);
  }
  const { loadMnist } = await import("../data/mnist-data-loader.ts");
  const directory = textOf(typed, "data");
  const validation = countOf(typed, "validation", 0) ?? IMAGES_VALIDATION;
  const onProgress = (text: string) => terminal.note(text);
  try {
    const set = await loadMnist({ directory, validation, signal: terminal.signal, onProgress });
    return { ...set, task: "classes" };
  } catch (error) {
    const { message } = error as Error;
    throw directory !== undefined && message.startsWith(directory) ? new Error(`--data ${message}`) : error;
  }
}
