// The LSTM cell with peepholes and a clipped cell state, as TensorFlow 1's LSTMCell, on one panel of 8 units.

import { PANEL, PANEL_BYTES, greater, lesser, madd, mul, nmadd, splat, sub, within, zero } from "../vec";
import { sigmoids, tanhs } from "./pointwise";
import { clear, copy, hasEnded } from "./range";

// For each of n rows, with the peepholes w_i, w_f, w_o ([3][8], `peepholeStride` bytes apart; zero for none):
//   i = σ(i + w_i c), f = σ(f + b + w_f c), g = tanh(g), c' = clip(f c + i g, ±clip), o = σ(o + w_o c'), h = o tanh(c')
// The rest as lstmForward.
export function lstmForwardExtended(
  h: usize, hStride: usize, cNext: usize, cTanh: usize, gates: usize, gatePanel: usize, c: usize,
  hPrevious: usize, lengths: usize, t: i32, forgetBias: f32, peepholes: usize, peepholeStride: usize, clip: f32, n: i32,
): void {
  const pi = gates, pf = pi + gatePanel, pg = pf + gatePanel, po = pg + gatePanel;
  peep(pi, peepholes, c, n);
  peep(pf, peepholes + peepholeStride, c, n);
  sigmoids(pi, 0, n);
  sigmoids(pf, forgetBias, n);
  tanhs(pg, pg, n);
  if (ASC_FEATURE_SIMD) state<v128>(cNext, pi, pf, pg, c, lengths, t, clip, n);
  else state<f32>(cNext, pi, pf, pg, c, lengths, t, clip, n);
  peep(po, peepholes + 2 * peepholeStride, cNext, n);
  sigmoids(po, 0, n);
  tanhs(cTanh, cNext, n);
  if (ASC_FEATURE_SIMD) output<v128>(h, hStride, po, cTanh, hPrevious, lengths, t, n);
  else output<f32>(h, hStride, po, cTanh, hPrevious, lengths, t, n);
}

// gate[n][8] += w[8] c[n][8]
function peep(gate: usize, w: usize, c: usize, n: i32): void {
  if (ASC_FEATURE_SIMD) peepRows<v128>(gate, w, c, n);
  else peepRows<f32>(gate, w, c, n);
}

// @ts-ignore: decorator
@inline function peepRows<V>(gate: usize, w: usize, c: usize, n: i32): void {
  for (let p: usize = 0; p < <usize>n * PANEL_BYTES; p += sizeof<V>()) {
    store<V>(gate + p, madd<V>(load<V>(w + p % PANEL_BYTES), load<V>(c + p), load<V>(gate + p)));
  }
}

// c' = clip(f c + i g); a row that has ended keeps its c.
// @ts-ignore: decorator
@inline function state<V>(
  cNext: usize, pi: usize, pf: usize, pg: usize, c: usize, lengths: usize, t: i32, clip: f32, n: i32,
): void {
  const most = splat<V>(clip), least = splat<V>(-clip);
  for (let row = 0; row < n; ++row) {
    const end = c + PANEL_BYTES;
    const ended = hasEnded(lengths, row, t);
    for (; c < end; c += sizeof<V>()) {
      const before = load<V>(c);
      const after = madd<V>(load<V>(pf), before, mul<V>(load<V>(pi), load<V>(pg)));
      store<V>(cNext, ended ? before : greater<V>(lesser<V>(after, most), least));
      cNext += sizeof<V>(); pi += sizeof<V>(); pf += sizeof<V>(); pg += sizeof<V>();
    }
  }
}

// @ts-ignore: decorator
@inline function output<V>(
  h: usize, hStride: usize, po: usize, cTanh: usize, hPrevious: usize, lengths: usize, t: i32, n: i32,
): void {
  for (let row = 0; row < n; ++row) {
    if (!hasEnded(lengths, row, t)) {
      for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
        store<V>(h + lane, mul<V>(load<V>(po + lane), load<V>(cTanh + lane)));
      }
    } else if (hPrevious) copy(h, hPrevious, PANEL);
    else clear(h, PANEL);
    po += PANEL_BYTES; cTanh += PANEL_BYTES; h += hStride;
    if (hPrevious) hPrevious += hStride;
  }
}

// As lstmBackward, with dc += do w_o before the clip, nothing through it where |c'| has reached it, and
// dc = dc f + di w_i + df w_f for the step before.
export function lstmBackwardExtended(
  gates: usize, gatePanel: usize, dc: usize, dh: usize, cTanh: usize, c: usize, cNext: usize, lengths: usize, t: i32,
  clears: bool, peepholes: usize, peepholeStride: usize, clip: f32, n: i32,
): void {
  if (ASC_FEATURE_SIMD) {
    backward<v128>(
      gates, gatePanel, dc, dh, cTanh, c, cNext, lengths, t, clears, peepholes, peepholeStride, clip, n,
    );
  } else {
    backward<f32>(gates, gatePanel, dc, dh, cTanh, c, cNext, lengths, t, clears, peepholes, peepholeStride, clip, n);
  }
}

// @ts-ignore: decorator
@inline function backward<V>(
  gates: usize, gatePanel: usize, dc: usize, dh: usize, cTanh: usize, c: usize, cNext: usize, lengths: usize, t: i32,
  clears: bool, peepholes: usize, peepholeStride: usize, clip: f32, n: i32,
): void {
  const one = splat<V>(1), bound = splat<V>(clip);
  for (let row = 0; row < n; ++row) {
    if (hasEnded(lengths, row, t)) {
      for (let gate: usize = 0; gate < 4; ++gate) clear(gates + gate * gatePanel, PANEL);
    } else for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
      const pi = gates + lane, pf = pi + gatePanel, pg = pf + gatePanel, po = pg + gatePanel;
      const wi = peepholes + lane, wf = wi + peepholeStride, wo = wf + peepholeStride;
      const i = load<V>(pi), f = load<V>(pf), g = load<V>(pg), o = load<V>(po), tanhC = load<V>(cTanh + lane);
      const ho = mul<V>(load<V>(dh + lane), o), before = load<V>(c + lane);
      const dO = mul<V>(mul<V>(ho, tanhC), sub<V>(one, o));
      let d = madd<V>(ho, nmadd<V>(tanhC, tanhC, one), load<V>(dc + lane));
      d = madd<V>(dO, load<V>(wo), d);
      d = mul<V>(d, within<V>(load<V>(cNext + lane), bound));
      const di = mul<V>(mul<V>(mul<V>(d, i), g), sub<V>(one, i));
      const df = mul<V>(mul<V>(mul<V>(d, f), before), sub<V>(one, f));
      const dg = mul<V>(mul<V>(d, i), nmadd<V>(g, g, one));
      store<V>(pi, di); store<V>(pf, df); store<V>(pg, dg); store<V>(po, dO);
      store<V>(dc + lane, madd<V>(df, load<V>(wf), madd<V>(di, load<V>(wi), mul<V>(d, f))));
      if (clears) store<V>(dh + lane, zero<V>());
    }
    gates += PANEL_BYTES; c += PANEL_BYTES; cNext += PANEL_BYTES; cTanh += PANEL_BYTES;
    dc += PANEL_BYTES; dh += PANEL_BYTES;
  }
}

// to[w] = the sum over n rows of d[n][8] * c[n][8], lane by lane, in the order of rows; w <= 8.
export function peepholeGradient(to: usize, d: usize, c: usize, n: i32, w: i32): void {
  for (let lane: usize = 0; lane < <usize>w << 2; lane += 4) {
    let sum: f32 = 0;
    for (let row: usize = 0; row < <usize>n << 5; row += PANEL_BYTES) {
      sum += load<f32>(d + row + lane) * load<f32>(c + row + lane);
    }
    store<f32>(to + lane, sum);
  }
}
