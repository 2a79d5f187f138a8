// The float64 reference, which everything else is held against, by central differences of its own loss.

import { counted } from "../figures.mjs";
import { runTests } from "../vitest.mjs";

export default {
  name: "reference",
  promise: "The gradients of the float64 reference are the slopes of its loss, by central differences",
  command: "npm run trust -- --only reference",
  async run({ short }) {
    const { sums, largest } = await runTests(["test/support/reference/backward"], {
      named: "slopes of the loss",
      env: { WASM_LSTM_TRIALS: short ? "20" : "100" },
    });
    const worst = largest["error of a slope"].toExponential(1);
    return {
      passed: sums.slopes > 0,
      figure: `${counted(sums.slopes, "slope")} of ${counted(sums.models, "random model")}, within 1e-6 + 1e-9; worst relative error ${worst}`,
    };
  },
};
