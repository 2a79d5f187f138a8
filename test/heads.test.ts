// What each head makes of a model's outputs: loss, accuracy and weights of items by their definitions, and that it learns.

import { describe, expect, test } from "vitest";
import type { Model, ModelOptions } from "../src/index.ts";
import { batchOf, expectTensorsWithin, newModel, referenceOf, weights64 } from "./support/models.ts";
import { lossAndGradients } from "./support/reference/index.ts";

type Head = NonNullable<ModelOptions["head"]>;
const HEADS: Head[] = [
  { type: "softmax", units: 5 },
  { type: "sigmoid", units: 3 },
  { type: "linear", units: 2 },
].flatMap((head) => [false, true].map((everyStep) => ({ ...head, everyStep }) as Head));

const N = 4;
const LENGTHS = [6, 0, 3, 1];

/** Loss and right decisions of each item, by the definitions, from what the head gives; items past an end left out. */
async function itemsOf(model: Model, x: Float32Array, targets: ArrayLike<number>, lengths?: number[]) {
  const { head, timeSteps: T } = model.config;
  const { values } = await model.predict(x, { lengths });
  const C = head.units;
  const items: { b: number; label: number; loss: number; hits: number; decisions: number }[] = [];
  for (let b = 0; b < N; b++) {
    for (let t = 0; t < (head.everyStep ? (lengths?.[b] ?? T) : 1); t++) {
      const i = head.everyStep ? b * T + t : b;
      const y = Array.from(values.subarray(i * C, (i + 1) * C));
      const own = Array.from({ length: C }, (_, k) => targets[i * C + k]);
      const mean = (of: (k: number) => number) => own.reduce((sum, _, k) => sum + of(k), 0) / C;
      if (head.type === "softmax") {
        const label = targets[i];
        const hits = y.indexOf(Math.max(...y)) === label ? 1 : 0;
        items.push({ b, label, loss: -Math.log(y[label]), hits, decisions: 1 });
      } else if (head.type === "sigmoid") {
        const loss = mean((k) => -own[k] * Math.log(y[k]) - (1 - own[k]) * Math.log(1 - y[k]));
        const hits = y.filter((p, k) => p > 0.5 === own[k] > 0.5).length;
        items.push({ b, label: 0, loss, hits, decisions: C });
      } else {
        items.push({ b, label: 0, loss: mean((k) => (y[k] - own[k]) ** 2), hits: 0, decisions: 0 });
      }
    }
  }
  return items;
}

describe.each(HEADS)("%o", (head) => {
  test.each([undefined, LENGTHS])("loss and accuracy are means over items, lengths %o", async (lengths) => {
    const model = await newModel({ head });
    const { x, targets } = batchOf(model, N);
    const items = await itemsOf(model, x, targets, lengths);
    const result = await model.evaluateOnBatch(x, targets, { lengths });
    const sum = (of: (item: (typeof items)[number]) => number) =>
      items.reduce((all, item) => all + of(item), 0);
    expect(result.loss).toBeCloseTo(sum(({ loss }) => loss) / items.length, 5);
    const share = sum(({ hits }) => hits) / sum(({ decisions }) => decisions);
    expect(result.accuracy).toBe(head.type === "linear" ? Number.NaN : share);
    expect(await model.trainOnBatch(x, targets, { lengths })).toEqual(result);
  });

  test("weights of sequences and classes scale the losses and do not divide them", async () => {
    const classWeights = head.type === "softmax" ? [0, 0.5, 1, 2, 3] : undefined;
    const model = await newModel({ head, classWeights });
    const { x, targets } = batchOf(model, N);
    const sampleWeights = [0, 0.5, 1, 4];
    for (const lengths of [undefined, LENGTHS]) {
      const items = await itemsOf(model, x, targets, lengths);
      const weighted = (b: number, label: number, loss: number) =>
        sampleWeights[b] * (classWeights?.[label] ?? 1) * loss;
      const expected = items.reduce((sum, { b, label, loss }) => sum + weighted(b, label, loss), 0);
      const plain = await model.evaluateOnBatch(x, targets, { lengths });
      const reference = referenceOf(model, N);
      const weights = await weights64(model);
      const result = await model.trainOnBatch(x, targets, { lengths, sampleWeights });
      expect(result.loss).toBeCloseTo(expected / items.length, 5);
      expect(result.accuracy).toBe(plain.accuracy);
      const { gradients } = lossAndGradients(reference, weights, x, targets, { lengths, sampleWeights });
      expectTensorsWithin(await model.gradients(), gradients, 1e-5);
    }
  });

  test("no items: a loss of 0, no gradient", async () => {
    const model = await newModel({ head });
    const { x, targets } = batchOf(model, N);
    const trained = await model.trainOnBatch(x, targets, { lengths: [0, 0, 0, 0] });
    if (head.everyStep)
      expect(trained).toEqual({ loss: 0, accuracy: head.type === "linear" ? Number.NaN : 0 });
    for (const [name, { data }] of await model.gradients()) {
      const isHead = name.startsWith("head.bias") && !head.everyStep;
      expect(
        data.some((g) => g !== 0),
        name,
      ).toBe(isHead);
    }
  });

  test("weights of 0 give no loss and no gradient", async () => {
    const model = await newModel({ head });
    const { x, targets } = batchOf(model, N);
    const { loss } = await model.trainOnBatch(x, targets, { sampleWeights: [0, 0, 0, 0] });
    expect(loss).toBe(0);
    for (const { data } of (await model.gradients()).values()) expect(data.every((g) => g === 0)).toBe(true);
    // The next batch has weights of 1 again.
    const other = await newModel({ head });
    await other.setWeights(await model.weights());
    expect(await model.evaluateOnBatch(x, targets)).toEqual(await other.evaluateOnBatch(x, targets));
  });

  test("many updates on one batch learn it", async () => {
    const model = await newModel({ head, learningRate: 0.03 });
    const { x, targets } = batchOf(model, N);
    const first = await model.trainOnBatch(x, targets);
    for (let i = 0; i < 250; i++) await model.trainOnBatch(x, targets);
    const { loss, accuracy } = await model.evaluateOnBatch(x, targets);
    // Soft marks have a loss that nothing can better.
    const least = head.type === "sigmoid" ? entropyOf(targets) : 0;
    expect(loss - least).toBeLessThan((first.loss - least) / 10);
    if (head.type === "softmax") expect(accuracy).toBe(1);
  });
});

function entropyOf(marks: ArrayLike<number>): number {
  const of = (p: number) => (p > 0 ? -p * Math.log(p) : 0);
  return Array.from(marks, (p) => of(p) + of(1 - p)).reduce((a, b) => a + b, 0) / marks.length;
}
