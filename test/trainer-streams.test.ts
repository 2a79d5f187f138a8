// Training on streams of sequences: the same updates as on a dataset of them, to the stream's end, and what is refused.

import { describe, expect, test } from "vitest";
import {
  Batches,
  type BatchSource,
  type BatchViews,
  type DataShape,
  type FitOptions,
  type LabelledSequence,
  type Model,
  type ModelOptions,
  StreamedBatches,
  type StreamedBatchesOptions,
} from "../src/index.ts";
import { batchOf, bitsOf, datasetOf, lengthsOf, newModel, rowsOf } from "./support/models.ts";

const COUNT = 12;
const LENGTHS = { lengths: Int32Array.from({ length: COUNT }, (_, i) => 1 + ((i * 5) % 6)) };

/** The sequences of datasetOf(model, COUNT, 1, LENGTHS), one by one. */
function sequencesOf(model: Model): LabelledSequence[] {
  const { head, features, timeSteps } = model.config;
  const { x, targets } = batchOf(model, COUNT);
  const each = targets.length / COUNT;
  return Array.from({ length: COUNT }, (_, i) => {
    const length = LENGTHS.lengths[i];
    const own = targets.subarray(i * each, (i + 1) * each);
    return {
      values: rowsOf(x, model, i, i + 1).subarray(0, length * features),
      [fieldOf(head)]: head.everyStep
        ? own.subarray(0, (length * each) / timeSteps)
        : head.type === "softmax"
          ? own[0]
          : own,
    };
  });
}

function fieldOf({ type, everyStep }: Model["config"]["head"]): "label" | "labels" | "target" | "targets" {
  if (type === "softmax") return everyStep ? "labels" : "label";
  return everyStep ? "targets" : "target";
}

function streamOf(model: Model, options: Partial<StreamedBatchesOptions> = {}): StreamedBatches {
  const { head, timeSteps, features } = model.config;
  const truth = head.type === "softmax" ? { classes: head.units } : { outputs: head.units };
  const sequences = sequencesOf(model);
  return new StreamedBatches(() => sequences, {
    ...{ timeSteps, features, everyStep: head.everyStep, ...truth },
    ...options,
  });
}

const HEADS: Partial<ModelOptions>[] = [
  {},
  { head: { units: 5, everyStep: true }, timeMajor: true },
  { head: { type: "sigmoid", units: 3 } },
  { head: { type: "linear", units: 2, everyStep: true } },
];

describe.each(HEADS)("%o", (options) => {
  test("a stream in order gives the updates of a dataset that is not shuffled", async () => {
    const [a, b] = [await newModel(options), await newModel(options)];
    const data = datasetOf(a, COUNT, 1, LENGTHS);
    // 12 sequences, 5 a batch, passes end within batches.
    const expected = await a.fit(data, { updates: 7, shuffle: false });
    expect(await b.fit(streamOf(b), { updates: 7 })).toEqual(expected);
    expect(bitsOf(await b.weights())).toEqual(bitsOf(await a.weights()));
  });
});

test("a stream that ends, ends the training; its last batch has what is left", async () => {
  const [a, b] = [await newModel(), await newModel()];
  const history = await a.fit(streamOf(a, { epochs: 2 }));
  expect(history.loss).toHaveLength(5);
  const { x, targets } = batchOf(b, COUNT);
  const twice = Array.from({ length: 2 * COUNT }, (_, i) => i % COUNT);
  for (let first = 0; first < 24; first += 5) {
    const rows = twice.slice(first, first + 5);
    const { loss } = await b.trainOnBatch(
      rows.flatMap((i) => [...rowsOf(x, b, i, i + 1)]),
      rows.map((i) => targets[i]),
      { lengths: rows.map((i) => LENGTHS.lengths[i]) },
    );
    expect(loss).toBe(history.loss[first / 5]);
  }
  expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
  expect(a.updates).toBe(5);
});

test("a stream that has ended already makes no update; one that goes on stops at the updates asked for", async () => {
  const model = await newModel();
  const stream = streamOf(model, { epochs: 1 });
  await model.fit(stream);
  expect((await model.fit(stream)).loss).toEqual([]);
  expect((await model.fit(streamOf(model), { updates: 4 })).loss).toHaveLength(4);
});

test("validation, patience and restoreBest work on streams as on datasets", async () => {
  const [a, b] = [await newModel({ learningRate: 0.05 }), await newModel({ learningRate: 0.05 })];
  const options = {
    ...{ updates: 400, validateEvery: 3, patience: 3, restoreBest: true },
    validationData: datasetOf(a, 7, 9),
  };
  const expected = await a.fit(datasetOf(a, COUNT, 1, LENGTHS), { ...options, shuffle: false });
  expect(await b.fit(streamOf(b), options)).toEqual(expected);
  expect(expected.loss.length).toBeLessThan(400);
  expect(bitsOf(await b.weights())).toEqual(bitsOf(await a.weights()));
});

test("what else is done with the model while a batch is read leaves the batch alone", async () => {
  const [a, b] = [await newModel(), await newModel()];
  const expected = await a.fit(streamOf(a), { updates: 4 });
  const { x, targets } = batchOf(b, 4, 7);
  const sequences = sequencesOf(b);
  // Between any two sequences someone predicts and evaluates.
  const disturbed = streamOf(b);
  const open = async function* () {
    for (const sequence of sequences) {
      yield sequence;
      await b.predict(x, { lengths: [1, 2, 3, 4] });
      await b.evaluateOnBatch(x, targets, { sampleWeights: [0, 1, 2, 3] });
    }
  };
  const { shape } = disturbed;
  const source = new StreamedBatches(open, { timeSteps: 6, features: 4, classes: shape.outputs });
  expect(await b.fit(source, { updates: 4 })).toEqual(expected);
  expect(bitsOf(await b.weights())).toEqual(bitsOf(await a.weights()));
});

test("an error of the stream is the training's, and the model goes on", async () => {
  const model = await newModel();
  const sequences = sequencesOf(model);
  const open = function* () {
    yield* sequences.slice(0, 7);
    throw new Error("the file is gone");
  };
  const source = new StreamedBatches(open, { timeSteps: 6, features: 4, classes: 5 });
  await expect(model.fit(source)).rejects.toThrow("the file is gone");
  expect(model.updates).toBe(1);
  expect((await model.fit(streamOf(model), { updates: 2 })).loss).toHaveLength(2);
});

test("a Batches of the caller's is a source too, and is left where it stands", async () => {
  const [a, b] = [await newModel(), await newModel()];
  const data = datasetOf(a, COUNT);
  const expected = await a.fit(data, { updates: 6, seed: 4 });
  const batches = new Batches(data, { seed: 4 });
  const [first, second] = [await b.fit(batches, { updates: 2 }), await b.fit(batches, { updates: 4 })];
  expect([...first.loss, ...second.loss]).toEqual(expected.loss);
});

/** A source of anyone's: batches of 5, after `change` has had its way. */
function sourceOf(model: Model, change: (views: Required<BatchViews>) => unknown): BatchSource {
  const data = datasetOf(model, 5, 1, {
    lengths: lengthsOf(model, 5),
    sampleWeights: new Float32Array(5).fill(1),
  });
  const batches = new Batches(data, { shuffle: false });
  return {
    shape: { ...shapeOf(data), name: "mine" },
    nextInto(views, n) {
      const given = batches.nextInto(views, n);
      return (change(views as Required<BatchViews>) ?? given) as number;
    },
  };
}

function shapeOf({ name, timeSteps, features, truth, everyStep, outputs }: DataShape): DataShape {
  return { name, timeSteps, features, truth, everyStep, outputs, hasLengths: true, hasSampleWeights: true };
}

test.each<[string, (views: Required<BatchViews>) => unknown, string]>([
  [
    "a class that is none",
    ({ labels }) => void labels.fill(5, 2, 3),
    "labels[2] must be a whole number from 0 to 4, got 5",
  ],
  [
    "a length beyond the steps",
    ({ lengths }) => void lengths.fill(7, 4),
    "lengths[4] must be a whole number from 0 to 6, got 7",
  ],
  [
    "a value that is none",
    ({ x }) => void x.fill(Number.NaN, 30, 31),
    "x[30] must be a finite number, got NaN",
  ],
  [
    "a weight below 0",
    ({ sampleWeights }) => void sampleWeights.fill(-1, 0, 1),
    "sampleWeights[0] must be a finite float32 from 0, got -1",
  ],
  [
    "more sequences than were asked for",
    () => 6,
    "number of sequences of mine must be a whole number from 0 to 5, got 6",
  ],
  ["no number", () => "5", "number of sequences of mine must be a whole number from 0 to 5, got 5"],
])("a source that gives %s is refused before anything changes", async (_name, change, message) => {
  const model = await newModel();
  await expect(model.fit(sourceOf(model, change), { updates: 1 })).rejects.toThrow(new RangeError(message));
  expect(model.updates).toBe(0);
});

test.each<[FitOptions | ((model: Model) => FitOptions), Error]>([
  [{ epochs: 2 }, new TypeError("epochs need a dataset: a stream knows its own")],
  [
    (model) => ({ validationData: datasetOf(model, 3) }),
    new TypeError("validationData needs validateEvery when training on a stream"),
  ],
  [
    {
      resume: { done: 1, batches: { random: [1], order: [0], cursor: 0, epochsCompleted: 0, shuffle: true } },
    },
    new TypeError("resume needs training on a dataset, got a stream"),
  ],
])("%o is refused", async (options, error) => {
  const model = await newModel();
  const given = typeof options === "function" ? options(model) : options;
  await expect(model.fit(streamOf(model), given)).rejects.toThrow(error);
  await expect(model.fit(streamOf(model), given)).rejects.toBeInstanceOf(TypeError);
});

test("a stream cannot say where it stands", async () => {
  const model = await newModel();
  const checkpoints: Promise<unknown>[] = [];
  await model.fit(streamOf(model), {
    updates: 1,
    onUpdate: ({ checkpoint }) => checkpoints.push(checkpoint().catch((error) => error)),
  });
  expect(await checkpoints[0]).toEqual(
    new TypeError("a checkpoint needs training on a dataset: a stream cannot say where it stands"),
  );
});

test("a stream of another shape is refused, both named", async () => {
  const model = await newModel();
  const other = await newModel({ features: 3, head: { type: "linear", units: 5 } });
  await expect(model.fit(streamOf(other))).rejects.toThrow(
    new RangeError("stream has sequences of [6, 3], the model takes [6, 4]"),
  );
  const numbers = await newModel({ head: { type: "linear", units: 5 } });
  await expect(model.fit(streamOf(numbers))).rejects.toThrow(
    new RangeError("stream has 5 targets a sequence, the model gives 5 classes a sequence"),
  );
});

test("marks of a stream lie from 0 to 1", async () => {
  const model = await newModel({ head: { type: "sigmoid", units: 1 } });
  const sequence = { values: [[1, 2, 3, 4]], target: [2] };
  const source = new StreamedBatches(() => [sequence], { timeSteps: 6, features: 4, outputs: 1 });
  await expect(model.fit(source, { updates: 1 })).rejects.toThrow(
    new RangeError("targets[0] must be a number from 0 to 1, got 2"),
  );
});
