// The plain recurrent cell (Elman 1990), element by element, on one panel of 8 units: h' = tanh(z).

import { PANEL, PANEL_BYTES, mul, nmadd, splat, zero } from "../vec";
import { tanhs } from "./pointwise";
import { clear, copy, hasEnded } from "./range";

// For each of n rows, gate [n][8]: pre-activation in, h' out, which goes to row h as well. Rows of h lie `hStride`
// bytes apart. A row whose sequence has ended by step t keeps its h.
export function rnnForward(
  h: usize, hPrevious: usize, hStride: usize, gate: usize, lengths: usize, t: i32, n: i32,
): void {
  tanhs(gate, gate, n);
  for (let row = 0; row < n; ++row) {
    copy(h, hasEnded(lengths, row, t) ? hPrevious : gate, PANEL);
    gate += PANEL_BYTES; h += hStride; hPrevious += hStride;
  }
}

// dz = dh (1 - h'^2) in place of h'. dh of a row is used up and becomes zero; one that has ended keeps it.
export function rnnBackward(gate: usize, dh: usize, lengths: usize, t: i32, n: i32): void {
  for (let row = 0; row < n; ++row) {
    if (hasEnded(lengths, row, t)) clear(gate, PANEL);
    else if (ASC_FEATURE_SIMD) backwardRow<v128>(gate, dh);
    else backwardRow<f32>(gate, dh);
    gate += PANEL_BYTES; dh += PANEL_BYTES;
  }
}

// @ts-ignore: decorator
@inline function backwardRow<V>(gate: usize, dh: usize): void {
  for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
    const h = load<V>(gate + lane);
    store<V>(gate + lane, mul<V>(load<V>(dh + lane), nmadd<V>(h, h, splat<V>(1))));
    store<V>(dh + lane, zero<V>());
  }
}
