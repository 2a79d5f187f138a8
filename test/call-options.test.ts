// What a model is asked to do with options that are wrong: refused by name, before anything happens.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Dataset } from "../src/data/dataset.ts";
import { createModel, type Model } from "../src/index.ts";

let model: Model;
const x = Float32Array.of(1, 2);
const data = Dataset.fromFloats({ values: x, timeSteps: 1, features: 2, labels: [1], classes: 2 });

beforeAll(async () => {
  model = await createModel({ timeSteps: 1, features: 2, units: 2, classes: 2 });
});
afterAll(() => model.close());

const call = (method: string, ...args: unknown[]) =>
  (model as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method](...args);

test.each([
  ["fit", [data, { epoch: 3 }], "unknown option epoch; did you mean epochs?"],
  ["fit", [data, null], "options must be an object, got null"],
  ["fit", [data, { shuffle: "no" }], "shuffle must be true or false, got no"],
  ["fit", [data, { signal: {} }], "signal must be an AbortSignal, got an object"],
  ["fit", [data, { onUpdate: 3 }], "onUpdate must be a function, got 3"],
  [
    "fit",
    [data, { validationData: [1] }],
    "validationData must be a Dataset of this library, got a list of 1",
  ],
  ["evaluate", [{}], "what is evaluated must be a Dataset of this library, got an object"],
  ["evaluate", [data, { Signal: 0 }], "unknown option Signal; did you mean signal?"],
  ["predict", [x, { length: [1] }], "unknown option length; did you mean lengths?"],
  ["trainOnBatch", [x, [1], { keepState: 1 }], "keepState must be true or false, got 1"],
  ["stream", [{ stream: 2 }], "unknown option stream; did you mean streams?"],
  ["save", [{ dialects: "keras" }], "unknown option dialects; did you mean dialect?"],
  ["save", [{ metadata: "a" }], 'metadata must be an object, got "a"'],
  ["setWeights", [{}], "weights: expected a Map of tensors, got an object"],
  ["predict", [{ length: 2 ** 40 }], "x[1099511627775] must be a number, got undefined"],
  ["predict", [["1", 2]], "x[0] must be a finite number, got 1"],
] as const)("%s %j", async (method, args, message) => {
  const before = await model.weights();
  await expect(call(method, ...args)).rejects.toThrow(message);
  expect(await model.weights()).toEqual(before);
  expect(model.updates).toBe(0);
});

test("a hole in the list of layers is refused", async () => {
  const layers = new Array(2);
  layers[0] = { units: 2 };
  await expect(createModel({ timeSteps: 1, features: 2, layers, classes: 2 })).rejects.toThrow(
    "layers[1] must be an object, got undefined",
  );
});
