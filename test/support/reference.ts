// The model in float64, written from its formulas: the yardstick every build and every peer is measured by.
// Plain loops, one sequence at a time; nothing is folded, batched, reused or made fast.

export interface ReferenceShape {
  /** B: sequences in a batch. */
  batch: number;
  /** T: steps in a sequence. */
  timeSteps: number;
  /** I: values at one step. */
  features: number;
  /** P: width of the projection of each step; 0 leaves it out, and the cell reads x itself. */
  projectionUnits: number;
  /** H: width of the LSTM. */
  units: number;
  /** C: classes. */
  classes: number;
  /** Added to the forget gate before its sigmoid, besides the trained bias. */
  forgetBias: number;
}

/** Row-major values under the native weight names; gradients bear the names of their weights. */
export type Weights64 = Map<string, Float64Array>;

export interface SequenceOptions64 {
  /** Steps of each sequence, 0 to T; default all. Behind its end the state stays as it is. */
  lengths?: ArrayLike<number>;
  /** [B,H], the state before step 0; default zero. Not trained: the gradient ends here. */
  h0?: ArrayLike<number>;
  c0?: ArrayLike<number>;
}

export interface Forward64 {
  /** [B,T,X], what the cell reads: the projection of x, or x itself. */
  p: Float64Array;
  /** [B,T,4H], the gates after their activations, in the order i, f, g, o. */
  gates: Float64Array;
  /** [B,T,H], the cell state after each step. */
  c: Float64Array;
  /** [B,T,H], the state h after each step. */
  h: Float64Array;
  /** [B,T,H], the output of each step: h, and zero behind a sequence's end. */
  outputs: Float64Array;
  /** [B,H], the state that the head reads. */
  finalState: { h: Float64Array; c: Float64Array };
  /** [B,C]. */
  logits: Float64Array;
  /** [B,C], softmax of the logits. */
  probabilities: Float64Array;
}

export interface LossAndGradients64 {
  /** Mean cross-entropy over the batch. */
  loss: number;
  /** Share of the batch whose largest logit is its label's; of equal logits the first counts. */
  accuracy: number;
  gradients: Weights64;
}

/** X: the width of what the cell reads. */
export function cellInputs({ projectionUnits, features }: ReferenceShape): number {
  return projectionUnits || features;
}

/** The shape of every weight, in the order of the forward pass. */
export function weightShapes(shape: ReferenceShape): Map<string, number[]> {
  const { features: I, projectionUnits: P, units: H, classes: C } = shape;
  const shapes = new Map<string, number[]>();
  if (P > 0) shapes.set("projection.kernel", [I, P]).set("projection.bias", [P]);
  shapes.set("lstm.kernel", [cellInputs(shape), 4 * H]);
  shapes.set("lstm.recurrent_kernel", [H, 4 * H]);
  shapes.set("lstm.bias", [4 * H]);
  shapes.set("head.kernel", [H, C]).set("head.bias", [C]);
  return shapes;
}

/** Uniform in [-scale, scale), biases too. Each value is exact in float32, so any side can start from it. */
export function randomWeights(shape: ReferenceShape, seed: number, scale = 0.5): Weights64 {
  const random = randomNumbers(seed);
  return mapShapes(shape, (size) => Float64Array.from({ length: size }, () => symmetric(random, scale)));
}

/** x [B,T,I] uniform in [-1, 1) and exact in float32; one label below C for each sequence. */
export function randomBatch(shape: ReferenceShape, seed: number): { x: Float64Array; labels: Int32Array } {
  const { batch: B, timeSteps: T, features: I, classes: C } = shape;
  const random = randomNumbers(seed);
  const x = Float64Array.from({ length: B * T * I }, () => symmetric(random, 1));
  const labels = Int32Array.from({ length: B }, () => Math.floor(random() * C));
  return { x, labels };
}

/** Uniform numbers in [0, 1) from a seed: mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** x [B,T,I] -> logits and everything on the way to them. */
export function forward(
  shape: ReferenceShape,
  weights: Weights64,
  x: ArrayLike<number>,
  options: SequenceOptions64 = {},
): Forward64 {
  const { batch: B, timeSteps: T, features: I, projectionUnits: P, units: H, classes: C } = shape;
  const X = cellInputs(shape);
  const input = Float64Array.from(x);
  const p = P > 0 ? new Float64Array(B * T * P) : input;
  const gates = new Float64Array(B * T * 4 * H);
  const c = new Float64Array(B * T * H);
  const h = new Float64Array(B * T * H);
  const outputs = new Float64Array(B * T * H);
  const finalState = { h: new Float64Array(B * H), c: new Float64Array(B * H) };
  const initial = initialState(shape, options);
  const logits = new Float64Array(B * C);
  const probabilities = new Float64Array(B * C);

  for (let b = 0; b < B; b++) {
    let hPrevious = row(initial.h, b, H);
    let cPrevious = row(initial.c, b, H);
    for (let t = 0; t < T; t++) {
      const step = b * T + t;
      const p_t = row(p, step, X);
      const gates_t = row(gates, step, 4 * H);
      const c_t = row(c, step, H);
      const h_t = row(h, step, H);

      // Behind the sequence's end the state stays, and the output is zero.
      if (t >= lengthOf(shape, options, b)) {
        c_t.set(cPrevious);
        h_t.set(hPrevious);
        continue;
      }

      // p_t = x_t · W_in + b_in
      if (P > 0) {
        p_t.set(weights.get("projection.bias")!);
        addProduct(p_t, row(input, step, I), weights.get("projection.kernel")!);
      }

      // z = p_t · W + h_{t-1} · U + b
      const z = Float64Array.from(weights.get("lstm.bias")!);
      addProduct(z, p_t, weights.get("lstm.kernel")!);
      addProduct(z, hPrevious, weights.get("lstm.recurrent_kernel")!);

      for (let j = 0; j < H; j++) {
        const i = sigmoid(z[j]);
        const f = sigmoid(z[H + j] + shape.forgetBias);
        const g = Math.tanh(z[2 * H + j]);
        const o = sigmoid(z[3 * H + j]);
        c_t[j] = cPrevious[j] * f + i * g;
        h_t[j] = o * Math.tanh(c_t[j]);
        gates_t[j] = i;
        gates_t[H + j] = f;
        gates_t[2 * H + j] = g;
        gates_t[3 * H + j] = o;
      }
      row(outputs, step, H).set(h_t);
      hPrevious = h_t;
      cPrevious = c_t;
    }

    row(finalState.h, b, H).set(hPrevious);
    row(finalState.c, b, H).set(cPrevious);

    // logits = h_T · Wy + by
    const logits_b = row(logits, b, C);
    logits_b.set(weights.get("head.bias")!);
    addProduct(logits_b, hPrevious, weights.get("head.kernel")!);
    row(probabilities, b, C).set(softmax(logits_b));
  }
  return { p, gates, c, h, outputs, finalState, logits, probabilities };
}

/** The loss of a batch and its derivative by every weight. */
export function lossAndGradients(
  shape: ReferenceShape,
  weights: Weights64,
  x: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: SequenceOptions64 = {},
): LossAndGradients64 {
  const { batch: B, timeSteps: T, features: I, projectionUnits: P, units: H, classes: C } = shape;
  const X = cellInputs(shape);
  const { p, gates, c, h, finalState, logits, probabilities } = forward(shape, weights, x, options);
  const input = Float64Array.from(x);
  const gradients = mapShapes(shape, (size) => new Float64Array(size));
  const initial = initialState(shape, options);
  let loss = 0;
  let hits = 0;

  for (let b = 0; b < B; b++) {
    // loss = mean of log(sum of exp(logits)) - logits[label]
    const logits_b = row(logits, b, C);
    loss += (logSumExp(logits_b) - logits_b[labels[b]]) / B;
    if (logits_b.indexOf(Math.max(...logits_b)) === labels[b]) hits++;

    // dlogits = (softmax(logits) - oneHot(label)) / B
    const dlogits = row(probabilities, b, C).map((probability, k) => {
      return (probability - (k === labels[b] ? 1 : 0)) / B;
    });

    // logits = h_T · Wy + by
    addOuter(gradients.get("head.kernel")!, row(finalState.h, b, H), dlogits);
    addVector(gradients.get("head.bias")!, dlogits);
    const dh = new Float64Array(H);
    addProductTransposed(dh, dlogits, weights.get("head.kernel")!);
    const dc = new Float64Array(H);

    // Steps behind the sequence's end hand dh and dc on as they are.
    for (let t = lengthOf(shape, options, b) - 1; t >= 0; t--) {
      const step = b * T + t;
      const gates_t = row(gates, step, 4 * H);
      const c_t = row(c, step, H);
      const cPrevious = t > 0 ? row(c, step - 1, H) : row(initial.c, b, H);
      const hPrevious = t > 0 ? row(h, step - 1, H) : row(initial.h, b, H);

      // c_t = c_{t-1} f + i g and h_t = o tanh(c_t); dc leaves the loop body as the gradient of c_{t-1}.
      const dz = new Float64Array(4 * H);
      for (let j = 0; j < H; j++) {
        const i = gates_t[j];
        const f = gates_t[H + j];
        const g = gates_t[2 * H + j];
        const o = gates_t[3 * H + j];
        const tanhC = Math.tanh(c_t[j]);
        dc[j] += dh[j] * o * (1 - tanhC * tanhC);
        dz[j] = dc[j] * g * i * (1 - i);
        dz[H + j] = dc[j] * cPrevious[j] * f * (1 - f);
        dz[2 * H + j] = dc[j] * i * (1 - g * g);
        dz[3 * H + j] = dh[j] * tanhC * o * (1 - o);
        dc[j] *= f;
      }

      // z = p_t · W + h_{t-1} · U + b; dh becomes the gradient of h_{t-1}, which nothing else reads.
      addOuter(gradients.get("lstm.kernel")!, row(p, step, X), dz);
      addOuter(gradients.get("lstm.recurrent_kernel")!, hPrevious, dz);
      addVector(gradients.get("lstm.bias")!, dz);
      dh.fill(0);
      addProductTransposed(dh, dz, weights.get("lstm.recurrent_kernel")!);

      // p_t = x_t · W_in + b_in
      if (P > 0) {
        const dp = new Float64Array(P);
        addProductTransposed(dp, dz, weights.get("lstm.kernel")!);
        addOuter(gradients.get("projection.kernel")!, row(input, step, I), dp);
        addVector(gradients.get("projection.bias")!, dp);
      }
    }
  }
  return { loss, accuracy: hits / B, gradients };
}

/** Adam as TensorFlow 1 computes it: epsilon stands beside the root of the uncorrected second moment. */
export class Adam64 {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Updates made. */
  t = 0;
  private readonly m: Weights64 = new Map();
  private readonly v: Weights64 = new Map();

  constructor({ learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}) {
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  /** Updates the weights in place. */
  step(weights: Weights64, gradients: Weights64): void {
    const { beta1, beta2, epsilon } = this;
    this.t++;
    // lr_t = lr sqrt(1 - beta2^t) / (1 - beta1^t)
    const rate = (this.learningRate * Math.sqrt(1 - beta2 ** this.t)) / (1 - beta1 ** this.t);
    for (const [name, theta] of weights) {
      const gradient = gradients.get(name)!;
      if (this.t === 1) {
        this.m.set(name, new Float64Array(theta.length));
        this.v.set(name, new Float64Array(theta.length));
      }
      const m = this.m.get(name)!;
      const v = this.v.get(name)!;
      for (let k = 0; k < theta.length; k++) {
        const g = gradient[k];
        m[k] = beta1 * m[k] + (1 - beta1) * g;
        v[k] = beta2 * v[k] + (1 - beta2) * g * g;
        theta[k] -= (rate * m[k]) / (Math.sqrt(v[k]) + epsilon);
      }
    }
  }
}

function lengthOf({ timeSteps }: ReferenceShape, { lengths }: SequenceOptions64, b: number): number {
  return lengths ? lengths[b] : timeSteps;
}

function initialState({ batch: B, units: H }: ReferenceShape, { h0, c0 }: SequenceOptions64) {
  const zero = new Float64Array(B * H);
  return { h: Float64Array.from(h0 ?? zero), c: Float64Array.from(c0 ?? zero) };
}

/** Row `index` of a matrix of rows `width` wide, as a view. */
function row(matrix: Float64Array, index: number, width: number): Float64Array<ArrayBuffer> {
  return (matrix as Float64Array<ArrayBuffer>).subarray(index * width, (index + 1) * width);
}

// out[N] += a[K] · b[K,N]
function addProduct(out: Float64Array, a: Float64Array, b: Float64Array): void {
  const N = out.length;
  for (let k = 0; k < a.length; k++) {
    for (let n = 0; n < N; n++) out[n] += a[k] * b[k * N + n];
  }
}

// out[K] += a[N] · b[K,N]ᵀ
function addProductTransposed(out: Float64Array, a: Float64Array, b: Float64Array): void {
  const N = a.length;
  for (let k = 0; k < out.length; k++) {
    for (let n = 0; n < N; n++) out[k] += a[n] * b[k * N + n];
  }
}

// out[K,N] += a[K]ᵀ · b[N]
function addOuter(out: Float64Array, a: Float64Array, b: Float64Array): void {
  const N = b.length;
  for (let k = 0; k < a.length; k++) {
    for (let n = 0; n < N; n++) out[k * N + n] += a[k] * b[n];
  }
}

function addVector(out: Float64Array, a: Float64Array): void {
  for (let n = 0; n < a.length; n++) out[n] += a[n];
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

// The maximum is taken out first, so that no exponential overflows.
function logSumExp(values: Float64Array): number {
  const max = Math.max(...values);
  return max + Math.log(values.reduce((sum, value) => sum + Math.exp(value - max), 0));
}

function softmax(values: Float64Array): Float64Array {
  const log = logSumExp(values);
  return values.map((value) => Math.exp(value - log));
}

function symmetric(random: () => number, scale: number): number {
  return Math.fround((2 * random() - 1) * scale);
}

function mapShapes(shape: ReferenceShape, values: (size: number) => Float64Array): Weights64 {
  const entries = [...weightShapes(shape)];
  return new Map(entries.map(([name, dimensions]) => [name, values(dimensions.reduce((a, b) => a * b, 1))]));
}
