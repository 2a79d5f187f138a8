// What a training learnt of its files and applies to any other: plain JSON that a model's metadata carries.

import { checkScaler, type Scaler } from "./data/scale.ts";
import type { Task } from "./data/shape.ts";

/** Columns of a CSV file; what is left out has the reader's defaults. */
export interface CsvColumns {
  /** Column of the class; default "label". */
  label?: string;
  /** Columns of the numbers or marks to predict, when classes are not; default "target". */
  targets?: readonly string[];
  /** Column of the sequences' weights; default none. */
  weight?: string;
  /** Column of the sequences' ids, one row a step; default "sequence". Without such a column a row is a sequence. */
  sequence?: string;
  /** Column that orders the steps of a sequence; default their order in the file. */
  time?: string;
  /** Values of a step where a row is a sequence; default 1. Given, a row is a sequence, with or without an id. */
  featuresPerStep?: number;
}

export interface Preparation {
  /** Default "classes". */
  task?: Task;
  /** Default false. */
  everyStep?: boolean;
  timeSteps: number;
  features?: number;
  /** One name per class, for the task "classes". */
  classNames?: readonly string[];
  /** One name per output, for the other tasks. */
  targetNames?: readonly string[];
  /** CSV columns of the features, in the order in which they were learnt. */
  featureColumns?: readonly string[];
  columns?: CsvColumns;
  scaler?: Scaler;
}

const isText = (value: unknown) => typeof value === "string";
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isSize = (value: unknown) => Number.isInteger(value) && (value as number) >= 1;
const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

type Check = [holds: (value: unknown) => boolean, expected: string];
const NAMES: Check = [isTexts, "a list of names"];
const CHECKS: Record<keyof Preparation, Check> = {
  task: [
    (value) => value === "classes" || value === "multi-label" || value === "regression",
    "classes, multi-label or regression",
  ],
  everyStep: [(value) => typeof value === "boolean", "true or false"],
  timeSteps: [isSize, "a whole number from 1"],
  features: [isSize, "a whole number from 1"],
  classNames: NAMES,
  targetNames: NAMES,
  featureColumns: NAMES,
  columns: [isObject, "an object"],
  scaler: [isObject, "an object"],
};
const COLUMN_CHECKS: Record<keyof CsvColumns, Check> = {
  label: [isText, "a name"],
  targets: NAMES,
  weight: [isText, "a name"],
  sequence: [isText, "a name"],
  time: [isText, "a name"],
  featuresPerStep: [isSize, "a whole number from 1"],
};

/** As JSON; whatever else the object has is left out. */
export function encodePreparation(preparation: Preparation): string {
  const keys = Object.keys(CHECKS) as (keyof Preparation)[];
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, preparation[key]])));
}

/** From JSON; throws a RangeError that begins with `name` unless it is sound. */
export function decodePreparation(text: string, name: string): Preparation {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError(`${name}: expected a preparation as JSON, got ${text.slice(0, 40)}`);
  }
  if (!isObject(value)) throw new RangeError(`${name}: expected a preparation, got ${text.slice(0, 40)}`);
  const preparation = value as Preparation;
  checkFields(preparation, CHECKS, "preparation", name);
  if (preparation.timeSteps === undefined) {
    throw new RangeError(`${name}: preparation: expected timeSteps, got none`);
  }
  checkFields(preparation.columns ?? {}, COLUMN_CHECKS, "preparation: columns", name);
  const { scaler, features } = preparation;
  if (scaler !== undefined) checkScaler(scaler, features ?? scaler.offset?.length ?? 1, name);
  return preparation;
}

function checkFields<T extends object>(
  value: T,
  checks: Record<keyof T, Check>,
  what: string,
  name: string,
): void {
  for (const [key, own] of Object.entries(value)) {
    const check = Object.hasOwn(checks, key) ? checks[key as keyof T] : undefined;
    if (check === undefined) throw new RangeError(`${name}: ${what}: unknown field ${JSON.stringify(key)}`);
    const [holds, expected] = check;
    if (holds(own)) continue;
    throw new RangeError(`${name}: ${what}: ${key} must be ${expected}, got ${JSON.stringify(own)}`);
  }
}
