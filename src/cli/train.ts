// wasm-lstm train: data and options -> a model, tested and saved.

import { type ModelOptions, modelConfig } from "../config.ts";
import { balancedClassWeights } from "../data/class-weights.ts";
import { checkFits } from "../evaluate.ts";
import { checkReplaceable, checkWritable } from "../files.ts";
import { convert } from "../formats/models/convert.ts";
import type { ModelFile } from "../formats/models/model-file.ts";
import { architectureOf, type HeadType } from "../layers.ts";
import { lossChart } from "../plot/loss-chart.ts";
import { encodePreparation } from "../preparation.ts";
import type { Model } from "../public-model.ts";
import * as report from "../report.ts";
import { CheckpointFiles } from "./checkpoint-files.ts";
import { turboOf, usage } from "./engine.ts";
import { isBalanced } from "./model-options.ts";
import { PREPARATION } from "./model-source.ts";
import { checkTarget, targetOf, writeModel } from "./model-target.ts";
import { type Arguments, countOf, type Typed, textOf, UsageError } from "./options.ts";
import { checkPicture, writeConfusion, writeCurve } from "./pictures.ts";
import { fingerprint, RUN, type RunRecord, requireSameData, requireSameModel } from "./run-record.ts";
import type { Terminal } from "./terminal.ts";
import { type Plan, planOf } from "./train-plan.ts";
import { DEFAULT_EVERY } from "./train-shape.ts";
import { checkData, isValidated, type TrainingData, trainingData } from "./training-data.ts";
import { runTraining } from "./training-loop.ts";

export { shape } from "./train-shape.ts";

const HEADS: Record<TrainingData["task"], HeadType> = {
  classes: "softmax",
  "multi-label": "sigmoid",
  regression: "linear",
};
/** Of an update, unless told otherwise. */
const MOST_SEQUENCES = 128;
const CHART_WIDTH = 72;

export async function run({ typed: given }: Arguments, terminal: Terminal): Promise<void> {
  terminal.watchSignals();
  const plan = await planOf(given);
  const { typed } = plan;
  const engineFlag = await turboOf(typed);
  checkOutputs(typed);
  checkData(typed);
  const loading = import("../node/create-model.ts"); // while the disk is read
  const data = await trainingData(typed, plan.wanted, terminal);
  terminal.note(report.dataText(data));
  if (typed.confusion && data.task !== "classes") {
    throw new UsageError(`--confusion needs the task classes, it is ${data.task}`);
  }
  const model = await makeModel(plan, data, await loading);
  try {
    await checkSave(typed, model);
    terminal.note(report.modelText(model.config, model.info, engineFlag));
    const { training, curves } = await train(model, data, plan, terminal);
    await save(model, data, typed, terminal);
    attempt(terminal, () => writeCurve(textOf(typed, "plot"), curves, terminal));
    if (terminal.isShown && !terminal.quiet && curves.loss.length > 1) {
      terminal.print(
        `\n${lossChart(curves, { width: Math.max(30, Math.min(CHART_WIDTH, terminal.columns - 1)) })}`,
      );
    }
    if (!terminal.outputClosed) await test(model, data, typed, { training, engineFlag }, terminal);
  } finally {
    model.close();
  }
}

function checkOutputs(typed: Typed): void {
  const { save, log, checkpoint } = typed;
  if (save !== undefined) checkTarget(textOf(typed, "save")!, `--save ${save}`);
  if (log !== undefined) checkWritable(textOf(typed, "log")!, `--log ${log}`);
  if (checkpoint !== undefined) checkReplaceable(textOf(typed, "checkpoint")!, `--checkpoint ${checkpoint}`);
  checkPicture(typed, "plot");
  checkPicture(typed, "confusion");
  if (save !== undefined) targetOf(textOf(typed, "save")!, typed, "save-dialect");
}

/** Throws before any training for data that the model does not fit, or that are not those of the run that goes on. */
async function makeModel(
  { typed, options, init, resume }: Plan,
  data: TrainingData,
  { createModel, resumeModel }: typeof import("../node/create-model.ts"),
): Promise<Model> {
  const { train, validation, test, task } = data;
  const complete: ModelOptions = {
    ...options,
    batchSize: options.batchSize ?? Math.max(1, Math.min(MOST_SEQUENCES, train.count)),
    timeSteps: train.timeSteps,
    features: options.features ?? train.features,
    head: {
      ...options.head,
      units: options.head?.units ?? train.outputs,
      type: HEADS[task],
      everyStep: train.everyStep,
    },
    ...(isBalanced(typed) && { classWeights: balancedClassWeights(train) }),
  };
  const config = modelConfig(complete);
  for (const part of [train, validation, test]) checkFits(config, part);
  if (train.classNames !== undefined && config.head.units !== train.outputs) {
    throw new RangeError(
      `head.units must be ${train.outputs}, the classes of ${train.name}, got ${config.head.units}`,
    );
  }
  if (resume === undefined) {
    const model = await createModel(complete);
    if (init !== undefined) await model.setWeights(init.weights, init.name);
    return model;
  }
  requireSameModel(resume.checkpoint.options, config);
  requireSameData(resume.record.data, fingerprints(data));
  return resumeModel(resume.checkpoint, complete, resume.name);
}

async function train(model: Model, data: TrainingData, plan: Plan, terminal: Terminal) {
  const { typed, fit, end, resume } = plan;
  const updates =
    "updates" in end ? end.updates : end.epochs * Math.ceil(data.train.count / model.config.batchSize);
  const training = resume?.checkpoint.training;
  if (resume !== undefined) {
    terminal.note(
      `resume ${textOf(typed, "resume")} after ${report.grouped(training!.done)} of ${report.grouped(updates)} updates`,
    );
  }
  return runTraining(
    model,
    data.train,
    {
      updates,
      fit: isValidated(typed) ? { ...fit, validationData: data.validation } : { shuffle: fit.shuffle },
      resume: training,
      log: textOf(typed, "log"),
      checkpoints: checkpointFiles(model, data, plan, updates),
    },
    terminal,
  );
}

function checkpointFiles(model: Model, data: TrainingData, { typed, resume }: Plan, updates: number) {
  const path = textOf(typed, "checkpoint");
  if (path === undefined) return undefined;
  const record: RunRecord = { typed, build: model.info.build, data: fingerprints(data) };
  const training = resume?.checkpoint.training;
  return new CheckpointFiles(path, {
    every: countOf(typed, "every", 1) ?? DEFAULT_EVERY,
    keep: countOf(typed, "keep", 1),
    updates,
    before: training?.done ?? 0,
    bestLoss: training?.best?.loss,
    metadata: { ...preparationOf(data), [RUN]: JSON.stringify(record) },
  });
}

function fingerprints({ train, validation }: TrainingData): RunRecord["data"] {
  return { training: fingerprint(train), validation: fingerprint(validation) };
}

function preparationOf({ preparation }: TrainingData): Record<string, string> {
  return preparation === undefined ? {} : { [PREPARATION]: encodePreparation(preparation) };
}

async function fileOf(model: Model, metadata: Record<string, string>): Promise<ModelFile> {
  return { description: architectureOf(model.config), tensors: await model.weights(), metadata };
}

/** Throws unless the format that --save asks for has such a model. */
async function checkSave(typed: Typed, model: Model): Promise<void> {
  const path = textOf(typed, "save");
  if (path === undefined) return;
  try {
    convert(await fileOf(model, {}), targetOf(path, typed, "save-dialect"));
  } catch (error) {
    throw new Error(`--save ${path}: ${(error as Error).message}`);
  }
}

/** Before the test: what was trained is safe first. */
async function save(model: Model, data: TrainingData, typed: Typed, terminal: Terminal): Promise<void> {
  const path = textOf(typed, "save");
  if (path === undefined) return;
  const target = targetOf(path, typed, "save-dialect");
  const file = await fileOf(model, preparationOf(data));
  attempt(terminal, () => {
    try {
      const { bytes, beside } = writeModel(path, `--save ${path}`, file, target);
      const all = [bytes, ...beside.values()].reduce((sum, { length }) => sum + length, 0);
      terminal.note(`saved  ${path} (${target}, ${report.bytesText(all)})`);
    } catch (error) {
      throw error instanceof RangeError ? new Error(`--save ${path} not written: ${error.message}`) : error;
    }
  });
}

async function test(
  model: Model,
  data: TrainingData,
  typed: Typed,
  about: { training: report.Training; engineFlag: string | undefined },
  terminal: Terminal,
): Promise<void> {
  const { quiet } = terminal;
  if (terminal.isShown && !quiet) terminal.showLine("testing");
  const validation = data.validation.count > 0 && !quiet ? await model.evaluate(data.validation) : undefined;
  const test = await model.evaluate(data.test);
  const { preparation } = data;
  const names = preparation?.classNames ?? preparation?.targetNames;
  attempt(terminal, () => writeConfusion(textOf(typed, "confusion"), test, names, terminal));
  const isFolded = model.config.projectionUnits > 0;
  const results = { test, validation, names, info: model.info, isFolded, ...about, ...usage() };
  terminal.print(quiet ? report.evaluationText("test", test) : report.reportText(results));
}

/** What fails is told at the end, and the run goes on. */
function attempt(terminal: Terminal, act: () => void): void {
  try {
    act();
  } catch (error) {
    terminal.failures.push(error);
  }
}
