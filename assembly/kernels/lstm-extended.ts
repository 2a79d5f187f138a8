// The LSTM cell with peepholes and a clipped cell state, as TensorFlow 1's LSTMCell, on one panel of 8 units. One
// row after the other: o waits for the cell state.

import { storeSigmoids, storeTanhs } from "../activations";
import { PANEL, PANEL_BYTES, add, greater, lesser, madd, mul, nmadd, splat, sub, within, zero } from "../vec";
import { clear, copy, hasEnded } from "./range";

// For each of n rows, with the peepholes w_i, w_f, w_o ([3][8], `peepholeStride` bytes apart; zero for none):
//   i = σ(i + w_i c), f = σ(f + b + w_f c), g = tanh(g), c' = clip(f c + i g, ±clip), o = σ(o + w_o c'), h = o tanh(c')
// The rest as lstmForward.
export function lstmForwardExtended(
  h: usize, hStride: usize, cNext: usize, cTanh: usize, gates: usize, gatePanel: usize, c: usize,
  hPrevious: usize, lengths: usize, t: i32, forgetBias: f32, peepholes: usize, peepholeStride: usize, clip: f32, n: i32,
): void {
  if (ASC_FEATURE_SIMD) {
    forward<v128>(
      h, hStride, cNext, cTanh, gates, gatePanel, c, hPrevious, lengths, t, forgetBias, peepholes, peepholeStride, clip, n,
    );
  } else {
    forward<f32>(
      h, hStride, cNext, cTanh, gates, gatePanel, c, hPrevious, lengths, t, forgetBias, peepholes, peepholeStride, clip, n,
    );
  }
}

// @ts-ignore: decorator
@inline function forward<V>(
  h: usize, hStride: usize, cNext: usize, cTanh: usize, gates: usize, gatePanel: usize, c: usize,
  hPrevious: usize, lengths: usize, t: i32, forgetBias: f32, peepholes: usize, peepholeStride: usize, clip: f32, n: i32,
): void {
  const size = sizeof<V>();
  const pair: usize = 2 * sizeof<V>();
  const most = splat<V>(clip), least = splat<V>(-clip), none = zero<V>(), minusBias = splat<V>(-forgetBias);
  for (let row = 0; row < n; ++row) {
    let lane: usize = 0;
    if (hasEnded(lengths, row, t)) {
      if (hPrevious) copy(h, hPrevious, PANEL);
      else clear(h, PANEL);
      copy(cNext, c, PANEL);
    } else do {
      const pi = gates + lane, pf = pi + gatePanel, pg = pf + gatePanel, po = pg + gatePanel;
      const wi = peepholes + lane, wf = wi + peepholeStride, wo = wf + peepholeStride;
      const c0 = load<V>(c + lane), c1 = load<V>(c + lane, size);
      storeSigmoids<V>(
        pi, nmadd<V>(load<V>(wi), c0, sub<V>(none, load<V>(pi))),
        nmadd<V>(load<V>(wi, size), c1, sub<V>(none, load<V>(pi, size))),
      );
      storeSigmoids<V>(
        pf, nmadd<V>(load<V>(wf), c0, sub<V>(minusBias, load<V>(pf))),
        nmadd<V>(load<V>(wf, size), c1, sub<V>(minusBias, load<V>(pf, size))),
      );
      storeTanhs<V>(pg, load<V>(pg), load<V>(pg, size));
      let n0 = madd<V>(load<V>(pf), c0, mul<V>(load<V>(pi), load<V>(pg)));
      let n1 = madd<V>(load<V>(pf, size), c1, mul<V>(load<V>(pi, size), load<V>(pg, size)));
      n0 = greater<V>(lesser<V>(n0, most), least);
      n1 = greater<V>(lesser<V>(n1, most), least);
      store<V>(cNext + lane, n0); store<V>(cNext + lane, n1, size);
      storeSigmoids<V>(
        po, nmadd<V>(load<V>(wo), n0, sub<V>(none, load<V>(po))),
        nmadd<V>(load<V>(wo, size), n1, sub<V>(none, load<V>(po, size))),
      );
      storeTanhs<V>(cTanh + lane, n0, n1);
      store<V>(h + lane, mul<V>(load<V>(po), load<V>(cTanh + lane)));
      store<V>(h + lane, mul<V>(load<V>(po, size), load<V>(cTanh + lane, size)), size);
    } while (pair < PANEL_BYTES && (lane += pair) < PANEL_BYTES);
    gates += PANEL_BYTES; c += PANEL_BYTES; cNext += PANEL_BYTES; cTanh += PANEL_BYTES;
    h += hStride;
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
      if (clears) store<V>(dh + lane, sub<V>(one, one));
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
