// The reference model, trained a little, through a native file and an ONNX one: onnxruntime and the library give the
// same probabilities for 1,000 test images of MNIST.

import { expect, test } from "vitest";
import { encodeOnnx } from "../../src/formats/models/onnx-write.ts";
import { decodeSafetensorsModel } from "../../src/formats/models/safetensors-model.ts";
import { runOnnx } from "./onnxruntime.ts";

const IMAGES = 1000;
const [T, I, C] = [28, 28, 10];
const BOUND = 1e-5;

test(`of ${IMAGES} images`, { timeout: 300_000 }, async () => {
  const { createModel } = await built("index.js");
  const { loadMnist } = await built("data/mnist-data-loader.js");
  const data = await loadMnist();
  const reference = { timeSteps: T, features: I, projectionUnits: 128, units: 128, classes: C };
  const model = await createModel({ ...reference, seed: 3 });
  await model.fit(data.train, { updates: 60 });
  const x = new Float32Array(IMAGES * T * I);
  for (let i = 0; i < IMAGES; i++) data.test.copyRow(i, x, i * T * I);
  const { probabilities } = await model.predict(x);
  const { accuracy } = await model.evaluate(data.test.slice(0, IMAGES));
  const { bytes } = encodeOnnx(decodeSafetensorsModel(model.save(), "weights").model);
  model.close();

  const theirs = await runOnnx(bytes, x, [IMAGES, T, I]);
  const farthest = theirs.reduce((far, value, i) => Math.max(far, Math.abs(value - probabilities[i])), 0);
  expect(theirs.length).toBe(IMAGES * C);
  expect(accuracy).toBeGreaterThan(0.4); // of trained weights: their answers are all but alike
  expect(farthest).toBeLessThanOrEqual(BOUND);
});

// The part of the built package that is used here.
// biome-ignore lint/suspicious/noExplicitAny: the declarations are those of the sources, which are not built for tests
function built(file: string): Promise<any> {
  return import(/* @vite-ignore */ new URL(`../../dist/src/${file}`, import.meta.url).href);
}
