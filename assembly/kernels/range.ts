// Ranges: the even split over workers, sequences that have ended, rows of floats that are copied, added or cleared.

import { LENGTHS } from "../features";

/** Start of part `index` of n items in `parts` nearly equal parts; part `index` ends where the next starts. */
// @ts-ignore: decorator
@inline export function partStart(n: i32, index: i32, parts: i32): i32 {
  return <i32>((<i64>n * index) / parts);
}

// to[n] = from[n]; any alignment, no overlap. A loop: short rows are not worth the call behind memory.copy.
export function copy(to: usize, from: usize, n: i32): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 4 <= n; i += 4, to += 16, from += 16) v128.store(to, v128.load(from));
  }
  for (; i < n; ++i, to += 4, from += 4) store<f32>(to, load<f32>(from));
}

// to[n] = 0.
export function clear(to: usize, n: i32): void {
  for (let i = 0; i < n; ++i, to += 4) store<f32>(to, 0);
}

/** Whether the sequence of a row has no step t; `lengths` (i32 [rows]) is 0 when all are of full length. */
// @ts-ignore: decorator
@inline export function hasEnded(lengths: usize, row: i32, t: i32): bool {
  return LENGTHS && lengths != 0 && load<i32>(lengths + (<usize>row << 2)) <= t;
}

// to[n] += from[n]
export function add(to: usize, from: usize, n: i32): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 4 <= n; i += 4, to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; i < n; ++i, to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}
