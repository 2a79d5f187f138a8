// What is known of the sequences of a dataset, classes or target numbers, checked once. Keeps no values.

import { listNames } from "./class-names.ts";
import type { DataShape } from "./shape.ts";
import { checkSize } from "./sizes.ts";

/** What is known of sequences, in words: classes, or numbers, or with neither nothing. */
export interface TruthOptions {
  /** How many classes; needed for labels unless classNames says it. */
  classes?: number;
  /** One name per class, each once. */
  classNames?: readonly string[];
  /** Numbers in a row of targets; needed for targets unless targetNames says it. */
  outputs?: number;
  /** One name per output, each once. */
  targetNames?: readonly string[];
  /** Whether each step has a label or a row of targets of its own; default false. */
  everyStep?: boolean;
}

/** At most one of labels and targets; arrays are kept, not copied, and must not change afterwards. */
export interface TruthParts extends TruthOptions {
  /** Class indices, 0 to classes - 1: [count], or [count, timeSteps] everyStep, where -1 may stand behind an end. */
  labels?: ArrayLike<number>;
  /** Finite numbers to predict: [count, outputs], or [count, timeSteps, outputs] everyStep. */
  targets?: ArrayLike<number>;
}

export interface TruthKind extends Pick<DataShape, "truth" | "everyStep" | "outputs"> {
  classNames: readonly string[] | undefined;
  targetNames: readonly string[] | undefined;
}

/** Checked and complete: labels and targets are empty where there are none. */
export interface Truth extends TruthKind {
  labels: Uint8Array | Int32Array;
  targets: Float32Array;
}

const GIVEN = { classes: "labels", targets: "targets", none: "neither" };
const EXPECTED = {
  classes: "labels of the classes",
  targets: "targets for the outputs",
  none: "classes for labels or outputs for targets",
};

/** Checks the options, and says which kind of truth they speak of. */
export function truthOf(options: TruthOptions, name: string): TruthKind {
  const { classNames, targetNames, everyStep = false } = options;
  const classes = options.classes ?? classNames?.length;
  const outputs = options.outputs ?? targetNames?.length;
  if (typeof everyStep !== "boolean") {
    throw new TypeError(`${name}: everyStep must be true or false, got ${everyStep}`);
  }
  if (classes !== undefined && outputs !== undefined) {
    throw new RangeError(`${name}: expected classes or outputs, got both`);
  }
  const names = { classNames: classNames?.slice(), targetNames: targetNames?.slice() };
  if (classes !== undefined) {
    checkSize("classes", classes, name);
    checkNames("class", classNames, classes, name);
    return { truth: "classes", everyStep, outputs: classes, ...names };
  }
  if (outputs !== undefined) {
    checkSize("outputs", outputs, name);
    checkNames("target", targetNames, outputs, name);
    return { truth: "targets", everyStep, outputs, ...names };
  }
  return { truth: "none", everyStep: false, outputs: 0, ...names };
}

/** Checks labels or targets of sequences; steps from a sequence's length on need no label. */
export function checkTruth(
  parts: TruthParts,
  { count, timeSteps, features, lengths }: Sequences,
  name: string,
): Truth {
  const { labels, targets } = parts;
  if (labels !== undefined && targets !== undefined) {
    throw new RangeError(`${name}: expected labels or targets, got both`);
  }
  const about = truthOf(parts, name);
  const { truth, everyStep, outputs } = about;
  const given = labels !== undefined ? "labels" : targets !== undefined ? "targets" : "neither";
  if (given !== GIVEN[truth]) throw new RangeError(`${name}: expected ${EXPECTED[truth]}, got ${given}`);
  const sequences = `${count} sequences of ${timeSteps} steps x ${features} features`;
  const rows = everyStep ? count * timeSteps : count;
  const per = everyStep ? "step" : "sequence";
  if (labels !== undefined && labels.length !== rows) {
    throw new RangeError(
      `${name}: expected one label per ${per}, got ${labels.length} labels and ${sequences}`,
    );
  }
  if (targets !== undefined && targets.length !== rows * outputs) {
    throw new RangeError(
      `${name}: expected ${outputs} targets per ${per}, got ${targets.length} targets and ${sequences}`,
    );
  }
  if (labels !== undefined) {
    if (everyStep) checkStepLabels(labels, outputs, timeSteps, lengths, name);
    else checkLabels(labels, outputs, name);
  }
  return { ...about, labels: integers(labels ?? []), targets: finiteFloats(targets ?? [], outputs, name) };
}

interface Sequences {
  count: number;
  timeSteps: number;
  features: number;
  lengths: ArrayLike<number> | undefined;
}

export function checkLabels(labels: ArrayLike<number>, classes: number, name: string): void {
  for (let i = 0; i < labels.length; i++) {
    if (isClass(labels[i], classes)) continue;
    throw new RangeError(
      `${name}: label ${i} must be a whole number from 0 to ${classes - 1}, got ${labels[i]}`,
    );
  }
}

function checkStepLabels(
  labels: ArrayLike<number>,
  classes: number,
  timeSteps: number,
  lengths: ArrayLike<number> | undefined,
  name: string,
): void {
  for (let i = 0; i < labels.length; i++) {
    if (isClass(labels[i], classes)) continue;
    const sample = Math.floor(i / timeSteps);
    const step = i % timeSteps;
    if (labels[i] === -1 && step >= (lengths?.[sample] ?? timeSteps)) continue;
    throw new RangeError(
      `${name}: label at sample ${sample}, step ${step} must be a whole number from 0 to ${classes - 1}, ` +
        `got ${labels[i]}`,
    );
  }
}

export function isClass(label: unknown, classes: number): label is number {
  return Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes;
}

function integers(labels: ArrayLike<number>): Uint8Array | Int32Array {
  return labels instanceof Uint8Array || labels instanceof Int32Array ? labels : Int32Array.from(labels);
}

function finiteFloats(targets: ArrayLike<number>, outputs: number, name: string): Float32Array {
  const floats = targets instanceof Float32Array ? targets : Float32Array.from(targets);
  const bad = floats.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return floats;
  throw new RangeError(
    `${name}: target ${bad % outputs} of row ${Math.floor(bad / outputs)} must be a finite float32, got ${targets[bad]}`,
  );
}

function checkNames(
  kind: "class" | "target",
  names: readonly string[] | undefined,
  count: number,
  name: string,
): void {
  if (names === undefined) return;
  if (names.length !== count) {
    throw new RangeError(`${name}: expected ${count} ${kind} names, got ${names.length}`);
  }
  const indices = new Map<string, number>();
  for (const [i, own] of names.entries()) {
    if (typeof own !== "string") {
      throw new TypeError(`${name}: ${kind} name ${i} must be a string, got ${typeof own}`);
    }
    const first = indices.get(own);
    if (first !== undefined) {
      throw new RangeError(
        `${name}: expected each ${kind} name once, got ${listNames([own])} at ${first} and ${i}`,
      );
    }
    indices.set(own, i);
  }
}
