// A whole update against the float64 reference, over random models of the whole family and large ones.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Phase, Region, Setting } from "../../assembly/regions.ts";
import { DROPOUT_SEED, loadTestCore } from "../support/core.ts";
import {
  type CoreTrial,
  calmTrials,
  coreTrials,
  expectReference,
  plan,
  startOf,
} from "../support/core-trials.ts";
import { dropoutMasks } from "../support/dropout-masks.ts";
import { expectSameBits } from "../support/kernels.ts";
import { LARGE } from "../support/large-trials.ts";
import { overBuilds } from "../support/over-builds.ts";
import { Adam64, forward, lossAndGradients, startFamily } from "../support/reference/index.ts";
import { trialCount } from "../support/trial-count.ts";

function overTrials(numRuns: number, body: (trial: CoreTrial) => void): void {
  fc.assert(fc.property(coreTrials, body), { numRuns });
}

await overBuilds(loadTestCore, (core, build) => {
  const runs = (n: number) => (build === "debug" ? n / 5 : n);

  test("loss, accuracy and gradients agree with the reference over the whole family", () => {
    overTrials(Math.ceil(runs(trialCount(1000))), (trial) => {
      const planned = plan(core, trial).update();
      expectReference(planned, trial);
      planned.assertContained();
    });
  });

  const large = LARGE.filter(({ slow }) => !slow || build !== "debug");
  test.each(large.map(({ name, trial }) => [name, trial] as const))("and of %s", (_name, trial) => {
    const planned = plan(core, trial).update();
    expectReference(planned, trial);
    planned.assertContained();
  });

  test("predict, trace, evaluate and train see the same outputs and loss, those of the reference", () => {
    overTrials(runs(100), (trial) => {
      const { weights, x, options } = startOf(trial);
      const run = (phases: Phase[], trains = true) => {
        const planned = plan(core, trial, { trains }).run(phases);
        planned.assertContained();
        const classes = planned.memory.ints(Region.ItemClass).slice();
        return { outputs: planned.outputs(), classes, results: [planned.loss, planned.accuracy] };
      };
      const predicted = run([Phase.Pack, Phase.Predict]);
      const { predictions } = forward(trial.model, weights, x, options);
      expect(predicted.outputs).toHaveLength(predictions.length);
      const most = trial.scale > 1 ? 1e-3 : 1e-5;
      for (const [k, p] of predicted.outputs.entries())
        expect(Math.abs(p - predictions[k])).toBeLessThan(most);
      expect(run([Phase.Pack, Phase.Trace])).toEqual(predicted);
      expect(run([Phase.Pack, Phase.Predict], false).outputs).toEqual(predicted.outputs);
      const evaluated = run([Phase.Pack, Phase.Evaluate, Phase.Summarise]);
      const trained = run([Phase.Pack, Phase.Train, Phase.KernelGradients]);
      expect(evaluated).toEqual(trained);
      expect(evaluated).toEqual({ ...predicted, results: evaluated.results });
    });
  });

  test("evaluating leaves gradients, parameters and moments alone", () => {
    overTrials(runs(20), (trial) => {
      const planned = plan(core, trial).update();
      const before = planned.bits();
      planned.run([Phase.Pack, Phase.Predict, Phase.Carry, Phase.Evaluate]);
      const outputs = planned.outputs().length + 4;
      expectSameBits(planned.bits().subarray(outputs), before.subarray(outputs), () => "the blocks");
    });
  });

  test("20 updates follow the reference's Adam, losses to 1e-4", () => {
    const options = { learningRate: 0.01, beta1: 0.8, beta2: 0.99, epsilon: 1e-4 };
    const settings = {
      [Setting.LearningRate]: 0.01,
      [Setting.Beta1]: 0.8,
      [Setting.Beta2]: 0.99,
      [Setting.Epsilon]: 1e-4,
    };
    fc.assert(
      fc.property(calmTrials, (trial) => {
        const { model } = trial;
        const start = startOf(trial);
        const planned = plan(core, trial, { settings });
        const weights = new Map(start.weights);
        for (const [name, values] of weights) weights.set(name, values.slice());
        const adam = new Adam64(options);
        for (let update = 0; update < 20; update++) {
          const { x, targets, options } = startFamily({ ...trial, seed: trial.seed + update });
          planned.begin({ weights: new Map(), x, targets, options }).update({ workers: 1 + (update % 3) });
          const masks = dropoutMasks(model, DROPOUT_SEED, update);
          const { loss, gradients } = lossAndGradients(model, weights, x, targets, { ...options, masks });
          adam.step(weights, gradients);
          expect(Math.abs(planned.loss - loss), `update ${update}`).toBeLessThan(1e-4 * (loss + 1e-3));
          expect(planned.memory.get(Setting.Updates)).toBe(update + 1);
        }
        planned.assertContained();
      }),
      { numRuns: runs(15) },
    );
  });
});
