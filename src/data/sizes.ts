// Sizes of datasets: their range, and memory for them.

/** Most values a dataset of floats may take: 2 GiB of float32, the longest array every browser can hold. */
const MAX_FLOATS = 2 ** 29;

export function checkSize(option: string, size: number, name: string): void {
  if (!Number.isInteger(size) || size < 1 || size > 0x7fffffff) {
    throw new RangeError(`${name}: ${option} must be a whole number from 1 to 2^31 - 1, got ${size}`);
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
