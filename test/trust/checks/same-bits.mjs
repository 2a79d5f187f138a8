// What must not change a bit: workers and their order, tiles, the layout of the batch, SIMD, over random models.

import { counted } from "../figures.mjs";
import { runTests } from "../vitest.mjs";

export default {
  name: "same-bits",
  promise:
    "Neither threads, their order, tiles, the batch's layout, other batches before nor SIMD change a bit",
  command: "npm run trust -- --only same-bits",
  async run({ short }) {
    const { tests, sums } = await runTests(["test/assembly/same-bits", "test/threads/same-bits"], {
      env: short ? { WASM_LSTM_TRIALS: "10" } : {},
    });
    return {
      passed: true,
      figure: `${counted(sums["pairs of bits"], "comparison")} of whole blocks of weights, gradients and results in ${tests} tests, all equal`,
    };
  },
};
