// Damaged copies of good files, from a seed: the same seed gives the same files.

import { randomNumbers } from "../support/reference/index.ts";

/** Sizes and lengths that break readers: around the borders of 8, 16, 31, 32 and 53 bits. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const EDGE_TEXTS = [
  "-1",
  "0",
  "1e9",
  "1e999",
  "4294967296",
  "9007199254740993",
  "18446744073709551616",
  "0.5",
  "NaN",
];

export class Mutator {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
  }

  /** A whole number below `count`. */
  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }

  /** One to four edits; other good files lend parts. */
  bytes(good: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    let bytes: Uint8Array = good.slice();
    for (let edits = 1 + this.below(4); edits > 0; edits--) bytes = this.#edit(bytes, others);
    return bytes;
  }

  /** Edits that leave the length as it is, so that lengths in the file stay true. */
  inPlace(good: Uint8Array): Uint8Array {
    const bytes = good.slice();
    for (let edits = 1 + this.below(4); edits > 0; edits--) this.#overwrite(bytes);
    return bytes;
  }

  /** One to four edits of a text: tokens over it or into it, numbers replaced, parts cut, doubled or moved. */
  text(good: string, tokens: readonly string[]): string {
    let text = good;
    for (let edits = 1 + this.below(4); edits > 0; edits--) {
      const at = this.below(text.length + 1);
      const length = this.chance(0.7) ? this.below(12) : this.below(text.length + 1);
      const part = text.slice(at, at + length);
      const rest = text.slice(0, at) + text.slice(at + length);
      const kind = this.below(7);
      if (kind === 0) text = rest;
      else if (kind === 1) text = text.slice(0, at) + part + text.slice(at);
      else if (kind === 2) text = rest.slice(0, this.below(rest.length + 1)) + part + rest.slice(at);
      else if (kind === 3) text = text.slice(0, at) + this.pick(tokens) + text.slice(at);
      else if (kind === 4) text = text.slice(0, at) + this.pick(tokens) + text.slice(at + length);
      else if (kind === 5) text = this.#replaceNumber(text, at);
      else if (this.chance(0.2)) text = text.slice(0, at);
    }
    return text;
  }

  #replaceNumber(text: string, from: number): string {
    const number = /\d+/g;
    number.lastIndex = from;
    const found = number.exec(text);
    if (found === null) return text;
    const value = this.chance(0.5) ? this.pick(EDGE_TEXTS) : String(Number(found[0]) + this.below(9) - 4);
    return text.slice(0, found.index) + value + text.slice(found.index + found[0].length);
  }

  #edit(bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    const kind = this.below(8);
    const at = this.below(bytes.length + 1);
    const length = this.chance(0.7) ? this.below(16) : this.below(bytes.length + 1);
    if (kind === 0) return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    if (kind === 1) return joined(bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at));
    if (kind === 2) {
      const other = this.pick(others);
      const from = this.below(other.length);
      return joined(bytes.subarray(0, at), other.subarray(from, from + length), bytes.subarray(at + length));
    }
    if (kind === 3 && this.chance(0.3)) return bytes.slice(0, at);
    this.#overwrite(bytes);
    return bytes;
  }

  #overwrite(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const at = this.below(bytes.length);
    const kind = this.below(5);
    if (kind === 0) bytes[at] ^= 1 << this.below(8);
    else if (kind === 1) bytes[at] = this.below(256);
    else if (kind === 2) bytes[at] = this.pick(EDGES) & 0xff;
    else {
      // A number of two to eight bytes, in either order.
      const width = this.pick([2, 4, 8]);
      const value = BigInt(this.pick(EDGES)) << BigInt(this.pick([0, 0, 0, 32]));
      for (let i = 0; i < width && at + i < bytes.length; i++) {
        const byte = Number((value >> BigInt(8 * (kind === 3 ? i : width - 1 - i))) & 0xffn);
        bytes[at + i] = byte;
      }
    }
  }
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
