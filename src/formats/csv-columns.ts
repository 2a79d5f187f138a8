// What the columns of a CSV file mean: names to columns, cells to classes and numbers.

import { type ClassIndex, listNames } from "../data/class-names.ts";
import type { CsvReader } from "./csv.ts";
import { parseDecimal } from "./decimal.ts";
import { fail, quote } from "./json-reader.ts";

/** How people write that a value is not there. */
const MISSING = /^(\?|nan|na|n\/a|null|none|-)?$/i;

/** The columns of a header, taken by name. */
export class Columns {
  readonly #reader: CsvReader;
  readonly #names: string[];
  readonly #taken = new Set<number>();

  constructor(reader: CsvReader) {
    this.#reader = reader;
    this.#names = reader.header.map((name) => name.trim());
    const seen = new Set<string>();
    for (const [i, name] of this.#names.entries()) {
      if (name === "") fail(reader.name, `header: expected a name for column ${i + 1}, got nothing`);
      if (seen.has(name)) fail(reader.name, `header: expected each column once, got ${quote(name)} twice`);
      seen.add(name);
    }
  }

  take(name: string): number {
    const index = this.#names.indexOf(name);
    if (index === -1) {
      fail(this.#reader.name, `header: expected a column ${quote(name)}, got ${listNames(this.#names)}`);
    }
    if (this.#taken.has(index)) fail(this.#reader.name, `column ${quote(name)} is given two meanings`);
    this.#taken.add(index);
    return index;
  }

  /** Takes the column if there is one. */
  takeIfThere(name: string): void {
    if (this.#names.includes(name)) this.take(name);
  }

  /** All that were not taken; at least one. */
  rest(): number[] {
    const rest = [...this.#names.keys()].filter((index) => !this.#taken.has(index));
    if (rest.length === 0) fail(this.#reader.name, "header: expected a column of numbers, got none");
    return rest;
  }
}

/** The class of the present row: what `classes.add` gives for its label. */
export function readLabel(reader: CsvReader, column: number, classes: ClassIndex): number {
  const label = reader.cell(column).trim();
  if (label === "") fail(reader.name, `${reader.place(column)}: expected a label, got nothing`);
  const index = classes.add(label);
  if (index !== -1) return index;
  fail(
    reader.name,
    `${reader.place(column)}: expected one of ${listNames(classes.names())}, got ${quote(label)}`,
  );
}

/** Numbers of some columns of the present row, from `low` to `high` each, to out[at ...]. */
export function readNumbers(
  reader: CsvReader,
  columns: readonly number[],
  out: Float32Array,
  at: number,
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
): void {
  for (let i = 0; i < columns.length; i++) {
    const value = readNumber(reader, columns[i]);
    out[at + i] = value;
    if (!Number.isFinite(out[at + i])) failNumber(reader, columns[i], "a number within float32's range");
    if (value < low || value > high) {
      const range = high === Number.POSITIVE_INFINITY ? `from ${low}` : `from ${low} to ${high}`;
      failNumber(reader, columns[i], `a number ${range}`);
    }
  }
}

export function readNumber(reader: CsvReader, column: number): number {
  const value = parseDecimal(reader.text, reader.starts[column], reader.ends[column]);
  if (Number.isNaN(value)) failNumber(reader, column, "a number");
  return value;
}

function failNumber(reader: CsvReader, column: number, expected: string): never {
  const cell = reader.cell(column);
  const hint = MISSING.test(cell.trim())
    ? ": fill in missing values before, or leave out their sequences"
    : "";
  fail(reader.name, `${reader.place(column)}: expected ${expected}, got ${quote(cell)}${hint}`);
}
