// The GRU cell (Cho et al. 2014), element by element, on one panel of 8 units. Gates lie `gatePanel` bytes apart.
// Rows of h and of r h lie `hStride` and `innerStride` bytes apart. A row whose sequence has ended by step t keeps its h.

import { PANEL, PANEL_BYTES, add, madd, mul, nmadd, splat, sub } from "../vec";
import { sigmoids, tanhs } from "./pointwise";
import { clear, copy, hasEnded } from "./range";

// Reset after the product, as in Keras 2 and PyTorch; gates n of x, z, r, n of h in, n, z, r, n of h with its bias out:
//   z = σ(z), r = σ(r), n = tanh(n_x + r (n_h + b)), h' = n + z (h - n)
// bias: b [8].
export function gruForward(
  hNext: usize, h: usize, hStride: usize, gates: usize, gatePanel: usize, bias: usize, lengths: usize, t: i32, n: i32,
): void {
  const pn = gates, pz = pn + gatePanel, pr = pz + gatePanel, ph = pr + gatePanel;
  sigmoids(pz, 0, n);
  sigmoids(pr, 0, n);
  if (ASC_FEATURE_SIMD) resetCandidate<v128>(pn, pr, ph, bias, n);
  else resetCandidate<f32>(pn, pr, ph, bias, n);
  tanhs(pn, pn, n);
  blend(hNext, h, hStride, pn, pz, lengths, t, n);
}

// @ts-ignore: decorator
@inline function resetCandidate<V>(pn: usize, pr: usize, ph: usize, bias: usize, n: i32): void {
  for (let row = 0; row < n; ++row) {
    for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
      const hn = add<V>(load<V>(ph + lane), load<V>(bias + lane));
      store<V>(ph + lane, hn);
      store<V>(pn + lane, madd<V>(load<V>(pr + lane), hn, load<V>(pn + lane)));
    }
    pn += PANEL_BYTES; pr += PANEL_BYTES; ph += PANEL_BYTES;
  }
}

// h' = n + z (h - n)
function blend(
  hNext: usize, h: usize, hStride: usize, pn: usize, pz: usize, lengths: usize, t: i32, n: i32,
): void {
  for (let row = 0; row < n; ++row) {
    if (hasEnded(lengths, row, t)) copy(hNext, h, PANEL);
    else if (ASC_FEATURE_SIMD) blendRow<v128>(hNext, h, pn, pz);
    else blendRow<f32>(hNext, h, pn, pz);
    hNext += hStride; h += hStride; pn += PANEL_BYTES; pz += PANEL_BYTES;
  }
}

// @ts-ignore: decorator
@inline function blendRow<V>(hNext: usize, h: usize, pn: usize, pz: usize): void {
  for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
    const candidate = load<V>(pn + lane);
    store<V>(hNext + lane, madd<V>(load<V>(pz + lane), sub<V>(load<V>(h + lane), candidate), candidate));
  }
}

// With dh arriving at this step, dn = dh (1 - z)(1 - n²), dz = dh (h - n) z (1 - z), dr = dn n_h r (1 - r), and dn r
// for the product of h; dh z goes on to the step before. gates: as gruForward left them; gradients out.
export function gruBackward(
  dh: usize, h: usize, hStride: usize, gates: usize, gatePanel: usize, lengths: usize, t: i32, n: i32,
): void {
  for (let row = 0; row < n; ++row) {
    if (hasEnded(lengths, row, t)) clearGates(gates, gatePanel, 4);
    else if (ASC_FEATURE_SIMD) backwardRow<v128>(dh, h, gates, gatePanel);
    else backwardRow<f32>(dh, h, gates, gatePanel);
    dh += PANEL_BYTES; h += hStride; gates += PANEL_BYTES;
  }
}

// @ts-ignore: decorator
@inline function backwardRow<V>(dh: usize, h: usize, gates: usize, gatePanel: usize): void {
  const one = splat<V>(1);
  for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
    const pn = gates + lane, pz = pn + gatePanel, pr = pz + gatePanel, ph = pr + gatePanel;
    const candidate = load<V>(pn), z = load<V>(pz), r = load<V>(pr), d = load<V>(dh + lane);
    const keep = mul<V>(d, z);
    const dn = mul<V>(sub<V>(d, keep), nmadd<V>(candidate, candidate, one));
    store<V>(pz, mul<V>(mul<V>(keep, sub<V>(load<V>(h + lane), candidate)), sub<V>(one, z)));
    store<V>(pr, mul<V>(mul<V>(mul<V>(dn, load<V>(ph)), r), sub<V>(one, r)));
    store<V>(pn, dn);
    store<V>(ph, mul<V>(dn, r));
    store<V>(dh + lane, keep);
  }
}

function clearGates(gates: usize, gatePanel: usize, count: i32): void {
  for (let gate = 0; gate < count; ++gate, gates += gatePanel) clear(gates, PANEL);
}

// Reset before the product, as TensorFlow 1's GRUCell; gates n, z, r. First z = σ(z), r = σ(r) and the rows r h,
// of h as the product reads it; they are 0 for a row that has ended.
export function gruReset(
  reset: usize, innerStride: usize, h: usize, hStride: usize, gates: usize, gatePanel: usize, lengths: usize, t: i32,
  n: i32,
): void {
  let pr = gates + 2 * gatePanel;
  sigmoids(gates + gatePanel, 0, n);
  sigmoids(pr, 0, n);
  for (let row = 0; row < n; ++row) {
    if (hasEnded(lengths, row, t)) clear(reset, PANEL);
    else if (ASC_FEATURE_SIMD) product<v128>(reset, pr, h);
    else product<f32>(reset, pr, h);
    reset += innerStride; pr += PANEL_BYTES; h += hStride;
  }
}

// @ts-ignore: decorator
@inline function product<V>(out: usize, a: usize, b: usize): void {
  for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
    store<V>(out + lane, mul<V>(load<V>(a + lane), load<V>(b + lane)));
  }
}

// Then, the product of r h added to n: n = tanh(n), h' = n + z (h - n).
export function gruCandidate(
  hNext: usize, h: usize, hStride: usize, gates: usize, gatePanel: usize, lengths: usize, t: i32, n: i32,
): void {
  tanhs(gates, gates, n);
  blend(hNext, h, hStride, gates, gates + gatePanel, lengths, t, n);
}

// The way back, first half: dn and dz as in gruBackward; dh z goes on. r stays.
export function gruCandidateBackward(
  dh: usize, h: usize, hStride: usize, gates: usize, gatePanel: usize, lengths: usize, t: i32, n: i32,
): void {
  for (let row = 0; row < n; ++row) {
    if (hasEnded(lengths, row, t)) clearGates(gates, gatePanel, 2);
    else if (ASC_FEATURE_SIMD) candidateRow<v128>(dh, h, gates, gates + gatePanel);
    else candidateRow<f32>(dh, h, gates, gates + gatePanel);
    dh += PANEL_BYTES; h += hStride; gates += PANEL_BYTES;
  }
}

// @ts-ignore: decorator
@inline function candidateRow<V>(dh: usize, h: usize, pn: usize, pz: usize): void {
  const one = splat<V>(1);
  for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
    const candidate = load<V>(pn + lane), z = load<V>(pz + lane), d = load<V>(dh + lane);
    const keep = mul<V>(d, z);
    store<V>(pn + lane, mul<V>(sub<V>(d, keep), nmadd<V>(candidate, candidate, one)));
    store<V>(pz + lane, mul<V>(mul<V>(keep, sub<V>(load<V>(h + lane), candidate)), sub<V>(one, z)));
    store<V>(dh + lane, keep);
  }
}

// Second half, s [n][8] being the gradient of r h: dr = s h r (1 - r) in place of r, and `to` += s r, the gradient of h.
export function gruResetBackward(
  to: usize, s: usize, h: usize, hStride: usize, pr: usize, lengths: usize, t: i32, n: i32,
): void {
  for (let row = 0; row < n; ++row) {
    if (hasEnded(lengths, row, t)) clear(pr, PANEL);
    else if (ASC_FEATURE_SIMD) resetRow<v128>(to, s, h, pr);
    else resetRow<f32>(to, s, h, pr);
    to += PANEL_BYTES; s += PANEL_BYTES; h += hStride; pr += PANEL_BYTES;
  }
}

// @ts-ignore: decorator
@inline function resetRow<V>(to: usize, s: usize, h: usize, pr: usize): void {
  const one = splat<V>(1);
  for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
    const sr = mul<V>(load<V>(s + lane), load<V>(pr + lane));
    store<V>(to + lane, add<V>(load<V>(to + lane), sr));
    store<V>(pr + lane, mul<V>(mul<V>(sr, load<V>(h + lane)), sub<V>(one, load<V>(pr + lane))));
  }
}
