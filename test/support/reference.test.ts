// The yardstick itself: its gradients against central differences, its Adam against numbers worked by hand.

import { describe, expect, test } from "vitest";
import {
  Adam64,
  forward,
  lossAndGradients,
  type ReferenceShape,
  randomBatch,
  randomNumbers,
  randomWeights,
  type SequenceOptions64,
  weightShapes,
} from "./reference.ts";

const SHAPES: ReferenceShape[] = [
  { batch: 3, timeSteps: 4, features: 2, projectionUnits: 5, units: 3, classes: 4, forgetBias: 1 },
  { batch: 3, timeSteps: 4, features: 5, projectionUnits: 0, units: 3, classes: 4, forgetBias: 1 },
  { batch: 1, timeSteps: 7, features: 3, projectionUnits: 2, units: 5, classes: 3, forgetBias: 0 },
  { batch: 2, timeSteps: 1, features: 3, projectionUnits: 4, units: 2, classes: 5, forgetBias: 1 },
  { batch: 1, timeSteps: 1, features: 1, projectionUnits: 0, units: 1, classes: 2, forgetBias: 0.5 },
  { batch: 5, timeSteps: 9, features: 7, projectionUnits: 11, units: 9, classes: 3, forgetBias: 1 },
];

/** Lengths 0 to T, a zero among them where the batch has room, and a state to begin from. */
function ragged(shape: ReferenceShape): SequenceOptions64 {
  const { batch: B, timeSteps: T, units: H } = shape;
  const random = randomNumbers(3);
  const values = () => Float64Array.from({ length: B * H }, () => 2 * random() - 1);
  const lengths = Array.from({ length: B }, (_, b) => (b === 1 ? 0 : Math.ceil(random() * T)));
  return { lengths, h0: values(), c0: values() };
}

describe.each(SHAPES.flatMap((shape) => [false, true].map((given) => ({ ...shape, given }))))(
  "B $batch, T $timeSteps, I $features, P $projectionUnits, H $units, C $classes, lengths and initial state $given",
  ({ given, ...shape }) => {
    const options = given ? ragged(shape) : {};
    const weights = randomWeights(shape, 1, 0.8);
    const { x, labels } = randomBatch(shape, 2);

    test.each([...weightShapes(shape).keys()])("the gradient of %s is the slope of the loss", (name) => {
      const gradient = lossAndGradients(shape, weights, x, labels, options).gradients.get(name)!;
      const theta = weights.get(name)!;
      expect(gradient).toHaveLength(theta.length);
      for (let k = 0; k < theta.length; k++) {
        const slope = centralDifference(
          theta,
          k,
          () => lossAndGradients(shape, weights, x, labels, options).loss,
        );
        expect(Math.abs(gradient[k] - slope), `${name}[${k}]`).toBeLessThan(1e-5 + 1e-3 * Math.abs(slope));
      }
    });

    test("the loss is the mean of -log of the label's probability", () => {
      const { probabilities } = forward(shape, weights, x, options);
      const rows = Array.from(labels, (label, b) => -Math.log(probabilities[b * shape.classes + label]));
      const mean = rows.reduce((sum, row) => sum + row, 0) / shape.batch;
      expect(lossAndGradients(shape, weights, x, labels, options).loss).toBeCloseTo(mean, 12);
    });
  },
);

test("a sequence with a length gives what it gives cut off there; of length 0, its initial state", () => {
  const shape = {
    batch: 1,
    timeSteps: 6,
    features: 2,
    projectionUnits: 3,
    units: 4,
    classes: 3,
    forgetBias: 1,
  };
  const weights = randomWeights(shape, 1);
  const { x, labels } = randomBatch(shape, 2);
  const h0 = Float64Array.of(0.1, -0.2, 0.3, 0.4);
  const c0 = Float64Array.of(1, -1, 0.5, 0);
  for (let length = 0; length <= 6; length++) {
    const options = { lengths: [length], h0, c0 };
    const cut = { ...shape, timeSteps: length };
    const whole = forward(shape, weights, x, options);
    const short = forward(cut, weights, x.subarray(0, length * 2), { h0, c0 });
    expect(whole.logits).toEqual(short.logits);
    expect(whole.finalState).toEqual(short.finalState);
    expect(whole.outputs.subarray(0, length * 4)).toEqual(short.outputs);
    expect(whole.outputs.subarray(length * 4).every((h) => h === 0)).toBe(true);
    if (length === 0) expect(whole.finalState).toEqual({ h: h0, c: c0 });
    expect(lossAndGradients(shape, weights, x, labels, options)).toEqual(
      lossAndGradients(cut, weights, x.subarray(0, length * 2), labels, { h0, c0 }),
    );
  }
});

// H = 1 and T = 2, worked on paper with sigma(0) = 1/2: the gates are one half, g alone is driven by x.
test("two steps of one unit follow the formulas", () => {
  const shape = {
    batch: 1,
    timeSteps: 2,
    features: 1,
    projectionUnits: 1,
    units: 1,
    classes: 2,
    forgetBias: 0,
  };
  const weights = new Map([
    ["projection.kernel", Float64Array.of(2)],
    ["projection.bias", Float64Array.of(1)],
    ["lstm.kernel", Float64Array.of(0, 0, 1, 0)],
    ["lstm.recurrent_kernel", Float64Array.of(0, 0, 10, 0)],
    ["lstm.bias", Float64Array.of(0, 0, -1, 0)],
    ["head.kernel", Float64Array.of(1, -1)],
    ["head.bias", Float64Array.of(0.25, 0)],
  ]);
  const { p, c, h, logits } = forward(shape, weights, [0.5, -0.5]);
  const c0 = 0.5 * Math.tanh(1);
  const h0 = 0.5 * Math.tanh(c0);
  const c1 = 0.5 * c0 + 0.5 * Math.tanh(-1 + 10 * h0);
  const h1 = 0.5 * Math.tanh(c1);
  expect(p).toEqual(Float64Array.of(2, 0));
  expect(c).toEqual(Float64Array.of(c0, c1));
  expect(h).toEqual(Float64Array.of(h0, h1));
  expect(logits).toEqual(Float64Array.of(0.25 + h1, -h1));
});

// sigma(ln 3) = 3/4: the forget bias alone opens the forget gate, once per step after the first.
test("the forget bias is added to the forget gate only", () => {
  const forgetBias = Math.log(3);
  const shape = { batch: 1, timeSteps: 3, features: 1, projectionUnits: 0, units: 1, classes: 2, forgetBias };
  const weights = randomWeights(shape, 1, 0);
  weights.set("lstm.kernel", Float64Array.of(0, 0, 1, 0));
  const { gates, c } = forward(shape, weights, [1, 0, 0]);
  const c0 = 0.5 * Math.tanh(1);
  expect(gates[1]).toBeCloseTo(0.75, 12);
  expect(c[1]).toBeCloseTo(c0 * 0.75, 12);
  expect(c[2]).toBeCloseTo(c0 * 0.75 * 0.75, 12);
});

test("large logits overflow neither the loss nor the gradients", () => {
  const shape = {
    batch: 1,
    timeSteps: 1,
    features: 1,
    projectionUnits: 0,
    units: 1,
    classes: 2,
    forgetBias: 1,
  };
  const weights = randomWeights(shape, 1, 0);
  weights.set("head.bias", Float64Array.of(1000, 0));
  const { loss, accuracy, gradients } = lossAndGradients(shape, weights, [0], [1]);
  expect(loss).toBe(1000);
  expect(accuracy).toBe(0);
  expect(gradients.get("head.bias")).toEqual(Float64Array.of(1, -1));
});

// With beta1 = beta2 = 1/2 and gradients 2, 0, -4 every number is short:
//   t  m     v    lr_t / lr              m / (sqrt(v) + 1/2)
//   1  1     2    sqrt(1/2) / (1/2)      1 / (sqrt(2) + 1/2)
//   2  1/2   1    sqrt(3/4) / (3/4)      (1/2) / (1 + 1/2) = 1/3
//   3  -7/4  17/2 sqrt(7/8) / (7/8)      (-7/4) / (sqrt(17/2) + 1/2)
test("Adam makes the updates worked by hand", () => {
  const adam = new Adam64({ learningRate: 0.1, beta1: 0.5, beta2: 0.5, epsilon: 0.5 });
  const weights = new Map([["w", Float64Array.of(1)]]);
  const after = [2, 0, -4].map((gradient) => {
    adam.step(weights, new Map([["w", Float64Array.of(gradient)]]));
    return weights.get("w")![0];
  });
  const first = (0.1 * Math.sqrt(1 / 2) * 2) / (Math.sqrt(2) + 0.5);
  const second = (0.1 * Math.sqrt(3 / 4) * (4 / 3)) / 3;
  const third = (-0.1 * Math.sqrt(7 / 8) * (8 / 7) * 1.75) / (Math.sqrt(17 / 2) + 0.5);
  expect(after[0]).toBeCloseTo(1 - first, 12);
  expect(after[1]).toBeCloseTo(1 - first - second, 12);
  expect(after[2]).toBeCloseTo(1 - first - second - third, 12);
  expect(after[2]).toBeCloseTo(0.94240542, 8);
});

test("Adam's first update is the learning rate, against the gradient's sign", () => {
  const adam = new Adam64({ learningRate: 0.01 });
  const weights = new Map([["w", Float64Array.of(0, 0, 0)]]);
  adam.step(weights, new Map([["w", Float64Array.of(3, -0.2, 0)]]));
  const [down, up, still] = weights.get("w")!;
  expect(down).toBeCloseTo(-0.01, 7);
  expect(up).toBeCloseTo(0.01, 7);
  expect(still).toBe(0);
});

function centralDifference(theta: Float64Array, k: number, loss: () => number): number {
  const epsilon = 1e-6;
  const value = theta[k];
  theta[k] = value + epsilon;
  const above = loss();
  theta[k] = value - epsilon;
  const below = loss();
  theta[k] = value;
  return (above - below) / (2 * epsilon);
}
