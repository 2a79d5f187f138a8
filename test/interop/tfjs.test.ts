// Parity with TensorFlow.js: equal weights and batches give equal probabilities, losses, gradients and updates.
// The float64 reference and the built library stand the same tests, against both of the peer's LSTMs.

import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import {
  Adam64,
  type LstmShape,
  lstmModel,
  randomBatch,
  randomNumbers,
  randomWeights,
} from "../support/reference/index.ts";
import { ADAM, FORGET_BIAS, startLibrary, startReference } from "./contenders.ts";
import { paperEpsilon, setEpsilon, startCell, startLayers } from "./peers.ts";
import type { Start, Trainee, Values } from "./trainee.ts";

const SMALL: LstmShape = {
  ...{ batch: 4, timeSteps: 5, features: 3, projectionUnits: 6, units: 8, classes: 4 },
  forgetBias: FORGET_BIAS,
};
const LARGER: LstmShape = {
  ...{ batch: 16, timeSteps: 28, features: 28, projectionUnits: 64, units: 64, classes: 10 },
  forgetBias: FORGET_BIAS,
};
const SHAPES: [string, LstmShape][] = [
  ["small", SMALL],
  ["without projection", { ...SMALL, projectionUnits: 0 }],
  ["odd sizes", { ...SMALL, batch: 3, features: 5, projectionUnits: 7, units: 13, classes: 3 }],
  ["one sequence", { ...SMALL, batch: 1 }],
  ["one step", { ...SMALL, timeSteps: 1, projectionUnits: 0 }],
  ["larger", LARGER],
];
const OTHER_FORGET_BIASES: [string, LstmShape][] = [
  ["forget bias 0", { ...SMALL, forgetBias: 0 }],
  ["forget bias 2.5", { ...SMALL, forgetBias: 2.5 }],
];
// A layer before layers.lstm gets no gradient through a single step: TensorFlow.js fails to undo its unstack.
const ONE_PROJECTED_STEP: [string, LstmShape] = ["one projected step", { ...SMALL, timeSteps: 1 }];
const PEERS = [
  { peer: "basicLSTMCell", startPeer: startCell, besides: [ONE_PROJECTED_STEP] },
  { peer: "layers.lstm", startPeer: startLayers, besides: [] },
];

describe("float64 reference", () => parity(startReference, [...SHAPES, ...OTHER_FORGET_BIASES]));
describe("wasm-lstm", () => parity(startLibrary, [...SHAPES, ...OTHER_FORGET_BIASES]));

function parity(start: Start, shapes: [string, LstmShape][]): void {
  describe.each(PEERS)("and $peer", ({ startPeer, besides }) => {
    describe.each([...shapes, ...besides])("%s", (_name, shape) => {
      const initial = randomWeights(lstmModel(shape), 7, Math.min(0.5, 2 / Math.sqrt(shape.units)));

      test("agree on the probabilities", () =>
        withBoth(async (ours, theirs) => {
          const { x } = batch(shape, 1);
          expectClose("probabilities", await ours.probabilities(x), await theirs.probabilities(x));
        }));

      test("agree on loss, accuracy and gradients", () =>
        withBoth(async (ours, theirs) => {
          const { x, labels } = batch(shape, 2);
          const mine = await ours.train(x, labels);
          const other = await theirs.train(x, labels);
          expectClose("loss", [mine.loss], [other.loss]);
          expect(mine.accuracy).toBeCloseTo(other.accuracy, 6);
          expectSame(mine.gradients, other.gradients);
        }));

      test("agree on the weights and losses of three updates", () =>
        withBoth(async (ours, theirs) => {
          expectSame(await ours.weights(), initial);
          for (const seed of [3, 4, 5]) {
            const { x, labels } = batch(shape, seed);
            const mine = await ours.train(x, labels);
            const other = await theirs.train(x, labels);
            expectClose(`loss of batch ${seed}`, [mine.loss], [other.loss]);
            expectSame(await ours.weights(), await theirs.weights());
            expectSame(
              changes(initial, await ours.weights()),
              changes(initial, await theirs.weights()),
              UPDATE_DISTANCE,
            );
          }
        }));

      async function withBoth(body: (ours: Trainee, theirs: Trainee) => Promise<void>): Promise<void> {
        const ours = await start(shape, initial, ADAM);
        const theirs = await startPeer(shape, initial, ADAM);
        try {
          await body(ours, theirs);
        } finally {
          ours.close();
          theirs.close();
        }
      }
    });
  });
}

// TensorFlow.js corrects both moments before it adds epsilon, as in the paper's Algorithm 1. The large epsilon
// keeps the difference to TensorFlow 1's form in sight.
describe("TensorFlow.js' Adam", () => {
  const epsilon = 0.05;
  const options = { ...ADAM, learningRate: 0.1 };
  const random = randomNumbers(1);
  const gradients = [1, 2, 3].map(() => Float32Array.from({ length: 9 }, () => random() - 0.5));

  beforeAll(() => tf.setBackend("cpu"));

  test("equals the reference, whose epsilon is then e sqrt(1 - beta2^t)", () => {
    const ours = referenceSteps((t) => epsilon * Math.sqrt(1 - options.beta2 ** t));
    const theirs = tensorFlowSteps(() => epsilon);
    expectClose("weights", ours, theirs, UPDATE_DISTANCE);
  });

  test("equals the reference at any one epsilon, when its own is e / sqrt(1 - beta2^t)", () => {
    const ours = referenceSteps(() => epsilon);
    const theirs = tensorFlowSteps((t) => paperEpsilon(epsilon, options.beta2, t));
    expectClose("weights", ours, theirs, UPDATE_DISTANCE);
  });

  test("differs from the reference at the same epsilon", () => {
    const ours = referenceSteps(() => epsilon);
    const theirs = tensorFlowSteps(() => epsilon);
    expect(distance(ours, theirs)).toBeGreaterThan(0.1);
  });

  function referenceSteps(epsilonAt: (t: number) => number): Float64Array {
    const adam = new Adam64(options);
    const weights = new Map([["w", new Float64Array(9)]]);
    gradients.forEach((gradient, k) => {
      adam.epsilon = epsilonAt(k + 1);
      adam.step(weights, new Map([["w", Float64Array.from(gradient)]]));
    });
    return weights.get("w")!;
  }

  function tensorFlowSteps(epsilonAt: (t: number) => number): ArrayLike<number> {
    const variable = tf.variable(tf.zeros([9]));
    const optimizer = tf.train.adam(options.learningRate, options.beta1, options.beta2);
    gradients.forEach((gradient, k) => {
      setEpsilon(optimizer, epsilonAt(k + 1));
      optimizer.applyGradients([{ name: variable.name, tensor: tf.tensor1d(gradient) }]);
    });
    return variable.dataSync();
  }
});

// Of float32 against float32 or float64, at the sizes above: an element is off by 1e-5 or by 1e-4 of itself, and
// a tensor as a whole by 1e-5 of its length, which sees what is wrong with a tensor of small numbers.
const ABSOLUTE = 1e-5;
const RELATIVE = 1e-4;
const DISTANCE = 1e-5;
// A float32 weight near 1 holds an update of 1e-3 to 6e-5 of it, and TensorFlow.js' 1 - beta2^t, which is rounded
// to float32, is off by as much.
const UPDATE_DISTANCE = 2e-4;

function expectSame(ours: Values, theirs: Values, farthest = DISTANCE): void {
  expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
  for (const [name, values] of theirs) expectClose(name, ours.get(name)!, values, farthest);
}

function expectClose(
  name: string,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  farthest = DISTANCE,
): void {
  expect(ours.length, `length of ${name}`).toBe(theirs.length);
  const far = Array.from(theirs, (value, k) => ({ name, k, ours: ours[k], theirs: value })).filter((pair) => {
    const off = Math.abs(pair.ours - pair.theirs);
    return !(off <= ABSOLUTE || off <= RELATIVE * Math.abs(pair.theirs));
  });
  expect(far.slice(0, 10)).toEqual([]);
  expect(distance(ours, theirs), `distance of ${name}`).toBeLessThanOrEqual(farthest);
}

/** |ours - theirs| / |theirs|, both as vectors; 0 when both are zero. */
function distance(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  const difference = Math.hypot(...Array.from(theirs, (value, k) => ours[k] - value));
  return difference === 0 ? 0 : difference / Math.hypot(...Array.from(theirs));
}

function changes(before: Values, after: Values): Values {
  return new Map(
    [...after].map(([name, values]) => [
      name,
      Float64Array.from(values, (value, k) => value - before.get(name)![k]),
    ]),
  );
}

function batch(shape: LstmShape, seed: number): { x: Float32Array; labels: Int32Array } {
  const { x, labels } = randomBatch(lstmModel(shape), seed);
  return { x: Float32Array.from(x), labels };
}
