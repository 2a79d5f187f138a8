// Relaxed SIMD beside baseline over a whole training of the reference model: fused multiplications round once less.

import v8 from "node:v8";
import { createModel } from "wasm-lstm";
import { loadMnist } from "wasm-lstm/mnist";

/** Updates of the README's training, and of the short form. */
const UPDATES = 782;
const SHORT_UPDATES = 80;
/** What is promised: the largest difference of a batch's loss, and of the accuracy at the end. */
const OF_LOSS = 0.05;
const OF_ACCURACY = 0.005;

export default {
  name: "relaxed",
  promise: `Relaxed SIMD trains as baseline does: losses within ${OF_LOSS}, accuracy at the end within ${100 * OF_ACCURACY} points`,
  command: "npm run trust -- --only relaxed",
  async run({ short, say }) {
    // Node 20 has it behind a flag.
    v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
    const { train, test } = await loadMnist();
    const updates = short ? SHORT_UPDATES : UPDATES;
    const outcomes = [];
    for (const build of ["simd", "relaxed"]) {
      say(`${updates} updates of the reference model on ${build}`);
      const model = await createModel({
        ...{ timeSteps: 28, features: 28, projectionUnits: 128, units: 128, classes: 10, batchSize: 64 },
        ...{ build, threads: 1 },
      });
      const losses = [];
      await model.fit(train, { updates, onUpdate: ({ loss }) => losses.push(loss) });
      const { accuracy } = await model.evaluate(test);
      const weights = [...(await model.weights()).values()].flatMap(({ data }) => [...data]);
      outcomes.push({ losses, accuracy, weights });
      model.close();
    }
    const [simd, relaxed] = outcomes;
    const ofLoss = Math.max(...simd.losses.map((loss, k) => Math.abs(loss - relaxed.losses[k])));
    const ofAccuracy = Math.abs(simd.accuracy - relaxed.accuracy);
    const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
    const ofWeights = norm(simd.weights.map((value, k) => value - relaxed.weights[k])) / norm(simd.weights);
    return {
      passed: ofWeights > 0 && ofLoss <= OF_LOSS && ofAccuracy <= OF_ACCURACY,
      figure:
        `${updates} updates: losses within ${ofLoss.toExponential(1)}, test accuracy ${simd.accuracy.toFixed(4)} and ` +
        `${relaxed.accuracy.toFixed(4)}, weights apart by ${ofWeights.toExponential(1)} of their norm`,
    };
  },
};
