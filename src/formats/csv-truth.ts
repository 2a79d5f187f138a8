// What a CSV file says of its sequences, row by row: classes, numbers to predict, weights.

import { ClassIndex } from "../data/class-names.ts";
import type { LabelledSequence } from "../data/ragged.ts";
import type { Task } from "../data/shape.ts";
import type { TruthOptions } from "../data/truth.ts";
import type { CsvReader } from "./csv.ts";
import { readLabel, readNumbers } from "./csv-columns.ts";
import { fail, quote } from "./json-reader.ts";

/** Columns by their numbers; label is absent unless the task is classes, and then there are no targets. */
export interface TruthColumns {
  label?: number;
  targets: readonly number[];
  weight?: number;
}

export class CsvTruth {
  readonly #reader: CsvReader;
  readonly #columns: TruthColumns;
  readonly #task: Task;
  readonly #everyStep: boolean;
  readonly #classes: ClassIndex;
  /** Of row r: what the class index gives for its label, its targets, its weight. */
  readonly #labels: Int32Array;
  readonly #targets: Float32Array;
  readonly #weights: Float32Array;

  constructor(
    reader: CsvReader,
    columns: TruthColumns,
    maxRows: number,
    options: { task: Task; everyStep: boolean; classNames?: readonly string[] },
  ) {
    this.#reader = reader;
    this.#columns = columns;
    this.#task = options.task;
    this.#everyStep = options.everyStep;
    this.#classes = new ClassIndex(options.classNames);
    this.#labels = new Int32Array(columns.label === undefined ? 0 : maxRows);
    this.#targets = new Float32Array(columns.targets.length * maxRows);
    this.#weights = new Float32Array(columns.weight === undefined ? 0 : maxRows);
  }

  /** Reads what the reader's present row, number `row`, says. */
  read(row: number): void {
    const { label, targets, weight } = this.#columns;
    if (label !== undefined) this.#labels[row] = readLabel(this.#reader, label, this.#classes);
    const range = this.#task === "multi-label" ? ([0, 1] as const) : [];
    readNumbers(this.#reader, targets, this.#targets, row * targets.length, ...range);
    if (weight !== undefined) readNumbers(this.#reader, [weight], this.#weights, row, 0);
  }

  /** Throws unless the present row, number `row`, says of sequence `id` what its row `first` said. */
  checkSame(row: number, first: number, id: string): void {
    const { label, targets, weight } = this.#columns;
    if (weight !== undefined && this.#weights[row] !== this.#weights[first]) this.#failChange(weight, id, "");
    if (this.#everyStep) return;
    const hint = "; with everyStep each step has its own";
    if (label !== undefined && this.#labels[row] !== this.#labels[first]) this.#failChange(label, id, hint);
    for (const [i, column] of targets.entries()) {
      const [own, before] = [row, first].map((r) => this.#targets[r * targets.length + i]);
      if (own !== before) this.#failChange(column, id, hint);
    }
  }

  #failChange(column: number, id: string, hint: string): never {
    const reader = this.#reader;
    const [what, got] = [reader.header[column], reader.cell(column)].map((text) => quote(text.trim()));
    fail(
      reader.name,
      `${reader.place(column)}: expected ${what} of sequence ${quote(id)} to stay, got ${got}${hint}`,
    );
  }

  /** When all rows are read: what sequences of the file have, and what is known of one, from its rows in order. */
  finish(): { options: TruthOptions; of: (rows: ArrayLike<number>) => Partial<LabelledSequence> } {
    const { label, targets, weight } = this.#columns;
    const C = targets.length;
    const everyStep = this.#everyStep;
    const { classNames, classOf } = this.#classes.finish();
    const labelled = label !== undefined;
    const options: TruthOptions = labelled
      ? { classNames, everyStep }
      : C > 0
        ? { targetNames: targets.map((column) => this.#reader.header[column].trim()), everyStep }
        : {};
    const known = (rows: ArrayLike<number>): Partial<LabelledSequence> => {
      if (labelled && everyStep) return { labels: Int32Array.from(rows, (r) => classOf[this.#labels[r]]) };
      if (labelled) return { label: classOf[this.#labels[rows[0]]] };
      if (C === 0) return {};
      const row = (r: number) => this.#targets.subarray(r * C, (r + 1) * C);
      return everyStep ? { targets: Array.from(rows, row) } : { target: row(rows[0]) };
    };
    const of = (rows: ArrayLike<number>) =>
      weight === undefined ? known(rows) : { ...known(rows), weight: this.#weights[rows[0]] };
    return { options, of };
  }
}
