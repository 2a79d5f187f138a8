// Sequences in memory with what is known of them, checked once when they enter; neither files nor shuffling.

import { type BatchViews, copyPart } from "./batch-views.ts";
import { type CheckedParts, checkParts, type DatasetParts } from "./dataset-parts.ts";
import { type DataShape, labelsEach, targetsEach } from "./shape.ts";
import { checkSize } from "./sizes.ts";
import { checkLabels } from "./truth.ts";

// SCALED[b] = b / 255, rounded to float32.
const SCALED = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

export type { DatasetParts } from "./dataset-parts.ts";

export class Dataset implements DataShape {
  readonly name: string;
  /** How many sequences there are. */
  readonly count: number;
  readonly timeSteps: number;
  readonly features: number;
  readonly truth: DataShape["truth"];
  readonly everyStep: boolean;
  readonly outputs: number;
  /** Class indices, [count], or [count, timeSteps] everyStep; empty unless the truth is classes. */
  readonly labels: Uint8Array | Int32Array;
  /** [count, outputs], or [count, timeSteps, outputs] everyStep; empty unless the truth is targets. */
  readonly targets: Float32Array;
  /** Steps of each sequence, 0 to timeSteps; its values from there on are 0. Absent: all are full. */
  readonly lengths: Int32Array | undefined;
  /** Factor of each sequence's loss in training. Absent: 1 each. */
  readonly sampleWeights: Float32Array | undefined;
  /** One name per class, if they have names. */
  readonly classNames: readonly string[] | undefined;
  /** One name per output, if they have names. */
  readonly targetNames: readonly string[] | undefined;
  /** What each sequence is called where it came from, if it is. */
  readonly ids: readonly string[] | undefined;
  readonly #values: Uint8Array | Float32Array;
  /** Sequence i is row rows[i] of the values; absent: row i. */
  readonly #rows: Uint32Array | undefined;

  private constructor(parts: CheckedParts<Uint8Array | Float32Array>, rows?: Uint32Array) {
    if (parts?.truth === undefined) {
      throw new TypeError("a Dataset is made by Dataset.fromFloats, fromBytes or fromSequences, not by new");
    }
    this.name = parts.name;
    this.count = parts.count;
    this.timeSteps = parts.timeSteps;
    this.features = parts.features;
    this.truth = parts.truth;
    this.everyStep = parts.everyStep;
    this.outputs = parts.outputs;
    this.labels = parts.labels;
    this.targets = parts.targets;
    this.lengths = parts.lengths;
    this.sampleWeights = parts.sampleWeights;
    this.classNames = parts.classNames;
    this.targetNames = parts.targetNames;
    this.ids = parts.ids;
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

  /** How many classes there are; 0 unless the truth is classes. */
  get classes(): number {
    return this.truth === "classes" ? this.outputs : 0;
  }

  get hasLengths(): boolean {
    return this.lengths !== undefined;
  }

  get hasSampleWeights(): boolean {
    return this.sampleWeights !== undefined;
  }

  /** All that `fromFloats` takes but the values, to make a dataset of the same sequences with others. */
  parts(): Omit<DatasetParts<never>, "values"> {
    const { name, timeSteps, features, truth, everyStep, labels, targets, outputs } = this;
    const { lengths, sampleWeights, classNames, targetNames, ids } = this;
    const common = { name, timeSteps, features, lengths, sampleWeights, ids };
    if (truth === "classes") return { ...common, everyStep, labels, classes: outputs, classNames };
    if (truth === "targets") return { ...common, everyStep, targets, outputs, targetNames };
    return common;
  }

  /** Sequences `start` to `end - 1` as a dataset on the same memory. */
  slice(start: number, end: number = this.count): Dataset {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end < start || end > this.count) {
      throw new RangeError(
        `${this.name}: slice needs whole numbers 0 <= start <= end <= ${this.count}, got ${start} and ${end}`,
      );
    }
    const rows = this.#rows?.subarray(start, end);
    const cut = <A extends Numbers>(all: A, each: number) => all.subarray(start * each, end * each) as A;
    const values = rows === undefined ? cut(this.#values, this.timeSteps * this.features) : this.#values;
    return this.#part(end - start, cut, this.ids?.slice(start, end), values, rows);
  }

  /** Sequences `wanted[0]`, `wanted[1]`, ... as a dataset on the same values; an index may come twice. */
  select(wanted: ArrayLike<number>): Dataset {
    const { count, ids } = this;
    const bad = Array.prototype.findIndex.call(wanted, (i) => !(Number.isInteger(i) && i >= 0 && i < count));
    if (bad !== -1) {
      throw new RangeError(
        `${this.name}: index ${bad} must be a whole number from 0 to ${count - 1}, got ${wanted[bad]}`,
      );
    }
    const indices = Uint32Array.from(wanted);
    const rows = this.#rows;
    const pick = <A extends Numbers>(all: A, each: number): A => {
      const out = new (all.constructor as new (size: number) => A)(indices.length * each);
      for (const [to, from] of indices.entries()) copyPart(all, from, out, to, each);
      return out;
    };
    const ownIds = ids && Array.from(indices, (index) => ids[index]);
    const ownRows = rows === undefined ? indices : indices.map((index) => rows[index]);
    return this.#part(indices.length, pick, ownIds, this.#values, ownRows);
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

  /** Writes the values of sequence `index`, [timeSteps, features], to `out[offset...]`; allocates nothing. */
  copyRow(index: number, out: Float32Array, offset: number): void {
    const rowLength = this.timeSteps * this.features;
    this.#checkIndex(index);
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

  /** Writes sequence `index` and all that is known of it to row `row` of the views; allocates nothing. */
  copyInto(index: number, views: BatchViews, row: number): void {
    this.copyRow(index, views.x, row * this.timeSteps * this.features);
    const { labels, targets, sampleWeights, lengths } = views;
    if (labels !== undefined) copyPart(this.labels, index, labels, row, labelsEach(this));
    if (targets !== undefined) copyPart(this.targets, index, targets, row, targetsEach(this));
    if (sampleWeights !== undefined) sampleWeights[row] = this.sampleWeights?.[index] ?? 1;
    if (lengths !== undefined) lengths[row] = this.lengths?.[index] ?? this.timeSteps;
  }

  /** Throws a RangeError naming the place unless every target is from `low` to `high`, as marks are from 0 to 1. */
  checkTargets(low: number, high: number): void {
    const bad = this.targets.findIndex((target) => !(target >= low && target <= high));
    if (bad === -1) return;
    const row = Math.floor(bad / this.outputs);
    const place = this.everyStep
      ? `sample ${Math.floor(row / this.timeSteps)}, step ${row % this.timeSteps}`
      : `sample ${row}`;
    throw new RangeError(
      `${this.name}: target ${bad % this.outputs} at ${place} must be a number from ${low} to ${high}, ` +
        `got ${this.targets[bad]}`,
    );
  }

  #checkIndex(index: number): void {
    if (index >= 0 && index < this.count && Number.isInteger(index)) return;
    throw new RangeError(
      `${this.name}: index must be a whole number from 0 to ${this.count - 1}, got ${index}`,
    );
  }

  /** Of every array [count, each] the part that `take` takes. */
  #part(
    count: number,
    take: <A extends Numbers>(all: A, each: number) => A,
    ids: readonly string[] | undefined,
    values: Uint8Array | Float32Array,
    rows: Uint32Array | undefined,
  ): Dataset {
    const { name, timeSteps, features, truth, everyStep, outputs, classNames, targetNames } = this;
    const shape = { name, timeSteps, features, truth, everyStep, outputs, classNames, targetNames };
    const parts = {
      ...shape,
      count,
      values,
      labels: take(this.labels, labelsEach(this)),
      targets: take(this.targets, targetsEach(this)),
      lengths: this.lengths && take(this.lengths, 1),
      sampleWeights: this.sampleWeights && take(this.sampleWeights, 1),
      ids,
    };
    return new Dataset(parts, rows);
  }
}

type Numbers = Uint8Array | Int32Array | Float32Array;

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
