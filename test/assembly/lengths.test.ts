// Sequences of different lengths, and a given initial state, against the float64 reference over random shapes.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Phase, Region, Setting } from "../../assembly/regions.ts";
import {
  expectGradients,
  loadTestCore,
  type PlannedCore,
  plan,
  startOf,
  type Trial,
  trials,
} from "../support/core.ts";
import { expectSameBits } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";
import { lossAndGradients, randomNumbers, type SequenceOptions64 } from "../support/reference.ts";

type Kind = "any" | "equal" | "short" | "zero" | "full";

interface Ragged {
  trial: Trial;
  lengths: number[];
}

const ragged: fc.Arbitrary<Ragged> = fc
  .record({
    trial: trials,
    kind: fc.constantFrom<Kind>("any", "any", "any", "any", "equal", "short", "zero", "full"),
    seed: fc.nat(),
  })
  .map(({ trial, kind, seed }) => ({ trial, lengths: lengthsOf(trial, kind, seed) }));

function lengthsOf({ shape }: Trial, kind: Kind, seed: number): number[] {
  const { batch, timeSteps: T } = shape;
  const random = randomNumbers(seed);
  const below = (n: number) => Math.floor(random() * n);
  const one = below(T + 1);
  const length = {
    any: () => below(T + 1),
    equal: () => one,
    short: () => below(T),
    zero: () => 0,
    full: () => T,
  };
  return Array.from({ length: batch }, length[kind]);
}

// Blocks of rows and of depth that begin inside a batch.
const LARGE: Ragged[] = [
  large({ batch: 101, timeSteps: 6, features: 3, projectionUnits: 5, units: 9, classes: 3 }),
  large({ batch: 49, timeSteps: 7, features: 17, projectionUnits: 0, units: 16, classes: 17 }),
  large({ batch: 3, timeSteps: 3, features: 530, projectionUnits: 9, units: 135, classes: 9 }),
  large({ batch: 1, timeSteps: 3, features: 600, projectionUnits: 0, units: 264, classes: 2 }),
];

function large(shape: Omit<Trial["shape"], "forgetBias">): Ragged {
  const trial = { shape: { ...shape, forgetBias: 1 }, batchSize: shape.batch, seed: 1, scale: 0.2 };
  return { trial, lengths: lengthsOf(trial, "any", 7) };
}

function expectReference(core: PlannedCore, { trial }: Ragged, options: SequenceOptions64): void {
  const { weights, x, labels } = startOf(trial);
  const reference = lossAndGradients(trial.shape, weights, x, labels, options);
  expect(Math.abs(core.loss - reference.loss), "loss").toBeLessThan(2e-6 * (1 + reference.loss));
  expect(core.accuracy, "accuracy").toBe(reference.accuracy);
  expectGradients(core.gradients(), reference.gradients);
  core.assertContained();
}

/** x [B,T,I] with `value` wherever the sequence has ended. */
function spoilt({ trial, lengths }: Ragged, value: number): Float64Array {
  const { timeSteps: T, features: I } = trial.shape;
  return startOf(trial).x.map((v, i) =>
    Math.floor(i / I) % T < lengths[Math.floor(i / (T * I))] ? v : value,
  );
}

/** Puts h0 and c0 [B,H] where the core begins from. */
function setInitialState(core: PlannedCore, h0: ArrayLike<number>, c0: ArrayLike<number>): PlannedCore {
  const { timeSteps: T, units: H } = core.shape;
  const z = core.memory.floats(Region.Z);
  const zStride = z.length / ((T + 1) * (core.memory.floats(Region.RowLoss).length / 2));
  const cell = core.memory.floats(Region.CellState);
  const panels = Math.ceil(H / 8);
  for (let b = 0; b < core.rows; b++) {
    for (let u = 0; u < H; u++) {
      z[b * zStride + u] = h0[b * H + u];
      cell[((u >> 3) * cell.length) / panels + b * 8 + (u & 7)] = c0[b * H + u];
    }
  }
  core.memory.set(Setting.InitialState, 1);
  return core;
}

await overBuilds(loadTestCore, (core, build) => {
  const runs = (n: number) => (build === "debug" ? n / 5 : n);
  const over = (numRuns: number, body: (r: Ragged) => void) =>
    fc.assert(fc.property(ragged, body), { numRuns: runs(numRuns) });
  const start = (r: Ragged) => plan(core, r.trial).setLengths(r.lengths);

  test("loss, hits and gradients agree with the reference over random lengths", () => {
    over(300, (r) => expectReference(start(r).update(), r, { lengths: r.lengths }));
    if (build !== "debug") {
      for (const r of LARGE) expectReference(start(r).update(), r, { lengths: r.lengths });
    }
  });

  test("an initial state, with lengths and without, agrees with the reference", () => {
    over(200, (r) => {
      const { batch, units } = r.trial.shape;
      const random = randomNumbers(r.trial.seed);
      const values = () => Float64Array.from({ length: batch * units }, () => Math.fround(2 * random() - 1));
      const state = { h0: values(), c0: values() };
      for (const lengths of [undefined, r.lengths]) {
        const planned = setInitialState(plan(core, r.trial).setLengths(lengths), state.h0, state.c0);
        expectReference(planned.update(), r, { lengths, ...state });
      }
    });
  });

  test("any number of workers, in any order, gives the same bits", () => {
    const check = (r: Ragged) => {
      const expected = start(r).update().update().bits();
      for (const options of [{ workers: 2 }, { workers: 3, reversed: true }, { workers: 5 }]) {
        const bits = start(r).update(options).update(options).bits();
        expectSameBits(bits, expected, () => JSON.stringify(options));
      }
    };
    over(50, check);
    if (build !== "debug") for (const r of LARGE) check(r);
  });

  test("what lies behind a sequence's end changes nothing", () => {
    over(80, (r) => {
      const expected = start(r).update().bits();
      for (const value of [0, -7, 1e30]) {
        const planned = start(r).setBatch(spoilt(r, value), startOf(r.trial).labels).update();
        expectSameBits(planned.bits(), expected, () => `${value} behind the ends`);
      }
    });
  });

  test("what a batch without lengths left behind changes nothing", () => {
    over(50, (r) => {
      const expected = start(r).update().bits();
      const planned = plan(core, r.trial).run([Phase.Pack, Phase.Train, Phase.KernelGradients]);
      expectSameBits(planned.setLengths(r.lengths).update().bits(), expected, () => "after a full batch");
    });
  });

  test("full lengths give the loss of none to the bit, and its gradients", () => {
    fc.assert(
      fc.property(trials, (trial) => {
        const full = new Array<number>(trial.shape.batch).fill(trial.shape.timeSteps);
        const without = plan(core, trial).update();
        const { loss, accuracy } = without;
        const gradients = without.gradients();
        const given = plan(core, trial).setLengths(full).update();
        expect([given.loss, given.accuracy]).toEqual([loss, accuracy]);
        const expected = new Map([...gradients].map(([name, g]) => [name, Float64Array.from(g)]));
        expectGradients(given.gradients(), expected);
      }),
      { numRuns: runs(80) },
    );
  });

  test("the carried state of two halves gives the whole, to the bit", () => {
    over(60, ({ trial }) => {
      const { shape } = trial;
      const { timeSteps: T, features: I, batch } = shape;
      if (T < 2) return;
      const { weights, x, labels } = startOf(trial);
      const half = Math.floor(T / 2);
      const logitsOf = (planned: PlannedCore) =>
        planned.memory.floats(Region.Probabilities).slice(0, batch * shape.classes);
      const whole = logitsOf(plan(core, trial).run([Phase.Pack, Phase.Predict]));
      const part = (from: number, to: number) =>
        Float64Array.from({ length: batch * T * I }, (_, i) => {
          const t = (Math.floor(i / I) % T) + from;
          return t < to ? x[i + from * I] : 0;
        });
      for (const workers of [1, 3]) {
        const planned = plan(core, trial).setWeights(weights).setBatch(part(0, half), labels);
        planned.memory.set(Setting.Steps, half);
        planned.run([Phase.Pack, Phase.Predict, Phase.Carry], { workers, reversed: true });
        planned.memory.set(Setting.Steps, T - half);
        planned.memory.set(Setting.InitialState, 1);
        planned.setBatch(part(half, T), labels).run([Phase.Predict], { workers });
        expect(logitsOf(planned)).toEqual(whole);
      }
    });
  });
});

const [scalar, simd] = await Promise.all([loadTestCore("scalar"), loadTestCore("simd")]);

test("scalar and simd builds give the same bits over 3 updates", () => {
  fc.assert(
    fc.property(ragged, ({ trial, lengths }) => {
      const [a, b] = [scalar!, simd!].map((core) =>
        plan(core, trial).setLengths(lengths).update().update().update().bits(),
      );
      expectSameBits(b, a, () => "simd");
    }),
    { numRuns: 80 },
  );
});
