// Results -> text for people. Plain data in, strings out; neither prints nor reads anything.

import type { ModelConfig } from "./config.ts";
import type { Dataset } from "./data/dataset.ts";
import { type Evaluation, worstConfused } from "./metrics.ts";
import type { ModelInfo } from "./types.ts";

/** How far a training came. */
export interface Training {
  /** Updates done, and to do in all. */
  done: number;
  updates: number;
  samples: number;
  /** Spent in updates alone. */
  seconds: number;
}

export interface Progress extends Training {
  /** Of the last update. */
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
const MOST_CONFUSED = 5;

/** Where the sequences came from and how many there are. */
export function dataText({ source, train, validation, test }: DataParts): string {
  const [a, b, c] = [train, validation, test].map(({ count }) => grouped(count));
  return `data   ${source}\n       ${a} training, ${b} validation, ${c} test sequences`;
}

/** What is trained, and on what. */
export function modelText(config: ModelConfig, info: ModelInfo, engineFlag?: string): string {
  const { timeSteps, features, projectionUnits: P, layers, head, batchSize } = config;
  const parts = [
    ...(P > 0 ? [`projection ${P}`] : []),
    ...layers.map(
      ({ type, units, bidirectional }) => `${type.toUpperCase()} ${units}${bidirectional ? " x 2" : ""}`,
    ),
    `${head.units} ${{ softmax: "classes", sigmoid: "labels", linear: "numbers" }[head.type]}`,
  ];
  return (
    `model  ${timeSteps} x ${features} -> ${parts.join(" -> ")}${head.everyStep ? " a step" : ""}\n` +
    `       ${grouped(info.parameters)} parameters, batch ${batchSize}, ${engineText(info)}` +
    (engineFlag === undefined ? "" : `\n       ${flagText(engineFlag)}`)
  );
}

/** One of the lines of the tutorial. `bar` draws the accuracy as well. */
export function stepText(
  step: number,
  updates: number,
  loss: number,
  accuracy: number,
  bar: boolean,
): string {
  const count = `${String(step).padStart(String(updates).length)}/${updates}`;
  const text = `step ${count}  loss ${fixed(loss, 4)}  accuracy ${fixed(accuracy, 3)}`;
  return bar ? `${text}  ${barText(accuracy, BAR)}`.trimEnd() : text;
}

/** One line of fewer than `width` characters, as much of the progress as fits. */
export function progressText(progress: Progress, width: number): string {
  const { done, updates, samples, seconds, loss, accuracy, secondsLeft } = progress;
  const count = `${String(done).padStart(String(updates).length)}/${updates}`;
  const percent = `${Math.floor((100 * done) / updates)} %`.padStart(5);
  const speed = grouped(samples / seconds);
  const left = durationText(secondsLeft);
  const layouts = [
    `${count} ${percent}  loss ${fixed(loss, 4)}  accuracy ${fixed(accuracy, 3)}  ${speed} samples/s  ${left} left`,
    `${count}  loss ${fixed(loss, 3)}  acc ${fixed(accuracy, 3)}  ${speed} samples/s  ${left} left`,
    `${count}  loss ${fixed(loss, 3)}  acc ${fixed(accuracy, 3)}  ${speed}/s  ${left}`,
    `${count}  acc ${fixed(accuracy, 3)}  ${left}`,
    count,
  ];
  return layouts.find((text) => text.length < width) ?? count.slice(0, Math.max(0, width - 1));
}

/** `test accuracy 0.9700 (95 % interval 0.9665 to 0.9732, 10,000 sequences)` */
export function accuracyText(name: string, { accuracy, interval, count }: Evaluation): string {
  const [low, high] = interval.map((bound) => bound.toFixed(4));
  return `${name} accuracy ${accuracy.toFixed(4)} (95 % interval ${low} to ${high}, ${grouped(count)} sequences)`;
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
    ...(validation === undefined ? [] : [accuracyText("validation", validation)]),
    accuracyText("test", test),
    "",
    confusionText(test.confusion),
    "",
    `confused ${confusedText(test.confusion)}`,
    `loss     ${losses.join(", ")}`,
    ...(training === undefined ? [] : trainingLines(training, info)),
    `engine   ${engineText(info)}`,
    ...(engineFlag === undefined ? [] : [`         ${flagText(engineFlag)}`]),
    `memory   ${bytesText(info.memoryBytes)} model, ${bytesText(peakBytes)} process at its peak`,
    `time     ${secondsText(totalSeconds)} in all`,
  ].join("\n");
}

/** Rows are labels, columns what they were taken for, each named on both sides; a dot is 0. */
export function confusionText(confusion: readonly (readonly number[])[]): string {
  const classes = confusion.map((_, label) => label);
  const widest = Math.max(...confusion.flat(), classes.length - 1);
  const cell = (value: number | string) => String(value).padStart(String(widest).length);
  const side = (label: number) => String(label).padStart(String(classes.length - 1).length);
  const blank = " ".repeat(side(0).length);
  const head = `${blank}  ${classes.map(cell).join(" ")}`;
  const rows = confusion.map(
    (row, label) => `${side(label)}  ${row.map((count) => cell(count || ".")).join(" ")}  ${side(label)}`,
  );
  return ["confusion: a row is a label, a column what it was taken for", head, ...rows, head].join("\n");
}

/** An error as one line. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first, ...rest] = message.split(/\s*\n[\s-]*/).filter((line) => line !== "");
  return rest.length === 0 ? (first ?? "unknown error") : `${first} ${rest.join("; ")}`;
}

export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function bytesText(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function trainingLines({ done, updates, samples, seconds }: Training, info: ModelInfo): string[] {
  const count =
    done === updates ? `${grouped(done)} updates` : `${grouped(done)} of ${grouped(updates)} updates`;
  if (done === 0) return [`training ${count}`];
  const rate = (flops: number) => ((flops * done) / seconds / 1e9).toFixed(1);
  return [
    `training ${count} in ${secondsText(seconds)}, ${grouped(samples / seconds)} samples/s`,
    `speed    ${rate(info.flopsPerUpdate)} GFLOP/s done (projection folded into the LSTM)`,
    `         ${rate(info.naiveFlopsPerUpdate)} GFLOP/s as written (every product unfolded)`,
  ];
}

function confusedText(confusion: readonly (readonly number[])[]): string {
  const pairs = worstConfused(confusion, MOST_CONFUSED);
  if (pairs.length === 0) return "none";
  return pairs.map(({ label, predicted, count }) => `${label} as ${predicted}: ${count}`).join(", ");
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

function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : String(value);
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
