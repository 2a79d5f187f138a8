// The .ts text format of the UEA and UCR archives, as sktime and aeon read it -> labelled sequences.
// Header lines begin with @; after @data each line is one case: a:b:...:label, where a, b, ... are the features,
// each with its values over time, separated by commas. Tags and labels may be in upper or lower case.

import { ClassIndex, listNames } from "../data/class-names.ts";
import type { Dataset } from "../data/dataset.ts";
import { type FromSequencesOptions, fromSequences, type LabelledSequence } from "../data/ragged.ts";
import { parseDecimal } from "./decimal.ts";
import { fail, quote } from "./json-reader.ts";
import { TextLines } from "./text-lines.ts";
import { readTsHeader } from "./ts-header.ts";

const COLON = 58;
const COMMA = 44;

export interface TsOptions extends Pick<FromSequencesOptions, "classNames" | "timeSteps" | "truncate"> {
  /** What becomes of a missing value, written ? or NaN: an error unless "zero". */
  missing?: "error" | "zero";
}

/** The classes are those of the header, in its order, unless classNames gives them. */
export function sequencesFromTs(text: string, name: string, options: TsOptions = {}): Dataset {
  const { missing = "error", timeSteps, truncate } = options;
  if (missing !== "error" && missing !== "zero") {
    fail(name, `missing must be "error" or "zero", got ${quote(String(missing))}`);
  }
  const lines = new TextLines(text);
  const header = readTsHeader(lines, name);
  const classNames = options.classNames ?? header.classNames;
  const lowerCase = new Set(classNames.map((label) => label.toLowerCase()));
  const fold = (label: string) => (lowerCase.size === classNames.length ? label.toLowerCase() : label);
  const classes = new ClassIndex(classNames.map(fold));

  const sequences: LabelledSequence[] = [];
  let features = header.dimensions;
  let steps = header.seriesLength;
  while (lines.next()) {
    const where = `line ${lines.line}`;
    const bounds = dimensionBounds(lines);
    features ??= Math.max(1, bounds.length - 1);
    if (bounds.length - 1 !== features) {
      const parts = bounds.length === 1 ? "no colon" : `${bounds.length - 1} before it`;
      fail(name, `${where}: expected ${features} dimensions, a colon and a class label, got ${parts}`);
    }
    const label = text.slice(bounds[features] + 1, lines.end).trim();
    const index = classes.add(fold(label));
    if (index === -1) {
      fail(name, `${where}: expected a class label of ${listNames(classNames)}, got ${quote(label)}`);
    }
    const values = readCase(text, bounds, missing, name, where);
    const length = values.length / features;
    if (header.equalLength) steps ??= length;
    if (steps !== undefined && length !== steps) {
      fail(name, `${where}: expected ${steps} steps, as all cases have by the header, got ${length}`);
    }
    sequences.push({ values, label: index });
  }
  if (features === undefined || sequences.length === 0) fail(name, "expected cases after @data, got none");
  return fromSequences(sequences, { features, classNames, timeSteps, truncate, name });
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
