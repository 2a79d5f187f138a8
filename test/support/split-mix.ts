// The core's random numbers, in the host's BigInt: SplitMix64 as a counter.

const MASK = 2n ** 64n - 1n;

/** The finaliser of SplitMix64, https://prng.di.unimi.it/splitmix64.c */
function mix(state: bigint): bigint {
  let z = state & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return z ^ (z >> 31n);
}

/** Draw number `index` of SplitMix64 started at the mixed seed: 64 bits. */
export function random64(seed: bigint, index: bigint): bigint {
  return mix(mix(seed) + (index + 1n) * 0x9e3779b97f4a7c15n);
}
