// CSV text -> labelled sequences: either every row is one step of a sequence, or every row is a whole sequence.

import { ClassIndex } from "../data/class-names.ts";
import type { Dataset } from "../data/dataset.ts";
import { type FromSequencesOptions, fromSequences, type LabelledSequence } from "../data/ragged.ts";
import { CsvReader } from "./csv.ts";
import { Columns, readLabel, readNumber, readNumbers } from "./csv-columns.ts";
import { fail, quote } from "./json-reader.ts";

export interface CsvSequencesOptions
  extends Pick<FromSequencesOptions, "classNames" | "timeSteps" | "truncate"> {
  /**
   * row-per-step: the rows of one sequence share an id, wherever they stand; columns that are neither id, label nor
   * time are the features. row-per-sequence: the columns that are neither label nor id are the features of the
   * first step, then those of the second and so on.
   */
  layout: "row-per-step" | "row-per-sequence";
  /** "sequence" unless told; row-per-sequence: a column to leave out. */
  sequenceColumn?: string;
  /** "label" unless told; its classes are sorted by name unless classNames says the order. */
  labelColumn?: string;
  /** row-per-step: the steps are in the order of these numbers; absent: in the order of the file. */
  timeColumn?: string;
  /** row-per-sequence: 1 unless told. */
  featuresPerStep?: number;
}

/** All else in a row must be numbers: each other column is a feature. */
export function sequencesFromCsv(text: string, name: string, options: CsvSequencesOptions): Dataset {
  const { layout } = options;
  if (layout !== "row-per-step" && layout !== "row-per-sequence") {
    fail(name, `layout must be "row-per-step" or "row-per-sequence", got ${quote(String(layout))}`);
  }
  const reader = new CsvReader(text, name);
  return layout === "row-per-step" ? readSteps(reader, options) : readSequences(reader, options);
}

function readSequences(reader: CsvReader, options: CsvSequencesOptions): Dataset {
  const { name } = reader;
  const { sequenceColumn, labelColumn = "label", timeColumn, featuresPerStep = 1 } = options;
  if (timeColumn !== undefined) fail(name, "a timeColumn needs rows of one step each, got row-per-sequence");
  const columns = new Columns(reader);
  const label = columns.take(labelColumn);
  if (sequenceColumn !== undefined) columns.take(sequenceColumn);
  const numbers = columns.rest();
  if (!Number.isInteger(featuresPerStep) || featuresPerStep < 1 || numbers.length % featuresPerStep !== 0) {
    fail(
      name,
      `featuresPerStep must divide the ${numbers.length} columns of numbers into whole steps, got ${featuresPerStep}`,
    );
  }

  const classes = new ClassIndex(options.classNames);
  const values = new Float32Array(reader.maxRows() * numbers.length);
  const sequences: LabelledSequence[] = [];
  for (let at = 0; reader.next(); at += numbers.length) {
    readNumbers(reader, numbers, values, at);
    sequences.push({
      values: values.subarray(at, at + numbers.length),
      label: readLabel(reader, label, classes),
    });
  }
  return finish(sequences, classes, featuresPerStep, name, options);
}

function readSteps(reader: CsvReader, options: CsvSequencesOptions): Dataset {
  const { name } = reader;
  const { sequenceColumn = "sequence", labelColumn = "label", timeColumn, featuresPerStep } = options;
  if (featuresPerStep !== undefined) fail(name, "featuresPerStep needs a row per sequence, got row-per-step");
  const columns = new Columns(reader);
  const id = columns.take(sequenceColumn);
  const label = columns.take(labelColumn);
  const time = timeColumn === undefined ? -1 : columns.take(timeColumn);
  const numbers = columns.rest();

  // Row r is a step of sequence sequenceOf[r]; the sequences are numbered as they appear.
  const maxRows = reader.maxRows();
  const values = new Float32Array(maxRows * numbers.length);
  const sequenceOf = new Int32Array(maxRows);
  const times = new Float64Array(time === -1 ? 0 : maxRows);
  const lines = new Int32Array(time === -1 ? 0 : maxRows);
  const indices = new Map<string, number>();
  const labels: number[] = [];
  const lengths: number[] = [];
  const classes = new ClassIndex(options.classNames);
  let rows = 0;
  for (; reader.next(); rows++) {
    const key = reader.cell(id).trim();
    if (key === "") fail(name, `${reader.place(id)}: expected the id of a sequence, got nothing`);
    const row = readLabel(reader, label, classes);
    let index = indices.get(key);
    if (index === undefined) {
      index = indices.size;
      indices.set(key, index);
      labels.push(row);
      lengths.push(0);
    } else if (labels[index] !== row) {
      const got = quote(reader.cell(label).trim());
      fail(name, `${reader.place(label)}: expected the label of sequence ${quote(key)} to stay, got ${got}`);
    }
    sequenceOf[rows] = index;
    lengths[index]++;
    readNumbers(reader, numbers, values, rows * numbers.length);
    if (time !== -1) {
      times[rows] = readNumber(reader, time);
      lines[rows] = reader.line;
    }
  }

  const order = rowsBySequence(sequenceOf.subarray(0, rows), lengths);
  const keys = [...indices.keys()];
  let begin = 0;
  const sequences = lengths.map((length, index): LabelledSequence => {
    const own = order.subarray(begin, begin + length);
    begin += length;
    if (time !== -1) {
      own.sort((a, b) => times[a] - times[b] || a - b);
      for (let i = 1; i < length; i++) {
        if (times[own[i]] !== times[own[i - 1]]) continue;
        fail(
          name,
          `line ${lines[own[i]]}: expected each time of sequence ${quote(keys[index])} once, ` +
            `got ${times[own[i]]} as in line ${lines[own[i - 1]]}`,
        );
      }
    }
    return { values: gather(values, own, numbers.length), label: labels[index] };
  });
  return finish(sequences, classes, numbers.length, name, options);
}

/** Row numbers sorted by sequence, those of one sequence in the order of the file. */
function rowsBySequence(sequenceOf: Int32Array, lengths: number[]): Uint32Array {
  let begin = 0;
  const next = Uint32Array.from(lengths, (length) => {
    begin += length;
    return begin - length;
  });
  const order = new Uint32Array(sequenceOf.length);
  for (let row = 0; row < order.length; row++) order[next[sequenceOf[row]]++] = row;
  return order;
}

function gather(values: Float32Array, rows: Uint32Array, width: number): Float32Array {
  const first = rows[0];
  const together = rows.every((row, i) => row === first + i);
  if (together) return values.subarray(first * width, (first + rows.length) * width);
  const out = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(values.subarray(row * width, (row + 1) * width), i * width);
  return out;
}

function finish(
  sequences: LabelledSequence[],
  classes: ClassIndex,
  features: number,
  name: string,
  { timeSteps, truncate }: CsvSequencesOptions,
): Dataset {
  if (sequences.length === 0) fail(name, "expected rows after the header, got none");
  const { classNames, classOf } = classes.finish();
  const labelled = sequences.map(({ values, label }) => ({ values, label: classOf[label] }));
  return fromSequences(labelled, { features, classNames, timeSteps, truncate, name });
}
