// Sequences that end early, and states that are kept from one pass to the next. That losses and gradients are those of
// the reference is part of step.test.ts.

import fc from "fast-check";
import { expect, test } from "vitest";
import { CellRegion, Phase, Setting } from "../../assembly/regions.ts";
import { loadTestCore, type PlannedCore, UPDATE } from "../support/core.ts";
import {
  type CoreTrial,
  calmTrials,
  coreTrials,
  coreTrialsOf,
  expectGradients,
  plan,
  startOf,
} from "../support/core-trials.ts";
import { expectSameBits } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";
import { familyTrials } from "../support/reference/index.ts";

const ragged = coreTrials.map((trial): CoreTrial => ({ ...trial, lengths: "any" }));
/** Of cells of every kind, in one direction, over 2 steps or more. */
const forwardOnly = coreTrialsOf(
  familyTrials.map((trial) => {
    const layers = trial.model.layers.map((layer) => ({ ...layer, bidirectional: false }));
    return { ...trial, model: { ...trial.model, layers, timeSteps: trial.model.timeSteps + 1 } };
  }),
);

/** Values [B,T,...] of the trial with `value` wherever the sequence has ended. */
function spoilt(trial: CoreTrial, values: ArrayLike<number>, value: number): Float64Array {
  const { batch, timeSteps: T } = trial.model;
  const width = values.length / (batch * T);
  const { lengths } = startOf(trial).options;
  return Float64Array.from(values, (v, k) =>
    Math.floor(k / width) % T < lengths![Math.floor(k / (T * width))] ? v : value,
  );
}

await overBuilds(loadTestCore, (core, build) => {
  const runs = (n: number) => (build === "debug" ? n / 5 : n);

  test("what lies behind a sequence's end changes nothing", () => {
    fc.assert(
      fc.property(ragged, (trial) => {
        const { x, targets, options } = startOf(trial);
        const { head } = trial.model;
        const expected = plan(core, trial).update().bits();
        for (const value of [0, -7, 1e30]) {
          const planned = plan(core, trial);
          const labels = head.type === "softmax" ? 0 : value;
          const others = head.everyStep ? spoilt(trial, targets, labels) : targets;
          planned.setBatch(spoilt(trial, x, value), others, options.sampleWeights);
          expectSameBits(planned.update().bits(), expected, () => `${value} behind the ends`);
        }
      }),
      { numRuns: runs(100) },
    );
  });

  test("full lengths give the loss of none to the bit, and its gradients", () => {
    fc.assert(
      fc.property(calmTrials, (trial) => {
        const none = plan(core, { ...trial, lengths: "none" }).update();
        const { loss, accuracy } = none;
        const expected = new Map([...none.gradients()].map(([name, g]) => [name, Float64Array.from(g)]));
        const { batch, timeSteps } = trial.model;
        const full = plan(core, { ...trial, lengths: "none" })
          .setLengths(new Array(batch).fill(timeSteps))
          .update();
        expect([full.loss, full.accuracy]).toEqual([loss, accuracy]);
        expectGradients(full.gradients(), expected);
      }),
      { numRuns: runs(80) },
    );
  });

  // x and lengths of steps from .. to - 1 of every sequence; the steps behind are zero.
  const setPart = (planned: PlannedCore, trial: CoreTrial, from: number, to: number) => {
    const { x, targets, options } = startOf(trial);
    const { timeSteps: T, features: I } = trial.model;
    const part = x.map((_, k) => ((Math.floor(k / I) % T) + from < to ? x[k + from * I] : 0));
    const lengths =
      options.lengths && Array.from(options.lengths, (n) => Math.max(0, Math.min(n, to) - from));
    planned.setBatch(part, targets, options.sampleWeights).setLengths(lengths);
    if (!lengths) planned.memory.set(Setting.Steps, to - from);
    return planned;
  };

  test("the state carried over two halves gives the whole, to the bit", () => {
    fc.assert(
      fc.property(forwardOnly, (trial) => {
        const { batch, timeSteps: T, head } = trial.model;
        const { initialStates } = startOf(trial).options;
        const half = Math.ceil(T / 2);
        const begin = () => {
          const planned = plan(core, trial);
          planned.memory.set(Setting.Dropout, 0);
          return planned;
        };
        const whole = begin().run([Phase.Pack, Phase.Predict]).outputs();
        for (const options of [{}, { workers: 3, reversed: true }]) {
          const planned = setPart(begin(), trial, 0, half).setInitialStates(initialStates);
          const first = planned.run([Phase.Pack, Phase.Predict], options).outputs();
          planned.run([Phase.Carry], options);
          planned.memory.set(Setting.InitialState, 1);
          const second = setPart(planned, trial, half, T).run([Phase.Predict], options).outputs();
          const size = T * head.units;
          const joined = head.everyStep
            ? whole.map((_, k) => {
                const at = k % size;
                return at < half * head.units ? first[k] : second[k - half * head.units];
              })
            : second;
          expect(whole).toHaveLength(batch * (head.everyStep ? size : head.units));
          expect(joined).toEqual(whole);
        }
      }),
      { numRuns: runs(150) },
    );
  });

  test("training from a carried state is training from that state given", () => {
    fc.assert(
      fc.property(forwardOnly, (trial) => {
        const { timeSteps: T } = trial.model;
        const half = Math.ceil(T / 2);
        const planned = setPart(plan(core, trial), trial, 0, half).setInitialStates(undefined);
        planned.run([Phase.Pack, Phase.Predict, Phase.Carry]);
        const states = planned.memory.cells.map((_, k) =>
          [CellRegion.Hidden, CellRegion.CellState].map((region) =>
            planned.memory.cellFloats(k, region).slice(),
          ),
        );
        planned.memory.set(Setting.InitialState, 1);
        const expected = setPart(planned, trial, half, T).run(UPDATE).bits();
        const given = setPart(plan(core, trial), trial, half, T);
        for (const [k, [hidden, cell]] of states.entries()) {
          given.memory.cellFloats(k, CellRegion.Hidden).set(hidden);
          given.memory.cellFloats(k, CellRegion.CellState).set(cell);
        }
        given.memory.set(Setting.InitialState, 1);
        expectSameBits(given.run(UPDATE).bits(), expected, () => "given");
      }),
      { numRuns: runs(20) },
    );
  });
});
