// The reference model, trained a little, as an ONNX file: onnxruntime and the library give the
// same probabilities for 1,000 test images of MNIST.

import { expect, test } from "vitest";
import { checkDescription } from "../../src/formats/models/description.ts";
import { encodeOnnx } from "../../src/formats/models/onnx-write.ts";
import { library, mnistLoader } from "./built-library.ts";
import { runOnnx } from "./onnxruntime.ts";

const IMAGES = 1000;
const [T, I, C] = [28, 28, 10];
const BOUND = 1e-5;

test(`of ${IMAGES} images`, { timeout: 300_000 }, async () => {
  const { createModel } = await library();
  const { loadMnist } = await mnistLoader();
  const data = await loadMnist();
  const description = checkDescription(
    { timeSteps: T, features: I, projectionUnits: 128, layers: [{ units: 128 }], head: { units: C } },
    "reference",
  );
  const { layers, head } = description;
  const sizes = { timeSteps: T, features: I, projectionUnits: 128 };
  const model = await createModel({ ...sizes, layers: [...layers], head, seed: 3 });
  await model.fit(data.train, { updates: 60 });
  const x = new Float32Array(IMAGES * T * I);
  for (let i = 0; i < IMAGES; i++) data.test.copyRow(i, x, i * T * I);
  const { probabilities } = await model.predict(x);
  const { accuracy } = await model.evaluate(data.test.slice(0, IMAGES));
  const { bytes } = encodeOnnx({ description, tensors: await model.weights(), metadata: {} });
  model.close();

  const theirs = await runOnnx(bytes, x, [IMAGES, T, I]);
  const farthest = theirs.reduce((far, value, i) => Math.max(far, Math.abs(value - probabilities[i])), 0);
  expect(theirs.length).toBe(IMAGES * C);
  expect(accuracy).toBeGreaterThan(0.4); // of trained weights: their answers are all but alike
  expect(farthest).toBeLessThanOrEqual(BOUND);
});
