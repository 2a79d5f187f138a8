// The wire format of protocol buffers, as protobuf.dev/programming-guides/encoding has it: fields <-> bytes.
// Bytes are untrusted: every length is checked against what is left, and nothing is copied. No groups.

import { fail } from "./json-reader.ts";

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** One field of a message as it lies on the wire. */
export interface Field {
  readonly number: number;
  /** The value of a varint, as a signed 64-bit number; undefined for other fields. */
  readonly int: bigint | undefined;
  /** The bytes of a string, message or packed list, or the 4 or 8 bytes of a fixed number. */
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array(0);

/** The fields of a message, in order. `where` begins each error's message. */
export function* readFields(message: Uint8Array, where: string): Generator<Field> {
  const reader = new VarintReader(message, where);
  while (reader.at < message.length) {
    const key = Number(reader.next());
    const number = Math.floor(key / 8);
    if (number < 1 || number >= 2 ** 29) fail(where, `expected a field's number, got ${number}`);
    const wire = key % 8;
    if (wire === VARINT) {
      yield { number, int: BigInt.asIntN(64, reader.next()), bytes: NOTHING };
      continue;
    }
    if (wire !== FIXED64 && wire !== BYTES && wire !== FIXED32) {
      fail(where, `expected a field of type 0, 1, 2 or 5, got ${wire} at byte ${reader.at}`);
    }
    const length = wire === BYTES ? Number(reader.next()) : wire === FIXED64 ? 8 : 4;
    if (length > message.length - reader.at) {
      fail(where, `expected ${length} bytes at byte ${reader.at}, got ${message.length - reader.at}`);
    }
    yield { number, int: undefined, bytes: message.subarray(reader.at, reader.at + length) };
    reader.at += length;
  }
}

/** A list of varints that lie packed in one field, each a signed 64-bit number. */
export function readPacked(bytes: Uint8Array, where: string): bigint[] {
  const values: bigint[] = [];
  const reader = new VarintReader(bytes, where);
  while (reader.at < bytes.length) values.push(BigInt.asIntN(64, reader.next()));
  return values;
}

class VarintReader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #where: string;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  /** Seven bits a byte, the least first; at most ten bytes. */
  next(): bigint {
    const begin = this.at;
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    fail(this.#where, `expected a number of at most ten bytes at byte ${begin}, got more`);
  }

  #byte(): number {
    if (this.at >= this.#bytes.length) {
      fail(this.#where, `expected a number at byte ${this.#bytes.length}, got the end`);
    }
    return this.#bytes[this.at++];
  }
}

/** Collects the fields of one message. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  /** A whole number from -2^53 + 1 to 2^53 - 1. */
  int(number: number, value: number): this {
    this.#parts.push(varint(number * 8 + VARINT), varint(value));
    return this;
  }

  bytes(number: number, value: Uint8Array): this {
    this.#parts.push(varint(number * 8 + BYTES), varint(value.length), value);
    return this;
  }

  string(number: number, value: string): this {
    return this.bytes(number, new TextEncoder().encode(value));
  }

  message(number: number, write: (message: MessageWriter) => void): this {
    const inner = new MessageWriter();
    write(inner);
    return this.bytes(number, inner.finish());
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
