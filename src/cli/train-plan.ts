// What a training is to do, from what was typed and the files of models that it names; no data is read yet.

import type { Checkpoint } from "../checkpoint-state.ts";
import { type ModelOptions, modelConfig } from "../config.ts";
import type { Task } from "../data/shape.ts";
import { TASKS } from "../evaluate.ts";
import type { HeadOptions } from "../layers.ts";
import type { FitOptions } from "../trainer.ts";
import type { Tensors } from "../types.ts";
import { requireApart } from "./apart.ts";
import { checkOptions, readConfig } from "./config-file.ts";
import { modelOptions } from "./model-options.ts";
import { readModel } from "./model-source.ts";
import { asTyped, countOf, optionsOf, type Typed, textOf, UsageError, wordOf } from "./options.ts";
import { decodeRun, type RunRecord, requireSameModel, resumedOptions } from "./run-record.ts";
import { DEFAULT_UPDATES, MODEL_OPTIONS, shape } from "./train-shape.ts";
import { isImages, isValidated, type Wanted } from "./training-data.ts";

export interface Plan {
  /** What was typed, and on a resume what its run was told. */
  typed: Typed;
  /** Of the model, as far as they do not follow from the data. */
  options: Partial<ModelOptions>;
  wanted: Wanted;
  fit: FitOptions;
  /** Updates, or epochs. */
  end: { updates: number } | { epochs: number };
  /** Weights to begin with. */
  init?: { weights: Tensors; name: string };
  resume?: { checkpoint: Checkpoint; record: RunRecord; name: string };
}

const TASK_NAMES = ["classes", "multi-label", "regression"] as const;
/** Options that name a file which is written. */
const WRITTEN = ["save", "log", "checkpoint", "plot", "confusion"];
/** Options that name one that is read and must stay as it is: not --init and --resume, which may well be gone on with. */
const READ = ["data", "y", "test", "test-y", "config"];
/** The reference model's, which images get. */
const IMAGES: Partial<ModelOptions> = { projectionUnits: 128, kernelInitializer: "randomNormal" };

export async function planOf(given: Typed): Promise<Plan> {
  checkTogether(given);
  const resume = given.resume === undefined ? undefined : await resumed(textOf(given, "resume")!);
  const typed =
    resume === undefined
      ? given
      : resumedOptions(
          resume.record,
          given,
          optionsOf(shape),
          MODEL_OPTIONS.map(({ name }) => name),
        );
  checkTogether(typed);
  const init =
    resume === undefined && typed.init !== undefined ? await initial(textOf(typed, "init")!) : undefined;
  const config = given.config === undefined ? undefined : readConfig(textOf(given, "config")!);
  const base = resume?.checkpoint.options ?? over(init?.options ?? {}, config ?? imagesOf(typed, init));
  const ofModel =
    resume === undefined ? typed : { ...given, threads: typed.threads ?? "auto", build: typed.build };
  const options = checked(ofModel, resume && config ? over(base, config) : base, typed);
  if (resume !== undefined) requireSameModel(resume.checkpoint.options, modelConfig(options as ModelOptions));
  return {
    ...{ typed, options, init, resume },
    wanted: {
      task: wordOf<Task>(typed, "task", TASK_NAMES) ?? (options.head?.type && TASKS[options.head.type]),
      everyStep: typed["every-step"] === true || options.head?.everyStep === true,
      timeSteps: options.timeSteps,
      seed: options.seed ?? 1,
    },
    fit: fitOf(typed),
    end: endOf(typed),
  };
}

/** Options that were typed over `base`, checked as far as that goes without the data. */
function checked(ofModel: Typed, base: Partial<ModelOptions>, typed: Typed): Partial<ModelOptions> {
  const timeSteps = countOf(typed, "time-steps", 1) ?? base.timeSteps;
  try {
    const options = modelOptions({ threads: "auto", ...ofModel }, base, optionsOf(shape));
    checkOptions({ ...options, timeSteps: timeSteps ?? 1 });
    return { ...options, ...(timeSteps !== undefined && { timeSteps }) };
  } catch (error) {
    const told = asTyped(error, typed, shape);
    if (told instanceof UsageError || !(told instanceof RangeError || told instanceof TypeError)) throw told;
    throw new UsageError(told.message);
  }
}

function fitOf(typed: Typed): FitOptions {
  return {
    shuffle: !typed["no-shuffle"],
    validateEvery: countOf(typed, "validate-every", 1),
    patience: countOf(typed, "patience", 1),
    restoreBest: typed["restore-best"] === true,
  };
}

function endOf(typed: Typed): Plan["end"] {
  const epochs = countOf(typed, "epochs", 0);
  return epochs === undefined ? { updates: countOf(typed, "iterations", 0) ?? DEFAULT_UPDATES } : { epochs };
}

function checkTogether(typed: Typed): void {
  if (typed.epochs && typed.iterations) throw new UsageError("give --epochs or --iterations, not both");
  if (typed.resume && typed.init) throw new UsageError("give --resume or --init, not both");
  countOf(typed, "every", 1);
  countOf(typed, "keep", 1);
  countOf(typed, "validation", 0);
  const needs: [string, string, boolean][] = [
    ["save-dialect", "--save FILE", typed.save !== undefined],
    ["every", "--checkpoint FILE", typed.checkpoint !== undefined],
    ["keep", "--checkpoint FILE", typed.checkpoint !== undefined],
    ["test-y", "--test FILE", typed.test !== undefined],
    ...["patience", "restore-best", "validate-every"].map((option): [string, string, boolean] => [
      option,
      "--validation N, sequences set aside",
      isValidated(typed),
    ]),
  ];
  const isResumed = typed.resume !== undefined;
  for (const [option, needed, holds] of needs) {
    if (typed[option] !== undefined && !holds && !isResumed)
      throw new UsageError(`--${option} needs ${needed}`);
  }
  const files = (names: string[]) =>
    Object.fromEntries(names.map((name) => [`--${name}`, textOf(typed, name)]));
  requireApart(files(WRITTEN), files(READ));
}

async function resumed(path: string): Promise<NonNullable<Plan["resume"]>> {
  const name = `--resume ${path}`;
  const { checkpoint } = await readModel(path, name);
  if (checkpoint?.training === undefined) {
    throw new Error(`${name}: expected a checkpoint of a training, got a model alone; --init starts from it`);
  }
  return { checkpoint, record: decodeRun(checkpoint.metadata, name), name };
}

async function initial(
  path: string,
): Promise<{ weights: Tensors; name: string; options: Partial<ModelOptions> }> {
  const name = `--init ${path}`;
  const { model } = await readModel(path, name);
  const { projectionUnits, layers, head } = model.description;
  const { units: _, ...rest } = head;
  return { weights: model.tensors, name, options: { projectionUnits, layers, head: rest as HeadOptions } };
}

function imagesOf(typed: Typed, init: object | undefined): Partial<ModelOptions> {
  if (!isImages(typed)) return {};
  return init === undefined ? IMAGES : { kernelInitializer: IMAGES.kernelInitializer };
}

/** Options over others; short forms take the place of the long ones. */
function over(base: Partial<ModelOptions>, options: Partial<ModelOptions>): Partial<ModelOptions> {
  const { layers, head, ...rest } = base;
  return {
    ...rest,
    ...(options.units === undefined && layers && { layers }),
    ...(options.classes === undefined && head && { head }),
    ...options,
  };
}
