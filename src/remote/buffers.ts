// Buffers that can move from one thread to another.

/** The buffers that arrays in `value`, an answer that the sender keeps no part of, have to themselves. */
export function buffersOf(value: unknown, found: ArrayBuffer[] = []): ArrayBuffer[] {
  if (ownsBuffer(value)) {
    if (!found.includes(value.buffer)) found.push(value.buffer);
  } else if (value instanceof Map || (Array.isArray(value) && typeof value[0] === "object")) {
    for (const item of value.values()) buffersOf(item, found);
  } else if (isPlain(value)) {
    for (const item of Object.values(value)) buffersOf(item, found);
  }
  return found;
}

/** Whether `value` is an array that covers a buffer which can be moved. */
export function ownsBuffer(value: unknown): value is ArrayBufferView<ArrayBuffer> {
  return (
    ArrayBuffer.isView(value) &&
    value.buffer instanceof ArrayBuffer &&
    value.byteLength === value.buffer.byteLength
  );
}

/** Whether `value` is an object of the language's own, as written in braces. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
