// The .ts text format of the UEA and UCR archives, as sktime and aeon read it -> sequences, each with its class or
// with a number to predict. Header lines begin with @; after @data each line is one case: a:b:...:label, where a, b,
// ... are the features, each with its values over time, separated by commas. Tags and labels may be in upper or
// lower case.

import { ClassIndex, listNames } from "../data/class-names.ts";
import type { Dataset } from "../data/dataset.ts";
import { type FromSequencesOptions, fromSequences, type LabelledSequence } from "../data/ragged.ts";
import type { TruthOptions } from "../data/truth.ts";
import { parseDecimal } from "./decimal.ts";
import { fail, quote } from "./json-reader.ts";
import { TextLines } from "./text-lines.ts";
import { readTsHeader, type TsHeader } from "./ts-header.ts";

const COLON = 58;
const COMMA = 44;

export interface TsOptions extends Pick<FromSequencesOptions, "classNames" | "timeSteps" | "truncate"> {
  /** What becomes of a missing value, written ? or NaN: an error unless "zero". */
  missing?: "error" | "zero";
  /** true: the file is to be predicted; labels and targets are left out, and the header need not speak of any. */
  unlabelled?: boolean;
}

/** The classes are those of the header, in its order, unless classNames gives them; a number is called "target". */
export function sequencesFromTs(text: string, name: string, options: TsOptions = {}): Dataset {
  const { missing = "error", unlabelled = false, timeSteps, truncate } = options;
  if (missing !== "error" && missing !== "zero") {
    fail(name, `missing must be "error" or "zero", got ${quote(String(missing))}`);
  }
  const lines = new TextLines(text);
  const header = readTsHeader(lines, name);
  if (header.truth === "none" && !unlabelled) {
    fail(name, "expected @classLabel true and the names of the classes, or @targetLabel true, got neither");
  }
  const truth = unlabelled
    ? noTruth
    : header.truth === "classes"
      ? classReader(header, options, name)
      : targetReader(name);
  const sequences: LabelledSequence[] = [];
  let features = header.dimensions;
  let steps = header.seriesLength;
  while (lines.next()) {
    const where = `line ${lines.line}`;
    const bounds = dimensionBounds(lines);
    if (header.truth === "none") bounds.push(lines.end);
    features ??= Math.max(1, bounds.length - 1);
    if (bounds.length - 1 !== features) failDimensions(header, features, bounds.length - 1, name, where);
    const known = truth.read(text.slice(bounds[features] + 1, lines.end).trim(), where);
    const values = readCase(text, bounds, missing, name, where);
    const length = values.length / features;
    if (header.equalLength) steps ??= length;
    if (steps !== undefined && length !== steps) {
      fail(name, `${where}: expected ${steps} steps, as all cases have by the header, got ${length}`);
    }
    sequences.push({ values, ...known });
  }
  if (features === undefined || sequences.length === 0) fail(name, "expected cases after @data, got none");
  return fromSequences(sequences, { features, ...truth.options, timeSteps, truncate, name });
}

/** What the text behind the last colon of a case tells, and what it is for all cases. */
interface TruthReader {
  options: TruthOptions;
  read(cell: string, where: string): Partial<LabelledSequence>;
}

const noTruth: TruthReader = { options: {}, read: () => ({}) };

function classReader(header: TsHeader, options: TsOptions, name: string): TruthReader {
  const classNames = options.classNames ?? header.classNames;
  const lowerCase = new Set(classNames.map((label) => label.toLowerCase()));
  const fold = (label: string) => (lowerCase.size === classNames.length ? label.toLowerCase() : label);
  const classes = new ClassIndex(classNames.map(fold));
  const read = (cell: string, where: string) => {
    const label = classes.add(fold(cell));
    if (label !== -1) return { label };
    fail(name, `${where}: expected a class label of ${listNames(classNames)}, got ${quote(cell)}`);
  };
  return { options: { classNames }, read };
}

function targetReader(name: string): TruthReader {
  const read = (cell: string, where: string) => {
    const target = parseDecimal(cell, 0, cell.length);
    if (Number.isFinite(Math.fround(target))) return { target };
    fail(name, `${where}: expected a number to predict within float32's range, got ${quote(cell)}`);
  };
  return { options: { targetNames: ["target"] }, read };
}

function failDimensions(
  { truth }: TsHeader,
  features: number,
  got: number,
  name: string,
  where: string,
): never {
  const last = { classes: ", a colon and a class label", targets: ", a colon and a number", none: "" }[truth];
  const came = truth === "none" ? `${got}` : got === 0 ? "no colon" : `${got} before it`;
  fail(name, `${where}: expected ${features} dimensions${last}, got ${came}`);
}

/** Dimension d is the text from bounds[d] + 1 to bounds[d + 1] - 1; behind the last bound is the label. */
function dimensionBounds({ text, start, end }: TextLines): number[] {
  const bounds = [start - 1];
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === COLON) bounds.push(at);
  return bounds;
}

/** The values of a case, [steps, features]. */
function readCase(
  text: string,
  bounds: number[],
  missing: "error" | "zero",
  name: string,
  where: string,
): Float32Array {
  const features = bounds.length - 1;
  const steps = countValues(text, bounds[0] + 1, bounds[1]);
  for (let d = 1; d < features; d++) {
    const length = countValues(text, bounds[d] + 1, bounds[d + 1]);
    if (length !== steps) {
      fail(name, `${where}: expected ${steps} values in dimension ${d + 1}, as in the first, got ${length}`);
    }
  }
  const values = new Float32Array(steps * features);
  for (let d = 0; d < features; d++) {
    let at = bounds[d] + 1;
    for (let step = 0; step < steps; step++) {
      let end = at;
      while (end < bounds[d + 1] && text.charCodeAt(end) !== COMMA) end++;
      const value = parseDecimal(text, at, end);
      const out = step * features + d;
      values[out] = value;
      if (!Number.isFinite(values[out])) {
        const cell = text.slice(at, end).trim();
        const place = `${where}, dimension ${d + 1}, step ${step + 1}`;
        values[out] = replaceMissing(cell, missing, name, place);
      }
      at = end + 1;
    }
  }
  return values;
}

function countValues(text: string, start: number, end: number): number {
  let count = 1;
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === COMMA) count++;
  return count;
}

/** 0 for a missing value if so asked; no other text is a number. */
function replaceMissing(cell: string, missing: "error" | "zero", name: string, place: string): number {
  if (cell !== "?" && cell.toLowerCase() !== "nan") {
    const hint = cell.startsWith("(") ? ": timestamps are not supported" : "";
    fail(name, `${place}: expected a number within float32's range, got ${quote(cell)}${hint}`);
  }
  if (missing === "zero") return 0;
  fail(name, `${place}: expected a number, got the missing value ${quote(cell)} and no missing: "zero"`);
}
