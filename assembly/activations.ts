// exp, sigmoid and tanh on vectors: polynomials of IEEE operations only, so every engine gives the same bits.

import { add, div, greater, lesser, madd, mul, nearest, nmadd, scaleByPowerOfTwo, splatAt } from "./vec";

// Read from memory: V8 rebuilds a v128 constant at every use (three instructions), but folds a load.
const EXP: usize = memory.data<f32>([
  88.3762626647949, // above it exp overflows after rounding n up
  -87.3365447504531, // below it 2^n leaves the normal range
  1.44269504088896341, // 1 / ln 2
  0.693359375, // ln 2, upper part: exact times n
  -2.12194440e-4, // ln 2, lower part
  // Polynomial of Cephes expf (S. Moshier, netlib.org/cephes): exp(r) = 1 + r + r^2 p(r), |r| <= ln 2 / 2
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
  1.0,
]);

const TANH: usize = memory.data<f32>([
  7.90531110763549805, // beyond it tanh rounds to 1
  -7.90531110763549805,
  // x * p(x^2) / q(x^2), the rational approximation of Eigen (MathFunctionsImpl.h, generic_fast_tanh_float)
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8,
  1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
  1.19825839466702e-6, 1.18534705686654e-4, 2.26843463243900e-3, 4.89352518554385e-3,
]);

// @ts-ignore: decorator
@inline function expAt<V>(index: usize): V { return splatAt<V>(EXP + (index << 2)); }
// @ts-ignore: decorator
@inline function tanhAt<V>(index: usize): V { return splatAt<V>(TANH + (index << 2)); }

// exp(x) = 2^n exp(r), n = round(x / ln 2). Relative error < 1.2e-7 on [-87.3, 88.3], saturating outside.
// @ts-ignore: decorator
@inline export function exp<V>(x: V): V {
  x = greater<V>(lesser<V>(x, expAt<V>(0)), expAt<V>(1));
  const n = nearest<V>(mul<V>(x, expAt<V>(2)));
  const r = nmadd<V>(n, expAt<V>(4), nmadd<V>(n, expAt<V>(3), x));
  let p = madd<V>(expAt<V>(5), r, expAt<V>(6));
  p = madd<V>(p, r, expAt<V>(7));
  p = madd<V>(p, r, expAt<V>(8));
  p = madd<V>(p, r, expAt<V>(9));
  p = madd<V>(p, r, expAt<V>(10));
  p = madd<V>(p, mul<V>(r, r), add<V>(r, expAt<V>(11)));
  return scaleByPowerOfTwo<V>(p, n);
}

// sigmoid(x) = 1 / (1 + exp(-x)), given -x: the caller folds the sign. Relative error < 3e-7, tails included.
// @ts-ignore: decorator
@inline export function sigmoidOfNegated<V>(minusX: V): V {
  const one = expAt<V>(11);
  return div<V>(one, add<V>(one, exp<V>(minusX)));
}

// tanh(x), absolute error < 3e-7.
// @ts-ignore: decorator
@inline export function tanh<V>(x: V): V {
  x = greater<V>(lesser<V>(x, tanhAt<V>(0)), tanhAt<V>(1));
  const s = mul<V>(x, x);
  let p = madd<V>(tanhAt<V>(2), s, tanhAt<V>(3));
  p = madd<V>(p, s, tanhAt<V>(4));
  p = madd<V>(p, s, tanhAt<V>(5));
  p = madd<V>(p, s, tanhAt<V>(6));
  p = madd<V>(p, s, tanhAt<V>(7));
  p = madd<V>(p, s, tanhAt<V>(8));
  let q = madd<V>(tanhAt<V>(9), s, tanhAt<V>(10));
  q = madd<V>(q, s, tanhAt<V>(11));
  q = madd<V>(q, s, tanhAt<V>(12));
  return div<V>(mul<V>(x, p), q);
}
