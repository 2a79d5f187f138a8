// Rows of numbers, one a step, nested or one after another: counted, checked, and copied with zeros behind them.

export type StepRows = readonly ArrayLike<number>[] | Float32Array;

/** How many rows of `width` numbers there are; `what` they are, e.g. "features", is named in errors. */
export function countSteps(rows: StepRows, width: number, what: string, where: string): number {
  if (rows instanceof Float32Array) {
    if (rows.length % width === 0) return rows.length / width;
    throw new RangeError(`${where} must have whole steps of ${width} ${what}, got ${rows.length} values`);
  }
  if (!Array.isArray(rows)) {
    throw new TypeError(`${where} must be an array of steps or a Float32Array, got ${typeof rows}`);
  }
  for (let step = 0; step < rows.length; step++) {
    if (rows[step]?.length !== width) {
      const got = rows[step]?.length === undefined ? typeof rows[step] : rows[step].length;
      throw new RangeError(`${where}, step ${step} must have ${width} ${what}, got ${got}`);
    }
  }
  return rows.length;
}

/** Rows `first` to `first + count - 1` to the start of `out` [steps, width], zeros behind them. */
export function copySteps(
  rows: StepRows,
  first: number,
  count: number,
  out: Float32Array,
  width: number,
  what: string,
  where: string,
): void {
  const flat = rows instanceof Float32Array;
  for (let i = 0; i < count * width; i++) {
    const step = first + Math.floor(i / width);
    const value = flat ? rows[first * width + i] : rows[step][i % width];
    out[i] = value;
    // A string among the numbers would be converted; a number beyond float32 would become infinite.
    if (typeof value !== "number" || !Number.isFinite(out[i])) {
      throw new RangeError(
        `${where}, step ${step}, ${what} ${i % width} must be a finite float32, got ${value}`,
      );
    }
  }
  out.fill(0, count * width);
}
