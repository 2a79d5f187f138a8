// The fuzzers: damaged files of every format, hostile options, calls and command lines.

import { counted } from "../figures.mjs";
import { runTests } from "../vitest.mjs";

const CASES = 100_000;
const SHORT_CASES = 2000;
const SEED = 1;

export default {
  name: "fuzz",
  promise:
    "Any file, option, call or command line is taken or refused by name: no crash, no hang, little memory",
  command: "npm run test:fuzz",
  async run({ short, say }) {
    const cases = short ? SHORT_CASES : CASES;
    say(`seed ${SEED}`);
    const { tests } = await runTests([], {
      config: "test/fuzz/vitest.config.ts",
      env: { FUZZ_CASES: String(cases), FUZZ_SEED: String(SEED) },
    });
    return {
      passed: true,
      figure: `${counted(tests, "fuzzer")}, ${cases.toLocaleString("en")} cases for each format and kind of call, seed ${SEED}`,
    };
  },
};
