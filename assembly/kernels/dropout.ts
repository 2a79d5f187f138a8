// Dropout (Srivastava et al. 2014), inverted: an element is kept with probability 1 - p and scaled by 1 / (1 - p).
// Which ones are kept follows from a key, one for each tensor and pass, and the element's number alone, so that the way
// back finds them again, on any engine and with any number of workers, without keeping a mask.

// A bijection of 32 bits whose every input bit flips every output bit about half the time (C. Wellons,
// "Prospecting for hash functions", lowbias32).
// @ts-ignore: decorator
@inline function mix(x: u32): u32 {
  x = (x ^ (x >> 16)) * 0x7feb352d;
  x = (x ^ (x >> 15)) * 0x846ca68b;
  return x ^ (x >> 16);
}

// @ts-ignore: decorator
@inline function mix4(x: v128): v128 {
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

// Elements whose hash lies below are dropped. rate: 0 <= p < 1.
// @ts-ignore: decorator
@inline function threshold(rate: f32): u32 { return <u32>(<f64>rate * 4294967296); }

/** Factor of element `index`: 0, or 1 / (1 - rate). */
// @ts-ignore: decorator
@inline function factor(key: u64, rate: f32, index: u32): f32 {
  return mix(mix(index ^ <u32>key) + <u32>(key >> 32)) < threshold(rate) ? 0 : 1 / (1 - rate);
}

// @ts-ignore: decorator
@inline function factor4(key: u64, rate: f32, index: u32): v128 {
  const numbers = i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  const hash = mix4(i32x4.add(mix4(v128.xor(numbers, i32x4.splat(<u32>key))), i32x4.splat(<u32>(key >> 32))));
  return v128.and(i32x4.ge_u(hash, i32x4.splat(threshold(rate))), f32x4.splat(1 / (1 - rate)));
}

// to[n] = from[n] times the factors of elements `index` on.
export function copyKept(to: usize, from: usize, n: i32, key: u64, rate: f32, index: u32): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 4 <= n; i += 4, to += 16, from += 16) {
      v128.store(to, f32x4.mul(v128.load(from), factor4(key, rate, index + i)));
    }
  }
  for (; i < n; ++i, to += 4, from += 4) store<f32>(to, load<f32>(from) * factor(key, rate, index + i));
}

// to[n] += from[n] times the factors of elements `index` on.
export function addKept(to: usize, from: usize, n: i32, key: u64, rate: f32, index: u32): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 4 <= n; i += 4, to += 16, from += 16) {
      v128.store(to, f32x4.add(v128.load(to), f32x4.mul(v128.load(from), factor4(key, rate, index + i))));
    }
  }
  for (; i < n; ++i, to += 4, from += 4) {
    store<f32>(to, load<f32>(to) + load<f32>(from) * factor(key, rate, index + i));
  }
}
