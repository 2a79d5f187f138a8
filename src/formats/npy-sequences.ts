// NumPy arrays by name -> a dataset: x, what is known of it, y, and perhaps lengths and weights. No file access.

import { ClassIndex, listNames } from "../data/class-names.ts";
import { Dataset } from "../data/dataset.ts";
import { checkedTruth } from "../data/ragged.ts";
import type { Task } from "../data/shape.ts";
import type { TruthParts } from "../data/truth.ts";
import { shapeText } from "../shown.ts";
import { fail } from "./json-reader.ts";
import type { NpyArray, NpyData } from "./npy.ts";

export interface NpySequencesOptions {
  /** What y holds: class labels, the default, whole numbers of any kind; marks from 0 to 1; or numbers to predict. */
  task?: Task;
  /** Whether y has a label or a row of targets for each step; default false. */
  everyStep?: boolean;
  /** true: the arrays are to be predicted; y and weights are left out, if they are there. */
  unlabelled?: boolean;
  /** The labels in the order of their classes, written as text; absent: all that come, sorted. */
  classNames?: readonly string[];
  /** One name per output. */
  targetNames?: readonly string[];
}

const ARRAYS = ["x", "y", "lengths", "weights"];

/**
 * `x` [n, timeSteps, features], or [n, timeSteps] of one feature. `y` [n], or [n, outputs], and with everyStep [n,
 * timeSteps], or [n, timeSteps, outputs]. `lengths` [n]: the steps of each sequence, all unless given; x must be 0
 * behind them. `weights` [n]: factors of the sequences' losses, 1 unless given.
 */
export function sequencesFromArrays(
  arrays: ReadonlyMap<string, NpyArray>,
  name: string,
  options: NpySequencesOptions = {},
): Dataset {
  for (const key of arrays.keys()) {
    if (!ARRAYS.includes(key)) fail(name, `expected arrays ${ARRAYS.join(", ")}, got ${listNames([key])}`);
  }
  const { unlabelled = false } = options;
  const [x, y, lengths, weights] = ARRAYS.map((key) => arrays.get(key));
  if (x === undefined) fail(name, `expected an array x, got ${listNames(arrays.keys())}`);
  if (x.shape.length !== 2 && x.shape.length !== 3) {
    fail(name, `x must be of shape [n,timeSteps,features] or [n,timeSteps], got ${shapeText(x.shape)}`);
  }
  const [count, timeSteps, features = 1] = x.shape;
  if (count === 0) fail(name, "expected at least 1 sequence, got 0");
  if (y === undefined && !unlabelled) fail(name, `expected an array y, got ${listNames(arrays.keys())}`);
  const truth = unlabelled || y === undefined ? {} : truthOf(y, count, timeSteps, name, options);
  return Dataset.fromFloats({
    ...truth,
    values: x.data instanceof Float32Array ? x.data : Float32Array.from(x.data),
    timeSteps,
    features,
    lengths: lengths && vector("lengths", lengths, count, name),
    sampleWeights: unlabelled || weights === undefined ? undefined : vector("weights", weights, count, name),
    name,
  });
}

function vector(what: string, { shape, data }: NpyArray, count: number, name: string): NpyData {
  if (shape.length === 1 && shape[0] === count) return data;
  fail(name, `${what} must be of shape [${count}], one for each sequence, got ${shapeText(shape)}`);
}

function truthOf(
  { shape, data }: NpyArray,
  count: number,
  timeSteps: number,
  name: string,
  options: NpySequencesOptions,
): TruthParts {
  const { task = "classes", everyStep = false, classNames, targetNames } = options;
  const leading = everyStep ? [count, timeSteps] : [count];
  const isRow = shape.length === leading.length + 1 && task !== "classes";
  const fits = leading.every((size, i) => shape[i] === size) && (isRow || shape.length === leading.length);
  if (!fits) {
    const outputs = task === "classes" ? "" : ` or [${[...leading, "outputs"]}]`;
    fail(name, `y must be of shape ${shapeText(leading)}${outputs}, got ${shapeText(shape)}`);
  }
  if (task === "classes") return classesOf(data, classNames, everyStep, name);
  const outputs = isRow ? shape[leading.length] : 1;
  if (task === "multi-label") {
    const bad = data.findIndex((mark: number) => !(mark >= 0 && mark <= 1));
    if (bad !== -1) fail(name, `y: element ${bad} must be a mark from 0 to 1, got ${data[bad]}`);
  }
  return { targets: data, outputs, targetNames, everyStep };
}

/** -1 stands for no label, where a sequence has ended. */
function classesOf(
  data: NpyData,
  known: readonly string[] | undefined,
  everyStep: boolean,
  name: string,
): TruthParts {
  const classes = new ClassIndex(known);
  const labels = Int32Array.from(data, (label: number, i: number) => {
    if (everyStep && label === -1) return -1;
    if (!Number.isSafeInteger(label)) {
      fail(name, `y: element ${i} must be a class label, a whole number, got ${label}`);
    }
    const index = classes.add(String(label));
    if (index !== -1) return index;
    fail(name, `y: element ${i} must be one of ${listNames(classes.names())}, got ${label}`);
  });
  const { classNames, classOf } = classes.finish();
  checkedTruth({ classNames }, name);
  return { labels: labels.map((index) => (index === -1 ? -1 : classOf[index])), classNames, everyStep };
}
