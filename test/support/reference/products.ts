// The few loops over rows, vectors and matrices (row-major) that all formulas share.

/** Row `index` of a matrix of rows `width` wide, as a view. */
export function row(matrix: Float64Array, index: number, width: number): Float64Array<ArrayBuffer> {
  return (matrix as Float64Array<ArrayBuffer>).subarray(index * width, (index + 1) * width);
}

/** out[N] += a[K] · b[K,N] */
export function addProduct(out: Float64Array, a: Float64Array, b: Float64Array): void {
  const N = out.length;
  for (let k = 0; k < a.length; k++) {
    for (let n = 0; n < N; n++) out[n] += a[k] * b[k * N + n];
  }
}

/** out[K] += a[N] · b[K,N]ᵀ */
export function addProductTransposed(out: Float64Array, a: Float64Array, b: Float64Array): void {
  const N = a.length;
  for (let k = 0; k < out.length; k++) {
    for (let n = 0; n < N; n++) out[k] += a[n] * b[k * N + n];
  }
}

/** out[K,N] += a[K]ᵀ · b[N] */
export function addOuter(out: Float64Array, a: Float64Array, b: Float64Array): void {
  const N = b.length;
  for (let k = 0; k < a.length; k++) {
    for (let n = 0; n < N; n++) out[k * N + n] += a[k] * b[n];
  }
}

export function addVector(out: Float64Array, a: Float64Array): void {
  for (let n = 0; n < a.length; n++) out[n] += a[n];
}

/** a ∘ factors; a itself without factors. */
export function masked(a: Float64Array, factors: ArrayLike<number> | undefined): Float64Array {
  return factors ? a.map((value, k) => value * factors[k]) : a;
}
