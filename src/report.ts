// Results -> text for people. Plain data in, strings out; neither prints nor reads anything.

import type { ModelConfig } from "./config.ts";
import type { Dataset } from "./data/dataset.ts";
import type { ModelDescription } from "./layers.ts";
import type { Evaluation } from "./metrics.ts";
import { confusedText, confusionText, evaluationText, scoresText } from "./report-evaluation.ts";
import { fixed, grouped } from "./report-numbers.ts";
import type { ModelInfo } from "./types.ts";

export { confusionText, evaluationText, scoresText } from "./report-evaluation.ts";
export { grouped } from "./report-numbers.ts";

/** How far a training came. */
export interface Training {
  /** Updates done, and to do in all. */
  done: number;
  updates: number;
  /** Of those done, the ones of an earlier run that this one went on from. */
  before?: number;
  samples: number;
  /** Spent in updates alone. */
  seconds: number;
}

export interface Progress extends Training {
  /** Of the last update; an accuracy of NaN, where numbers are predicted, is not shown. */
  loss: number;
  accuracy: number;
  secondsLeft: number;
}

export interface Run {
  test: Evaluation;
  /** undefined when nothing was set aside. */
  validation?: Evaluation;
  /** undefined when nothing was trained. */
  training?: Training;
  info: ModelInfo;
  /** The experimental flag of the engine that was switched on, if one was. */
  engineFlag?: string;
  /** Of the classes, or of the outputs. */
  names?: readonly string[];
  /** Whether precision and recall of each class are told. */
  isDetailed?: boolean;
  /** Whether a projection is folded into the first layer. */
  isFolded?: boolean;
  /** From the start of the process. */
  totalSeconds: number;
  /** The most memory the process ever had. */
  peakBytes: number;
}

/** What is trained and tested on. */
export interface DataParts {
  train: Dataset;
  validation: Dataset;
  test: Dataset;
  source: string;
}

const BAR = 20;
/** Classes beyond which a confusion matrix is wider than a terminal. */
const MOST_CLASSES = 40;

/** Where the sequences came from and how many there are. */
export function dataText({ source, train, validation, test }: DataParts): string {
  return sourceText(source, { training: train.count, validation: validation.count, test: test.count });
}

/** The same, by what the sequences are for. */
export function sourceText(source: string, counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([what, count]) => `${grouped(count)} ${what}`.trimEnd());
  return `data   ${source}\n       ${parts.join(", ")} sequences`;
}

/** `28 x 28 -> projection 128 -> LSTM 128 -> 10 classes` */
export function architectureText(description: ModelDescription): string {
  const { timeSteps = "steps", features, projectionUnits: P, layers, head } = description;
  const parts = [
    ...(P > 0 ? [`projection ${P}`] : []),
    ...layers.map(
      ({ type, units, bidirectional }) => `${type.toUpperCase()} ${units}${bidirectional ? " x 2" : ""}`,
    ),
    `${head.units} ${{ softmax: "classes", sigmoid: "marks", linear: "numbers" }[head.type]}`,
  ];
  return `${timeSteps} x ${features} -> ${parts.join(" -> ")}${head.everyStep ? " a step" : ""}`;
}

/** What is trained, and on what. */
export function modelText(config: ModelConfig, info: ModelInfo, engineFlag?: string): string {
  return (
    `model  ${architectureText(config)}\n` +
    `       ${grouped(info.parameters)} parameters, batch ${config.batchSize}, ${engineText(info)}` +
    (engineFlag === undefined ? "" : `\n       ${flagText(engineFlag)}`)
  );
}

/** One of the lines of the tutorial. `bar` draws the accuracy as well; one of NaN is left out. */
export function stepText(
  step: number,
  updates: number,
  loss: number,
  accuracy: number,
  bar: boolean,
): string {
  const count = `${String(step).padStart(String(updates).length)}/${updates}`;
  const text = `step ${count}  loss ${fixed(loss, 4)}${accuracyPart("accuracy", accuracy)}`;
  return bar ? `${text}  ${barText(accuracy, BAR)}`.trimEnd() : text;
}

/** One line of fewer than `width` characters, as much of the progress as fits. */
export function progressText(progress: Progress, width: number): string {
  const { done, updates, samples, seconds, loss, accuracy, secondsLeft } = progress;
  const count = `${String(done).padStart(String(updates).length)}/${updates}`;
  const percent = `${Math.floor((100 * done) / updates)} %`.padStart(5);
  const speed = grouped(samples / seconds);
  const left = durationText(secondsLeft);
  const [whole, short] = [accuracyPart("accuracy", accuracy), accuracyPart("acc", accuracy)];
  const layouts = [
    `${count} ${percent}  loss ${fixed(loss, 4)}${whole}  ${speed} samples/s  ${left} left`,
    `${count}  loss ${fixed(loss, 3)}${short}  ${speed} samples/s  ${left} left`,
    `${count}  loss ${fixed(loss, 3)}${short}  ${speed}/s  ${left}`,
    `${count}${short || `  loss ${fixed(loss, 3)}`}  ${left}`,
    count,
  ];
  return layouts.find((text) => text.length < width) ?? count.slice(0, Math.max(0, width - 1));
}

/** Everything there is to say at the end. */
export function reportText(run: Run): string {
  const { test, validation, training, info, engineFlag, totalSeconds, peakBytes } = run;
  const losses = [
    ...(validation ? [`validation ${fixed(validation.loss, 4)}`] : []),
    `test ${fixed(test.loss, 4)}`,
  ];
  return [
    "",
    ...(validation === undefined ? [] : [evaluationText("validation", validation)]),
    evaluationText("test", test),
    "",
    ...detailLines(run),
    `loss     ${losses.join(", ")}`,
    ...(training === undefined ? [] : trainingLines(training, run)),
    `engine   ${engineText(info)}`,
    ...(engineFlag === undefined ? [] : [`         ${flagText(engineFlag)}`]),
    `memory   ${bytesText(info.memoryBytes)} model, ${bytesText(peakBytes)} process at its peak`,
    `time     ${secondsText(totalSeconds)} in all`,
  ].join("\n");
}

/** The validation after an update. */
export function validationText(step: number, updates: number, { loss, accuracy }: Evaluation): string {
  const count = `${String(step).padStart(String(updates).length)}/${updates}`;
  return `step ${count}  validation loss ${fixed(loss, 4)}${accuracyPart("accuracy", accuracy)}`;
}

/** An error as one line. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first, ...rest] = message.split(/\s*\n[\s-]*/).filter((line) => line !== "");
  return rest.length === 0 ? (first ?? "unknown error") : `${first} ${rest.join("; ")}`;
}

export function bytesText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function trainingLines({ done, updates, before = 0, samples, seconds }: Training, run: Run): string[] {
  const { info, isFolded } = run;
  const made = done - before;
  const count = `${grouped(made)}${done === updates ? "" : ` of ${grouped(updates)}`} updates`;
  const told = before === 0 ? count : `${count}, after ${grouped(before)} before`;
  if (made === 0) return [`training ${told}`];
  const rate = (flops: number) => ((flops * made) / seconds / 1e9).toFixed(1);
  const speed = [
    `speed    ${rate(info.flopsPerUpdate)} GFLOP/s done (projection folded into the LSTM)`,
    `         ${rate(info.naiveFlopsPerUpdate)} GFLOP/s as written (every product unfolded)`,
  ];
  return [
    `training ${told} in ${secondsText(seconds)}, ${grouped(samples / seconds)} samples/s`,
    ...(isFolded ? speed : [`speed    ${rate(info.flopsPerUpdate)} GFLOP/s`]),
  ];
}

/** Which classes are confused; how well each class or output is told, if that is wanted or there is no other way. */
function detailLines({ test, names, isDetailed }: Run): string[] {
  const scores = [scoresText(test, names), ""];
  if (test.task === "classes") {
    const { confusion } = test;
    const matrix = confusion.length > MOST_CLASSES ? [] : [confusionText(confusion, names), ""];
    return [...matrix, ...(isDetailed ? scores : []), `confused ${confusedText(confusion, names)}`];
  }
  return test.outputs.length > 1 ? scores : [];
}

function accuracyPart(word: string, accuracy: number): string {
  return Number.isNaN(accuracy) ? "" : `  ${word} ${fixed(accuracy, 3)}`;
}

function engineText({ build, threads }: ModelInfo): string {
  return `build ${build}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
}

function flagText(flag: string): string {
  return `experimental engine flag ${flag} is on`;
}

// Eighths of a cell, from U+258F down to U+2588.
function barText(share: number, cells: number): string {
  const eighths = Number.isFinite(share) ? Math.round(share * cells * 8) : 0;
  const part = eighths % 8 === 0 ? "" : String.fromCharCode(0x2590 - (eighths % 8));
  return "\u2588".repeat(Math.floor(eighths / 8)) + part;
}

function secondsText(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(2)} s` : `${seconds.toFixed(1)} s (${durationText(seconds)})`;
}

// 0:07, 12:34, 1:00:00
function durationText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
