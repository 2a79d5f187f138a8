// Seeded whole random numbers: xoshiro128** (Blackman and Vigna, prng.di.unimi.it/xoshiro128starstar.c).
// 32-bit integer operations only, so every engine draws the same numbers.

import { shown } from "../shown.ts";

const SPAN = 2 ** 32;

// The golden ratio in 32 bits: the step of splitmix32's counter.
const GOLDEN = 0x9e3779b9;

export class Random {
  readonly #s = new Uint32Array(4);

  /** `seed` is a whole number from 0 to 2^53 - 1; no two seeds start in the same state. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`seed must be a whole number from 0 to 2^53 - 1, got ${shown(seed)}`);
    }
    // mix is a bijection: word 0 gives back low, word 2 then high, and the two give back the seed. Words 0 and 1
    // differ, so the state is never all zero.
    const high = mix(Math.floor(seed / SPAN) + GOLDEN);
    const low = seed ^ high;
    for (let i = 0; i < 4; i++) this.#s[i] = mix(low + (i + 1) * GOLDEN);
    this.#s[2] ^= high;
    this.#s[3] ^= high;
  }

  /** A generator that goes on where the one that gave `state()` stood. */
  static fromState(state: ArrayLike<number>): Random {
    const words = Array.from(state);
    const valid =
      words.length === 4 && words.every((word) => word === word >>> 0) && words.some((word) => word !== 0);
    if (!valid) {
      throw new RangeError(
        `random state must be 4 words of 32 bits, not all zero, got [${words.slice(0, 8)}]`,
      );
    }
    const random = new Random(0);
    random.#s.set(words);
    return random;
  }

  /** A copy of the four state words. */
  state(): Uint32Array {
    return this.#s.slice();
  }

  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number {
    const s = this.#s;
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** A whole number from 0 to n - 1, each equally likely; n from 1 to 2^32. */
  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > SPAN) {
      throw new RangeError(`n must be a whole number from 1 to 2^32, got ${n}`);
    }
    // Draws at or above the last whole multiple of n would favour small remainders; they are drawn again.
    const limit = SPAN - (SPAN % n);
    let draw = this.uint32();
    while (draw >= limit) draw = this.uint32();
    return draw % n;
  }

  /** Reorders `a` in place, every order equally likely (Fisher-Yates). */
  shuffle(a: Uint32Array): void {
    for (let i = a.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = a[i];
      a[i] = a[j];
      a[j] = held;
    }
  }
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

// splitmix32's finaliser, constants from Wellons' hash-prospector: a bijection on 32-bit words.
function mix(x: number): number {
  let z = x | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
