// Training the head alone: the rule against its formula in float64, with everything in front of the head left as it is.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Phase, Region, Setting } from "../../assembly/regions.ts";
import { HEAD_UPDATE, loadTestCore, UPDATE, type WorkerOptions } from "../support/core.ts";
import { type CoreTrial, coreTrials, plan } from "../support/core-trials.ts";
import { expectSameBits } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";

const HEAD_WITH_NORM = [...HEAD_UPDATE.slice(0, -1), Phase.Norm, Phase.Update];
const [RATE, BETA1, BETA2, EPSILON, CLIP] = [0.1, 0.8, 0.9, 0.05, 0.05];

// Adam in TensorFlow 1's form, one parameter.
function adam(s: { theta: number; m: number; v: number }, g: number, t: number): void {
  s.m = BETA1 * s.m + (1 - BETA1) * g;
  s.v = BETA2 * s.v + (1 - BETA2) * g * g;
  const rate = (RATE * Math.sqrt(1 - BETA2 ** t)) / (1 - BETA1 ** t);
  s.theta -= (rate * s.m) / (Math.sqrt(s.v) + EPSILON);
}

await overBuilds(loadTestCore, (core) => {
  /** A plan that trains the head alone, and where the head begins. */
  const startHead = (trial: CoreTrial) => {
    const planned = plan(core, trial, {
      settings: {
        [Setting.LearningRate]: RATE,
        [Setting.Beta1]: BETA1,
        [Setting.Beta2]: BETA2,
        [Setting.Epsilon]: EPSILON,
        [Setting.ClipNorm]: CLIP,
      },
    });
    const from = planned.parameters.find(({ name }) => name === "head.kernel")!.offset;
    planned.memory.set(Setting.TrainableFrom, from);
    return { planned, from };
  };

  test("the head follows the rule, no other weight changes a bit", () => {
    const check = (trial: CoreTrial, options: WorkerOptions) => {
      const { planned, from } = startHead(trial);
      const { memory } = planned;
      const states = Array.from(memory.floats(Region.Parameters), (theta) => ({ theta, m: 0, v: 0 }));
      const frozen = () => new Uint32Array(memory.floats(Region.Parameters).slice(0, from).buffer);
      const before = frozen();
      // Frozen gradients do not count in the norm.
      memory.floats(Region.Gradients).fill(3, 0, from);
      for (let t = 1; t <= 4; t++) {
        planned.run(HEAD_WITH_NORM, options);
        const own = Float64Array.from(memory.floats(Region.Gradients).subarray(from));
        const factor = Math.min(1, CLIP / Math.hypot(...own));
        for (const [i, g] of own.entries()) adam(states[from + i], factor * g, t);
        const parameters = memory.floats(Region.Parameters);
        for (let i = from; i < parameters.length; i++) {
          const { theta } = states[i];
          expect(Math.abs(parameters[i] - theta)).toBeLessThan(t * 4e-7 * (1 + Math.abs(theta)));
        }
      }
      expectSameBits(frozen(), before, () => "what is frozen");
      for (const region of [Region.FirstMoment, Region.SecondMoment]) {
        const moments = memory.floats(region).subarray(0, from);
        expect(moments.every((value) => value === 0)).toBe(true);
      }
      planned.assertContained();
    };
    const orders = fc.constantFrom({}, { workers: 3, reversed: true });
    fc.assert(fc.property(coreTrials, orders, check), { numRuns: 20 });
  });

  test("any number of workers gives the same bits", () => {
    fc.assert(
      fc.property(coreTrials, (trial) => {
        const run = (options?: WorkerOptions) =>
          startHead(trial).planned.run(HEAD_WITH_NORM, options).run(HEAD_WITH_NORM, options).bits();
        const expected = run();
        for (const options of [{ workers: 2 }, { workers: 3, reversed: true }, { workers: 5 }]) {
          expectSameBits(run(options), expected, () => JSON.stringify(options));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("the head's gradients and loss are those of a whole update, dropout included", () => {
    fc.assert(
      fc.property(coreTrials, (trial) => {
        const whole = plan(core, trial).run(UPDATE);
        const [loss, accuracy, gradients] = [whole.loss, whole.accuracy, whole.gradients()];
        const head = plan(core, trial).run(HEAD_UPDATE);
        expect([head.loss, head.accuracy]).toEqual([loss, accuracy]);
        for (const name of ["head.kernel", "head.bias"]) {
          expect(head.gradients().get(name)).toEqual(gradients.get(name));
        }
      }),
      { numRuns: 30 },
    );
  });
});
