// Labelled sequences in memory, checked once when they enter; neither files nor shuffling.

// SCALED[b] = b / 255, rounded to float32.
const SCALED = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** What a dataset is made of; the arrays are kept, not copied, and must not change afterwards. */
export interface DatasetParts<Values> {
  /** [count, timeSteps, features], row-major. */
  values: Values;
  /** One class index, 0 to classes - 1, per sequence. */
  labels: ArrayLike<number>;
  timeSteps: number;
  features: number;
  classes: number;
  /** Named in errors. */
  name?: string;
}

type Checked<Values> = Required<DatasetParts<Values>> & { labels: Uint8Array | Int32Array };

export class Dataset {
  readonly name: string;
  readonly timeSteps: number;
  readonly features: number;
  readonly classes: number;
  /** One class index per sequence. */
  readonly labels: Uint8Array | Int32Array;
  readonly #values: Uint8Array | Float32Array;

  private constructor(parts: Checked<Uint8Array | Float32Array>) {
    this.name = parts.name;
    this.timeSteps = parts.timeSteps;
    this.features = parts.features;
    this.classes = parts.classes;
    this.labels = parts.labels;
    this.#values = parts.values;
  }

  /** Byte values, e.g. pixels; read as float32 `byte / 255`, so 0..255 becomes 0..1. */
  static fromBytes(parts: DatasetParts<Uint8Array>): Dataset {
    if (!(parts.values instanceof Uint8Array)) {
      throw new TypeError(
        `${parts.name ?? "dataset"}: values must be a Uint8Array, got ${kind(parts.values)}`,
      );
    }
    return new Dataset(check(parts));
  }

  /** Float values, read as they are; every one must be finite. */
  static fromFloats(parts: DatasetParts<Float32Array>): Dataset {
    const { values } = parts;
    if (!(values instanceof Float32Array)) {
      throw new TypeError(`${parts.name ?? "dataset"}: values must be a Float32Array, got ${kind(values)}`);
    }
    const checked = check(parts);
    const { timeSteps, features, name } = checked;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad !== -1) {
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
    const { name, timeSteps, features, classes } = this;
    const rowLength = timeSteps * features;
    return new Dataset({
      values: this.#values.subarray(start * rowLength, end * rowLength),
      labels: this.labels.subarray(start, end),
      timeSteps,
      features,
      classes,
      name,
    });
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
    const from = index * rowLength;
    if (values instanceof Uint8Array) {
      for (let i = 0; i < rowLength; i++) out[offset + i] = SCALED[values[from + i]];
    } else {
      for (let i = 0; i < rowLength; i++) out[offset + i] = values[from + i];
    }
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

function check<Values extends ArrayLike<number>>(parts: DatasetParts<Values>): Checked<Values> {
  const { values, labels, timeSteps, features, classes, name = "dataset" } = parts;
  checkSize("timeSteps", timeSteps, name);
  checkSize("features", features, name);
  checkSize("classes", classes, name);
  const shape = `${timeSteps} steps x ${features} features`;
  if (values.length % (timeSteps * features) !== 0) {
    throw new RangeError(`${name}: ${values.length} values are not whole sequences of ${shape}`);
  }
  const count = values.length / (timeSteps * features);
  if (labels.length !== count) {
    throw new RangeError(
      `${name}: expected one label per sequence, got ${labels.length} labels and ${count} sequences of ${shape}`,
    );
  }
  checkLabels(labels, classes, name);
  const kept =
    labels instanceof Uint8Array || labels instanceof Int32Array ? labels : Int32Array.from(labels);
  return { values, labels: kept, timeSteps, features, classes, name };
}

function checkSize(option: string, size: number, name: string): void {
  if (!Number.isInteger(size) || size < 1 || size > 0x7fffffff) {
    throw new RangeError(`${name}: ${option} must be a whole number from 1 to 2^31 - 1, got ${size}`);
  }
}

function checkLabels(labels: ArrayLike<number>, classes: number, name: string): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(
        `${name}: label ${i} must be a whole number from 0 to ${classes - 1}, got ${label}`,
      );
    }
  }
}

function kind(value: unknown): string {
  return value === null || value === undefined ? String(value) : (value.constructor?.name ?? typeof value);
}
