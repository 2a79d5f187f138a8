// What the heads make of one item's logits, and its loss, against float64: 1 to 17 outputs, logits far apart, weights.

import { describe, expect, test } from "vitest";
import { HeadType } from "../../assembly/regions.ts";
import { layOutGuarded } from "../support/guard.ts";
import {
  expectBitsAcrossBuilds,
  type Kernels,
  loadKernels,
  randomFloats,
  words,
} from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";
import { sigmoid } from "../support/reference/activations.ts";

const PANEL = 8;
/** Items of the batch. */
const COUNT = 7;
const OUTPUTS = Array.from({ length: 17 }, (_, i) => i + 1);
const SCALES = [0, 1, 30, 1e4, 1e30];

interface Case {
  logits: ArrayLike<number>;
  label: number;
  targets: ArrayLike<number>;
  classWeights: ArrayLike<number>;
  weight: number;
  salt: number;
}

function randomCase(C: number, scale: number, weight: number): Case {
  const salt = C * 7 + SCALES.indexOf(scale);
  return {
    logits: randomFloats(C, salt, scale),
    label: (salt * 5) % C,
    // From 0 to 1, many at either end.
    targets: randomFloats(C, salt + 1, 1).map((y) => Math.max(0, Math.min(1, 2 * y))),
    classWeights: Array.from({ length: C }, (_, k) => ((k + 2) % 4) / 2),
    weight,
    salt,
  };
}

const CASES = OUTPUTS.flatMap((C) =>
  SCALES.map((scale, i) => randomCase(C, scale, [1, 2.5, 0][(C + i) % 3])),
);

function run(kernels: Kernels, type: HeadType, c: Case) {
  const { salt } = c;
  const C = c.logits.length;
  const panels = Math.ceil(C / PANEL);
  // Other items' rows lie between.
  const panel = PANEL * (1 + (salt % 3));
  const size = (panels - 1) * panel + PANEL;
  const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [
    { length: size, offset: salt & 3 },
    { length: size, offset: (salt + 1) & 3 },
    { length: C, offset: (salt + 2) & 3 },
    { length: C, offset: (salt + 3) & 3 },
    { length: C, offset: salt & 3 },
    1,
    1,
    { length: 2, alignment: 8 },
    { length: 2, alignment: 8 },
  ]);
  const [logits, dlogits, outputs, targets, classWeights, itemClass, hits, logSum, loss] = guarded.buffers;
  const indexOf = (k: number) => (k >> 3) * panel + (k & 7);
  for (let k = 0; k < C; k++) logits.floats[indexOf(k)] = c.logits[k];
  targets.floats.set(c.targets);
  classWeights.floats.set(c.classWeights);
  const given = [logits, targets, classWeights].map((buffer) => words(kernels, buffer).slice());
  const fresh = words(kernels, hits)[0];
  kernels.activate(type, outputs.address, itemClass.address, logSum.address, logits.address, panel * 4, C);
  kernels.itemLoss(
    ...[
      type,
      loss.address,
      hits.address,
      dlogits.address,
      outputs.address,
      itemClass.address,
      logSum.address,
    ],
    ...[logits.address, panel * 4, c.label, targets.address, classWeights.address, c.weight, C, COUNT],
  );
  guarded.assertIntact();
  expect([logits, targets, classWeights].map((buffer) => words(kernels, buffer))).toEqual(given);
  // Between the panels of an item lie the rows of others.
  const d = words(kernels, dlogits);
  for (let k = 0; k < size; k++)
    if (k % panel >= PANEL && d[k] !== fresh) throw new Error(`dlogits[${k}] written`);
  const float64 = ({ address }: { address: number }) =>
    new Float64Array(kernels.memory.buffer, address, 1)[0];
  return {
    written: [outputs, dlogits, hits, loss],
    outputs: outputs.floats,
    dlogits: Array.from({ length: panels * PANEL }, (_, k) => dlogits.floats[indexOf(k)]),
    itemClass: words(kernels, itemClass)[0] | 0,
    hits: words(kernels, hits)[0],
    logSum: float64(logSum),
    loss: float64(loss),
  };
}

function expectWithin(actual: number, expected: number, bound: number, what: string): void {
  if (!(Math.abs(actual - expected) <= bound)) {
    throw new Error(`${what} is ${actual}, expected ${expected} within ${bound}`);
  }
}

/** The gradients by the logits in float64, rounded once to float32; padding is zero. */
function expectGradients(actual: number[], expected: number[], rounding: number, what: string): void {
  for (const [k, d] of actual.entries()) {
    if (k >= expected.length) expect(d, `${what}, column ${k} is padding`).toBe(0);
    else expectWithin(d, expected[k], rounding + 2 ** -23 * Math.abs(expected[k]), `${what}, dlogits[${k}]`);
  }
}

await overBuilds(loadKernels, (kernels) => {
  test("softmax: probabilities, class, loss and gradients", () => {
    for (const c of CASES) {
      const logits = Array.from(c.logits);
      const what = `${logits.length} classes, salt ${c.salt}, weight ${c.weight}`;
      const got = run(kernels, HeadType.Softmax, c);
      const top = Math.max(...logits);
      const logSum = top + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - top), 0));
      const p = logits.map((z) => Math.exp(z - logSum));
      const weight = c.weight * c.classWeights[c.label];
      expect(got.itemClass, what).toBe(logits.indexOf(top));
      expect(got.hits, what).toBe(got.itemClass === c.label ? 1 : 0);
      // f64 throughout: a few roundings of the largest number there is.
      const bound = 4e-15 * (Math.abs(top) + 1);
      expectWithin(got.logSum, logSum, bound, what);
      expectWithin(got.loss, weight * (logSum - logits[c.label]), 2 * bound * weight, what);
      for (const [k, q] of p.entries()) expectWithin(got.outputs[k], q, 1.2e-7, `${what}, output ${k}`);
      const d = p.map((q, k) => ((q - (k === c.label ? 1 : 0)) * weight) / COUNT);
      expectGradients(got.dlogits, d, (1.2e-7 * weight) / COUNT, what);
    }
  });

  test("sigmoid: probabilities, hits, the mean cross-entropy and gradients", () => {
    for (const c of CASES) {
      const logits = Array.from(c.logits);
      const C = logits.length;
      const what = `${C} labels, salt ${c.salt}, weight ${c.weight}`;
      const got = run(kernels, HeadType.Sigmoid, c);
      const p = logits.map(sigmoid);
      // -log p = max(-z, 0) + log(1 + e^-|z|)
      const losses = logits.map(
        (z, k) => (1 - c.targets[k]) * z + Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
      );
      const most = logits.reduce((a, z) => Math.max(a, Math.abs(z)), 1);
      expectWithin(got.loss, (c.weight * losses.reduce((a, b) => a + b)) / C, 4e-15 * most * c.weight, what);
      expect(got.hits, what).toBe(p.filter((q, k) => q > 0.5 === c.targets[k] > 0.5).length);
      for (const [k, q] of p.entries()) expectWithin(got.outputs[k], q, 6e-8, `${what}, output ${k}`);
      const d = p.map((q, k) => ((q - c.targets[k]) * c.weight) / (C * COUNT));
      expectGradients(got.dlogits, d, 1e-15, what);
    }
  });

  test("linear: the logits themselves, the mean square and gradients; nothing is right or wrong", () => {
    for (const c of CASES) {
      const logits = Array.from(c.logits);
      const C = logits.length;
      const what = `${C} numbers, salt ${c.salt}, weight ${c.weight}`;
      const got = run(kernels, HeadType.Linear, c);
      const errors = logits.map((z, k) => z - c.targets[k]);
      const loss = (c.weight * errors.reduce((sum, e) => sum + e * e, 0)) / C;
      expectWithin(got.loss, loss, 4e-15 * loss, what);
      expect(got.hits, what).toBe(0);
      expect([...got.outputs], what).toEqual(logits);
      expectGradients(
        got.dlogits,
        errors.map((e) => (2 * e * c.weight) / (C * COUNT)),
        0,
        what,
      );
    }
  });

  describe("extremes of a softmax", () => {
    const of = (logits: number[], label = 0) =>
      run(kernels, HeadType.Softmax, {
        ...randomCase(logits.length, 1, 1),
        logits,
        label,
        classWeights: logits.map(() => 1),
      });

    test("of equal logits the first counts", () => {
      for (const C of OUTPUTS) expect(of(new Array(C).fill(-3)).itemClass).toBe(0);
      expect(of([0, 1, 5, 1, 0, 1, 1, 1, 5]).itemClass).toBe(2);
      expect(of([-0, 0, -0]).itemClass).toBe(0);
    });

    test("the last class of a third panel can win", () => {
      expect(of([...new Array(16).fill(0), 1]).itemClass).toBe(16);
    });

    test("a certain answer costs nothing, a certain error its distance", () => {
      const right = of([1e30, -1e30], 0);
      expect([right.loss, ...right.outputs]).toEqual([0, 1, 0]);
      const wrong = of([200, -200], 1);
      expect(wrong.loss).toBe(400);
      expect(wrong.dlogits.slice(0, 2)).toEqual([Math.fround(1 / COUNT), Math.fround(-1 / COUNT)]);
    });

    test("a class at minus infinity has probability 0", () => {
      const { outputs, loss } = of([1, Number.NEGATIVE_INFINITY, 1], 0);
      expect([...outputs]).toEqual([0.5, 0, 0.5]);
      expect(loss).toBeCloseTo(Math.log(2), 15);
    });

    test("one class is certain", () => {
      const { outputs, loss, dlogits } = of([-12.5]);
      expect([outputs[0], loss, dlogits[0]]).toEqual([1, 0, 0]);
    });
  });

  test("a sigmoid of large logits overflows nothing; a logit of 0 decides for no", () => {
    const of = (logits: number[], targets: number[]) =>
      run(kernels, HeadType.Sigmoid, { ...randomCase(logits.length, 1, 1), logits, targets });
    const wrong = of([1e30, -1e30, 1000], [0, 1, 1]);
    expect([...wrong.outputs]).toEqual([1, 0, 1]);
    expect(wrong.loss).toBe((Math.fround(1e30) - Math.fround(-1e30)) / 3);
    expect(wrong.hits).toBe(1);
    expect(of([0, 0, -0], [0, 0.5, 0.75]).hits).toBe(2);
  });

  test.each(
    [HeadType.Softmax, HeadType.Sigmoid, HeadType.Linear].map((type) => ({ type, name: HeadType[type] })),
  )("$name: a logit that is not finite makes the loss not finite", ({ type }) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const logits of [
        [0, value, 1],
        [value, 0, 1],
        [0, 1, value],
      ]) {
        // A certain yes that should be one costs nothing, so let all be no.
        const c = { ...randomCase(3, 1, 1), logits, targets: [0, 0, 0], label: 0, classWeights: [1, 1, 1] };
        expect(Number.isFinite(run(kernels, type, c).loss), `${logits}`).toBe(false);
      }
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const c of CASES) {
    for (const type of [HeadType.Softmax, HeadType.Sigmoid, HeadType.Linear]) {
      for (const buffer of run(kernels, type, c).written) {
        yield [`${HeadType[type]}, salt ${c.salt}, weight ${c.weight}`, words(kernels, buffer)];
      }
    }
  }
});
