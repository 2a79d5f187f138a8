// The vector vocabulary. A kernel is written once over V: v128 where the build has SIMD, f32 where not.
// The only file that knows relaxed SIMD exists; every difference between builds is here.

import { FUSED, TALL_TILES } from "./features";

/** Columns of a panel: the unit in which matrices are stored. */
export const PANEL: i32 = 8;
/** Bytes of one row of a panel. */
export const PANEL_BYTES: usize = 32;
/** Rows of a product's tile where V8 has registers for them: fused madds need fewer temporaries. */
export const TILE_ROWS: i32 = !TALL_TILES ? 1 : ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
/** Rows of the highest tile a build carries: beyond it every engine measured spills. */
export const MAX_TILE_ROWS: i32 = !TALL_TILES ? 1 : ASC_FEATURE_RELAXED_SIMD ? 6 : ASC_FEATURE_SIMD ? 5 : 4;

// @ts-ignore: decorator
@inline export function zero<V>(): V {
  if (isVector<V>()) return f32x4.splat(0);
  return <V>(<f32>0);
}

// @ts-ignore: decorator
@inline export function splat<V>(x: f32): V {
  if (isVector<V>()) return f32x4.splat(x);
  return <V>x;
}

/** The f32 at `p`, in every lane. */
// @ts-ignore: decorator
@inline export function splatAt<V>(p: usize): V {
  if (isVector<V>()) return v128.load32_splat(p);
  return <V>load<f32>(p);
}

/** The f32 as many floats behind `p` as the class N has bytes, in every lane. */
// @ts-ignore: decorator
@inline export function splatBehind<V, N>(p: usize): V {
  if (isVector<V>()) return v128.load32_splat(p, offsetof<N>() << 2);
  return <V>load<f32>(p, offsetof<N>() << 2);
}

// @ts-ignore: decorator
@inline export function add<V>(a: V, b: V): V {
  if (isVector<V>()) return f32x4.add(a, b);
  return <V>(<f32>a + <f32>b);
}

// @ts-ignore: decorator
@inline export function sub<V>(a: V, b: V): V {
  if (isVector<V>()) return f32x4.sub(a, b);
  return <V>(<f32>a - <f32>b);
}

// @ts-ignore: decorator
@inline export function mul<V>(a: V, b: V): V {
  if (isVector<V>()) return f32x4.mul(a, b);
  return <V>(<f32>a * <f32>b);
}

// @ts-ignore: decorator
@inline export function div<V>(a: V, b: V): V {
  if (isVector<V>()) return f32x4.div(a, b);
  return <V>(<f32>a / <f32>b);
}

// @ts-ignore: decorator
@inline export function sqrt<V>(a: V): V {
  if (isVector<V>()) return f32x4.sqrt(a);
  return <V>f32.sqrt(<f32>a);
}

/** a * b + c; fused into one rounding by the relaxed build, two roundings elsewhere. */
// @ts-ignore: decorator
@inline export function madd<V>(a: V, b: V, c: V): V {
  if (isVector<V>()) {
    if (ASC_FEATURE_RELAXED_SIMD && FUSED) return f32x4.relaxed_madd(a, b, c);
    return f32x4.add(f32x4.mul(a, b), c);
  }
  return <V>(<f32>a * <f32>b + <f32>c);
}

/** c - a * b; fused as `madd`. */
// @ts-ignore: decorator
@inline export function nmadd<V>(a: V, b: V, c: V): V {
  if (isVector<V>()) {
    if (ASC_FEATURE_RELAXED_SIMD && FUSED) return f32x4.relaxed_nmadd(a, b, c);
    return f32x4.sub(c, f32x4.mul(a, b));
  }
  return <V>(<f32>c - <f32>a * <f32>b);
}

/** b < a ? b : a, so a NaN in `a` passes through. One instruction on x86, unlike the IEEE minimum. */
// @ts-ignore: decorator
@inline export function lesser<V>(a: V, b: V): V {
  if (isVector<V>()) return f32x4.pmin(a, b);
  return <f32>b < <f32>a ? b : a;
}

/** a < b ? b : a, so a NaN in `a` passes through. */
// @ts-ignore: decorator
@inline export function greater<V>(a: V, b: V): V {
  if (isVector<V>()) return f32x4.pmax(a, b);
  return <f32>a < <f32>b ? b : a;
}

/** 1 where |x| < bound, else 0. */
// @ts-ignore: decorator
@inline export function within<V>(x: V, bound: V): V {
  if (isVector<V>()) return v128.and(f32x4.lt(f32x4.abs(x), bound), f32x4.splat(1));
  return <V>(abs<f32>(<f32>x) < <f32>bound ? <f32>1 : <f32>0);
}

/** 1.5 * 2^23: added to a float below 2^22, it leaves the nearest whole number in the sum's low bits. */
export const ROUND: f32 = 12582912;

/** x * 2^n, n the whole number in the low bits of `rounded` = n + ROUND; x and the result are normal. */
// @ts-ignore: decorator
@inline export function scaleByPowerOfTwo<V>(x: V, rounded: V): V {
  if (isVector<V>()) return i32x4.add(x, i32x4.shl(rounded, 23));
  return <V>reinterpret<f32>(reinterpret<i32>(<f32>x) + (reinterpret<i32>(<f32>rounded) << 23));
}
