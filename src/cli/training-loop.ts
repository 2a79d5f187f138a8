// A training as a person sees it: lines of results, a log, checkpoints, and where it stands when it ends.

import type { TrainingState } from "../checkpoint-state.ts";
import type { Dataset } from "../data/dataset.ts";
import { JsonLines } from "../json-lines.ts";
import type { Curves } from "../plot/series.ts";
import type { Model } from "../public-model.ts";
import * as report from "../report.ts";
import type { FitOptions, UpdateResult } from "../trainer.ts";
import type { CheckpointFiles } from "./checkpoint-files.ts";
import type { Terminal } from "./terminal.ts";

/** The tutorial prints the accuracy of every 20th batch, after its update; longer trainings print about 40 as well. */
const PRINT_EVERY = 20;
const MOST_PRINTED = 40;
const REDRAW_MS = 100;
/** Columns from which an accuracy is drawn, too. */
const WIDE = 66;

export interface LoopOptions {
  updates: number;
  /** What else `train` is told. */
  fit: FitOptions;
  resume?: TrainingState;
  /** Of --log. */
  log?: string;
  checkpoints?: CheckpointFiles;
}

/**
 * A loss that is not finite, a log or a checkpoint that cannot be written, ends the training; the weights of before stay,
 * and what failed is told at the end.
 */
export async function runTraining(
  model: Model,
  data: Dataset,
  options: LoopOptions,
  terminal: Terminal,
): Promise<{ training: report.Training; curves: Curves }> {
  const { updates, fit, resume, log: path, checkpoints } = options;
  const before = resume?.done ?? 0;
  const { curves, note } = recorder(before);
  const log = path === undefined ? undefined : openLog(path, resume);
  const progress = new Progress(before, updates, model.config.batchSize, terminal);
  try {
    for await (const result of model.train(data, { ...fit, resume, updates })) {
      note(result);
      log?.write(logged(result));
      await progress.show(result);
      const isLast = terminal.signal.aborted || result.step === updates - 1;
      await checkpoints?.after(result, isLast);
      if (isLast) break;
    }
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw error;
    terminal.failures.push(error);
  } finally {
    log?.close();
  }
  return { training: progress.training(), curves };
}

// Lines of updates that are made again are made anew.
function openLog(path: string, resume: TrainingState | undefined): JsonLines {
  const isBefore = (line: unknown) => ((line as { step?: number } | null)?.step ?? Infinity) < resume!.done;
  return new JsonLines(path, `--log ${path}`, resume && isBefore);
}

function logged({ step, loss, accuracy, ms, validation }: UpdateResult): object {
  return {
    ...{ step, loss, accuracy, ms: Math.round(ms * 1000) / 1000 },
    ...(validation && { validation: { loss: validation.loss, accuracy: validation.accuracy } }),
  };
}

/** Updates before the first one are not known: a curve begins there. */
function recorder(before: number): { curves: Curves; note(result: UpdateResult): void } {
  const loss = new Array<number>(before).fill(Number.NaN);
  const accuracy = loss.slice();
  const validation: { step: number; loss: number; accuracy: number }[] = [];
  const note = (result: UpdateResult) => {
    loss.push(result.loss);
    accuracy.push(result.accuracy);
    const { step, validation: own } = result;
    if (own) validation.push({ step, loss: own.loss, accuracy: own.accuracy });
  };
  return { curves: { loss, accuracy, validation }, note };
}

class Progress {
  readonly #before: number;
  readonly #updates: number;
  readonly #batchSize: number;
  readonly #terminal: Terminal;
  readonly #every: number;
  readonly #begin = performance.now();
  #drawn = this.#begin;
  #done: number;
  #ms = 0;
  /** Update of the last validation that was printed. */
  #validated = Number.NEGATIVE_INFINITY;

  constructor(before: number, updates: number, batchSize: number, terminal: Terminal) {
    this.#before = before;
    this.#done = before;
    this.#updates = updates;
    this.#batchSize = batchSize;
    this.#terminal = terminal;
    this.#every = PRINT_EVERY * Math.max(1, Math.ceil(updates / (PRINT_EVERY * MOST_PRINTED)));
  }

  training(): report.Training {
    const made = this.#done - this.#before;
    return {
      ...{ done: this.#done, updates: this.#updates, before: this.#before },
      samples: made * this.#batchSize,
      seconds: this.#ms / 1000,
    };
  }

  async show(result: UpdateResult): Promise<void> {
    const terminal = this.#terminal;
    const { step, loss, accuracy, validation } = result;
    this.#done = step + 1;
    this.#ms += result.ms;
    if (terminal.quiet) return;
    const isPrinted = step % this.#every === 0;
    if (isPrinted) {
      const after = await result.after();
      const drawn = terminal.isShown && terminal.columns > WIDE;
      terminal.print(report.stepText(step, this.#updates, after.loss, after.accuracy, drawn));
    }
    if (validation && this.#isNextValidation(step)) {
      this.#validated = step;
      terminal.print(report.validationText(step, this.#updates, validation));
    }
    const now = performance.now();
    if (!terminal.isShown || (now - this.#drawn < REDRAW_MS && !isPrinted)) return;
    this.#drawn = now;
    const each = (now - this.#begin) / 1000 / (this.#done - this.#before);
    const secondsLeft = each * (this.#updates - this.#done);
    terminal.showLine(
      report.progressText({ ...this.training(), loss, accuracy, secondsLeft }, terminal.columns),
    );
  }

  #isNextValidation(step: number): boolean {
    const updates = this.#updates;
    return step === updates - 1 || step - this.#validated >= updates / MOST_PRINTED;
  }
}
