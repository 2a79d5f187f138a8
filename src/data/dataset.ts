// Labelled sequences in memory, checked once when they enter; neither files nor shuffling.

import { type CheckedParts, checkLabels, checkParts, checkSize, type DatasetParts } from "./dataset-parts.ts";

// SCALED[b] = b / 255, rounded to float32.
const SCALED = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

export type { DatasetParts } from "./dataset-parts.ts";

export class Dataset {
  readonly name: string;
  readonly timeSteps: number;
  readonly features: number;
  readonly classes: number;
  /** One class index per sequence. */
  readonly labels: Uint8Array | Int32Array;
  /** Steps of each sequence, 0 to timeSteps; its values from there on are 0. Absent: all are full. */
  readonly lengths: Int32Array | undefined;
  /** One name per class, if they have names. */
  readonly classNames: readonly string[] | undefined;
  readonly #values: Uint8Array | Float32Array;
  /** Sequence i is row rows[i] of the values; absent: row i. */
  readonly #rows: Uint32Array | undefined;

  private constructor(parts: CheckedParts<Uint8Array | Float32Array>, rows?: Uint32Array) {
    this.name = parts.name;
    this.timeSteps = parts.timeSteps;
    this.features = parts.features;
    this.classes = parts.classes;
    this.labels = parts.labels;
    this.lengths = parts.lengths;
    this.classNames = parts.classNames;
    this.#values = parts.values;
    this.#rows = rows;
  }

  /** Byte values, e.g. pixels; read as float32 `byte / 255`, so 0..255 becomes 0..1. */
  static fromBytes(parts: DatasetParts<Uint8Array>): Dataset {
    if (!(parts.values instanceof Uint8Array)) {
      throw new TypeError(
        `${parts.name ?? "dataset"}: values must be a Uint8Array, got ${kind(parts.values)}`,
      );
    }
    return new Dataset(checkParts(parts));
  }

  /** Float values, read as they are; every one must be finite. */
  static fromFloats(parts: DatasetParts<Float32Array>): Dataset {
    const { values } = parts;
    if (!(values instanceof Float32Array)) {
      throw new TypeError(`${parts.name ?? "dataset"}: values must be a Float32Array, got ${kind(values)}`);
    }
    const checked = checkParts(parts);
    const { timeSteps, features, name } = checked;
    let bad = 0;
    while (bad < values.length && Number.isFinite(values[bad])) bad++;
    if (bad < values.length) {
      const sample = Math.floor(bad / (timeSteps * features));
      const step = Math.floor(bad / features) % timeSteps;
      throw new RangeError(
        `${name}: value at sample ${sample}, step ${step}, feature ${bad % features} must be finite, got ${values[bad]}`,
      );
    }
    return new Dataset(checked);
  }

  /** How many sequences there are. */
  get count(): number {
    return this.labels.length;
  }

  /** Sequences `start` to `end - 1` as a dataset on the same memory. */
  slice(start: number, end: number = this.count): Dataset {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > this.count) {
      throw new RangeError(
        `${this.name}: slice needs whole numbers 0 <= start <= end <= ${this.count}, got ${start} and ${end}`,
      );
    }
    const rowLength = this.timeSteps * this.features;
    const rows = this.#rows?.subarray(start, end);
    return this.#part(
      rows === undefined ? this.#values.subarray(start * rowLength, end * rowLength) : this.#values,
      this.labels.subarray(start, end),
      this.lengths?.subarray(start, end),
      rows,
    );
  }

  /** Sequences `indices[0]`, `indices[1]`, ... as a dataset on the same values; an index may come twice. */
  select(indices: Uint32Array): Dataset {
    const { count, labels, lengths } = this;
    const rows = this.#rows;
    const bad = indices.findIndex((index) => index >= count);
    if (bad !== -1) {
      throw new RangeError(
        `${this.name}: index ${bad} must be a whole number from 0 to ${count - 1}, got ${indices[bad]}`,
      );
    }
    return this.#part(
      this.#values,
      Int32Array.from(indices, (index) => labels[index]),
      lengths && Int32Array.from(indices, (index) => lengths[index]),
      rows === undefined ? indices.slice() : indices.map((index) => rows[index]),
    );
  }

  /** All that `fromFloats` takes but the values, to make a dataset of the same sequences with others. */
  parts(): Omit<DatasetParts<never>, "values"> {
    const { name, timeSteps, features, classes, labels, lengths, classNames } = this;
    return { name, timeSteps, features, classes, labels, lengths, classNames };
  }

  /** @internal A copy of the values, [count, timeSteps, features], in the dataset's order. */
  copyValues(): Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer> {
    const rowLength = this.timeSteps * this.features;
    const values = this.#values;
    if (values.length === 0 && this.count > 0) throw new Error(`${this.name}: its values were given away`);
    if (this.#rows === undefined) return values.slice();
    const size = this.count * rowLength;
    const copy = values instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
    for (const [i, row] of this.#rows.entries()) {
      copy.set(values.subarray(row * rowLength, (row + 1) * rowLength), i * rowLength);
    }
    return copy;
  }

  /** @internal As copyValues, without the copy if they lie so in a buffer of their own: it may then be moved away. */
  giveValues(): Uint8Array | Float32Array {
    const values = this.#values;
    const isWhole = this.#rows === undefined && values.byteLength === values.buffer.byteLength;
    return isWhole && values.length > 0 ? values : this.copyValues();
  }

  /** Writes sequence `index`, [timeSteps, features], to `out[offset...]`; allocates nothing. */
  copyRow(index: number, out: Float32Array, offset: number): void {
    const rowLength = this.timeSteps * this.features;
    if (!(index >= 0 && index < this.count && Number.isInteger(index))) {
      throw new RangeError(
        `${this.name}: index must be a whole number from 0 to ${this.count - 1}, got ${index}`,
      );
    }
    if (!(offset >= 0 && offset + rowLength <= out.length && Number.isInteger(offset))) {
      throw new RangeError(
        `${this.name}: a sequence has ${rowLength} values, got offset ${offset} in ${out.length} floats`,
      );
    }
    const values = this.#values;
    const from = (this.#rows === undefined ? index : this.#rows[index]) * rowLength;
    if (values instanceof Uint8Array) {
      for (let i = 0; i < rowLength; i++) out[offset + i] = SCALED[values[from + i]];
    } else {
      for (let i = 0; i < rowLength; i++) out[offset + i] = values[from + i];
    }
  }

  #part(
    values: Uint8Array | Float32Array,
    labels: Uint8Array | Int32Array,
    lengths: Int32Array | undefined,
    rows: Uint32Array | undefined,
  ): Dataset {
    const { name, timeSteps, features, classes, classNames } = this;
    return new Dataset({ values, labels, timeSteps, features, classes, lengths, classNames, name }, rows);
  }
}

/** Class indices [n] -> one-hot rows [n, classes]. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  checkSize("classes", classes, "oneHot");
  checkLabels(labels, classes, "oneHot");
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) rows[i * classes + labels[i]] = 1;
  return rows;
}

function kind(value: unknown): string {
  return value === null || value === undefined ? String(value) : (value.constructor?.name ?? typeof value);
}
