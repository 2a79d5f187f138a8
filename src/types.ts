// Plain data that crosses the borders of the library's folders; types only.

/** A tensor as plain data: row-major float32 values and their shape. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Named tensors, e.g. the weights of a model under their native names. */
export type Tensors = Map<string, Tensor>;

/** Labelled sequences: `x` holds [count, timeSteps, features], `labels` one class index per sequence. */
export interface Sequences {
  readonly x: Float32Array;
  readonly labels: ArrayLike<number>;
}
