// The LSTM cell, element by element, on one panel of 8 units. Both halves of a panel's row are loaded,
// computed and stored together, so that an engine may run the pair as one wider operation.

import { sigmoidOfNegated, tanh } from "../activations";
import { PANEL_BYTES, add, madd, mul, nmadd, splat, sub, zero } from "../vec";

// For each of n rows, with f's bias b added here:
//   i = σ(i), f = σ(f + b), g = tanh(g), o = σ(o), c' = f c + i g, h = o tanh(c')
// gates: panels i, f, g, o `gatePanel` bytes apart, pre-activations in, activations out.
// c, cNext, cTanh: [n][8]. h: rows of z, `hStride` bytes apart.
export function cellForward(
  h: usize, hStride: usize, cNext: usize, cTanh: usize, gates: usize, gatePanel: usize, c: usize,
  forgetBias: f32, n: i32,
): void {
  if (ASC_FEATURE_SIMD) forward<v128>(h, hStride, cNext, cTanh, gates, gatePanel, c, forgetBias, n);
  else forward<f32>(h, hStride, cNext, cTanh, gates, gatePanel, c, forgetBias, n);
}

// @ts-ignore: decorator
@inline function forward<V>(
  h: usize, hStride: usize, cNext: usize, cTanh: usize, gates: usize, gatePanel: usize, c: usize,
  forgetBias: f32, n: i32,
): void {
  const size = sizeof<V>();
  const pair: usize = 2 * sizeof<V>();
  const none = zero<V>(), bias = splat<V>(forgetBias);
  for (let row = 0; row < n; ++row) {
    let lane: usize = 0;
    do {
      const pi = gates + lane, pf = pi + gatePanel, pg = pf + gatePanel, po = pg + gatePanel;
      const zi0 = load<V>(pi), zi1 = load<V>(pi, size);
      const zf0 = load<V>(pf), zf1 = load<V>(pf, size);
      const zg0 = load<V>(pg), zg1 = load<V>(pg, size);
      const zo0 = load<V>(po), zo1 = load<V>(po, size);
      const c0 = load<V>(c + lane), c1 = load<V>(c + lane, size);
      const i0 = sigmoidOfNegated<V>(sub<V>(none, zi0)), i1 = sigmoidOfNegated<V>(sub<V>(none, zi1));
      store<V>(pi, i0); store<V>(pi, i1, size);
      const f0 = sigmoidOfNegated<V>(sub<V>(none, add<V>(zf0, bias)));
      const f1 = sigmoidOfNegated<V>(sub<V>(none, add<V>(zf1, bias)));
      store<V>(pf, f0); store<V>(pf, f1, size);
      const g0 = tanh<V>(zg0), g1 = tanh<V>(zg1);
      store<V>(pg, g0); store<V>(pg, g1, size);
      const n0 = madd<V>(f0, c0, mul<V>(i0, g0)), n1 = madd<V>(f1, c1, mul<V>(i1, g1));
      store<V>(cNext + lane, n0); store<V>(cNext + lane, n1, size);
      const o0 = sigmoidOfNegated<V>(sub<V>(none, zo0)), o1 = sigmoidOfNegated<V>(sub<V>(none, zo1));
      store<V>(po, o0); store<V>(po, o1, size);
      const t0 = tanh<V>(n0), t1 = tanh<V>(n1);
      store<V>(cTanh + lane, t0); store<V>(cTanh + lane, t1, size);
      store<V>(h + lane, mul<V>(o0, t0)); store<V>(h + lane, mul<V>(o1, t1), size);
    } while (pair < PANEL_BYTES && (lane += pair) < PANEL_BYTES);
    gates += PANEL_BYTES; c += PANEL_BYTES; cNext += PANEL_BYTES; cTanh += PANEL_BYTES; h += hStride;
  }
}

// For each of n rows, dh and dc being the gradients that arrive at this step:
//   do = dh tanh(c') o(1-o), dc += dh o (1 - tanh(c')^2), di = dc g i(1-i), df = dc c f(1-f), dg = dc i (1-g^2)
// and dc f goes on to the step before. gates: activations in, gradients of the pre-activations out.
export function cellBackward(
  gates: usize, gatePanel: usize, dc: usize, dh: usize, cTanh: usize, c: usize, n: i32,
): void {
  if (ASC_FEATURE_SIMD) backward<v128>(gates, gatePanel, dc, dh, cTanh, c, n);
  else backward<f32>(gates, gatePanel, dc, dh, cTanh, c, n);
}

// @ts-ignore: decorator
@inline function backward<V>(
  gates: usize, gatePanel: usize, dc: usize, dh: usize, cTanh: usize, c: usize, n: i32,
): void {
  const size = sizeof<V>();
  const pair: usize = 2 * sizeof<V>();
  const one = splat<V>(1);
  for (let row = 0; row < n; ++row) {
    let lane: usize = 0;
    do {
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
      store<V>(po, mul<V>(mul<V>(ho0, t0), sub<V>(one, o0)));
      store<V>(po, mul<V>(mul<V>(ho1, t1), sub<V>(one, o1)), size);
      const di0 = mul<V>(d0, i0), di1 = mul<V>(d1, i1);
      store<V>(pi, mul<V>(mul<V>(di0, g0), sub<V>(one, i0)));
      store<V>(pi, mul<V>(mul<V>(di1, g1), sub<V>(one, i1)), size);
      store<V>(pg, mul<V>(di0, nmadd<V>(g0, g0, one)));
      store<V>(pg, mul<V>(di1, nmadd<V>(g1, g1, one)), size);
      const df0 = mul<V>(d0, f0), df1 = mul<V>(d1, f1);
      store<V>(pf, mul<V>(mul<V>(df0, c0), sub<V>(one, f0)));
      store<V>(pf, mul<V>(mul<V>(df1, c1), sub<V>(one, f1)), size);
      store<V>(dc + lane, df0); store<V>(dc + lane, df1, size);
    } while (pair < PANEL_BYTES && (lane += pair) < PANEL_BYTES);
    gates += PANEL_BYTES; c += PANEL_BYTES; cTanh += PANEL_BYTES; dc += PANEL_BYTES; dh += PANEL_BYTES;
  }
}
