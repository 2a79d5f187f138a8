// A batch as a caller gives it -> the core's memory: checked first, so that a mistake changes nothing.

import { Region, Setting } from "../assembly/regions.ts";
import type { ModelConfig } from "./config.ts";
import type { ModelMemory } from "./core/memory.ts";
import { setInitialState } from "./core/states.ts";
import type { Batch, BatchViews } from "./data/batch-views.ts";
import { firstNotFinite } from "./data/finite.ts";
import { type DataShape, labelsEach, targetsEach } from "./data/shape.ts";
import { checkObject, whole } from "./layers.ts";
import { shown } from "./shown.ts";
import type { CellState, InitialStateOption, LengthsOption } from "./types.ts";

export class BatchInput {
  readonly x: Float32Array;
  readonly labels: Int32Array;
  readonly targets: Float32Array;
  readonly lengths: Int32Array;
  readonly sampleWeights: Float32Array;
  readonly #memory: ModelMemory;
  readonly #config: ModelConfig;
  #weighted = false;
  /** Batches that have lain in place so far: the number of the one that does. */
  batch = 0;

  constructor(memory: ModelMemory, config: ModelConfig) {
    this.#memory = memory;
    this.#config = config;
    this.x = memory.floats(Region.Input);
    this.labels = memory.ints(Region.Labels);
    this.targets = memory.floats(Region.Targets);
    this.lengths = memory.ints(Region.Lengths);
    this.sampleWeights = memory.floats(Region.SampleWeights);
  }

  /** Sequences in `x`. Throws a RangeError unless they are whole ones with a length each. */
  countOf(x: ArrayLike<number>, { lengths, initialState }: LengthsOption & InitialStateOption = {}): number {
    const { timeSteps, features } = this.#config;
    const size = timeSteps * features;
    checkArray("x", x);
    if (x.length % size !== 0) {
      throw new RangeError(
        `x must hold whole sequences of ${timeSteps} steps x ${features} features = ${size} values, got ${x.length} values`,
      );
    }
    const n = x.length / size;
    if (lengths !== undefined) {
      checkArray("lengths", lengths);
      checkCount("lengths", "one length per sequence", lengths.length, n);
      for (let i = 0; i < n; i++) whole(`lengths[${i}]`, lengths[i], 0, timeSteps);
    }
    if (initialState !== undefined) this.#checkState(initialState, n);
    return n;
  }

  /** `x` as float32. Throws a RangeError naming the first value that is not a finite one. */
  checkedValues(x: ArrayLike<number>): Float32Array {
    if (!(x instanceof Float32Array)) return ownValues(x);
    const bad = firstNotFinite(x, x.length);
    if (bad >= 0) throw new RangeError(`x[${bad}] must be a finite number, got ${x[bad]}`);
    return x;
  }

  /** Throws a RangeError naming what does not fit in the first n rows of a batch of such a shape. */
  checkRows({ x, labels, targets, lengths, sampleWeights }: Batch, shape: DataShape, n: number): void {
    const values = x.subarray(0, n * shape.timeSteps * shape.features);
    const truth =
      shape.truth === "classes"
        ? labels.subarray(0, n * labelsEach(shape))
        : targets.subarray(0, n * targetsEach(shape));
    this.countOf(values, { lengths: lengths?.subarray(0, n) });
    this.checkedValues(values);
    this.checkTargets(truth, n, sampleWeights?.subarray(0, n), lengths);
  }

  /** What a source of batches fills. */
  views(): BatchViews {
    const { x, labels, targets, sampleWeights, lengths } = this;
    this.#weighted = true;
    const truth = this.#config.head.type === "softmax" ? { labels } : { targets };
    return { x, ...truth, sampleWeights, lengths };
  }

  /** Rows first .. first + n - 1 of x, which holds `count` rows, and what goes with them, all checked. */
  take(
    x: Float32Array,
    first: number,
    n: number,
    count: number,
    { lengths, initialState }: LengthsOption & InitialStateOption = {},
  ): void {
    const { timeSteps: T, features: I, timeMajor } = this.#config;
    const runs = timeMajor ? T : 1;
    const length = timeMajor ? n * I : n * T * I;
    for (let run = 0; run < runs; run++) {
      const from = timeMajor ? (run * count + first) * I : first * T * I;
      this.x.set(x.subarray(from, from + length), run * length);
    }
    for (let i = 0; lengths && i < n; i++) this.lengths[i] = lengths[first + i];
    this.begin(n, lengths !== undefined, timeMajor);
    if (initialState) {
      setInitialState(this.#memory, this.#config, n, initialState, first);
      this.#memory.set(Setting.InitialState, 1);
    }
  }

  /** Tells the core of n rows that lie in place. */
  begin(n: number, hasLengths: boolean, timeMajor: boolean): void {
    this.batch++;
    const { timeSteps, head } = this.#config;
    let steps = timeSteps;
    let items = n * (head.everyStep ? timeSteps : 1);
    if (hasLengths) {
      steps = 0;
      let total = 0;
      for (let i = 0; i < n; i++) {
        steps = Math.max(steps, this.lengths[i]);
        total += this.lengths[i];
      }
      if (head.everyStep) items = total;
    }
    this.#memory.set(Setting.TimeMajor, timeMajor ? 1 : 0);
    this.#memory.set(Setting.InitialState, 0);
    this.#memory.set(Setting.HasLengths, hasLengths ? 1 : 0);
    // Steps beyond the longest sequence of the batch are not worked through.
    this.#memory.set(Setting.Steps, steps);
    this.#memory.set(Setting.Items, items);
  }

  /** What the sequences should give, checked: classes [items] for a softmax, else numbers [items, units]. */
  takeTargets(targets: ArrayLike<number>, weights?: ArrayLike<number>): void {
    if (this.#config.head.type === "softmax") this.labels.set(targets);
    else this.targets.set(targets);
    if (weights) this.sampleWeights.set(weights);
    else if (this.#weighted) this.sampleWeights.fill(1);
    this.#weighted = weights !== undefined;
  }

  /** Throws a RangeError naming the first target or weight of n sequences that is out of range. */
  checkTargets(
    targets: ArrayLike<number>,
    n: number,
    weights?: ArrayLike<number>,
    lengths?: ArrayLike<number>,
  ): void {
    const { head, timeSteps: T } = this.#config;
    const items = head.everyStep ? n * T : n;
    const each = head.everyStep ? "step" : "sequence";
    checkArray(head.type === "softmax" ? "labels" : "targets", targets);
    if (head.type === "softmax") {
      checkCount("labels", `one class per ${each}`, targets.length, items, n);
      for (let i = 0; i < items; i++) {
        const isEnded = head.everyStep && lengths !== undefined && i % T >= lengths[Math.floor(i / T)];
        whole(`labels[${i}]`, targets[i], isEnded ? -1 : 0, head.units - 1);
      }
    } else {
      checkCount("targets", `${head.units} numbers per ${each}`, targets.length, items * head.units, n);
      const isMark = head.type === "sigmoid";
      for (let i = 0; i < targets.length; i++) {
        const target = targets[i];
        if (isFloat32(target) && (!isMark || (target >= 0 && target <= 1))) continue;
        throw new RangeError(
          `targets[${i}] must be a ${isMark ? "number from 0 to 1" : "finite float32"}, got ${shown(target)}`,
        );
      }
    }
    if (weights === undefined) return;
    checkArray("sampleWeights", weights);
    checkCount("sampleWeights", "one weight per sequence", weights.length, n);
    for (let i = 0; i < n; i++) {
      if (isFloat32(weights[i]) && weights[i] >= 0) continue;
      throw new RangeError(`sampleWeights[${i}] must be a finite float32 from 0, got ${shown(weights[i])}`);
    }
  }

  #checkState(states: readonly CellState[], n: number): void {
    const { cells } = this.#memory;
    if (!Array.isArray(states) || states.length !== cells.length) {
      throw new RangeError(
        `initialState must hold one state per layer and direction, ${cells.length}, got ${shown(states?.length)}`,
      );
    }
    for (const [k, { units, outputs, config }] of cells.entries()) {
      checkObject(states[k], `initialState[${k}]`, { h: 0, c: 0 });
      const { h, c } = states[k];
      checkState(`initialState[${k}].h`, h, n * outputs);
      if (config.type === "lstm") checkState(`initialState[${k}].c`, c, n * units);
    }
  }
}

function checkState(name: string, values: unknown, length: number): void {
  if (!(values instanceof Float32Array) || values.length !== length) {
    const got = values instanceof Float32Array ? `${values.length} values` : shown(values);
    throw new RangeError(`${name} must be a Float32Array of ${length} values, got ${got}`);
  }
  const bad = firstNotFinite(values, length);
  if (bad >= 0) throw new RangeError(`${name}[${bad}] must be a finite number, got ${values[bad]}`);
}

// As float32.
function ownValues(x: ArrayLike<number>): Float32Array {
  const values = new Float32Array(x.length);
  for (let i = 0; i < values.length; i++) {
    const value = x[i];
    if (!isFloat32(value)) throw new RangeError(`x[${i}] must be a finite number, got ${shown(value)}`);
    values[i] = value;
  }
  return values;
}

/** Whether a number is finite, and still is as float32. */
function isFloat32(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(Math.fround(value));
}

function checkArray(name: string, values: unknown): void {
  const { length } = (typeof values === "object" && values !== null ? values : {}) as { length?: number };
  if (!(Number.isSafeInteger(length) && length! >= 0)) {
    throw new TypeError(`${name} must be an array of numbers, got ${values === null ? null : typeof values}`);
  }
  // An object that claims to be longer than it is shows here, before as much memory is made.
  const last = length! > 0 ? (values as ArrayLike<unknown>)[length! - 1] : 0;
  if (typeof last !== "number") {
    throw new RangeError(`${name}[${length! - 1}] must be a number, got ${shown(last)}`);
  }
}

function checkCount(name: string, what: string, got: number, expected: number, sequences = expected): void {
  if (got === expected) return;
  throw new RangeError(`${name} must hold ${what}, got ${got} for ${sequences} sequences`);
}
