// The update as a whole against formulas in float64: rules and their corrections, clipping and schedules. The gradients are the core's own, so that only the update is judged.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Optimizer, Phase, Region, Schedule, Setting } from "../../assembly/regions.ts";
import { loadTestCore, type PlannedCore, UPDATE, type WorkerOptions } from "../support/core.ts";
import { type CoreTrial, coreTrials, plan } from "../support/core-trials.ts";
import { expectSameBits } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";
import { completeModel } from "../support/reference/index.ts";

const WITH_NORM = [...UPDATE.slice(0, -1), Phase.Norm, Phase.Update];

// More than a block of the norm, whole vectors and a rest, several workers' parts.
const TRIAL: CoreTrial = {
  model: completeModel({
    ...{ batch: 5, timeSteps: 3, features: 5, projectionUnits: 7 },
    layers: [{ units: 37 }],
    head: { units: 5 },
  }),
  ...{ seed: 3, scale: 0.5, spare: 0, lengths: "none", initialStates: false, sampleWeights: false },
};

interface State {
  theta: number;
  m: number;
  v: number;
}
/** Update t, from 1, of one parameter by its gradient g at learning rate `rate`. */
type Rule = (state: State, g: number, t: number, rate: number) => void;

const EPSILON = 0.05;
const adam =
  (form: "tf1" | "paper", decay = 0): Rule =>
  (s, g, t, rate) => {
    const [beta1, beta2] = [0.8, 0.9];
    s.theta -= rate * decay * s.theta;
    s.m = beta1 * s.m + (1 - beta1) * g;
    s.v = beta2 * s.v + (1 - beta2) * g * g;
    const mHat = s.m / (1 - beta1 ** t);
    const vHat = s.v / (1 - beta2 ** t);
    // TensorFlow 1 adds ε to sqrt(v), before that is divided by sqrt(1 - β2^t).
    const epsilon = form === "paper" ? EPSILON : EPSILON / Math.sqrt(1 - beta2 ** t);
    s.theta -= (rate * mHat) / (Math.sqrt(vHat) + epsilon);
  };
// PyTorch: the first velocity is the gradient itself.
const sgd =
  (momentum: number, nesterov: boolean): Rule =>
  (s, g, t, rate) => {
    s.m = t === 1 ? g : momentum * s.m + g;
    s.theta -= rate * (nesterov ? g + momentum * s.m : s.m);
  };
const rmsProp =
  (momentum: number): Rule =>
  (s, g, _t, rate) => {
    s.v = 0.7 * s.v + 0.3 * g * g;
    s.m = momentum * s.m + g / (Math.sqrt(s.v) + EPSILON);
    s.theta -= rate * s.m;
  };

type Settings = Partial<Record<Setting, number>>;
const ADAM: Settings = { [Setting.Beta1]: 0.8, [Setting.Beta2]: 0.9, [Setting.Epsilon]: EPSILON };
const SGD: Settings = { [Setting.Optimizer]: Optimizer.Sgd };
const RMSPROP: Settings = {
  [Setting.Optimizer]: Optimizer.RmsProp,
  [Setting.Rho]: 0.7,
  [Setting.Epsilon]: EPSILON,
};
const PAPER: Settings = { ...ADAM, [Setting.EpsilonHat]: 0 };

const RULES: { name: string; settings: Settings; rule: Rule }[] = [
  { name: "Adam, TensorFlow 1's ε", settings: ADAM, rule: adam("tf1") },
  { name: "Adam, the paper's ε", settings: PAPER, rule: adam("paper") },
  { name: "AdamW", settings: { ...PAPER, [Setting.WeightDecay]: 0.5 }, rule: adam("paper", 0.5) },
  { name: "SGD", settings: SGD, rule: sgd(0, false) },
  { name: "SGD, momentum", settings: { ...SGD, [Setting.Momentum]: 0.9 }, rule: sgd(0.9, false) },
  {
    name: "SGD, Nesterov",
    settings: { ...SGD, [Setting.Momentum]: 0.9, [Setting.Nesterov]: 1 },
    rule: sgd(0.9, true),
  },
  { name: "RMSProp", settings: RMSPROP, rule: rmsProp(0) },
  { name: "RMSProp, momentum", settings: { ...RMSPROP, [Setting.Momentum]: 0.6 }, rule: rmsProp(0.6) },
];

/** `settings` from the first update on; the state after it must be the rule's, given what clips. */
function expectRule(
  planned: PlannedCore,
  rule: Rule,
  {
    updates = 6,
    clip = (g: Float64Array) => g,
    rate = (_update: number) => 0.1,
    options = {} as WorkerOptions,
  },
): void {
  const { memory } = planned;
  const states = Array.from(memory.floats(Region.Parameters), (theta) => ({ theta, m: 0, v: 0 }));
  for (let t = 1; t <= updates; t++) {
    planned.run(WITH_NORM, options);
    const gradient = clip(Float64Array.from(memory.floats(Region.Gradients)));
    expect(memory.get(Setting.Rate)).toBeCloseTo(rate(t - 1), 13);
    for (const [i, state] of states.entries()) rule(state, gradient[i], t, rate(t - 1));
    const parameters = memory.floats(Region.Parameters);
    for (const [i, { theta }] of states.entries()) {
      // A few roundings of a float32 below 1 an update, and those of the steps.
      const bound = t * (2e-7 * Math.abs(theta) + 2e-7);
      if (!(Math.abs(parameters[i] - theta) <= bound)) {
        throw new Error(`update ${t}, parameter ${i} is ${parameters[i]}, expected ${theta} within ${bound}`);
      }
    }
  }
  planned.assertContained();
}

function clipByNorm(bound: number) {
  return (g: Float64Array) => {
    const norm = Math.hypot(...g);
    return norm > bound ? g.map((value) => (value * bound) / norm) : g;
  };
}

await overBuilds(loadTestCore, (core) => {
  const start = (settings: Settings = {}, trial = TRIAL) =>
    plan(core, trial, { settings: { [Setting.LearningRate]: 0.1, ...ADAM, ...settings } });

  test.each(RULES)("$name follows its formula over several updates", ({ settings, rule }) => {
    expectRule(start(settings), rule, {});
    expectRule(start(settings), rule, { options: { workers: 3, reversed: true } });
  });

  test("the two forms of Adam's ε part from the first update", () => {
    const weights = [ADAM, PAPER].map((settings) =>
      start(settings).run(UPDATE).memory.floats(Region.Parameters).slice(),
    );
    const apart = weights[0].reduce((most, w, i) => Math.max(most, Math.abs(w - weights[1][i])), 0);
    expect(apart).toBeGreaterThan(0.01);
  });

  test("clipping by the norm: above the bound, below it, without one", () => {
    const norm = Math.hypot(...start().run(WITH_NORM).memory.floats(Region.Gradients));
    expect(norm).toBeGreaterThan(0.1);
    for (const bound of [norm / 7, norm * 0.99, norm * 7, Number.POSITIVE_INFINITY]) {
      for (const { settings, rule } of [RULES[0], RULES[4]]) {
        const clipped = start({ ...settings, [Setting.ClipNorm]: bound });
        expectRule(clipped, rule, { clip: clipByNorm(bound) });
      }
    }
    // Not reached, a bound changes no bit.
    const settings = { [Setting.ClipNorm]: norm * 1.01 };
    expectSameBits(start(settings).run(WITH_NORM).bits(), start().run(UPDATE).bits(), () => "not reached");
  });

  test("clipping by the value, after the norm", () => {
    const clip = (g: Float64Array) => clipByNorm(0.1)(g).map((v) => Math.max(-0.004, Math.min(0.004, v)));
    const settings = { ...SGD, [Setting.ClipNorm]: 0.1, [Setting.ClipValue]: 0.004 };
    const planned = start(settings);
    expectRule(planned, sgd(0, false), { clip });
    const gradients = clipByNorm(0.1)(Float64Array.from(planned.memory.floats(Region.Gradients)));
    expect(gradients.some((g) => Math.abs(g) > 0.004)).toBe(true);
  });

  test("clipped, any number of workers gives the same bits", () => {
    const check = (trial: CoreTrial) => {
      const settings = { [Setting.ClipNorm]: 0.05, [Setting.ClipValue]: 0.02, [Setting.WeightDecay]: 0.1 };
      const run = (options?: WorkerOptions) =>
        start(settings, trial).run(WITH_NORM, options).run(WITH_NORM, options).bits();
      const expected = run();
      for (const options of [{ workers: 2 }, { workers: 3, reversed: true }, { workers: 5 }]) {
        expectSameBits(run(options), expected, () => JSON.stringify(options));
      }
    };
    check(TRIAL);
    fc.assert(fc.property(coreTrials, check), { numRuns: 20 });
  });

  const SCHEDULES: { name: string; settings: Settings; factor: (u: number) => number }[] = [
    { name: "constant", settings: {}, factor: () => 1 },
    {
      name: "step",
      settings: {
        [Setting.Schedule]: Schedule.Step,
        [Setting.ScheduleSteps]: 3,
        [Setting.ScheduleRate]: 0.5,
      },
      factor: (u) => 0.5 ** Math.floor(u / 3),
    },
    {
      name: "exponential",
      settings: {
        [Setting.Schedule]: Schedule.Exponential,
        [Setting.ScheduleSteps]: 4,
        [Setting.ScheduleRate]: 0.3,
      },
      factor: (u) => 0.3 ** (u / 4),
    },
    {
      name: "cosine",
      settings: {
        [Setting.Schedule]: Schedule.Cosine,
        [Setting.ScheduleSteps]: 5,
        [Setting.ScheduleRate]: 0.1,
      },
      factor: (u) => 0.1 + (0.9 * (1 + Math.cos((Math.PI * Math.min(u, 5)) / 5))) / 2,
    },
  ];

  test.each(SCHEDULES)("schedule $name, without and with a warm-up", ({ settings, factor }) => {
    for (const warmup of [0, 1, 4]) {
      const rate = (u: number) => 0.1 * (u < warmup ? (u + 1) / warmup : factor(u - warmup));
      const planned = start({ ...settings, ...SGD, [Setting.WarmupSteps]: warmup });
      expectRule(planned, sgd(0, false), { updates: 12, rate });
    }
  });

  test("a loss that is not finite changes no parameter and is not counted", () => {
    fc.assert(
      fc.property(coreTrials, (trial) => {
        const planned = start({ [Setting.ClipNorm]: 1 }, trial).run(WITH_NORM);
        const blocks = [Region.Parameters, Region.FirstMoment, Region.SecondMoment];
        const before = blocks.map((region) => planned.memory.floats(region).slice());
        const bias = planned.parameters.find(({ name }) => name === "head.bias")!.offset;
        for (const block of [before[0], planned.memory.floats(Region.Parameters)]) block[bias] = Number.NaN;
        if (planned.memory.get(Setting.Items) === 0) return;
        planned.run(WITH_NORM, { workers: 3 });
        expect(planned.loss).toBeNaN();
        expect(blocks.map((region) => planned.memory.floats(region))).toEqual(before);
        expect(planned.memory.get(Setting.Updates)).toBe(1);
      }),
      { numRuns: 20 },
    );
  });
});
