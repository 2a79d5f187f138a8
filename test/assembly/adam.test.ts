// Adam over a flat range against its formula in float64, at lengths around a pair of vectors.

import { expect, test } from "vitest";
import { layOutGuarded } from "../support/guard.ts";
import {
  expectBitsAcrossBuilds,
  type Kernels,
  loadKernels,
  randomFloats,
  words,
} from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";

const LENGTHS = Array.from({ length: 41 }, (_, n) => n);
const OPTIONS = [
  { rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  { rate: 0.05, beta1: 0.5, beta2: 0.9, epsilon: 0.1 },
  { rate: 1, beta1: 0, beta2: 0, epsilon: 1e-3 },
];
type Options = (typeof OPTIONS)[number];

function run(kernels: Kernels, n: number, { rate, beta1, beta2, epsilon }: Options) {
  const guarded = layOutGuarded(
    kernels.memory,
    kernels.planBase(),
    [0, 1, 2, 3].map((i) => ({ length: n, offset: (n + i) & 3 })),
  );
  const [theta, g, m, v] = guarded.buffers;
  const start = {
    theta: randomFloats(n, 1),
    // Gradients of very different size, zero among them.
    g: randomFloats(n, 2).map((value, i) => value * 10 ** -(i % 7) * (i % 5 === 4 ? 0 : 1)),
    m: randomFloats(n, 3, 0.1),
    v: randomFloats(n, 4, 0.01).map(Math.abs),
  };
  theta.floats.set(start.theta);
  g.floats.set(start.g);
  m.floats.set(start.m);
  v.floats.set(start.v);
  kernels.adam(theta.address, g.address, m.address, v.address, n, rate, beta1, beta2, epsilon);
  guarded.assertIntact();
  return { start, theta, g, m, v };
}

await overBuilds(loadKernels, (kernels) => {
  test.each(OPTIONS)("0 to 40 parameters follow the formula: %o", (options) => {
    const { rate, beta1, beta2, epsilon } = options;
    for (const n of LENGTHS) {
      const { start, theta, g, m, v } = run(kernels, n, options);
      for (let i = 0; i < n; i++) {
        const where = `n ${n}, element ${i}`;
        const newM = beta1 * start.m[i] + (1 - beta1) * start.g[i];
        const newV = beta2 * start.v[i] + (1 - beta2) * start.g[i] ** 2;
        const step = (rate * newM) / (Math.sqrt(newV) + epsilon);
        // Roundings of the operands and of 1 - beta, in float32.
        const mBound = 2e-7 * (Math.abs(start.m[i]) + Math.abs(start.g[i]));
        const vBound = 2e-7 * (start.v[i] + start.g[i] ** 2);
        expect(Math.abs(m.floats[i] - newM), where).toBeLessThanOrEqual(mBound);
        expect(Math.abs(v.floats[i] - newV), where).toBeLessThanOrEqual(vBound);
        const root = Math.sqrt(newV) + epsilon;
        const stepBound = 4e-7 * Math.abs(step) + (rate * mBound) / root + (Math.abs(step) * vBound) / newV;
        const bound = 2 ** -24 * (Math.abs(start.theta[i]) + Math.abs(step)) + (stepBound || 0);
        expect(Math.abs(theta.floats[i] - (start.theta[i] - step)), where).toBeLessThanOrEqual(bound);
      }
      expect(g.floats).toEqual(start.g);
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const options of OPTIONS) {
    for (const n of LENGTHS) {
      const { theta, m, v } = run(kernels, n, options);
      for (const buffer of [theta, m, v]) yield [`n ${n}`, words(kernels, buffer)];
    }
  }
});
