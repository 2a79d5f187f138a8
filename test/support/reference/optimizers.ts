// Optimisers in float64, over named tensors.

import type { Weights64 } from "./weights.ts";

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
