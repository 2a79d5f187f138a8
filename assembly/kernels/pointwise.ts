// σ and tanh over n rows of a panel, for the cells that do not have them in a loop of their own.

import { storeSigmoids, storeTanhs } from "../activations";
import { PAIRED_GATES } from "../features";
import { PANEL_BYTES, splat, sub } from "../vec";

// Bytes that a step of the loop takes, and where its second vector lies.
// @ts-ignore: decorator
@inline function width<V>(): usize { return PAIRED_GATES ? 2 * sizeof<V>() : sizeof<V>(); }
// @ts-ignore: decorator
@inline function second<V>(): usize { return PAIRED_GATES ? sizeof<V>() : 0; }

// gate[n][8] = σ(gate + bias)
export function sigmoids(gate: usize, bias: f32, n: i32): void {
  if (ASC_FEATURE_SIMD) sigmoidPairs<v128>(gate, bias, n);
  else sigmoidPairs<f32>(gate, bias, n);
}

// @ts-ignore: decorator
@inline function sigmoidPairs<V>(gate: usize, bias: f32, n: i32): void {
  const end = gate + <usize>n * PANEL_BYTES, minus = splat<V>(-bias);
  for (; gate < end; gate += width<V>()) {
    storeSigmoids<V>(gate, sub<V>(minus, load<V>(gate)), sub<V>(minus, load<V>(gate, second<V>())));
  }
}

// to[n][8] = tanh(from[n][8]); to may be from.
export function tanhs(to: usize, from: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) tanhPairs<v128>(to, from, n);
  else tanhPairs<f32>(to, from, n);
}

// @ts-ignore: decorator
@inline function tanhPairs<V>(to: usize, from: usize, n: i32): void {
  const end = from + <usize>n * PANEL_BYTES;
  for (; from < end; from += width<V>(), to += width<V>()) {
    storeTanhs<V>(to, load<V>(from), load<V>(from, second<V>()));
  }
}
