// exp, sigmoid and tanh on vectors: polynomials of IEEE operations only, so every engine gives the same bits.

import { PAIRED_GATES } from "./features";
import { ROUND, add, div, greater, lesser, madd, mul, nmadd, scaleByPowerOfTwo, splatAt, sub } from "./vec";

// Read from memory: V8 rebuilds a v128 constant at every use (three instructions), but folds a load.
const EXP: usize = memory.data<f32>([
  88, // e^88 is the last whole power below the largest float
  -86.5, // e^-86.5 is normal, as is 2^n a half
  1.44269504088896341, // 1 / ln 2
  ROUND,
  0.693359375, // ln 2, upper part: exact times n
  -2.12194440e-4, // ln 2, lower part
  // Polynomial of Cephes expf (S. Moshier, netlib.org/cephes): exp(r) = 1 + r + r^2 p(r), |r| <= ln 2 / 2
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
  1.0,
]);

const TANH: usize = memory.data<f32>([
  7.90531110763549805, // beyond it tanh is 1 to within that error
  -7.90531110763549805,
  // x * p(x^2) / q(x^2), the rational approximation of Eigen (MathFunctionsImpl.h, generic_fast_tanh_float)
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8,
  1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
  1.19825839466702e-6, 1.18534705686654e-4, 2.26843463243900e-3, 4.89352518554385e-3,
]);

// Both functions take two vectors side by side and store their results side by side, each constant loaded once
// for the pair, so that an engine may run the pair as one operation of twice the width. Without PAIRED_GATES the second
// one is not stored, so nothing is left of it.

// @ts-ignore: decorator
@inline function expAt<V>(index: usize): V { return splatAt<V>(EXP + (index << 2)); }
// @ts-ignore: decorator
@inline function tanhAt<V>(index: usize): V { return splatAt<V>(TANH + (index << 2)); }

// out = sigmoid(x) = 1 / (1 + exp(-x)), given -x: the caller folds the sign.
// exp(y) = 2^n exp(r), n = round(y / ln 2). Relative error < 3e-7, the tails included; exp saturates.
// @ts-ignore: decorator
@inline export function storeSigmoids<V>(out: usize, minusX0: V, minusX1: V): void {
  let k = expAt<V>(0);
  let y0 = lesser<V>(minusX0, k), y1 = lesser<V>(minusX1, k);
  k = expAt<V>(1);
  y0 = greater<V>(y0, k); y1 = greater<V>(y1, k);
  k = expAt<V>(2);
  let l = expAt<V>(3);
  const t0 = madd<V>(y0, k, l), t1 = madd<V>(y1, k, l);
  const n0 = sub<V>(t0, l), n1 = sub<V>(t1, l);
  k = expAt<V>(4);
  let r0 = nmadd<V>(n0, k, y0), r1 = nmadd<V>(n1, k, y1);
  k = expAt<V>(5);
  r0 = nmadd<V>(n0, k, r0); r1 = nmadd<V>(n1, k, r1);
  // In pairs of terms: the chain is two thirds as long as Horner's, with as many operations.
  const rr0 = mul<V>(r0, r0), rr1 = mul<V>(r1, r1);
  k = expAt<V>(6);
  l = expAt<V>(7);
  let p0 = madd<V>(k, r0, l), p1 = madd<V>(k, r1, l);
  k = expAt<V>(8);
  l = expAt<V>(9);
  p0 = madd<V>(p0, rr0, madd<V>(k, r0, l)); p1 = madd<V>(p1, rr1, madd<V>(k, r1, l));
  k = expAt<V>(10);
  l = expAt<V>(11);
  p0 = madd<V>(p0, rr0, madd<V>(k, r0, l)); p1 = madd<V>(p1, rr1, madd<V>(k, r1, l));
  const one = expAt<V>(12);
  p0 = madd<V>(p0, rr0, add<V>(r0, one)); p1 = madd<V>(p1, rr1, add<V>(r1, one));
  p0 = scaleByPowerOfTwo<V>(p0, t0); p1 = scaleByPowerOfTwo<V>(p1, t1);
  p0 = div<V>(one, add<V>(one, p0)); p1 = div<V>(one, add<V>(one, p1));
  store<V>(out, p0);
  if (PAIRED_GATES) store<V>(out, p1, sizeof<V>());
}

// out = tanh(x), absolute error < 4e-7.
// @ts-ignore: decorator
@inline export function storeTanhs<V>(out: usize, x0: V, x1: V): void {
  let k = tanhAt<V>(0);
  x0 = lesser<V>(x0, k); x1 = lesser<V>(x1, k);
  k = tanhAt<V>(1);
  x0 = greater<V>(x0, k); x1 = greater<V>(x1, k);
  const s0 = mul<V>(x0, x0), s1 = mul<V>(x1, x1);
  const ss0 = mul<V>(s0, s0), ss1 = mul<V>(s1, s1);
  k = tanhAt<V>(3);
  let l = tanhAt<V>(4);
  let p0 = madd<V>(k, s0, l), p1 = madd<V>(k, s1, l);
  k = tanhAt<V>(2);
  p0 = madd<V>(k, ss0, p0); p1 = madd<V>(k, ss1, p1);
  k = tanhAt<V>(5);
  l = tanhAt<V>(6);
  p0 = madd<V>(p0, ss0, madd<V>(k, s0, l)); p1 = madd<V>(p1, ss1, madd<V>(k, s1, l));
  k = tanhAt<V>(7);
  l = tanhAt<V>(8);
  p0 = madd<V>(p0, ss0, madd<V>(k, s0, l)); p1 = madd<V>(p1, ss1, madd<V>(k, s1, l));
  k = tanhAt<V>(9);
  l = tanhAt<V>(10);
  let q0 = madd<V>(k, s0, l), q1 = madd<V>(k, s1, l);
  k = tanhAt<V>(11);
  l = tanhAt<V>(12);
  q0 = madd<V>(q0, ss0, madd<V>(k, s0, l)); q1 = madd<V>(q1, ss1, madd<V>(k, s1, l));
  q0 = div<V>(mul<V>(x0, p0), q0); q1 = div<V>(mul<V>(x1, p1), q1);
  store<V>(out, q0);
  if (PAIRED_GATES) store<V>(out, q1, sizeof<V>());
}
