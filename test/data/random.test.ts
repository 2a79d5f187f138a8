import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/data/random.ts";

const draw = (random: Random, n: number) => Array.from({ length: n }, () => random.uint32());

describe("Random", () => {
  test("is xoshiro128**: the reference C program's numbers from state 1, 2, 3, 4", () => {
    expect(draw(Random.fromState([1, 2, 3, 4]), 10)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  test("a seed gives the numbers of a big-integer program written apart from this one", () => {
    expect(draw(new Random(1), 4)).toEqual([3103873459, 2744381814, 1512641695, 3162471008]);
    expect(draw(new Random(2 ** 53 - 1), 4)).toEqual([3292082215, 3320262871, 599830725, 2202582020]);
  });

  test("seeds that differ in the low or the high bits alone start differently", () => {
    const seeds = [0, 1, 2, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 52, 2 ** 53 - 1];
    const firsts = new Set(seeds.map((seed) => new Random(seed).uint32()));
    const states = new Set(seeds.map((seed) => new Random(seed).state().join()));
    expect(firsts.size).toBe(seeds.length);
    expect(states.size).toBe(seeds.length);
  });

  test("the seeding can be undone, so no two seeds share a state", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (seed) => {
        expect(seedOf(new Random(seed).state())).toBe(seed);
      }),
    );
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])("refuses seed %s", (seed) => {
    expect(() => new Random(seed)).toThrow(
      new RangeError(`seed must be a whole number from 0 to 2^53 - 1, got ${seed}`),
    );
  });

  test("fromState goes on where state was taken, and the state is a copy", () => {
    const random = new Random(7);
    draw(random, 5);
    const state = random.state();
    const expected = draw(random, 5);
    expect(draw(Random.fromState(state), 5)).toEqual(expected);
    random.state().fill(0);
    expect(random.state()).not.toEqual(new Uint32Array(4));
    expect(draw(Random.fromState([...state]), 5)).toEqual(expected);
    expect([...Random.fromState([0, 0, 3, 0]).state()]).toEqual([0, 0, 3, 0]);
  });

  test.each([
    [[0, 0, 0, 0]],
    [[1, 2, 3]],
    [[1, 2, 3, 4, 5]],
    [[1, 2, 3, -4]],
    [[1, 2, 3, 2 ** 32]],
    [[0.5, 1, 1, 1]],
  ])("refuses state %s", (state) => {
    expect(() => Random.fromState(state)).toThrow(/random state must be 4 words of 32 bits/);
  });

  test("below stays in range and uses every value about equally", () => {
    const random = new Random(3);
    const counts = new Array(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[random.below(10)]++;
    // 10000 expected, standard deviation 95: five of them.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(475);
    expect(random.below(1)).toBe(0);
    expect(random.below(2 ** 32)).toBeLessThan(2 ** 32);
  });

  test("below draws again where the remainder alone would be biased", () => {
    // With n = 3 * 2^30 a bare remainder falls below 2^30 half of the time, a fair one a third of it.
    const random = new Random(4);
    let low = 0;
    for (let i = 0; i < 30_000; i++) if (random.below(3 * 2 ** 30) < 2 ** 30) low++;
    expect(low / 30_000).toBeCloseTo(1 / 3, 1);
  });

  test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])("below refuses %s", (n) => {
    expect(() => new Random(1).below(n)).toThrow(
      new RangeError(`n must be a whole number from 1 to 2^32, got ${n}`),
    );
  });

  test("shuffle keeps every element and reaches every order about equally", () => {
    const random = new Random(5);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const a = Uint32Array.of(0, 1, 2, 3);
      random.shuffle(a);
      counts.set(a.join(), (counts.get(a.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 1000 expected, standard deviation 31: five of them.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(155);
    for (const order of counts.keys()) expect(order.split(",").sort().join()).toBe("0,1,2,3");
  });
});

// The seed from which `state` was made: mix undone for words 0 and 2.
function seedOf(state: Uint32Array): number {
  const golden = 0x9e3779b9;
  const low = (unmix(state[0]) - golden) >>> 0;
  const high = (state[2] ^ mix((low + 3 * golden) | 0)) >>> 0;
  return ((unmix(high) - golden) >>> 0) * 2 ** 32 + ((low ^ high) >>> 0);
}

function mix(x: number): number {
  let z = x;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

function unmix(y: number): number {
  const unshift15 = (v: number) => v ^ (v >>> 15) ^ (v >>> 30);
  let z = unshift15(y);
  z = unshift15(Math.imul(z, inverse(0x735a2d97)));
  z = Math.imul(z, inverse(0x21f0aaad));
  return (z ^ (z >>> 16)) >>> 0;
}

// The odd number whose product with `a` is 1 modulo 2^32 (Newton: each round doubles the right bits).
function inverse(a: number): number {
  let x = a;
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(a, x));
  return x;
}
