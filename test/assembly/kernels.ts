// AssemblyScript: the core's kernels as exports of their own, so that a test can call each alone.
// Compiled beside assembly/index.ts by test/support/build-kernels.mjs; it adds no arithmetic of its own.

import { exp as expOf, sigmoidOfNegated, tanh as tanhOf } from "../../assembly/activations";
import { sub, zero } from "../../assembly/vec";

export { adam } from "../../assembly/kernels/adam";
export { cellBackward, cellForward } from "../../assembly/kernels/cell";
export { gemm } from "../../assembly/kernels/gemm";
export { crossEntropy, softmax } from "../../assembly/kernels/loss";
export { packPanel, packTransposed, unpackPanel } from "../../assembly/kernels/pack";
export { copy, partStart } from "../../assembly/kernels/range";
export { exp64, log64, random64, uniform } from "../../assembly/scalar64";

// to[n] = f(from[n]) in the build's own vector; n is a multiple of 4.
export function exp(to: usize, from: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) expLoop<v128>(to, from, n);
  else expLoop<f32>(to, from, n);
}

export function sigmoid(to: usize, from: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) sigmoidLoop<v128>(to, from, n);
  else sigmoidLoop<f32>(to, from, n);
}

export function tanh(to: usize, from: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) tanhLoop<v128>(to, from, n);
  else tanhLoop<f32>(to, from, n);
}

function expLoop<V>(to: usize, from: usize, n: i32): void {
  const end = to + (<usize>n << 2);
  for (; to < end; to += sizeof<V>(), from += sizeof<V>()) store<V>(to, expOf<V>(load<V>(from)));
}

// The sign is folded as the cell folds it.
function sigmoidLoop<V>(to: usize, from: usize, n: i32): void {
  const end = to + (<usize>n << 2);
  for (; to < end; to += sizeof<V>(), from += sizeof<V>()) {
    store<V>(to, sigmoidOfNegated<V>(sub<V>(zero<V>(), load<V>(from))));
  }
}

function tanhLoop<V>(to: usize, from: usize, n: i32): void {
  const end = to + (<usize>n << 2);
  for (; to < end; to += sizeof<V>(), from += sizeof<V>()) store<V>(to, tanhOf<V>(load<V>(from)));
}
