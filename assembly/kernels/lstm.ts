// The plain LSTM cell, element by element, on one panel of 8 units. Both halves of a panel's row are loaded,
// computed and stored together, so that an engine may run the pair as one wider operation.

import { storeSigmoids, storeTanhs } from "../activations";
import { PAIRED_GATES } from "../features";
import { sigmoids, tanhs } from "./pointwise";
import { clear, copy, hasEnded } from "./range";
import { PANEL, PANEL_BYTES, madd, mul, nmadd, splat, sub, zero } from "../vec";

// For each of n rows, with f's bias b added here:
//   i = σ(i), f = σ(f + b), g = tanh(g), o = σ(o), c' = f c + i g, h = o tanh(c')
// gates: panels i, f, g, o `gatePanel` bytes apart, pre-activations in, activations out.
// c, cNext, cTanh: [n][8]. h, hPrevious: rows `hStride` bytes apart; without hPrevious (0), an ended row's h is 0.
// With lengths (i32 [n], 0 for none), a row whose sequence has ended by step t keeps its h and c.
export function lstmForward(
  h: usize, hStride: usize, cNext: usize, cTanh: usize, gates: usize, gatePanel: usize, c: usize,
  hPrevious: usize, lengths: usize, t: i32, forgetBias: f32, n: i32,
): void {
  if (ASC_FEATURE_SIMD) {
    forward<v128>(h, hStride, cNext, cTanh, gates, gatePanel, c, hPrevious, lengths, t, forgetBias, n);
  } else {
    forward<f32>(h, hStride, cNext, cTanh, gates, gatePanel, c, hPrevious, lengths, t, forgetBias, n);
  }
}

// Two loops, gates and then state: a row's chain through both is long, but within each the rows overlap.
// @ts-ignore: decorator
@inline function forward<V>(
  h: usize, hStride: usize, cNext: usize, cTanh: usize, gates: usize, gatePanel: usize, c: usize,
  hPrevious: usize, lengths: usize, t: i32, forgetBias: f32, n: i32,
): void {
  if (!PAIRED_GATES) {
    compactForward<V>(h, hStride, cNext, cTanh, gates, gatePanel, c, hPrevious, lengths, t, forgetBias, n);
    return;
  }
  const size = sizeof<V>();
  const pair: usize = 2 * sizeof<V>();
  const none = zero<V>(), minusBias = splat<V>(-forgetBias);
  const end = gates + <usize>n * PANEL_BYTES;
  for (let pi = gates; pi < end; pi += pair) {
    const pf = pi + gatePanel, pg = pf + gatePanel, po = pg + gatePanel;
    storeSigmoids<V>(pi, sub<V>(none, load<V>(pi)), sub<V>(none, load<V>(pi, size)));
    storeSigmoids<V>(pf, sub<V>(minusBias, load<V>(pf)), sub<V>(minusBias, load<V>(pf, size)));
    storeTanhs<V>(pg, load<V>(pg), load<V>(pg, size));
    storeSigmoids<V>(po, sub<V>(none, load<V>(po)), sub<V>(none, load<V>(po, size)));
  }
  for (let row = 0; row < n; ++row) {
    let lane: usize = 0;
    if (hasEnded(lengths, row, t)) {
      if (hPrevious) copy(h, hPrevious, PANEL);
      else clear(h, PANEL);
      copy(cNext, c, PANEL);
    } else do {
      const pi = gates + lane, pf = pi + gatePanel, pg = pf + gatePanel, po = pg + gatePanel;
      const c0 = load<V>(c + lane), c1 = load<V>(c + lane, size);
      const i0 = load<V>(pi), i1 = load<V>(pi, size);
      const f0 = load<V>(pf), f1 = load<V>(pf, size);
      const g0 = load<V>(pg), g1 = load<V>(pg, size);
      const n0 = madd<V>(f0, c0, mul<V>(i0, g0)), n1 = madd<V>(f1, c1, mul<V>(i1, g1));
      store<V>(cNext + lane, n0); store<V>(cNext + lane, n1, size);
      storeTanhs<V>(cTanh + lane, n0, n1);
      const t0 = load<V>(cTanh + lane), t1 = load<V>(cTanh + lane, size);
      const o0 = load<V>(po), o1 = load<V>(po, size);
      const h0 = mul<V>(o0, t0), h1 = mul<V>(o1, t1);
      store<V>(h + lane, h0); store<V>(h + lane, h1, size);
    } while (pair < PANEL_BYTES && (lane += pair) < PANEL_BYTES);
    gates += PANEL_BYTES; c += PANEL_BYTES; cNext += PANEL_BYTES; cTanh += PANEL_BYTES;
    h += hStride;
    if (hPrevious) hPrevious += hStride;
  }
}

// The same results from less code.
// @ts-ignore: decorator
@inline function compactForward<V>(
  h: usize, hStride: usize, cNext: usize, cTanh: usize, gates: usize, gatePanel: usize, c: usize,
  hPrevious: usize, lengths: usize, t: i32, forgetBias: f32, n: i32,
): void {
  const pf = gates + gatePanel, pg = pf + gatePanel, po = pg + gatePanel;
  sigmoids(gates, 0, n);
  sigmoids(pf, forgetBias, n);
  tanhs(pg, pg, n);
  sigmoids(po, 0, n);
  const bytes = <usize>n * PANEL_BYTES;
  for (let o: usize = 0; o < bytes; o += sizeof<V>()) {
    store<V>(cNext + o, madd<V>(load<V>(pf + o), load<V>(c + o), mul<V>(load<V>(gates + o), load<V>(pg + o))));
  }
  tanhs(cTanh, cNext, n);
  for (let row = 0; row < n; ++row) {
    const o = <usize>row * PANEL_BYTES;
    if (hasEnded(lengths, row, t)) {
      if (hPrevious) copy(h, hPrevious, PANEL);
      else clear(h, PANEL);
      copy(cNext + o, c + o, PANEL);
    } else {
      for (let lane: usize = 0; lane < PANEL_BYTES; lane += sizeof<V>()) {
        store<V>(h + lane, mul<V>(load<V>(po + o + lane), load<V>(cTanh + o + lane)));
      }
    }
    h += hStride;
    if (hPrevious) hPrevious += hStride;
  }
}

// For each of n rows, dh and dc being the gradients that arrive at this step:
//   do = dh tanh(c') o(1-o), dc += dh o (1 - tanh(c')^2), di = dc g i(1-i), df = dc c f(1-f), dg = dc i (1-g^2)
// and dc f goes on to the step before. gates: activations in, gradients of the pre-activations out.
// With lengths, a row that has ended by step t has no gates' gradients and keeps its dh and dc. With `clears`, the dh
// of every other row is used up here and becomes zero, so that the product for the step before can add to it.
export function lstmBackward(
  gates: usize, gatePanel: usize, dc: usize, dh: usize, cTanh: usize, c: usize, lengths: usize, t: i32, clears: bool,
  n: i32,
): void {
  if (ASC_FEATURE_SIMD) backward<v128>(gates, gatePanel, dc, dh, cTanh, c, lengths, t, clears, n);
  else backward<f32>(gates, gatePanel, dc, dh, cTanh, c, lengths, t, clears, n);
}

// @ts-ignore: decorator
@inline function backward<V>(
  gates: usize, gatePanel: usize, dc: usize, dh: usize, cTanh: usize, c: usize, lengths: usize, t: i32, clears: bool,
  n: i32,
): void {
  const size = sizeof<V>();
  const pair: usize = 2 * sizeof<V>();
  const one = splat<V>(1);
  for (let row = 0; row < n; ++row) {
    let lane: usize = 0;
    if (hasEnded(lengths, row, t)) {
      for (let gate: usize = 0; gate < 4; ++gate) clear(gates + gate * gatePanel, PANEL);
    } else do {
      const pi = gates + lane, pf = pi + gatePanel, pg = pf + gatePanel, po = pg + gatePanel;
      const i0 = load<V>(pi), i1 = load<V>(pi, size);
      const f0 = load<V>(pf), f1 = load<V>(pf, size);
      const g0 = load<V>(pg), g1 = load<V>(pg, size);
      const o0 = load<V>(po), o1 = load<V>(po, size);
      const t0 = load<V>(cTanh + lane), t1 = load<V>(cTanh + lane, size);
      const c0 = load<V>(c + lane), c1 = load<V>(c + lane, size);
      const dh0 = load<V>(dh + lane), dh1 = load<V>(dh + lane, size);
      let d0 = load<V>(dc + lane), d1 = load<V>(dc + lane, size);
      const ho0 = mul<V>(dh0, o0), ho1 = mul<V>(dh1, o1);
      d0 = madd<V>(ho0, nmadd<V>(t0, t0, one), d0); d1 = madd<V>(ho1, nmadd<V>(t1, t1, one), d1);
      const do0 = mul<V>(mul<V>(ho0, t0), sub<V>(one, o0)), do1 = mul<V>(mul<V>(ho1, t1), sub<V>(one, o1));
      store<V>(po, do0); store<V>(po, do1, size);
      const i0d = mul<V>(d0, i0), i1d = mul<V>(d1, i1);
      const di0 = mul<V>(mul<V>(i0d, g0), sub<V>(one, i0)), di1 = mul<V>(mul<V>(i1d, g1), sub<V>(one, i1));
      store<V>(pi, di0); store<V>(pi, di1, size);
      const dg0 = mul<V>(i0d, nmadd<V>(g0, g0, one)), dg1 = mul<V>(i1d, nmadd<V>(g1, g1, one));
      store<V>(pg, dg0); store<V>(pg, dg1, size);
      const f0d = mul<V>(d0, f0), f1d = mul<V>(d1, f1);
      const df0 = mul<V>(mul<V>(f0d, c0), sub<V>(one, f0)), df1 = mul<V>(mul<V>(f1d, c1), sub<V>(one, f1));
      store<V>(pf, df0); store<V>(pf, df1, size);
      store<V>(dc + lane, f0d); store<V>(dc + lane, f1d, size);
      if (clears) { store<V>(dh + lane, zero<V>()); store<V>(dh + lane, zero<V>(), size); }
    } while (pair < PANEL_BYTES && (lane += pair) < PANEL_BYTES);
    gates += PANEL_BYTES; c += PANEL_BYTES; cTanh += PANEL_BYTES; dc += PANEL_BYTES; dh += PANEL_BYTES;
  }
}
