// CSV text -> cells, by RFC 4180; the delimiter is found in the header. Knows no sequences and no numbers.

import { fail, quote } from "./json-reader.ts";

const QUOTE = 34;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = 0xfeff;
const DELIMITERS = [",", ";", "\t"];

export interface CsvTable {
  header: string[];
  /** Each as long as the header. */
  rows: string[][];
}

/** Reads all cells as they are, spaces included. Lines with nothing on them are left out. */
export function parseCsv(text: string, name: string): CsvTable {
  const reader = new CsvReader(text, name);
  const { header } = reader;
  const rows: string[][] = [];
  while (reader.next()) rows.push(header.map((_, column) => reader.cell(column)));
  return { header, rows };
}

/** One row after another, its cells in place: no string is made of a cell that is not asked for. */
export class CsvReader {
  readonly name: string;
  readonly text: string;
  readonly header: string[];
  /** The line, from 1, on which the present row begins. */
  line = 0;
  /** Cell i of the present row is text[starts[i] ... ends[i] - 1], without its quotes. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Whether cell i has doubled quotes. */
  readonly #doubled: boolean[] = [];
  readonly #delimiter: number;
  #at: number;
  #nextLine = 1;

  /** Reads the header. */
  constructor(text: string, name: string) {
    this.text = text;
    this.name = name;
    this.#at = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
    this.#skipEmptyLines();
    if (this.#at === text.length) fail(name, "expected a header line, got nothing");
    this.#delimiter = findDelimiter(text, this.#at).charCodeAt(0);
    const columns = this.#readRow(Number.POSITIVE_INFINITY);
    this.header = Array.from({ length: columns }, (_, column) => this.cell(column));
  }

  /** Goes to the next row, if there is one; it has as many cells as the header. */
  next(): boolean {
    this.#skipEmptyLines();
    if (this.#at === this.text.length) return false;
    const expected = this.header.length;
    const columns = this.#readRow(expected);
    if (columns !== expected) {
      fail(this.name, `line ${this.line}: expected ${expected} columns as in the header, got ${columns}`);
    }
    return true;
  }

  /** At most so many rows are left: each takes a line, and one character per cell but the last. */
  maxRows(): number {
    let lines = 1;
    for (let at = this.#at; at < this.text.length; at++) if (this.#isLineEnd(at)) lines++;
    return Math.min(lines, Math.ceil((this.text.length - this.#at + 1) / this.header.length));
  }

  cell(column: number): string {
    const cell = this.text.slice(this.starts[column], this.ends[column]);
    return this.#doubled[column] ? cell.replaceAll('""', '"') : cell;
  }

  /** Where a cell of the present row stands, for messages. */
  place(column: number): string {
    return `line ${this.line}, column ${column + 1} (${quote(this.header[column])})`;
  }

  /** The number of cells up to the end of the line; the first `kept` are kept. */
  #readRow(kept: number): number {
    this.line = this.#nextLine;
    for (let column = 0; ; column++) {
      const place = Math.min(column, kept);
      if (this.text.charCodeAt(this.#at) === QUOTE) this.#readQuoted(place, column);
      else this.#readPlain(place, column);
      if (this.text.charCodeAt(this.#at) === this.#delimiter) {
        this.#at++;
        continue;
      }
      this.#skipLineEnd();
      return column + 1;
    }
  }

  #readPlain(place: number, column: number): void {
    const { text } = this;
    const delimiter = this.#delimiter;
    let at = this.#at;
    this.starts[place] = at;
    this.#doubled[place] = false;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === delimiter || code === LINE_FEED || code === CARRIAGE_RETURN) break;
      if (code === QUOTE) {
        const got = quote(text.slice(this.#at, at + 20).split(/[\r\n]/, 1)[0]);
        fail(
          this.name,
          `line ${this.line}, column ${column + 1}: expected quotes around all or none, got ${got}`,
        );
      }
    }
    this.ends[place] = at;
    this.#at = at;
  }

  #readQuoted(place: number, column: number): void {
    const { text } = this;
    const where = `line ${this.#nextLine}, column ${column + 1}`;
    this.starts[place] = this.#at + 1;
    this.#doubled[place] = false;
    for (let at = this.#at + 1; at < text.length; at++) {
      if (this.#isLineEnd(at)) this.#nextLine++;
      if (text.charCodeAt(at) !== QUOTE) continue;
      if (text.charCodeAt(at + 1) === QUOTE) {
        this.#doubled[place] = true;
        at++;
        continue;
      }
      this.ends[place] = at;
      this.#at = at + 1;
      const next = text.charCodeAt(this.#at);
      if (this.#at === text.length || next === this.#delimiter) return;
      if (next === LINE_FEED || next === CARRIAGE_RETURN) return;
      fail(
        this.name,
        `${where}: expected the cell to end at its quote, got ${quote(text[this.#at])} behind it`,
      );
    }
    fail(this.name, `${where}: expected a quote that ends the cell, got the end of the file`);
  }

  #skipEmptyLines(): void {
    while (this.#at < this.text.length && this.#skipLineEnd());
  }

  /** Goes over "\n", "\r\n" or "\r", if one is next. */
  #skipLineEnd(): boolean {
    const code = this.text.charCodeAt(this.#at);
    if (code !== LINE_FEED && code !== CARRIAGE_RETURN) return false;
    this.#at += code === CARRIAGE_RETURN && this.text.charCodeAt(this.#at + 1) === LINE_FEED ? 2 : 1;
    this.#nextLine++;
    return true;
  }

  /** Whether the last character of a line end is at `at`. */
  #isLineEnd(at: number): boolean {
    const code = this.text.charCodeAt(at);
    return code === LINE_FEED || (code === CARRIAGE_RETURN && this.text.charCodeAt(at + 1) !== LINE_FEED);
  }
}

/** The delimiter that comes most often in the line at `from`, outside quotes; a comma if none does. */
function findDelimiter(text: string, from: number): string {
  const counts = DELIMITERS.map(() => 0);
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (char === "\n" || char === "\r") break;
    else if (DELIMITERS.includes(char)) counts[DELIMITERS.indexOf(char)]++;
  }
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}
