// Predictions -> a table for people, CSV or lines of JSON for programs. Plain data in, text out.

import type { Task } from "./data/shape.ts";
import { fixed } from "./report-numbers.ts";
import { oneLine } from "./shown.ts";

export const PREDICTION_FORMATS = ["table", "csv", "jsonl"] as const;
export type PredictionFormat = (typeof PREDICTION_FORMATS)[number];

/** One item: a sequence, or a step of one. */
export interface PredictedItem {
  id: string;
  /** From 0; absent where a sequence has one prediction. */
  step?: number;
  /** What the head gives: a probability per class or mark, or numbers. */
  values: ArrayLike<number>;
  /** The most probable class; -1 for other tasks. */
  best: number;
}

export interface Predictions {
  task: Task;
  /** Of the classes, marks or numbers. */
  names: readonly string[];
  /** Whether items are steps. */
  everyStep: boolean;
  items: Iterable<PredictedItem>;
}

/** Classes whose probabilities a table has columns for; beyond, it shows the best one's alone. */
const MOST_COLUMNS = 10;

/** Pieces of text, in order; the last one ends its line. */
export function* predictionsText(predictions: Predictions, format: PredictionFormat): Generator<string> {
  if (format === "table") yield* tableText(predictions);
  else if (format === "csv") yield* csvText(predictions);
  else yield* jsonText(predictions);
}

function* csvText({ task, names, everyStep, items }: Predictions): Generator<string> {
  const own = task === "classes" ? ["class"] : task === "multi-label" ? ["marks"] : [];
  const values = task === "regression" ? names : names.map((name) => `p_${name}`);
  yield csvLine(["id", ...(everyStep ? ["step"] : []), ...own, ...values]);
  for (const item of items) {
    const said =
      task === "classes"
        ? [names[item.best]]
        : task === "multi-label"
          ? [marksOf(item, names).join(" ")]
          : [];
    yield csvLine([
      item.id,
      ...(everyStep ? [String(item.step)] : []),
      ...said,
      ...Array.from(item.values, float32Text),
    ]);
  }
}

function* jsonText({ task, names, everyStep, items }: Predictions): Generator<string> {
  for (const item of items) {
    const values = Object.fromEntries(
      Array.from(item.values, (value, i) => [names[i], Number(float32Text(value))]),
    );
    const said =
      task === "classes"
        ? { class: names[item.best], probabilities: values }
        : task === "multi-label"
          ? { marks: marksOf(item, names), probabilities: values }
          : { values };
    yield `${JSON.stringify({ id: item.id, ...(everyStep && { step: item.step }), ...said })}\n`;
  }
}

function* tableText({ task, names: given, everyStep, items }: Predictions): Generator<string> {
  const names = given.map(oneLine);
  const isShort = task === "classes" && names.length > MOST_COLUMNS;
  const own = task === "classes" ? ["class"] : task === "multi-label" ? ["marks"] : [];
  const head = ["id", ...(everyStep ? ["step"] : []), ...own, ...(isShort ? ["probability"] : names)];
  const digits = task === "regression" ? 6 : 4;
  const rows = Array.from(items, (item) => {
    const said =
      task === "classes"
        ? [names[item.best]]
        : task === "multi-label"
          ? [marksOf(item, names).join(" ")]
          : [];
    const values = isShort ? [item.values[item.best]] : Array.from(item.values);
    return [
      oneLine(item.id),
      ...(everyStep ? [String(item.step)] : []),
      ...said,
      ...values.map((value) => fixed(value, digits)),
    ];
  });
  const widths = head.map((name, column) =>
    rows.reduce((most, row) => Math.max(most, row[column].length), name.length),
  );
  const named = 1 + own.length + (everyStep ? 1 : 0);
  const line = (row: string[]) =>
    `${row
      .map((cell, i) => (i < named ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd()}\n`;
  yield line(head);
  for (const row of rows) yield line(row);
}

/** Names of the marks that are more probable than not. */
function marksOf({ values }: PredictedItem, names: readonly string[]): string[] {
  return names.filter((_, i) => values[i] > 0.5);
}

/** The shortest decimal that is this float32. */
function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}

function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(",")}\n`;
}
