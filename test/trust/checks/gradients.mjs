// One update of the core against the float64 reference, over random models of the whole family, on every build.

import { counted } from "../figures.mjs";
import { runTests } from "../vitest.mjs";

export default {
  name: "gradients",
  promise:
    "Loss, accuracy and gradients of the core are the reference's: any layers, lengths, heads, dropout, sizes",
  command: "npm run trust -- --only gradients",
  async run({ short }) {
    const trials = short ? 100 : 1000;
    const { sums, largest } = await runTests(["test/assembly/step.test"], {
      named: "and gradients agree",
      env: { WASM_LSTM_TRIALS: String(trials) },
    });
    const models = sums["models against the reference"];
    return {
      passed: models >= 3 * trials,
      figure:
        `${counted(trials, "random model")} on scalar, simd and relaxed each, ${trials / 5} on debug; worst error ` +
        `${(100 * largest["share of the tolerance"]).toFixed(0)} % of 2e-5 of the tensor's largest gradient + 4e-6 of the model's`,
    };
  },
};
