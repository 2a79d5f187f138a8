// CSV text -> sequences and what is known of them: either every row is one step of a sequence, or a whole sequence.

import type { Dataset } from "../data/dataset.ts";
import { type FromSequencesOptions, fromSequences, type LabelledSequence } from "../data/ragged.ts";
import { zeroValues } from "../data/sizes.ts";
import { CsvReader } from "./csv.ts";
import { readNumber, readNumbers } from "./csv-columns.ts";
import { type CsvSequencesOptions, isStepPerRow, type Roles, rolesOf } from "./csv-roles.ts";
import { CsvTruth } from "./csv-truth.ts";
import { fail, quote } from "./json-reader.ts";

export type { CsvSequencesOptions } from "./csv-roles.ts";

/** All that is read of a row but ids and labels must be numbers. Ids are kept. */
export function sequencesFromCsv(text: string, name: string, options: CsvSequencesOptions = {}): Dataset {
  const reader = new CsvReader(text, name);
  const roles = rolesOf(reader, options);
  return isStepPerRow(options) ? readSteps(reader, roles, options) : readSequences(reader, roles, options);
}

/** Names of the columns that are features, in their order. */
export function featureColumnsOf(text: string, name: string, options: CsvSequencesOptions): string[] {
  const reader = new CsvReader(text, name);
  return rolesOf(reader, options).features.map((column) => reader.header[column].trim());
}

function truthOf(reader: CsvReader, roles: Roles, maxRows: number, options: CsvSequencesOptions): CsvTruth {
  const { task = "classes", everyStep = false, classNames } = options;
  return new CsvTruth(reader, roles, maxRows, { task, everyStep, classNames });
}

function readSequences(reader: CsvReader, roles: Roles, options: CsvSequencesOptions): Dataset {
  const { name } = reader;
  const { featuresPerStep = 1 } = options;
  const { id, features } = roles;
  const width = features.length;
  if (!Number.isInteger(featuresPerStep) || featuresPerStep < 1 || width % featuresPerStep !== 0) {
    fail(
      name,
      `featuresPerStep must divide the ${width} columns of numbers into whole steps, got ${featuresPerStep}`,
    );
  }
  const maxRows = reader.maxRows();
  const values = zeroValues(maxRows, 1, width, name);
  const truth = truthOf(reader, roles, maxRows, options);
  const ids: (string | undefined)[] = [];
  for (let row = 0; reader.next(); row++) {
    readNumbers(reader, features, values, row * width);
    truth.read(row);
    ids.push(id === undefined ? undefined : reader.cell(id).trim());
  }
  const { options: known, of } = truth.finish();
  const sequences = ids.map((own, row) => ({
    values: values.subarray(row * width, (row + 1) * width),
    id: own,
    ...of([row]),
  }));
  return finish(sequences, { ...known, features: featuresPerStep }, name, options);
}

function readSteps(reader: CsvReader, roles: Roles, options: CsvSequencesOptions): Dataset {
  const { name } = reader;
  const { id, time, features } = roles;
  const width = features.length;
  // Row r is a step of sequence sequenceOf[r]; the sequences are numbered as they appear.
  const maxRows = reader.maxRows();
  const values = zeroValues(maxRows, 1, width, name);
  const sequenceOf = new Int32Array(maxRows);
  const times = new Float64Array(time === undefined ? 0 : maxRows);
  const lines = new Int32Array(time === undefined ? 0 : maxRows);
  const truth = truthOf(reader, roles, maxRows, options);
  const indices = new Map<string, number>();
  const firstRows: number[] = [];
  const lengths: number[] = [];
  let rows = 0;
  for (; reader.next(); rows++) {
    const key = reader.cell(id!).trim();
    if (key === "") fail(name, `${reader.place(id!)}: expected the id of a sequence, got nothing`);
    truth.read(rows);
    let index = indices.get(key);
    if (index === undefined) {
      index = indices.size;
      indices.set(key, index);
      firstRows.push(rows);
      lengths.push(0);
    } else truth.checkSame(rows, firstRows[index], key);
    sequenceOf[rows] = index;
    lengths[index]++;
    readNumbers(reader, features, values, rows * width);
    if (time === undefined) continue;
    times[rows] = readNumber(reader, time);
    lines[rows] = reader.line;
  }

  const order = rowsBySequence(sequenceOf.subarray(0, rows), lengths);
  const { options: known, of } = truth.finish();
  let begin = 0;
  const sequences = [...indices.keys()].map((key, index): LabelledSequence => {
    const own = order.subarray(begin, begin + lengths[index]);
    begin += lengths[index];
    if (time !== undefined) sortByTime(own, times, lines, key, name);
    return { values: gather(values, own, width), id: key, ...of(own) };
  });
  return finish(sequences, { ...known, features: width }, name, options);
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

/** Sorts the rows of sequence `id`; each time may come once. */
function sortByTime(
  rows: Uint32Array,
  times: Float64Array,
  lines: Int32Array,
  id: string,
  name: string,
): void {
  rows.sort((a, b) => times[a] - times[b] || a - b);
  for (let i = 1; i < rows.length; i++) {
    const [before, own] = [rows[i - 1], rows[i]];
    if (times[own] !== times[before]) continue;
    fail(
      name,
      `line ${lines[own]}: expected each time of sequence ${quote(id)} once, ` +
        `got ${times[own]} as in line ${lines[before]}`,
    );
  }
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
  known: FromSequencesOptions,
  name: string,
  { timeSteps, truncate }: CsvSequencesOptions,
): Dataset {
  if (sequences.length === 0) fail(name, "expected rows after the header, got none");
  return fromSequences(sequences, { ...known, timeSteps, truncate, name });
}
