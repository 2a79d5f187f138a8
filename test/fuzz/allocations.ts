// Counts the bytes of all typed arrays and buffers that are made by name, so that a reader that believes a size in a
// file is seen even where the memory would be there. Loaded before anything else.

const MADE_BY_NAME = [
  "ArrayBuffer",
  "Float32Array",
  "Float64Array",
  "Int8Array",
  "Int16Array",
  "Int32Array",
  "Uint8Array",
  "Uint16Array",
  "Uint32Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

let allocated = 0;

/** Refused, as an engine out of memory would. */
const MOST = 2 ** 30;

for (const name of MADE_BY_NAME) {
  const original = globalThis[name] as unknown as {
    new (...args: unknown[]): ArrayBuffer;
    BYTES_PER_ELEMENT?: number;
  };
  (globalThis as Record<string, unknown>)[name] = new Proxy(original, {
    construct(target, args, newTarget) {
      const [size] = args;
      if (typeof size === "number") {
        const bytes = size * (original.BYTES_PER_ELEMENT ?? 1);
        allocated += bytes;
        if (bytes > MOST) throw new RangeError(`Array buffer allocation failed: ${bytes} bytes`);
      }
      return Reflect.construct(target, args, newTarget);
    },
  });
}

/** Bytes since the last call. */
export function takeAllocated(): number {
  const bytes = allocated;
  allocated = 0;
  return bytes;
}
