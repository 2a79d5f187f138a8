// Adam over a flat range of parameters.

import { add, div, madd, mul, nmadd, splat, sqrt, sub } from "../vec";

// m = β1 m + (1 - β1) g, v = β2 v + (1 - β2) g², θ -= rate m / (sqrt(v) + ε)
// with rate = lr sqrt(1 - β2^t) / (1 - β1^t): TensorFlow 1's form (Kingma & Ba 2015, the note in section 2).
// Written as m += (1 - β1)(g - m), which is the same in exact arithmetic.
export function adam(
  theta: usize, g: usize, m: usize, v: usize, n: i32, rate: f32, beta1: f64, beta2: f64, epsilon: f32,
): void {
  const a = <f32>(1 - beta1), b = <f32>(1 - beta2);
  let i = 0;
  if (ASC_FEATURE_SIMD) i = update<v128>(theta, g, m, v, i, n, rate, a, b, epsilon);
  update<f32>(theta, g, m, v, i, n, rate, a, b, epsilon);
}

// From element i in whole pairs of vectors (single floats for f32); returns the first element left.
function update<V>(
  theta: usize, g: usize, m: usize, v: usize, i: i32, n: i32, rate: f32, a: f32, b: f32, epsilon: f32,
): i32 {
  const size = sizeof<V>();
  const step: i32 = isVector<V>() ? 8 : 1;
  const A = splat<V>(a), B = splat<V>(b), R = splat<V>(rate), E = splat<V>(epsilon);
  for (; i + step <= n; i += step) {
    const o = <usize>i << 2;
    const g0 = load<V>(g + o), m0 = load<V>(m + o), v0 = load<V>(v + o), t0 = load<V>(theta + o);
    const nm0 = madd<V>(A, sub<V>(g0, m0), m0), nv0 = madd<V>(B, sub<V>(mul<V>(g0, g0), v0), v0);
    const nt0 = nmadd<V>(R, div<V>(nm0, add<V>(sqrt<V>(nv0), E)), t0);
    if (isVector<V>()) {
      const g1 = load<V>(g + o, size), m1 = load<V>(m + o, size);
      const v1 = load<V>(v + o, size), t1 = load<V>(theta + o, size);
      const nm1 = madd<V>(A, sub<V>(g1, m1), m1), nv1 = madd<V>(B, sub<V>(mul<V>(g1, g1), v1), v1);
      const nt1 = nmadd<V>(R, div<V>(nm1, add<V>(sqrt<V>(nv1), E)), t1);
      store<V>(m + o, nm0); store<V>(m + o, nm1, size);
      store<V>(v + o, nv0); store<V>(v + o, nv1, size);
      store<V>(theta + o, nt0); store<V>(theta + o, nt1, size);
    } else {
      store<V>(m + o, nm0); store<V>(v + o, nv0); store<V>(theta + o, nt0);
    }
  }
  return i;
}
