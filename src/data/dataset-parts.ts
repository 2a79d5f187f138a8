// What a dataset is made of, and the checks it goes through once. Nothing here keeps or copies values.

/** Most values a dataset of floats may take: 2 GiB of float32, the longest array every browser can hold. */
const MAX_FLOATS = 2 ** 29;

/** What a dataset is made of; the arrays are kept, not copied, and must not change afterwards. */
export interface DatasetParts<Values> {
  /** [count, timeSteps, features], row-major. */
  values: Values;
  /** One class index, 0 to classes - 1, per sequence. */
  labels: ArrayLike<number>;
  timeSteps: number;
  features: number;
  classes: number;
  /** Steps of each sequence, 0 to timeSteps; the values of its steps from there on are 0. Absent: all are full. */
  lengths?: ArrayLike<number>;
  /** One name per class, each once. */
  classNames?: readonly string[];
  /** Named in errors. */
  name?: string;
}

/** Checked parts; labels and lengths are typed arrays. */
export interface CheckedParts<Values> {
  values: Values;
  labels: Uint8Array | Int32Array;
  timeSteps: number;
  features: number;
  classes: number;
  lengths: Int32Array | undefined;
  classNames: readonly string[] | undefined;
  name: string;
}

/** Checks everything but the values themselves; values beyond a length must be 0. */
export function checkParts<Values extends ArrayLike<number>>(
  parts: DatasetParts<Values>,
): CheckedParts<Values> {
  const { values, labels, timeSteps, features, classes, lengths, classNames, name = "dataset" } = parts;
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
  if (classNames !== undefined) checkClassNames(classNames, classes, name);
  const keptLabels =
    labels instanceof Uint8Array || labels instanceof Int32Array ? labels : Int32Array.from(labels);
  const keptLengths = lengths === undefined ? undefined : checkLengths(lengths, count, timeSteps, name);
  if (keptLengths !== undefined) checkPadding(values, keptLengths, timeSteps, features, name);
  return {
    values,
    labels: keptLabels,
    timeSteps,
    features,
    classes,
    lengths: keptLengths,
    classNames: classNames?.slice(),
    name,
  };
}

export function checkSize(option: string, size: number, name: string): void {
  if (!Number.isInteger(size) || size < 1 || size > 0x7fffffff) {
    throw new RangeError(`${name}: ${option} must be a whole number from 1 to 2^31 - 1, got ${size}`);
  }
}

export function checkLabels(labels: ArrayLike<number>, classes: number, name: string): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new RangeError(
        `${name}: label ${i} must be a whole number from 0 to ${classes - 1}, got ${label}`,
      );
    }
  }
}

/** Zeros [count, timeSteps, features], unless that is more than memory can hold. */
export function zeroValues(count: number, timeSteps: number, features: number, name: string): Float32Array {
  const shape = `${count} sequences of ${timeSteps} steps x ${features} features`;
  const size = count * timeSteps * features;
  if (size > MAX_FLOATS) {
    throw new RangeError(`${name}: expected at most ${MAX_FLOATS} values, got ${shape}`);
  }
  try {
    return new Float32Array(size);
  } catch {
    throw new RangeError(`${name}: expected memory for ${4 * size} bytes (${shape}), got none`);
  }
}

function checkClassNames(classNames: readonly string[], classes: number, name: string): void {
  if (classNames.length !== classes) {
    throw new RangeError(`${name}: expected ${classes} class names, got ${classNames.length}`);
  }
  const indices = new Map<string, number>();
  for (const [i, className] of classNames.entries()) {
    if (typeof className !== "string") {
      throw new TypeError(`${name}: class name ${i} must be a string, got ${typeof className}`);
    }
    const first = indices.get(className);
    if (first !== undefined) {
      throw new RangeError(`${name}: expected each class name once, got "${className}" at ${first} and ${i}`);
    }
    indices.set(className, i);
  }
}

function checkLengths(
  lengths: ArrayLike<number>,
  count: number,
  timeSteps: number,
  name: string,
): Int32Array {
  if (lengths.length !== count) {
    throw new RangeError(
      `${name}: expected one length per sequence, got ${lengths.length} lengths and ${count} sequences`,
    );
  }
  for (let i = 0; i < count; i++) {
    const length = lengths[i];
    if (!Number.isInteger(length) || length < 0 || length > timeSteps) {
      throw new RangeError(
        `${name}: length ${i} must be a whole number from 0 to ${timeSteps}, got ${length}`,
      );
    }
  }
  return lengths instanceof Int32Array ? lengths : Int32Array.from(lengths);
}

function checkPadding(
  values: ArrayLike<number>,
  lengths: Int32Array,
  timeSteps: number,
  features: number,
  name: string,
): void {
  for (let sample = 0; sample < lengths.length; sample++) {
    const end = (sample + 1) * timeSteps * features;
    for (let i = (sample * timeSteps + lengths[sample]) * features; i < end; i++) {
      if (values[i] === 0) continue;
      const step = Math.floor(i / features) % timeSteps;
      throw new RangeError(
        `${name}: value at sample ${sample}, step ${step}, feature ${i % features} must be 0, ` +
          `since the sequence has ${lengths[sample]} steps, got ${values[i]}`,
      );
    }
  }
}
