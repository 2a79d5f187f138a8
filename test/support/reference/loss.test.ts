// Losses by hand, what weights do to them, and the head that reads every step against the one that reads the last.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose } from "./expect-close.ts";
import {
  completeModel,
  type FamilyStart,
  familyTrials,
  forward,
  lossAndGradients,
  type ReferenceHead,
  type ReferenceModel,
  randomBatch,
  randomTargets,
  randomWeights,
  startFamily,
  type Weights64,
} from "./index.ts";

/** A head whose logits are its bias, on `batch` sequences. */
function ofLogits(type: ReferenceHead["type"], logits: number[], batch: number, classWeights?: number[]) {
  const model = completeModel({
    ...{ batch, timeSteps: 1, features: 1, layers: [{ units: 1 }], classWeights },
    head: { type, units: logits.length },
  });
  const weights = randomWeights(model, 1, 0).set("head.bias", Float64Array.from(logits));
  return (targets: number[], sampleWeights?: number[]) => {
    const result = lossAndGradients(model, weights, new Float64Array(batch), targets, { sampleWeights });
    return { ...result, dBias: result.gradients.get("head.bias")! };
  };
}

describe("softmax", () => {
  const QUARTERS = [0, Math.log(2), 0];

  test("the mean of -log of the labels' probabilities", () => {
    const { loss, accuracy, dBias } = ofLogits("softmax", QUARTERS, 3)([1, 0, 1]);
    expect(loss).toBeCloseTo((Math.log(2) + Math.log(4) + Math.log(2)) / 3, 14);
    expect(accuracy).toBe(2 / 3);
    expectClose(dBias, [1 / 4 - 1 / 3, 1 / 2 - 2 / 3, 1 / 4]);
  });

  test("of equal logits the first is decided for", () => {
    const { accuracy } = ofLogits("softmax", [0, 2, 2], 3)([2, 2, 1]);
    expect(accuracy).toBe(1 / 3);
  });

  test("large logits overflow nothing", () => {
    const { loss, accuracy, dBias } = ofLogits("softmax", [1000, 0], 1)([1]);
    expect([loss, accuracy, ...dBias]).toEqual([1000, 0, 1, -1]);
  });

  test("weights of classes and of samples multiply, and do not normalise", () => {
    const { loss, accuracy, dBias } = ofLogits("softmax", QUARTERS, 2, [3, 5, 7])([0, 1], [0.5, 2]);
    expect(loss).toBeCloseTo((3 * 0.5 * Math.log(4) + 5 * 2 * Math.log(2)) / 2, 14);
    expect(accuracy).toBe(0.5);
    expectClose(dBias, [
      (1.5 * (1 / 4 - 1) + 10 / 4) / 2,
      (1.5 / 2 + 10 * (1 / 2 - 1)) / 2,
      (1.5 / 4 + 10 / 4) / 2,
    ]);
  });
});

describe("sigmoid", () => {
  test("the mean of the outputs' binary cross-entropies", () => {
    // p is 3/4 and 1/2.
    const { loss, accuracy, dBias } = ofLogits("sigmoid", [Math.log(3), 0], 2)([1, 0.25, 0.1, 0.5]);
    const first = Math.log(4 / 3) + 0.1 * Math.log(4 / 3) + 0.9 * Math.log(4);
    expect(loss).toBeCloseTo((first + 2 * Math.log(2)) / 4, 14);
    // One half is a no, of a probability and of a target.
    expect(accuracy).toBe(3 / 4);
    expectClose(dBias, [(3 / 4 - 1 + 3 / 4 - 0.1) / 4, (1 / 2 - 1 / 4) / 4]);
  });

  test("large logits overflow nothing", () => {
    const { loss, accuracy, dBias } = ofLogits("sigmoid", [1000, -1000, 1000, -1000], 1)([1, 0, 0, 1]);
    expect([loss, accuracy, ...dBias]).toEqual([500, 0.5, 0, 0, 0.25, -0.25]);
  });
});

test("linear: the mean of the squared errors, and no accuracy", () => {
  const { loss, accuracy, dBias } = ofLogits("linear", [1, -2], 2)([0, 1, 4, -2], [2, 1]);
  expect(loss).toBe((2 * ((1 + 9) / 2) + (9 + 0) / 2) / 2);
  expect(accuracy).toBeNaN();
  expect([...dBias]).toEqual([(2 * 1 - 3) / 2, (2 * -3 + 0) / 2]);
});

test("predictions are the logits' softmax, their sigmoid, or themselves", () => {
  const of = (type: ReferenceHead["type"]) => {
    const model = completeModel({
      ...{ batch: 1, timeSteps: 1, features: 1, layers: [{ units: 1 }] },
      head: { type, units: 3 },
    });
    const weights = randomWeights(model, 1, 0).set("head.bias", Float64Array.of(0, Math.log(3), Math.log(4)));
    return forward(model, weights, [0]).predictions;
  };
  expectClose(of("softmax"), [1 / 8, 3 / 8, 1 / 2]);
  expectClose(of("sigmoid"), [1 / 2, 3 / 4, 4 / 5]);
  expectClose(of("linear"), [0, Math.log(3), Math.log(4)]);
});

function over(numRuns: number, body: (start: FamilyStart & { model: ReferenceModel }) => void) {
  fc.assert(
    fc.property(familyTrials, (trial) => body({ model: trial.model, ...startFamily(trial) })),
    { numRuns },
  );
}

const scaled = (weights: Weights64, factor: number): Weights64 =>
  new Map([...weights].map(([name, values]) => [name, values.map((v) => v * factor)]));

test("weights of samples scale loss and gradients linearly, and leave accuracy alone", () => {
  over(60, ({ model, weights, x, targets, options }) => {
    const of = (sampleWeights: number[] | undefined) =>
      lossAndGradients(model, weights, x, targets, { ...options, sampleWeights });
    const plain = of(undefined);
    const all = of(new Array(model.batch).fill(4));
    expect([all.loss, all.accuracy]).toEqual([4 * plain.loss, plain.accuracy]);
    expect(all.gradients).toEqual(scaled(plain.gradients, 4));
    // One sequence at a time, they add up.
    const alone = Array.from({ length: model.batch }, (_, b) =>
      of(Array.from({ length: model.batch }, (_, k) => (k === b ? 1 : 0))),
    );
    expect(alone.reduce((sum, { loss }) => sum + loss, 0)).toBeCloseTo(plain.loss, 12);
    for (const [name, gradient] of plain.gradients) {
      expectClose(
        gradient.map((_, k) => alone.reduce((sum, one) => sum + one.gradients.get(name)![k], 0)),
        gradient,
      );
    }
  });
});

// The steps of a direction that reads from the end are no other sequence's last: layers here read forward only.
test.each(["softmax", "sigmoid", "linear"] as const)(
  "%s of every step is that of the last steps of as many sequences, cut off there",
  (type) => {
    const T = 4;
    const every = completeModel({
      ...{ batch: 3, timeSteps: T, features: 2, projectionUnits: 3 },
      layers: [
        { type: "gru", units: 4 },
        { units: 3, recurrentProjectionUnits: 2, peepholes: true },
      ],
      head: { type, units: 2, everyStep: true },
      classWeights: [3, 0.5],
    });
    const weights = randomWeights(every, 1);
    const { x, labels } = randomBatch(every, 2);
    const targets = type === "softmax" ? labels : randomTargets(every, 3);
    const lengths = [T, 0, 2];
    const sampleWeights = [1, 5, 0.25];
    const steps = [0, 1, 2].flatMap((b) => Array.from({ length: lengths[b] }, (_, t) => ({ b, t })));

    const last = { ...every, batch: steps.length, head: { ...every.head, everyStep: false } };
    const rowsOf = (values: ArrayLike<number>, rows: number[], width: number) =>
      rows.flatMap((row) => Array.from({ length: width }, (_, k) => values[row * width + k]));
    const sequences = steps.map(({ b }) => b);
    const items = steps.map(({ b, t }) => b * T + t);
    const copies = rowsOf(x, sequences, T * 2);
    const cut = {
      lengths: steps.map(({ t }) => t + 1),
      sampleWeights: rowsOf(sampleWeights, sequences, 1),
    };
    const ends = rowsOf(targets, items, type === "softmax" ? 1 : 2);

    const actual = lossAndGradients(every, weights, x, targets, { lengths, sampleWeights });
    const expected = lossAndGradients(last, weights, copies, ends, cut);
    expect(actual.loss).toBeCloseTo(expected.loss, 13);
    expect(actual.accuracy).toBe(expected.accuracy);
    for (const [name, gradient] of actual.gradients) expectClose(gradient, expected.gradients.get(name)!);

    const pass = forward(every, weights, x, { lengths });
    const lastPass = forward(last, weights, copies, cut);
    for (const name of ["logits", "predictions"] as const) {
      expectClose(rowsOf(pass[name], items, 2), lastPass[name]);
      const past = Array.from({ length: 3 * T }, (_, index) => index).filter(
        (index) => !items.includes(index),
      );
      expect(rowsOf(pass[name], past, 2).every((value) => value === 0)).toBe(true);
    }
  },
);
