// An evaluation -> text: in one line, as a confusion matrix, as a table of scores.

import { classScores, type Evaluation, worstConfused } from "./metrics.ts";
import { counted, fixed, grouped } from "./report-numbers.ts";
import { oneLine } from "./shown.ts";

const MOST_CONFUSED = 5;

/** Longest name of a class or output that a table shows whole. */
const MAX_NAME = 24;
/** Longest name that a column is headed by. */
const MAX_SHORT = 5;

/** `test accuracy 0.9700 (95 % interval 0.9665 to 0.9732, 10,000 sequences)`, or the errors of numbers. */
export function evaluationText(name: string, evaluation: Evaluation): string {
  const { count, items, accuracy, interval } = evaluation;
  const sequences = counted(count, "sequence");
  const basis = items === count ? sequences : `${counted(items, "step")} of ${sequences}`;
  if (evaluation.task === "regression") {
    const { rmse, mae, r2 } = evaluation;
    return `${name} rmse ${significant(rmse)}, mae ${significant(mae)}, r2 ${fixed(r2, 4)} (${basis})`;
  }
  const [low, high] = interval.map((bound) => bound.toFixed(4));
  const of = evaluation.task === "multi-label" ? `${evaluation.outputs.length} marks each of ` : "";
  return `${name} accuracy ${accuracy.toFixed(4)} (95 % interval ${low} to ${high}, ${of}${basis})`;
}

/** Rows are labels, columns what they were taken for: by their names where these are short, else by number on both sides. */
export function confusionText(confusion: readonly (readonly number[])[], names?: readonly string[]): string {
  const isShort = names?.every((name) => name.length <= MAX_SHORT) ?? false;
  const classes = confusion.map((_, label) => (isShort ? oneLine(names![label]) : String(label)));
  const longest = (texts: readonly string[]) => texts.reduce((most, { length }) => Math.max(most, length), 0);
  const width = longest([...confusion.flat().map(String), ...classes]);
  const sideWidth = longest(classes);
  const head = `${" ".repeat(sideWidth)}  ${classes.map((name) => name.padStart(width)).join(" ")}`;
  const rows = confusion.map((row, label) => {
    const cells = row.map((count) => String(count || ".").padStart(width)).join(" ");
    const side = classes[label].padStart(sideWidth);
    return `${side}  ${cells}  ${isShort ? side : (cut(names?.[label]) ?? side)}`;
  });
  return ["confusion: a row is a label, a column what it was taken for", head, ...rows, head].join("\n");
}

/** `1 as 0: 117, 0 as 1: 3`: the pairs of classes confused most often, by name if they have names. */
export function confusedText(confusion: readonly (readonly number[])[], names?: readonly string[]): string {
  const pairs = worstConfused(confusion, MOST_CONFUSED);
  if (pairs.length === 0) return "none";
  const name = (label: number) => cut(names?.[label]) ?? label;
  return pairs
    .map(({ label, predicted, count }) => `${name(label)} as ${name(predicted)}: ${count}`)
    .join(", ");
}

/** A table: precision, recall and F1 of each class or mark, or the errors of each number, and the means. */
export function scoresText(evaluation: Evaluation, names?: readonly string[]): string {
  const name = (i: number) => cut(names?.[i]) ?? String(i);
  if (evaluation.task === "regression") {
    const { outputs, rmse, mae, r2 } = evaluation;
    const row = (own: { rmse: number; mae: number; r2: number }) => [
      significant(own.rmse),
      significant(own.mae),
      fixed(own.r2, 4),
    ];
    const rows = outputs.map((own, i) => [name(i), ...row(own)]);
    if (outputs.length > 1) rows.push(["all", ...row({ rmse, mae, r2 })]);
    return table(["output", "rmse", "mae", "r2"], rows);
  }
  const isClasses = evaluation.task === "classes";
  const scores = isClasses ? classScores(evaluation.confusion) : evaluation.outputs;
  const mean = (of: (score: (typeof scores)[number]) => number) =>
    scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
  const rows = scores.map(({ precision, recall, f1, support }, i) => [
    name(i),
    ...[precision, recall, f1].map((share) => share.toFixed(3)),
    grouped(support),
  ]);
  const means = [mean((s) => s.precision), mean((s) => s.recall), mean((s) => s.f1)];
  rows.push(["mean", ...means.map((share) => share.toFixed(3)), ""]);
  return table([isClasses ? "class" : "mark", "precision", "recall", "f1", "support"], rows);
}

/** The first column stands left, the others right. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const line = (row: string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map(line).join("\n");
}

/** Four significant digits, so that errors in any unit can be read. */
function significant(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  if (exponent < -4 || exponent > 6) return value.toExponential(3);
  return value.toFixed(Math.min(100, Math.max(0, 3 - exponent)));
}

function cut(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const line = oneLine(name);
  return line.length <= MAX_NAME ? line : `${line.slice(0, MAX_NAME - 3)}...`;
}
