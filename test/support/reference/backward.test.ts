// The gradients against the slopes of the loss, over random models of the whole family.

import fc from "fast-check";
import { expect, test } from "vitest";
import { tally, tallyLargest } from "../tally.ts";
import { trialCount } from "../trial-count.ts";
import {
  type FamilyStart,
  type FamilyTrial,
  familyModels,
  familyTrials,
  forward,
  gruLayers,
  lossAndGradients,
  lossOf,
  lstmLayers,
  type ReferenceModel,
  randomNumbers,
  rnnLayers,
  startFamily,
  trialsOf,
} from "./index.ts";

const STEP = 1e-4;

/** The derivative from the values at -2, -1, 1 and 2 STEP, to the fourth power of STEP. */
function slope([a, b, c, d]: number[]): number {
  return (a - 8 * b + 8 * c - d) / (12 * STEP);
}

/** The loss, and which cells of which steps are clipped: where that changes, the loss has no slope. */
function evaluate(model: ReferenceModel, { weights, x, targets, options }: FamilyStart) {
  const pass = forward(model, weights, x, options);
  const clipped = model.layers.flatMap(({ cellClip }, l) =>
    pass.layers[l].steps
      .flat(2)
      .flatMap(({ unclipped = [] }) => Array.from(unclipped, (c) => Math.abs(c) > cellClip)),
  );
  return { loss: lossOf(model, pass, targets, options).loss, clipped: clipped.map(Number).join("") };
}

/** Checks two entries of each tensor, and all of them at once along a random direction. */
function expectSlopes(trial: FamilyTrial): { checked: number; left: number } {
  const { model, seed } = trial;
  const start = startFamily(trial);
  const { x, targets, options } = start;
  const { gradients } = lossAndGradients(model, start.weights, x, targets, options);
  const { clipped: clippedHere } = evaluate(model, start);
  const random = randomNumbers(seed + 7);
  const count = { checked: 0, left: 0 };

  for (const [name, theta] of start.weights) {
    const gradient = gradients.get(name)!;
    expect(gradient).toHaveLength(theta.length);
    const entries = [0, 1].map(() => Math.floor(random() * theta.length));
    const ways = entries.map((entry) => ({
      where: `[${entry}]`,
      way: theta.map((_, k) => Number(k === entry)),
    }));
    const everywhere = theta.map(() => (random() < 0.5 ? -1 : 1) / Math.sqrt(theta.length));
    for (const { where, way } of [...ways, { where: "", way: everywhere }]) {
      const at = (steps: number) => {
        const moved = theta.map((value, k) => value + steps * STEP * way[k]);
        return evaluate(model, { ...start, weights: new Map(start.weights).set(name, moved) });
      };
      const around = [-2, -1, 1, 2].map(at);
      if (around.some(({ clipped }) => clipped !== clippedHere)) {
        count.left++;
        continue;
      }
      const expected = slope(around.map(({ loss }) => loss));
      const actual = gradient.reduce((sum, g, k) => sum + g * way[k], 0);
      if (!(Math.abs(actual - expected) <= 1e-6 * Math.abs(expected) + 1e-9)) {
        throw new Error(`gradient ${name}${where} is ${actual}, the loss's slope ${expected}`);
      }
      tallyLargest("error of a slope", Math.abs(actual - expected) / (Math.abs(expected) + 1e-3));
      count.checked++;
    }
  }
  return count;
}

test.each([
  ["lstm", trialsOf(familyModels(lstmLayers)), 30],
  ["gru", trialsOf(familyModels(gruLayers)), 20],
  ["rnn", trialsOf(familyModels(rnnLayers)), 15],
  ["any", familyTrials, 40],
])("gradients are the slopes of the loss, of layers %s", (_name, trials, numRuns) => {
  let [checked, left] = [0, 0];
  fc.assert(
    fc.property(trials, (trial) => {
      const count = expectSlopes(trial);
      checked += count.checked;
      left += count.left;
    }),
    { numRuns: trialCount(numRuns) },
  );
  tally("slopes", checked);
  tally("models", trialCount(numRuns));
  expect(left).toBeLessThan(0.1 * checked);
});

test("what lies past a sequence's end reaches nothing", () => {
  fc.assert(
    fc.property(familyTrials, fc.constantFrom(Number.NaN, -7), (trial, value) => {
      const { model } = trial;
      const { batch: B, timeSteps: T, features: I } = model;
      const { weights, x, targets, options } = startFamily(trial);
      const lengthOf = (b: number) => options.lengths?.[b] ?? T;
      const spoilt = x.map((v, k) => (Math.floor(k / I) % T < lengthOf(Math.floor(k / (T * I))) ? v : value));
      const spoiltTargets = model.head.everyStep
        ? targets.map((v, k) => {
            const step = Math.floor((k * B * T) / targets.length);
            return step % T < lengthOf(Math.floor(step / T)) ? v : value;
          })
        : targets;
      const expected = lossAndGradients(model, weights, x, targets, options);
      expect(lossAndGradients(model, weights, spoilt, spoiltTargets, options)).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});
