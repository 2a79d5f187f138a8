// Every option of the optimiser as the model is given it: the weights of some updates, worked out in float64 from the
// gradients that the model reports.

import { expect, test } from "vitest";
import type { ModelOptions } from "../src/index.ts";
import { batchOf, expectTensorsWithin, newModel, weights64 } from "./support/models.ts";

interface State {
  theta: number;
  m: number;
  v: number;
}
type Rule = (state: State, g: number, t: number, rate: number) => void;

const EPSILON = 0.01;
const COMMON = { learningRate: 0.1, epsilon: EPSILON };

const adam =
  (beta1: number, beta2: number, epsilonAt: (t: number) => number, decay = 0): Rule =>
  (s, g, t, rate) => {
    s.m = beta1 * s.m + (1 - beta1) * g;
    s.v = beta2 * s.v + (1 - beta2) * g * g;
    const [mHat, vHat] = [s.m / (1 - beta1 ** t), s.v / (1 - beta2 ** t)];
    s.theta -= rate * decay * s.theta + (rate * mHat) / (Math.sqrt(vHat) + epsilonAt(t));
  };
const beside = (beta2: number) => (t: number) => EPSILON / Math.sqrt(1 - beta2 ** t);
const momentum =
  (mu: number, nesterov: boolean): Rule =>
  (s, g, _t, rate) => {
    s.m = mu * s.m + g;
    s.theta -= rate * (nesterov ? g + mu * s.m : s.m);
  };
const rmsProp =
  (rho: number, mu: number): Rule =>
  (s, g, _t, rate) => {
    s.v = rho * s.v + (1 - rho) * g * g;
    s.m = mu * s.m + g / (Math.sqrt(s.v) + EPSILON);
    s.theta -= rate * s.m;
  };

const RULES: [Partial<ModelOptions>, Rule][] = [
  [{}, adam(0.9, 0.999, beside(0.999))],
  [{ beta1: 0.5, beta2: 0.8 }, adam(0.5, 0.8, beside(0.8))],
  [{ epsilonForm: "paper" }, adam(0.9, 0.999, () => EPSILON)],
  [{ optimizer: "adamw" }, adam(0.9, 0.999, beside(0.999), 0.01)],
  [{ optimizer: "adamw", weightDecay: 0.5 }, adam(0.9, 0.999, beside(0.999), 0.5)],
  [{ optimizer: "sgd" }, momentum(0, false)],
  [{ optimizer: "sgd", momentum: 0.7 }, momentum(0.7, false)],
  [{ optimizer: "sgd", momentum: 0.7, nesterov: true }, momentum(0.7, true)],
  [{ optimizer: "rmsprop" }, rmsProp(0.9, 0)],
  [{ optimizer: "rmsprop", rho: 0.6, momentum: 0.7 }, rmsProp(0.6, 0.7)],
];

interface Circumstances {
  /** What clipping makes of the gradient. */
  clip?: (gradient: Map<string, Float64Array>) => void;
  rate?: (update: number) => number;
  /** Tensors that stay. */
  frozen?: (name: string) => boolean;
}

async function expectRule(options: Partial<ModelOptions>, rule: Rule, circumstances: Circumstances = {}) {
  const { clip, rate = () => 0.1, frozen = () => false } = circumstances;
  const model = await newModel({ ...COMMON, ...options });
  const states = new Map(
    [...(await weights64(model))].map(([name, values]) => [
      name,
      Array.from(values, (theta): State => ({ theta, m: 0, v: 0 })),
    ]),
  );
  for (let t = 1; t <= 5; t++) {
    const { x, targets } = batchOf(model, 5, t);
    await model.trainOnBatch(x, targets);
    const gradient = new Map(
      [...(await model.gradients())].map(([name, { data }]) => [name, Float64Array.from(data)]),
    );
    clip?.(gradient);
    for (const [name, own] of states) {
      if (frozen(name)) continue;
      for (const [i, state] of own.entries()) rule(state, gradient.get(name)![i], t, rate(t - 1));
    }
    const expected = new Map(
      [...states].map(([name, own]) => [name, Float64Array.from(own, ({ theta }) => theta)]),
    );
    expectTensorsWithin(await model.weights(), expected, 2e-6 * t);
  }
}

test.each(RULES)("%o", (options, rule) => expectRule(options, rule));

test("clipNorm bounds the gradient's norm, then clipValue its elements", async () => {
  let clipped = 0;
  const clip = (gradient: Map<string, Float64Array>) => {
    const norm = Math.hypot(...[...gradient.values()].flatMap((g) => [...g]));
    for (const g of gradient.values()) {
      for (const [i, value] of g.entries()) {
        const scaled = norm > 0.25 ? (value * 0.25) / norm : value;
        g[i] = Math.max(-0.02, Math.min(0.02, scaled));
        if (g[i] !== scaled && norm > 0.25) clipped++;
      }
    }
  };
  await expectRule({ optimizer: "sgd", clipNorm: 0.25, clipValue: 0.02 }, momentum(0, false), { clip });
  expect(clipped).toBeGreaterThan(0);
});

test("trainable head: nothing else moves", () =>
  expectRule(
    { trainable: "head", optimizer: "adamw", weightDecay: 0.1 },
    adam(0.9, 0.999, beside(0.999), 0.1),
    {
      frozen: (name) => !name.startsWith("head."),
    },
  ));

test.each<[NonNullable<ModelOptions["schedule"]>, (update: number) => number]>([
  [{ type: "constant" }, () => 1],
  [{ type: "constant", warmup: 4 }, (u) => Math.min(1, (u + 1) / 4)],
  [{ type: "step", steps: 2 }, (u) => 0.1 ** Math.floor(u / 2)],
  [{ type: "exponential", steps: 3, rate: 0.5 }, (u) => 0.5 ** (u / 3)],
  [{ type: "cosine", steps: 3 }, (u) => (1 + Math.cos((Math.PI * Math.min(u, 3)) / 3)) / 2],
  [
    { type: "cosine", steps: 2, rate: 0.25, warmup: 2 },
    (u) => (u < 2 ? (u + 1) / 2 : 0.25 + 0.75 * ((1 + Math.cos((Math.PI * Math.min(u - 2, 2)) / 2)) / 2)),
  ],
])("schedule %o", (schedule, factor) =>
  expectRule({ schedule, optimizer: "sgd" }, momentum(0, false), { rate: (update) => 0.1 * factor(update) }),
);

test("the learning rate can change between updates, to a number above 0", async () => {
  const model = await newModel({ learningRate: 0.5, optimizer: "sgd" });
  expect(model.learningRate).toBe(0.5);
  model.learningRate = 0.25;
  expect(model.learningRate).toBe(0.25);
  for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => {
      model.learningRate = value;
    }).toThrow(new RangeError(`learningRate must be a number above 0, got ${value}`));
  }
  const before = await weights64(model);
  const { x, targets } = batchOf(model, 5);
  await model.trainOnBatch(x, targets);
  const gradients = await model.gradients();
  const stepped = [...before].map(
    ([name, values]) => [name, values.map((v, i) => v - 0.25 * gradients.get(name)!.data[i])] as const,
  );
  expectTensorsWithin(await model.weights(), new Map(stepped), 1e-6);
  expect(model.learningRate).toBe(0.25);
});
