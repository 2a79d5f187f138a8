// exp, log and a random generator in f64 and integers: the host's Math differs between engines, these do not.

// 1 / k! for k = 13 down to 0.
const FACTORIALS: usize = memory.data<f64>([
  1.6059043836821613e-10, 2.08767569878681e-9, 2.505210838544172e-8, 2.755731922398589e-7, 2.7557319223985893e-6,
  2.48015873015873e-5, 1.984126984126984e-4, 1.3888888888888889e-3, 8.333333333333333e-3, 4.1666666666666664e-2,
  1.6666666666666666e-1, 0.5, 1, 1,
]);

// exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2, by its Taylor series to r^13 / 13!
// (remainder below 2^-54). Zero below -708, for x <= 709.
export function exp64(x: f64): f64 {
  if (x < -708) return 0;
  const n = nearest(x * 1.4426950408889634);
  // ln 2 in two parts, the upper one exact times any n here (fdlibm, e_exp.c).
  const r = x - n * 6.93147180369123816490e-1 - n * 1.90821492927058770002e-10;
  let p = load<f64>(FACTORIALS);
  for (let k: usize = 8; k < 112; k += 8) p = p * r + load<f64>(FACTORIALS + k);
  return p * reinterpret<f64>((<i64>n + 1023) << 52);
}

// log(x) = e ln 2 + 2 artanh(s), s = (m - 1) / (m + 1), x = m 2^e, m in [sqrt(1/2), sqrt(2)); x normal and > 0.
// NaN and infinity come back as they are.
export function log64(x: f64): f64 {
  if (!(x < Infinity)) return x;
  let bits = reinterpret<i64>(x);
  // The top half of sqrt(1/2), taken off before and put back behind the exponent, centres m on 1.
  bits -= 0x3fe6a09e00000000;
  const e = <f64>(bits >> 52);
  const m = reinterpret<f64>((bits & 0x000fffffffffffff) + 0x3fe6a09e00000000);
  const s = (m - 1) / (m + 1), q = s * s;
  let sum: f64 = 0;
  for (let k = 21; k > 0; k -= 2) sum = sum * q + 1 / <f64>k;
  return 2 * s * sum + e * 1.90821492927058770002e-10 + e * 6.93147180369123816490e-1;
}

// cos(x) = 1 - 2 sin²(x / 2), the sine by its Taylor series to y^21 / 21! (remainder below 2^-53); |x| <= π.
export function cos64(x: f64): f64 {
  const y = x * 0.5, q = y * y;
  let sum: f64 = 1;
  for (let k: f64 = 20; k > 0; k -= 2) sum = 1 - sum * q / (k * (k + 1));
  const sine = y * sum;
  return 1 - 2 * sine * sine;
}

/**
 * Draw number `index` of the stream `seed`: SplitMix64 (Steele, Lea, Flood 2014) used as a counter, so that
 * any draw can be made on its own. 64 random bits.
 */
export function random64(seed: u64, index: u64): u64 {
  const z = mix(seed) + (index + 1) * 0x9e3779b97f4a7c15;
  return mix(z);
}

function mix(z: u64): u64 {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** Uniform in [0, 1): the upper 53 bits of a draw. */
// @ts-ignore: decorator
@inline export function uniform(bits: u64): f64 {
  return <f64>(bits >> 11) * 1.1102230246251565e-16;
}
