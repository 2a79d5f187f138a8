// A whole update against the float64 reference, over random shapes; and that neither the tile, nor the number
// of workers, nor SIMD changes a bit of it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Layout, Phase, Region, Setting } from "../../assembly/regions.ts";
import type { Core } from "../../src/core/load.ts";
import {
  expectGradients,
  loadTestCore,
  type PlannedCore,
  plan,
  startOf,
  type Trial,
  trials,
  UPDATE,
} from "../support/core.ts";
import { expectSameBits } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";
import {
  Adam64,
  forward,
  type LossAndGradients64,
  lossAndGradients,
  randomBatch,
} from "../support/reference.ts";

// The reference workload with a quarter of its batch, then the blocks that keep products in caches: more rows
// than one takes, more depth, more columns, and with one row or few; and the least of everything.
const SPECIAL: Trial[] = [
  special({ batch: 32, timeSteps: 28, features: 28, projectionUnits: 128, units: 128, classes: 10 }),
  special({ batch: 101, timeSteps: 6, features: 3, projectionUnits: 5, units: 9, classes: 3 }, 3),
  special({ batch: 49, timeSteps: 7, features: 17, projectionUnits: 0, units: 16, classes: 17 }),
  special({ batch: 300, timeSteps: 1, features: 4, projectionUnits: 8, units: 8, classes: 8 }),
  special({ batch: 7, timeSteps: 3, features: 390, projectionUnits: 0, units: 137, classes: 3 }, 1),
  special({ batch: 3, timeSteps: 3, features: 530, projectionUnits: 9, units: 135, classes: 9 }),
  special({ batch: 1, timeSteps: 2, features: 600, projectionUnits: 0, units: 264, classes: 2 }),
  special({ batch: 1, timeSteps: 1, features: 1, projectionUnits: 0, units: 1, classes: 1 }),
];

const LAYOUTS = [Layout.Rows, Layout.Panels, Layout.Columns];

function special(shape: Omit<Trial["shape"], "forgetBias">, spare = 0): Trial {
  return { shape: { ...shape, forgetBias: 1 }, batchSize: shape.batch + spare, seed: 1, scale: 0.2 };
}

const references = new WeakMap<Trial, LossAndGradients64>();

// Worked out once for all builds.
function referenceOf(trial: Trial): LossAndGradients64 {
  const { weights, x, labels } = startOf(trial);
  const reference = references.get(trial) ?? lossAndGradients(trial.shape, weights, x, labels);
  references.set(trial, reference);
  return reference;
}

function expectReference(core: PlannedCore, trial: Trial): void {
  const reference = referenceOf(trial);
  expect(Math.abs(core.loss - reference.loss), "loss").toBeLessThan(2e-6 * (1 + reference.loss));
  expect(core.accuracy, "accuracy").toBe(reference.accuracy);
  expectGradients(core.gradients(), reference.gradients);
}

function overTrials(numRuns: number, body: (trial: Trial) => void): void {
  fc.assert(fc.property(trials, body), { numRuns });
}

await overBuilds(loadTestCore, (core, build) => {
  const runs = (n: number) => (build === "debug" ? n / 5 : n);

  test("loss, hits and gradients agree with the reference over random shapes", () => {
    overTrials(runs(400), (trial) => {
      const planned = plan(core, trial).update();
      expectReference(planned, trial);
      planned.assertContained();
    });
  });

  test.each((build === "debug" ? SPECIAL.slice(1) : SPECIAL).map((trial) => ({ ...trial.shape, trial })))(
    "and at B $batch, T $timeSteps, I $features, P $projectionUnits, H $units, C $classes",
    ({ trial }) => {
      const planned = plan(core, trial).update();
      expectReference(planned, trial);
      planned.assertContained();
    },
  );

  test("any number of workers, in any order, gives the same bits", () => {
    const check = (trial: Trial) => {
      const expected = plan(core, trial).update().update().bits();
      for (const options of [
        { workers: 2 },
        { workers: 3 },
        { workers: 3, reversed: true },
        { workers: 5, reversed: true },
      ]) {
        const bits = plan(core, trial).update(options).update(options).bits();
        expectSameBits(bits, expected, () => JSON.stringify(options));
      }
    };
    overTrials(runs(60), check);
    for (const trial of SPECIAL.slice(1)) check(trial);
  });

  test("no two workers write the same word in one phase", () => {
    overTrials(runs(40), (trial) => {
      const planned = plan(core, trial);
      const workers = 2 + (trial.seed % 4);
      for (const phase of UPDATE) {
        const before = planned.words().slice();
        const writer = new Int8Array(before.length).fill(-1);
        for (let worker = 0; worker < workers; worker++) {
          core.runPhase(planned.memory.plan, phase, trial.shape.batch, worker, workers);
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
    const check = (trial: Trial) => {
      const expected = plan(core, trial).update().update().bits();
      for (let rows = 1; rows <= 6; rows++) {
        for (const wide of [false, true]) {
          const bits = plan(core, trial).setTile(rows, wide).update().update().bits();
          expectSameBits(bits, expected, () => `${rows} rows, ${wide ? "wide" : "narrow"}`);
        }
      }
    };
    overTrials(runs(30), check);
    if (build !== "debug") for (const trial of SPECIAL.slice(1)) check(trial);
  });

  test("timing a tile between updates changes nothing", () => {
    overTrials(runs(60), (trial) => {
      const expected = plan(core, trial).update().update().bits();
      const planned = plan(core, trial).update();
      for (const layout of LAYOUTS) core.probe(planned.memory.plan, layout, trial.shape.batch);
      expectSameBits(planned.update().bits(), expected, () => "after probes");
      planned.assertContained();
    });
  });

  test("a time-major batch gives the same bits as a batch-major one", () => {
    overTrials(runs(60), (trial) => {
      const expected = plan(core, trial).update().bits();
      expectSameBits(plan(core, trial, { timeMajor: true }).update().bits(), expected, () => "time-major");
    });
  });

  test("a batch smaller than the plan gives the bits of a plan of its size", () => {
    overTrials(runs(60), (trial) => {
      const { shape } = trial;
      const expected = plan(core, { ...trial, batchSize: shape.batch })
        .update()
        .bits();
      const roomy = plan(core, { ...trial, batchSize: shape.batch + 7 }).update();
      expectSameBits(roomy.bits(), expected, () => "roomy");
    });
  });

  test("what batches of other sizes left behind changes nothing, a timing in between neither", () => {
    overTrials(runs(80), (trial) => {
      const { shape, seed } = trial;
      const roomy = { ...trial, batchSize: shape.batch + 3 };
      const expected = plan(core, roomy).update().bits();
      const { x, labels } = startOf(trial);
      const learning = [Phase.Pack, Phase.Train, Phase.KernelGradients];
      for (const batch of [1, Math.ceil(shape.batch / 2), shape.batch + 3]) {
        const other = randomBatch({ ...shape, batch }, seed + 2);
        const planned = plan(core, roomy).setBatch(other.x, other.labels).run(learning);
        planned.setBatch(x, labels).run(learning);
        for (const layout of LAYOUTS) core.probe(planned.memory.plan, layout, shape.batch);
        expectSameBits(planned.update().bits(), expected, () => `after a batch of ${batch}`);
      }
    });
  });

  test("predict, evaluate and train see the same probabilities, classes and loss", () => {
    overTrials(runs(60), (trial) => {
      const { shape } = trial;
      const { weights, x } = startOf(trial);
      const { probabilities } = forward(shape, weights, x);
      const run = (phases: Phase[]) => {
        const { memory } = plan(core, trial).run(phases);
        return {
          probabilities: memory.floats(Region.Probabilities).slice(0, probabilities.length),
          classes: memory.ints(Region.RowClass).slice(0, shape.batch),
          results: [memory.get(Setting.Loss), memory.get(Setting.Hits)],
          gradients: memory.floats(Region.Gradients).some((g) => g !== 0),
        };
      };
      const predicted = run([Phase.Pack, Phase.Predict]);
      for (const [i, p] of predicted.probabilities.entries()) {
        expect(Math.abs(p - probabilities[i])).toBeLessThan(5e-6);
      }
      const evaluated = run([Phase.Pack, Phase.Evaluate, Phase.Summarise]);
      const trained = run([Phase.Pack, Phase.Train, Phase.KernelGradients]);
      expect(evaluated.results).toEqual(trained.results);
      expect(evaluated).toEqual({ ...predicted, results: evaluated.results });
      expect(trained.probabilities).toEqual(predicted.probabilities);
      expect(trained.classes).toEqual(predicted.classes);
    });
  });

  test("20 updates follow the reference's Adam, losses to 1e-4", () => {
    const options = { learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-4 };
    fc.assert(
      fc.property(trials, (trial) => {
        const { shape, seed } = trial;
        const planned = plan(core, trial, options);
        const weights = new Map(startOf(trial).weights);
        for (const [name, values] of weights) weights.set(name, values.slice());
        const adam = new Adam64(options);
        for (let i = 0; i < 20; i++) {
          const { x, labels } = randomBatch(shape, seed + i);
          const { loss, gradients } = lossAndGradients(shape, weights, x, labels);
          adam.step(weights, gradients);
          planned.setBatch(x, labels).update({ workers: 1 + (i % 3) });
          expect(Math.abs(planned.loss - loss), `update ${i}`).toBeLessThan(1e-4 * (loss + 1e-3));
          expect(planned.memory.get(Setting.Updates)).toBe(i + 1);
        }
        planned.assertContained();
      }),
      { numRuns: runs(15) },
    );
  });
});

const [scalar, simd] = await Promise.all([loadTestCore("scalar"), loadTestCore("simd")]);

test("scalar and simd builds give the same bits over 3 updates", () => {
  const bits = (core: Core, trial: Trial) => plan(core, trial).update().update().update().bits();
  const check = (trial: Trial) => expectSameBits(bits(simd!, trial), bits(scalar!, trial), () => "simd");
  overTrials(150, check);
  for (const trial of SPECIAL) check(trial);
});
