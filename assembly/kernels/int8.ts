// Products of int8 weights with rows of f32 that are rounded to 7 bits on the way: all sums are whole numbers, and what is
// not is rounded in one order, so that every build and engine gives the same bits.
//
// A row v becomes codes q = round((v - lo) / step), 0 to 127, with lo its least value and step = (greatest - lo) / 127.
// A weight is scale w, w from -127 to 127, one scale a column. So
//   sum_k v[k] scale w[k] = scale (step D + lo S)      D = sum_k q[k] w[k], S = sum_k w[k]
// Seven bits are what relaxed SIMD's dot product of bytes takes from its second operand on every engine alike.

import { add, greater, lesser, mul, splat, splatAt, sub } from "../vec";

/** Bytes of a code: the dot product of relaxed SIMD takes bytes, that of baseline SIMD 16 bits. */
export const CODE_BYTES: usize = ASC_FEATURE_SIMD && !ASC_FEATURE_RELAXED_SIMD ? 2 : 1;
// A row whose values are as near to each other as this counts as constant; below it 1 / step could overflow.
const LEAST_STEP: f32 = 1e-30;
const LARGEST: f32 = 127;

// codes[padded] and {step, lo} of v[n]; n >= 1, `padded` the next multiple of 4, `padded` floats may be read.
export function quantizeRow(codes: usize, scale: usize, v: usize, n: i32): void {
  let lo: f32 = load<f32>(v), hi = lo;
  let first = 0;
  if (ASC_FEATURE_SIMD && n >= 4) {
    let least = v128.load(v), most = least;
    for (first = 4; first + 4 <= n; first += 4) {
      const x = v128.load(v + (<usize>first << 2));
      least = lesser<v128>(least, x);
      most = greater<v128>(most, x);
    }
    // The four lanes' least and greatest, by halves.
    least = lesser<v128>(least, v128.shuffle<i32>(least, least, 2, 3, 0, 1));
    most = greater<v128>(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
    lo = lesser<f32>(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1));
    hi = greater<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  }
  for (let i = first; i < n; ++i) {
    const x = load<f32>(v + (<usize>i << 2));
    lo = lesser<f32>(lo, x);
    hi = greater<f32>(hi, x);
  }
  // No zero is negative, whatever the order in which the least value was found.
  lo += 0;
  let step = hi * (<f32>1 / LARGEST) - lo * (<f32>1 / LARGEST);
  let inverse: f32 = 0;
  if (step > LEAST_STEP) inverse = 1 / step;
  else step = 0;
  store<f32>(scale, step);
  store<f32>(scale, lo, 4);
  for (let i = 0; i < n; i += 4, v += 16, codes += 4 * CODE_BYTES) {
    if (ASC_FEATURE_SIMD) storeCodes(codes, v, lo, inverse);
    else {
      for (let k: usize = 0; k < 4; ++k) store<u8>(codes + k, codeOf(load<f32>(v + (k << 2)), lo, inverse));
    }
  }
}

// @ts-ignore: decorator
@inline function codeOf(x: f32, lo: f32, inverse: f32): u8 {
  return <u8>max<f32>(nearest<f32>(lesser<f32>((x - lo) * inverse, LARGEST)), 0);
}

// Four codes at once; what lies behind the row's end meets weights of zero.
// @ts-ignore: decorator
@inline function storeCodes(codes: usize, v: usize, lo: f32, inverse: f32): void {
  const scaled = mul<v128>(sub<v128>(v128.load(v), f32x4.splat(lo)), f32x4.splat(inverse));
  const rounded = f32x4.nearest(lesser<v128>(scaled, f32x4.splat(LARGEST)));
  const words = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(f32x4.max(rounded, f32x4.splat(0))), i32x4.splat(0));
  if (CODE_BYTES == 2) v128.store64_lane(codes, words, 0);
  else v128.store32_lane(codes, i8x16.narrow_i16x8_u(words, words), 0);
}

// Type arguments that stand for numbers of panels.
@unmanaged class N1 { a: u8; }
@unmanaged class N2 { a: u8; b: u8; }
@unmanaged class N3 { a: u8; b: u8; c: u8; }
@unmanaged class N4 { a: u8; b: u8; c: u8; d: u8; }

// sums[panels][8] = D of the columns of so many panels, 3 or 4, that lie side by side: weights [quads][panels][8 columns][4 k],
// codes [quads][4].
export function dots(sums: usize, weights: usize, codes: usize, quads: i32, panels: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) {
    if (panels == 4) dotsOfBytes<N4>(sums, weights, codes, quads);
    else dotsOfBytes<N3>(sums, weights, codes, quads);
    return;
  }
  const stride = <usize>panels << 5;
  if (ASC_FEATURE_SIMD) {
    // Two panels at a time: more sums than registers would go through memory.
    dotsOfWords<N2>(sums, weights, codes, quads, stride);
    if (panels == 4) dotsOfWords<N2>(sums + 64, weights + 64, codes, quads, stride);
    else dotsOfWords<N1>(sums + 64, weights + 64, codes, quads, stride);
    return;
  }
  for (let column: usize = 0; column < stride; column += 4, sums += 4) {
    let sum = 0;
    for (let q: usize = 0; q < <usize>quads; ++q) {
      const w = weights + q * stride + column, code = codes + q * 4;
      sum += load<i8>(w) * <i32>load<u8>(code) + load<i8>(w, 1) * <i32>load<u8>(code, 1) +
        load<i8>(w, 2) * <i32>load<u8>(code, 2) + load<i8>(w, 3) * <i32>load<u8>(code, 3);
    }
    store<i32>(sums, sum);
  }
}

// In two steps: the instruction that adds as well is wrong in V8 11.3, where relaxed SIMD is an experiment. x86 takes as
// many instructions either way.
// @ts-ignore: decorator
@inline function addDot(sum: v128, weights: v128, code: v128): v128 {
  return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(weights, code)));
}

function dotsOfBytes<N>(sums: usize, weights: usize, codes: usize, quads: i32): void {
  const hasFourth = offsetof<N>() == 4;
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  for (let q = 0; q < quads; ++q, weights += 32 * offsetof<N>(), codes += 4) {
    const code = v128.load32_splat(codes);
    a = addDot(a, v128.load(weights), code);
    b = addDot(b, v128.load(weights, 16), code);
    c = addDot(c, v128.load(weights, 32), code);
    d = addDot(d, v128.load(weights, 48), code);
    e = addDot(e, v128.load(weights, 64), code);
    f = addDot(f, v128.load(weights, 80), code);
    if (hasFourth) {
      g = addDot(g, v128.load(weights, 96), code);
      h = addDot(h, v128.load(weights, 112), code);
    }
  }
  v128.store(sums, a); v128.store(sums, b, 16); v128.store(sums, c, 32); v128.store(sums, d, 48);
  v128.store(sums, e, 64); v128.store(sums, f, 80);
  if (hasFourth) { v128.store(sums, g, 96); v128.store(sums, h, 112); }
}

// Two neighbouring k are summed by the instruction, the two halves of a column at the end.
// @ts-ignore: decorator
@inline function addWords(sum: v128, weights: v128, code: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(weights, code));
}

// @ts-ignore: decorator
@inline function halves(a: v128, b: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
}

function dotsOfWords<N>(sums: usize, weights: usize, codes: usize, quads: i32, stride: usize): void {
  const hasSecond = offsetof<N>() == 2;
  let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0);
  let e = i32x4.splat(0), f = i32x4.splat(0), g = i32x4.splat(0), h = i32x4.splat(0);
  for (let q = 0; q < quads; ++q, weights += stride, codes += 8) {
    const code = v128.load64_splat(codes);
    a = addWords(a, v128.load8x8_s(weights), code);
    b = addWords(b, v128.load8x8_s(weights, 8), code);
    c = addWords(c, v128.load8x8_s(weights, 16), code);
    d = addWords(d, v128.load8x8_s(weights, 24), code);
    if (hasSecond) {
      e = addWords(e, v128.load8x8_s(weights, 32), code);
      f = addWords(f, v128.load8x8_s(weights, 40), code);
      g = addWords(g, v128.load8x8_s(weights, 48), code);
      h = addWords(h, v128.load8x8_s(weights, 56), code);
    }
  }
  v128.store(sums, halves(a, b)); v128.store(sums, halves(c, d), 16);
  if (hasSecond) { v128.store(sums, halves(e, f), 32); v128.store(sums, halves(g, h), 48); }
}

// totals[8] = S of the columns of a panel, quads `stride` bytes apart.
export function sum8(totals: usize, weights: usize, quads: i32, stride: usize): void {
  for (let column: usize = 0; column < 8; ++column) {
    let sum = 0;
    for (let q: usize = 0; q < <usize>quads; ++q) {
      const w = weights + q * stride + column * 4;
      sum += <i32>load<i8>(w) + <i32>load<i8>(w, 1) + <i32>load<i8>(w, 2) + <i32>load<i8>(w, 3);
    }
    store<i32>(totals + (column << 2), sum);
  }
}

// out[8] = from[8] + scales[8] (step sums[8] + lo totals[8]); row: {step, lo}.
export function addScaled8(out: usize, from: usize, scales: usize, row: usize, sums: usize, totals: usize): void {
  if (ASC_FEATURE_SIMD) {
    addScaled<v128>(out, from, scales, row, sums, totals);
    addScaled<v128>(out + 16, from + 16, scales + 16, row, sums + 16, totals + 16);
    return;
  }
  for (let o: usize = 0; o < 32; o += 4) addScaled<f32>(out + o, from + o, scales + o, row, sums + o, totals + o);
}

// Products and sums are rounded one by one, in relaxed builds too.
// @ts-ignore: decorator
@inline function addScaled<V>(out: usize, from: usize, scales: usize, row: usize, sums: usize, totals: usize): void {
  const value = add<V>(mul<V>(splatAt<V>(row), floats<V>(sums)), mul<V>(splatAt<V>(row + 4), floats<V>(totals)));
  store<V>(out, add<V>(load<V>(from), mul<V>(load<V>(scales), value)));
}

// @ts-ignore: decorator
@inline function floats<V>(p: usize): V {
  if (isVector<V>()) return f32x4.convert_i32x4_s(v128.load(p));
  return <V><f32>load<i32>(p);
}
