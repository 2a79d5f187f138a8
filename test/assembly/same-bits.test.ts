// What must not change a bit of an update: the number of workers and their order, the tile, the layout of the batch,
// the room of the plan, what earlier batches left behind, and SIMD.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Phase, Region, Setting } from "../../assembly/regions.ts";
import type { Core } from "../../src/core/load.ts";
import { HEAD_UPDATE, LAYOUTS, loadTestCore, UPDATE } from "../support/core.ts";
import { type CoreTrial, coreTrials, plan, startOf, withBatch } from "../support/core-trials.ts";
import { expectSameBits } from "../support/kernels.ts";
import { LARGE } from "../support/large-trials.ts";
import { overBuilds } from "../support/over-builds.ts";
import { startFamily } from "../support/reference/index.ts";
import { trialCount } from "../support/trial-count.ts";

const QUICK = LARGE.filter(({ slow }) => !slow).map(({ trial }) => trial);
const LEARNING = [Phase.Pack, Phase.Train, Phase.KernelGradients];

function overTrials(numRuns: number, body: (trial: CoreTrial) => void): void {
  fc.assert(fc.property(coreTrials, body), { numRuns });
}

await overBuilds(loadTestCore, (core, build) => {
  const isDebug = build === "debug";
  const runs = (n: number) => Math.ceil(isDebug ? trialCount(n) / 5 : trialCount(n));

  const ORDERS = [
    { workers: 2 },
    { workers: 3 },
    { workers: 3, reversed: true },
    { workers: 5, reversed: true },
  ];

  test("any number of workers, in any order, gives the same bits", () => {
    const check = (trial: CoreTrial, orders = ORDERS) => {
      const expected = plan(core, trial).update().update().bits();
      for (const options of orders) {
        const bits = plan(core, trial).update(options).update(options).bits();
        expectSameBits(bits, expected, () => JSON.stringify(options));
      }
    };
    overTrials(runs(100), (trial) => check(trial));
    if (!isDebug) for (const trial of QUICK) check(trial, ORDERS.slice(2));
  });

  test("no two workers write the same word in one phase", () => {
    const phases = [...UPDATE.slice(0, -1), Phase.Norm, Phase.Update, Phase.Carry, Phase.Predict];
    phases.push(...HEAD_UPDATE, Phase.Summarise);
    overTrials(runs(40), (trial) => {
      const planned = plan(core, trial, { settings: { [Setting.ClipNorm]: 0.1 } });
      const workers = 2 + (trial.seed % 4);
      for (const phase of phases) {
        // What is written again as it was would not be seen: no gradient is this one.
        if (phase === Phase.KernelGradients || phase === Phase.HeadGradients) {
          planned.memory.floats(Region.Gradients).fill(12345);
        }
        const before = planned.words().slice();
        const writer = new Int8Array(before.length).fill(-1);
        for (let worker = 0; worker < workers; worker++) {
          core.runPhase(planned.memory.plan, phase, planned.rows, worker, workers);
          const after = planned.words();
          for (let i = 0; i < after.length; i++) {
            if (after[i] === before[i]) continue;
            if (writer[i] >= 0) {
              throw new Error(`${Phase[phase]}: workers ${writer[i]} and ${worker} both write word ${i}`);
            }
            writer[i] = worker;
          }
          after.set(before);
        }
        planned.run([phase], { workers });
      }
    });
  });

  test("every tile gives the same bits", () => {
    const check = (trial: CoreTrial) => {
      const expected = plan(core, trial).update().bits();
      for (let rows = 1; rows <= 6; rows++) {
        for (const wide of [false, true]) {
          const bits = plan(core, trial).setTile(rows, wide).update().bits();
          expectSameBits(bits, expected, () => `${rows} rows, ${wide ? "wide" : "narrow"}`);
        }
      }
    };
    overTrials(runs(40), check);
    if (!isDebug) for (const trial of QUICK) check(trial);
  });

  test("timing a tile between updates changes nothing", () => {
    overTrials(runs(60), (trial) => {
      const expected = plan(core, trial).update().update().bits();
      const planned = plan(core, trial).update();
      for (const layout of LAYOUTS) core.probe(planned.memory.plan, layout, planned.rows);
      expectSameBits(planned.update().bits(), expected, () => "after probes");
      planned.assertContained();
    });
  });

  test("a time-major batch gives the same bits as a batch-major one", () => {
    overTrials(runs(80), (trial) => {
      const expected = plan(core, trial).update().bits();
      expectSameBits(plan(core, trial, { timeMajor: true }).update().bits(), expected, () => "time-major");
    });
  });

  test("a batch smaller than the plan gives the bits of a plan of its size", () => {
    overTrials(runs(80), (trial) => {
      const expected = plan(core, { ...trial, spare: 0 })
        .update()
        .bits();
      expectSameBits(
        plan(core, { ...trial, spare: 7 })
          .update()
          .bits(),
        expected,
        () => "roomy",
      );
    });
  });

  test("what other batches left behind changes nothing: sizes, lengths, states, what was dropped", () => {
    overTrials(runs(100), (trial) => {
      const { batch } = trial.model;
      const roomy = { ...trial, spare: 3 };
      const expected = plan(core, roomy).update().bits();
      for (const [i, n] of [1, Math.ceil(batch / 2), batch + 3].entries()) {
        const other = startFamily({
          ...withBatch(trial, n),
          ...{ seed: trial.seed + 1, scale: 0.5, lengths: i === 1 ? "none" : "any" },
          ...{ initialStates: i !== 2, sampleWeights: true },
        });
        const planned = plan(core, roomy).begin(other).run(LEARNING).run([Phase.Carry]);
        planned.begin(startOf(trial));
        expectSameBits(planned.update().bits(), expected, () => `after a batch of ${n}`);
        planned.assertContained();
      }
    });
  });

  test("a plan that only predicts gives the same outputs, before and after timing tiles", () => {
    overTrials(runs(80), (trial) => {
      const predict = [Phase.Pack, Phase.Predict];
      const expected = plan(core, trial).run(predict).outputs();
      const planned = plan(core, trial, { trains: false });
      expect(planned.run(predict).outputs()).toEqual(expected);
      for (const layout of LAYOUTS) core.probe(planned.memory.plan, layout, planned.rows);
      planned.setInitialStates(startOf(trial).options.initialStates);
      expect(planned.run([Phase.Predict]).outputs()).toEqual(expected);
      planned.assertContained();
    });
  });
});

const [scalar, simd] = await Promise.all([loadTestCore("scalar"), loadTestCore("simd")]);

test("scalar and simd builds give the same bits over 3 updates", () => {
  const bits = (core: Core, trial: CoreTrial) => plan(core, trial).update().update().update().bits();
  const check = (trial: CoreTrial) => expectSameBits(bits(simd!, trial), bits(scalar!, trial), () => "simd");
  overTrials(trialCount(300), check);
  for (const trial of QUICK) check(trial);
});
