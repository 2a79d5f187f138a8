// What a model is tested on or predicts: sequences prepared as those of its training were, or images.

import type { Dataset } from "../data/dataset.ts";
import type { Task } from "../data/shape.ts";
import { TASKS } from "../evaluate.ts";
import { checkFolder, isFile } from "../files.ts";
import type { ModelFile } from "../formats/models/model-file.ts";
import type { Preparation } from "../preparation.ts";
import { columnsOf } from "./columns.ts";
import { preparationOf } from "./model-source.ts";
import { countOf, type Typed, textOf, UsageError } from "./options.ts";
import { openFile } from "./sequence-files.ts";
import type { Terminal } from "./terminal.ts";

export interface EvaluationData {
  dataset: Dataset;
  source: string;
  /** Of classes or outputs, where they have names. */
  names?: readonly string[];
}

/**
 * `unlabelled`: nothing need be known of the sequences. `name` is the model's in messages. Throws an Error where the
 * model's file does not say how to prepare the data, and that cannot be told from the model.
 */
export async function evaluationData(
  typed: Typed,
  model: ModelFile,
  name: string,
  unlabelled: boolean,
  terminal: Terminal,
): Promise<EvaluationData> {
  const path = textOf(typed, "data");
  if (path === undefined || !isFile(path)) return testImages(path, terminal);
  const { preparedSequences, unlabelledSequences } = await import("../sequence-data.ts");
  const known = preparationOf(model.metadata, name);
  const task: Task = TASKS[model.description.head.type];
  const hasIndices = /\.np[yz]$/i.test(path);
  if (known === undefined && !unlabelled && task === "classes" && !hasIndices) {
    throw new Error(
      `${name}: expected a model saved by a training, which tells its classes; test it on .npz`,
    );
  }
  const timeSteps = countOf(typed, "time-steps", 1) ?? known?.timeSteps ?? model.description.timeSteps;
  if (timeSteps === undefined) {
    throw new UsageError(`${name} does not say how many steps it takes, expected --time-steps N`);
  }
  const file = await openFile(path, "--data", textOf(typed, "y"));
  const prepared = known ?? preparationLike(model, task, unlabelled || task !== "classes");
  const read = unlabelled ? unlabelledSequences : preparedSequences;
  return {
    dataset: read(file, columnsOf(typed), { ...prepared, timeSteps }),
    source: path,
    names: known?.classNames ?? known?.targetNames,
  };
}

/** As far as the model itself tells. Classes are their numbers, and as many. */
function preparationLike(
  { description }: ModelFile,
  task: Task,
  nameless: boolean,
): Omit<Preparation, "timeSteps"> {
  const { features, head } = description;
  const classNames = nameless ? undefined : Array.from({ length: head.units }, (_, i) => String(i));
  return { task, everyStep: head.everyStep, features, classNames };
}

async function testImages(directory: string | undefined, terminal: Terminal): Promise<EvaluationData> {
  if (directory !== undefined) checkFolder(directory, `--data ${directory}`);
  const { loadMnist } = await import("../data/mnist-data-loader.ts");
  try {
    const { test, source } = await loadMnist({ directory, validation: 0, signal: terminal.signal });
    return { dataset: test, source };
  } catch (error) {
    const { message } = error as Error;
    throw directory !== undefined && message.startsWith(directory) ? new Error(`--data ${message}`) : error;
  }
}
