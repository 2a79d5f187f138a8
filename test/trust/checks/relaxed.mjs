// Relaxed SIMD beside baseline over a whole training of the reference model: fused multiplications round once less.

import v8 from "node:v8";
import { createModel } from "wasm-lstm";
import { loadMnist } from "wasm-lstm/mnist";

/** Updates of the README's training, and of the short form. */
const UPDATES = 782;
const SHORT_UPDATES = 80;
/** What is promised of a whole training: the difference of the mean loss, and of the accuracy at the end. */
const OF_LOSS = 0.01;
const OF_ACCURACY = 0.005;
/** And that the weights part by no more than so many times what one rounding of the initial weights makes. */
const OF_ROUNDING = 4;

export default {
  name: "relaxed",
  promise:
    `Relaxed SIMD trains as baseline does: mean loss within ${OF_LOSS}, accuracy at the end within ` +
    `${100 * OF_ACCURACY} points, and it drifts as one rounding of the initial weights makes baseline drift`,
  command: "npm run trust -- --only relaxed",
  async run({ short, say }) {
    // Node 20 has it behind a flag.
    v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
    const data = await loadMnist();
    const updates = short ? SHORT_UPDATES : UPDATES;
    say(`three trainings of ${updates} updates of the reference model`);
    const baseline = await trained(data, updates, { build: "simd" });
    const relaxed = await trained(data, updates, { build: "relaxed" });
    const moved = await trained(data, updates, { build: "simd", rounded: true });
    const ofLoss = Math.abs(mean(baseline.losses) - mean(relaxed.losses));
    const ofAccuracy = Math.abs(baseline.accuracy - relaxed.accuracy);
    const drift = distance(baseline.weights, relaxed.weights);
    const ofRounding = distance(baseline.weights, moved.weights);
    return {
      passed: ofLoss <= OF_LOSS && ofAccuracy <= OF_ACCURACY && drift <= OF_ROUNDING * ofRounding,
      figure:
        `${updates} updates: mean losses ${ofLoss.toExponential(1)} apart, test accuracy ` +
        `${baseline.accuracy.toFixed(4)} and ${relaxed.accuracy.toFixed(4)}, weights ${drift.toExponential(1)} of their ` +
        `norm apart, by one rounding ${ofRounding.toExponential(1)}`,
    };
  },
};

async function trained({ train, test }, updates, { build, rounded = false }) {
  const model = await createModel({
    ...{ timeSteps: 28, features: 28, projectionUnits: 128, units: 128, classes: 10, batchSize: 64 },
    ...{ build, threads: 1 },
  });
  if (rounded) {
    const weights = await model.weights();
    for (const { data } of weights.values()) for (let k = 0; k < data.length; k++) data[k] *= 1 + 2 ** -23;
    await model.setWeights(weights);
  }
  const losses = [];
  await model.fit(train, { updates, onUpdate: ({ loss }) => losses.push(loss) });
  const { accuracy } = await model.evaluate(test);
  const weights = [...(await model.weights()).values()].flatMap(({ data }) => [...data]);
  model.close();
  return { losses, accuracy, weights };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** As a share of the norm of `a`. */
function distance(a, b) {
  return norm(a.map((value, k) => value - b[k])) / norm(a);
}

function norm(values) {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}
