// Float buffers in a linear memory with guard words around them, for tests of kernels that write through pointers.
// Every word that belongs to no buffer is a guard, the gaps of alignment too:
//
//   start                                                             end
//   | guard ... | buffer 0 | guard ... | buffer 1 | guard ... | ...    |
//
// A guard is a NaN, so a kernel that reads past a buffer spoils its own result, and one that writes is caught
// by `assertIntact`. A fresh buffer is NaN as well: an output that is never written stays visible.

import { tally } from "./tally.ts";

/** A buffer of `length` floats, `offset` floats past a multiple of `alignment` bytes. */
export interface BufferRequest {
  length: number;
  /** Bytes, a power of two from 4; 64 unless given. */
  alignment?: number;
  /** Floats, to leave the alignment on purpose; 0 unless given. */
  offset?: number;
}

export interface GuardedBuffer {
  /** What a kernel is given: the byte address in the memory. */
  readonly address: number;
  readonly length: number;
  /** The floats in place. The view is made anew at each access, so it outlives a growing memory. */
  readonly floats: Float32Array;
}

export interface GuardedBuffers {
  readonly buffers: readonly GuardedBuffer[];
  /** The first byte address after the last guard. */
  readonly end: number;
  /** Throws, naming the neighbour and the distance, if a guard has changed. */
  assertIntact(): void;
}

// A signalling NaN with an unlikely payload: no arithmetic yields it.
const GUARD = 0x7fa5a5a5;
// A quiet one: it stays as it is where a test copies it as a number, which engines may do through a double.
const FRESH = 0x7fe0f0f0;
// At least this many guards stand on either side of a buffer: the four vectors a kernel may step at once.
const GUARD_WORDS = 16;
const PAGE_BYTES = 65536;

/** Lays the buffers out from `start` (bytes, a multiple of 4) and grows the memory if they do not fit. */
export function layOutGuarded(
  memory: WebAssembly.Memory,
  start: number,
  requests: readonly (number | BufferRequest)[],
): GuardedBuffers {
  if (start % 4 !== 0) throw new RangeError(`start must be a multiple of 4, got ${start}`);
  let end = start + GUARD_WORDS * 4;
  const buffers = requests.map((request) => {
    const {
      length,
      alignment = 64,
      offset = 0,
    } = typeof request === "number" ? { length: request } : request;
    const address = Math.ceil(end / alignment) * alignment + offset * 4;
    end = address + (length + GUARD_WORDS) * 4;
    return guardedBuffer(memory, address, length);
  });

  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));

  const words = () => new Uint32Array(memory.buffer, start, (end - start) / 4);
  const wordIndex = (address: number) => (address - start) / 4;
  words().fill(GUARD);
  for (const { address, length } of buffers) {
    words().fill(FRESH, wordIndex(address), wordIndex(address) + length);
  }

  function assertIntact(): void {
    tally("guards intact");
    const found = words();
    let next = 0;
    buffers.forEach(({ address, length }, index) => {
      const first = wordIndex(address);
      const before = found.subarray(next, first).findLastIndex((word) => word !== GUARD);
      if (before >= 0) throw new Error(`written ${first - next - before} floats before buffer ${index}`);
      next = first + length;
      const until = index + 1 < buffers.length ? next + GUARD_WORDS : found.length;
      const after = found.subarray(next, until).findIndex((word) => word !== GUARD);
      if (after >= 0) throw new Error(`written ${after + 1} floats past the end of buffer ${index}`);
      next = until;
    });
  }
  return { buffers, end, assertIntact };
}

function guardedBuffer(memory: WebAssembly.Memory, address: number, length: number): GuardedBuffer {
  return {
    address,
    length,
    get floats() {
      return new Float32Array(memory.buffer, address, length);
    },
  };
}
