// Evaluations of datasets for every head: counted by hand from what the model gives for each sequence.

import { describe, expect, test } from "vitest";
import { Dataset, type Evaluation, type Model, type ModelOptions, wilsonInterval } from "../src/index.ts";
import { batchOf, datasetOf, lengthsOf, newModel, referenceOf, weights64 } from "./support/models.ts";
import { lossAndGradients } from "./support/reference/index.ts";

type Head = NonNullable<ModelOptions["head"]>;

/** Items that count, each with its truth and what the model gives for it. */
async function itemsOf(model: Model, count: number, lengths?: Int32Array) {
  const { head, timeSteps: T } = model.config;
  const { x, targets } = batchOf(model, count, 3);
  const { values, classes } = await model.predict(x, { lengths });
  const C = head.units;
  const indices = Array.from({ length: head.everyStep ? count * T : count }, (_, i) => i).filter(
    (i) => !head.everyStep || i % T < (lengths?.[Math.floor(i / T)] ?? T),
  );
  const row = (of: ArrayLike<number>, i: number) => Array.from({ length: C }, (_, k) => of[i * C + k]);
  return indices.map((i) => ({
    ...{ label: targets[i], predicted: classes[i] },
    ...{ targets: row(targets, i), values: row(values, i) },
  }));
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const share = (of: number, by: number) => (by === 0 ? 0 : of / by);

function expectClasses(evaluation: Evaluation, items: Awaited<ReturnType<typeof itemsOf>>, C: number): void {
  const confusion = Array.from({ length: C }, () => new Array<number>(C).fill(0));
  for (const { label, predicted } of items) confusion[label][predicted]++;
  const hits = items.filter(({ label, predicted }) => label === predicted).length;
  expect(evaluation).toMatchObject({ task: "classes", confusion, accuracy: share(hits, items.length) });
}

function expectMarks(evaluation: Evaluation, items: Awaited<ReturnType<typeof itemsOf>>, C: number): void {
  const outputs = Array.from({ length: C }, (_, k) => {
    const marks = items.map(({ targets, values }) => [targets[k] > 0.5, values[k] > 0.5]);
    const hits = marks.filter(([is, taken]) => is && taken).length;
    const [support, taken] = [0, 1].map((which) => marks.filter((mark) => mark[which]).length);
    const [precision, recall] = [share(hits, taken), share(hits, support)];
    return { support, precision, recall, f1: share(2 * hits, taken + support) };
  });
  const right = items.map(({ targets, values }) =>
    mean(targets.map((target, k) => Number(target > 0.5 === values[k] > 0.5))),
  );
  expect(evaluation).toMatchObject({ task: "multi-label", outputs });
  expect(evaluation.accuracy).toBeCloseTo(mean(right), 12);
}

function expectNumbers(evaluation: Evaluation, items: Awaited<ReturnType<typeof itemsOf>>, C: number): void {
  if (evaluation.task !== "regression") throw new Error(evaluation.task);
  const scores = Array.from({ length: C }, (_, k) => {
    const errors = items.map(({ targets, values }) => values[k] - targets[k]);
    const middle = mean(items.map(({ targets }) => targets[k]));
    const squares = mean(errors.map((e) => e * e));
    const spread = mean(items.map(({ targets }) => (targets[k] - middle) ** 2));
    return { rmse: Math.sqrt(squares), mae: mean(errors.map(Math.abs)), r2: 1 - squares / spread };
  });
  expect(evaluation.outputs).toHaveLength(C);
  for (const [k, score] of scores.entries()) {
    for (const key of ["rmse", "mae", "r2"] as const) {
      expect(evaluation.outputs[k][key], `${key} of output ${k}`).toBeCloseTo(score[key], 6);
    }
  }
  expect(evaluation.r2).toBeCloseTo(mean(scores.map(({ r2 }) => r2)), 6);
  expect(evaluation.mae).toBeCloseTo(mean(scores.map(({ mae }) => mae)), 6);
  expect([evaluation.accuracy, ...evaluation.interval]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
}

const CHECKS = { softmax: expectClasses, sigmoid: expectMarks, linear: expectNumbers };

describe.each(
  [
    { type: "softmax", units: 5 },
    { type: "sigmoid", units: 3 },
    { type: "linear", units: 2 },
  ].flatMap((head) => [false, true].map((everyStep) => ({ ...head, everyStep }) as Required<Head>)),
)("%o", (head) => {
  test.each([2, 5, 12, 15])("%i sequences are counted as they are predicted", async (count) => {
    const model = await newModel({ head });
    const lengths = lengthsOf(model, count, 2);
    lengths[0] = 6;
    for (const given of [undefined, lengths]) {
      const items = await itemsOf(model, count, given);
      const evaluation = await model.evaluate(datasetOf(model, count, 3, { lengths: given }));
      expect(evaluation).toMatchObject({ count, items: items.length });
      CHECKS[head.type](evaluation, items, head.units);
      const { x, targets } = batchOf(model, count, 3);
      const reference = referenceOf(model, count);
      const { loss } = lossAndGradients(reference, await weights64(model), x, targets, { lengths: given });
      expect(evaluation.loss).toBeCloseTo(loss, 6);
      if (head.type === "softmax" && !head.everyStep) {
        const hits = items.filter(({ label, predicted }) => label === predicted).length;
        expect(evaluation.interval).toEqual(wilsonInterval(hits, count));
      }
    }
  });

  test("losses are weighted as in training, and what comes after is not", async () => {
    const model = await newModel({ head });
    const sampleWeights = Float32Array.from({ length: 7 }, (_, i) => i / 2);
    const { x, targets } = batchOf(model, 7, 3);
    const before = await model.evaluate(datasetOf(model, 7, 3));
    const evaluation = await model.evaluate(datasetOf(model, 7, 3, { sampleWeights }));
    const reference = lossAndGradients(referenceOf(model, 7), await weights64(model), x, targets, {
      sampleWeights,
    });
    expect(evaluation.loss).toBeCloseTo(reference.loss, 6);
    expect({ ...evaluation, loss: 0 }).toEqual({ ...before, loss: 0 });
    expect(await model.evaluate(datasetOf(model, 7, 3))).toEqual(before);
  });

  test("of nothing is empty", async () => {
    const model = await newModel({ head });
    const evaluation = await model.evaluate(datasetOf(model, 3).slice(0, 0));
    expect(evaluation).toMatchObject({ count: 0, items: 0, loss: 0 });
    if (head.type === "linear") expect(evaluation.accuracy).toBe(Number.NaN);
    else expect(evaluation).toMatchObject({ accuracy: 0, interval: [0, 1] });
  });
});

test("takes a dataset of fewer classes than the model knows", async () => {
  const model = await newModel();
  const { x } = batchOf(model, 3);
  const data = Dataset.fromFloats({ values: x, labels: [0, 1, 1], timeSteps: 6, features: 4, classes: 2 });
  expect(await model.evaluate(data)).toHaveProperty("confusion.length", 5);
});

test("a time-major model takes datasets as any other", async () => {
  const [model, timeMajor] = [await newModel(), await newModel({ timeMajor: true })];
  expect(await timeMajor.evaluate(datasetOf(model, 12))).toEqual(await model.evaluate(datasetOf(model, 12)));
});

test.each<[string, Partial<ModelOptions>, string]>([
  ["another shape", { features: 5 }, "dataset has sequences of [6, 5], the model takes [6, 4]"],
  ["more steps", { timeSteps: 7 }, "dataset has sequences of [7, 4], the model takes [6, 4]"],
  ["more classes", { classes: 6 }, "dataset has 6 classes a sequence, the model gives 5 classes a sequence"],
  [
    "classes of steps",
    { head: { units: 5, everyStep: true } },
    "dataset has 5 classes a step, the model gives 5 classes a sequence",
  ],
  [
    "numbers",
    { head: { type: "linear", units: 2 } },
    "dataset has 2 targets a sequence, the model gives 5 classes a sequence",
  ],
])("a dataset of %s is refused, both shapes named", async (_name, options, message) => {
  const model = await newModel();
  const data = datasetOf(await newModel(options), 3);
  for (const call of [model.evaluate(data), model.fit(data)]) {
    await expect(call).rejects.toThrow(new RangeError(message));
    await expect(call).rejects.toBeInstanceOf(RangeError);
  }
});

test("numbers need as many outputs, marks lie from 0 to 1, and there must be a truth", async () => {
  const model = await newModel({ head: { type: "sigmoid", units: 2 } });
  const parts = { values: new Float32Array(48), timeSteps: 6, features: 4 };
  const refused = async (data: Dataset, message: string) => {
    for (const call of [model.evaluate(data), model.fit(data)]) {
      await expect(call).rejects.toThrow(new RangeError(message));
    }
  };
  await refused(
    Dataset.fromFloats({ ...parts, targets: [0, 1], outputs: 1 }),
    "dataset has 1 targets a sequence, the model gives 2 targets a sequence",
  );
  await refused(
    Dataset.fromFloats({ ...parts, targets: [0, 1, 2, 0], outputs: 2 }),
    "dataset: target 0 at sample 1 must be a number from 0 to 1, got 2",
  );
  await refused(
    Dataset.fromFloats(parts),
    "dataset has neither labels nor targets, the model gives 2 targets a sequence",
  );
});

test("a signal stops an evaluation, with its reason", async () => {
  const model = await newModel();
  const reason = new Error("enough");
  await expect(model.evaluate(datasetOf(model, 12), { signal: AbortSignal.abort(reason) })).rejects.toBe(
    reason,
  );
});
