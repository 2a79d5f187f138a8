/** Throws a RangeError unless `value` is a step size. */
export function checkLearningRate(value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(`learningRate must be a number above 0, got ${value}`);
  }
}
