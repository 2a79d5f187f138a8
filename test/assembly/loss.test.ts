// Softmax and cross-entropy against float64, at 1 to 17 classes and with logits far apart.

import { describe, expect, test } from "vitest";
import { layOutGuarded } from "../support/guard.ts";
import {
  expectBitsAcrossBuilds,
  type Kernels,
  loadKernels,
  randomFloats,
  words,
} from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";

const PANEL = 8;
const ROWS = 5;
// Rows outside [FIRST, LAST) belong to other workers.
const FIRST = 1;
const LAST = 4;
const N = 7;
const CLASSES = Array.from({ length: 17 }, (_, i) => i + 1);
const SCALES = [0, 1, 30, 1e4, 1e30];

interface Case {
  C: number;
  logits: Float32Array;
  labels: number[];
  salt: number;
}

function randomCase(C: number, scale: number): Case {
  const salt = C * 7 + SCALES.indexOf(scale);
  const labels = Array.from({ length: ROWS }, (_, row) => (row * 5 + salt) % C);
  return { C, logits: randomFloats(ROWS * C, salt, scale), labels, salt };
}

const CASES = CLASSES.flatMap((C) => SCALES.map((scale) => randomCase(C, scale)));

function run(kernels: Kernels, { C, logits: values, labels, salt }: Case) {
  const panels = Math.ceil(C / PANEL);
  const panel = ROWS * PANEL + 2 * (salt % 3);
  const doubles = { length: 2 * ROWS, alignment: 8 };
  const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [
    { length: panels * panel, offset: salt & 3 },
    { length: panels * panel, offset: (salt + 1) & 3 },
    { length: ROWS * C, offset: (salt + 2) & 3 },
    ROWS,
    ROWS,
    doubles,
    doubles,
  ]);
  const [logits, dlogits, probabilities, rowClass, label, logSum, rowLoss] = guarded.buffers;
  const floats = logits.floats;
  for (let row = 0; row < ROWS; row++) {
    for (let c = 0; c < C; c++) floats[(c >> 3) * panel + row * PANEL + (c & 7)] = values[row * C + c];
  }
  words(kernels, label).set(labels);
  kernels.softmax(
    probabilities.address,
    rowClass.address,
    logSum.address,
    logits.address,
    panel * 4,
    C,
    FIRST,
    LAST,
  );
  kernels.crossEntropy(
    rowLoss.address,
    dlogits.address,
    probabilities.address,
    logSum.address,
    logits.address,
    panel * 4,
    label.address,
    C,
    N,
    FIRST,
    LAST,
  );
  guarded.assertIntact();
  const float64 = ({ address }: { address: number }) =>
    new Float64Array(kernels.memory.buffer, address, ROWS);
  return {
    outputs: [probabilities, rowClass, logSum, dlogits, rowLoss],
    panel,
    probabilities: probabilities.floats,
    dlogits: dlogits.floats,
    classes: new Int32Array(kernels.memory.buffer, rowClass.address, ROWS),
    logSum: float64(logSum),
    rowLoss: float64(rowLoss),
  };
}

await overBuilds(loadKernels, (kernels) => {
  test.each(SCALES)("logits up to %d: probabilities, classes, losses and gradients", (scale) => {
    for (const C of CLASSES) {
      const c = randomCase(C, scale);
      const { panel, ...got } = run(kernels, c);
      for (let row = FIRST; row < LAST; row++) {
        const logits = Array.from(c.logits.subarray(row * C, (row + 1) * C));
        const top = Math.max(...logits);
        const logSum = top + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - top), 0));
        const where = `C ${C}, row ${row}`;
        expect(got.classes[row], where).toBe(logits.indexOf(top));
        // f64 throughout: a few roundings of the largest number there is.
        const bound = 4e-15 * (Math.abs(top) + 1);
        expect(Math.abs(got.logSum[row] - logSum), where).toBeLessThanOrEqual(bound);
        const loss = logSum - logits[c.labels[row]];
        expect(Math.abs(got.rowLoss[row] - loss), where).toBeLessThanOrEqual(2 * bound);
        for (let k = 0; k < panel; k++) {
          if (k >= Math.ceil(C / PANEL) * PANEL) break;
          const d = got.dlogits[(k >> 3) * panel + row * PANEL + (k & 7)];
          if (k >= C) {
            expect(d, `${where}, column ${k} is padding`).toBe(0);
            continue;
          }
          const p = Math.exp(logits[k] - logSum);
          expect(Math.abs(got.probabilities[row * C + k] - p), where).toBeLessThanOrEqual(1.2e-7);
          const expected = (p - (k === c.labels[row] ? 1 : 0)) / N;
          expect(Math.abs(d - expected), where).toBeLessThanOrEqual(1e-7);
        }
      }
    }
  });

  test("rows of other workers stay as they were", () => {
    for (const c of CASES) {
      const got = run(kernels, c);
      for (const row of [0, 4]) {
        expect(got.probabilities.subarray(row * c.C, (row + 1) * c.C).every(Number.isNaN)).toBe(true);
        expect(got.classes[row] >>> 0).toBe(0x7fa0f0f0);
        expect(got.dlogits.subarray(row * PANEL, (row + 1) * PANEL).every(Number.isNaN)).toBe(true);
      }
    }
  });

  describe("extremes", () => {
    const of = (C: number, row: number[], label = 0): Case => ({
      C,
      logits: Float32Array.from({ length: ROWS * C }, (_, i) => row[i % C]),
      labels: new Array(ROWS).fill(label),
      salt: 0,
    });

    test("of equal logits the first counts", () => {
      for (const C of CLASSES) expect(run(kernels, of(C, new Array(C).fill(-3))).classes[1]).toBe(0);
      expect(run(kernels, of(9, [0, 1, 5, 1, 0, 1, 1, 1, 5])).classes[1]).toBe(2);
      expect(run(kernels, of(3, [-0, 0, -0])).classes[1]).toBe(0);
    });

    test("the last class of a second panel can win", () => {
      expect(run(kernels, of(17, [...new Array(16).fill(0), 1])).classes[1]).toBe(16);
    });

    test("a certain answer costs nothing, a certain error its distance", () => {
      const right = run(kernels, of(2, [1e30, -1e30], 0));
      expect(right.rowLoss[1]).toBe(0);
      expect([...right.probabilities.subarray(2, 4)]).toEqual([1, 0]);
      const wrong = run(kernels, of(2, [200, -200], 1));
      expect(wrong.rowLoss[1]).toBe(400);
      expect([...wrong.dlogits.subarray(PANEL, PANEL + 2)]).toEqual([
        Math.fround(1 / N),
        Math.fround(-1 / N),
      ]);
    });

    test("a class at minus infinity has probability 0", () => {
      const { probabilities, rowLoss } = run(kernels, of(3, [1, Number.NEGATIVE_INFINITY, 1], 0));
      expect([...probabilities.subarray(3, 6)]).toEqual([0.5, 0, 0.5]);
      expect(rowLoss[1]).toBeCloseTo(Math.log(2), 15);
    });

    test.each([Number.NaN, Number.POSITIVE_INFINITY])("a logit of %d makes the loss not finite", (value) => {
      for (const row of [
        [0, value, 1],
        [value, 0, 1],
        [0, 1, value],
      ]) {
        expect(Number.isFinite(run(kernels, of(3, row, 0)).rowLoss[1])).toBe(false);
      }
    });

    test("one class is certain", () => {
      const { probabilities, rowLoss, dlogits } = run(kernels, of(1, [-12.5]));
      expect([probabilities[1], rowLoss[1], dlogits[PANEL]]).toEqual([1, 0, 0]);
    });
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const c of CASES) {
    const { outputs } = run(kernels, c);
    for (const buffer of outputs) yield [`C ${c.C}, salt ${c.salt}`, words(kernels, buffer)];
  }
});
