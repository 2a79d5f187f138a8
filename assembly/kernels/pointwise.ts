// σ and tanh over n rows of a panel, for the cells that do not have them in a loop of their own.

import { storeSigmoids, storeTanhs } from "../activations";
import { PANEL_BYTES, splat, sub } from "../vec";

// gate[n][8] = σ(gate + bias)
export function sigmoids(gate: usize, bias: f32, n: i32): void {
  if (ASC_FEATURE_SIMD) sigmoidPairs<v128>(gate, bias, n);
  else sigmoidPairs<f32>(gate, bias, n);
}

// @ts-ignore: decorator
@inline function sigmoidPairs<V>(gate: usize, bias: f32, n: i32): void {
  const end = gate + <usize>n * PANEL_BYTES, minus = splat<V>(-bias);
  for (; gate < end; gate += 2 * sizeof<V>()) {
    storeSigmoids<V>(gate, sub<V>(minus, load<V>(gate)), sub<V>(minus, load<V>(gate, sizeof<V>())));
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
  for (; from < end; from += 2 * sizeof<V>(), to += 2 * sizeof<V>()) {
    storeTanhs<V>(to, load<V>(from), load<V>(from, sizeof<V>()));
  }
}
