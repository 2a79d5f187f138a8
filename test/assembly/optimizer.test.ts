// The rules of update over a flat range against their formulas in float64, at lengths around a pair of vectors.

import { expect, test } from "vitest";
import { Optimizer } from "../../assembly/regions.ts";
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
// In the order of UpdateRule.
const PLAIN = {
  rate: 0.001,
  first: 0,
  second: 0,
  epsilon: 0.1,
  decay: 0,
  scale: 1,
  bound: Number.POSITIVE_INFINITY,
  nesterov: 0,
};
type Rule = typeof PLAIN;
const CLIPPED: Partial<Rule> = { decay: 0.1, scale: 0.5, bound: 0.03125 };
const CASES: { name: string; kind: Optimizer; rule: Rule }[] = [
  { name: "Adam", kind: Optimizer.Adam, rule: { ...PLAIN, first: 0.1, second: 0.001, epsilon: 1e-8 } },
  { name: "Adam", kind: Optimizer.Adam, rule: { ...PLAIN, rate: 0.05, first: 0.5, second: 0.1 } },
  { name: "Adam", kind: Optimizer.Adam, rule: { ...PLAIN, first: 1, second: 1, rate: 1 } },
  { name: "Adam", kind: Optimizer.Adam, rule: { ...PLAIN, ...CLIPPED, first: 0.1, second: 0.01 } },
  { name: "SGD", kind: Optimizer.Sgd, rule: { ...PLAIN, rate: 0.1 } },
  { name: "SGD", kind: Optimizer.Sgd, rule: { ...PLAIN, first: 0.9, rate: 0.1 } },
  { name: "SGD", kind: Optimizer.Sgd, rule: { ...PLAIN, ...CLIPPED, first: 0.9, nesterov: 1 } },
  { name: "RMSProp", kind: Optimizer.RmsProp, rule: { ...PLAIN, second: 0.1 } },
  { name: "RMSProp", kind: Optimizer.RmsProp, rule: { ...PLAIN, ...CLIPPED, first: 0.9, second: 0.01 } },
];
type Case = (typeof CASES)[number];

// One parameter, in float64.
function updated(kind: Optimizer, r: Rule, theta: number, g: number, m: number, v: number) {
  const d = Math.max(-r.bound, Math.min(r.bound, r.scale * g));
  const newV = kind === Optimizer.Sgd ? v : (1 - r.second) * v + r.second * d * d;
  const root = Math.sqrt(newV) + r.epsilon;
  if (kind === Optimizer.Adam) {
    const newM = (1 - r.first) * m + r.first * d;
    return { m: newM, v: newV, theta: (1 - r.decay) * theta - (r.rate * newM) / root };
  }
  if (kind === Optimizer.Sgd) {
    const newM = r.first * m + d;
    return {
      m: newM,
      v: newV,
      theta: (1 - r.decay) * theta - r.rate * (r.nesterov ? d + r.first * newM : newM),
    };
  }
  const newM = r.first * m + d / root;
  return { m: newM, v: newV, theta: (1 - r.decay) * theta - r.rate * newM };
}

const OFFSETS = [0, 1, 2, 3];

function run(kernels: Kernels, n: number, { kind, rule }: Case, offset: number) {
  const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [
    ...[0, 1, 2, 3].map((i) => ({ length: n, offset: (offset + i) & 3 })),
    8,
  ]);
  const [theta, g, m, v, rules] = guarded.buffers;
  rules.floats.set(Object.values(rule));
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
  kernels.optimize(kind, theta.address, g.address, m.address, v.address, n, rules.address);
  guarded.assertIntact();
  return { start, theta, g, m, v };
}

await overBuilds(loadKernels, (kernels) => {
  test.each(CASES)("0 to 40 parameters follow the formula: $name $rule", (c) => {
    const { kind, rule } = c;
    for (const [n, offset] of LENGTHS.flatMap((n) => OFFSETS.map((offset) => [n, offset]))) {
      const { start, theta, g, m, v } = run(kernels, n, c, offset);
      for (let i = 0; i < n; i++) {
        const where = `n ${n}, element ${i}`;
        const expected = updated(kind, rule, start.theta[i], start.g[i], start.m[i], start.v[i]);
        // Roundings of the operands and of the rule, in float32.
        const g1 = Math.abs(start.g[i]);
        const root = Math.sqrt(expected.v) + rule.epsilon;
        const vBound = 2e-7 * (start.v[i] + g1 ** 2);
        const perRoot = kind === Optimizer.RmsProp ? 1 / root : 1;
        const mBound =
          2e-7 * (Math.abs(start.m[i]) + g1 * perRoot) +
          (kind === Optimizer.RmsProp ? (g1 / root) * Math.min(1, vBound / expected.v || 0) : 0);
        expect(Math.abs(m.floats[i] - expected.m), where).toBeLessThanOrEqual(mBound);
        expect(Math.abs(v.floats[i] - expected.v), where).toBeLessThanOrEqual(vBound);
        const step = Math.abs(expected.theta - (1 - rule.decay) * start.theta[i]);
        const ofRoot = kind === Optimizer.Adam ? root : 1;
        const ofV = kind === Optimizer.Adam ? (step * vBound) / expected.v || 0 : 0;
        const bound =
          (rule.nesterov ? 2 : 1) * ((rule.rate * mBound) / ofRoot) +
          ofV +
          4e-7 * step +
          2 ** -23 * (Math.abs(start.theta[i]) + step);
        expect(Math.abs(theta.floats[i] - expected.theta), where).toBeLessThanOrEqual(bound);
      }
      expect(g.floats).toEqual(start.g);
      if (kind === Optimizer.Sgd) expect(v.floats).toEqual(start.v);
    }
  });

  test("a gradient's norm is summed in float64, in order", () => {
    for (const n of LENGTHS) {
      for (const offset of OFFSETS) {
        const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [{ length: n, offset }]);
        const [x] = guarded.buffers;
        x.floats.set(randomFloats(n, n, 1e20));
        const sum = x.floats.reduce((sum, value) => sum + value * value, 0);
        expect(kernels.squaredNorm(x.address, n)).toBe(sum);
      }
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const c of CASES) {
    for (const n of LENGTHS) {
      for (const offset of OFFSETS) {
        const { theta, m, v } = run(kernels, n, c, offset);
        for (const buffer of [theta, m, v]) yield [`${c.name}, n ${n}`, words(kernels, buffer)];
      }
    }
  }
});
