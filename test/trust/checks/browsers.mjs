// Trainings that end at weights known to the bit, in real browsers, from the package as npm would publish it.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { runTests } from "../vitest.mjs";

const FOLDER = "test/package";

export default {
  name: "browsers",
  promise: "The same bits in Chromium and Firefox, on 1, 2 and 3 threads",
  command: "npm run trust -- --only browsers",
  async run({ short, say }) {
    if (!existsSync(`${FOLDER}/node_modules`)) {
      say("installing the browsers' drivers");
      execFileSync("npm", ["ci", "--silent", "--ignore-scripts", "--prefix", FOLDER]);
    }
    const { tests, sums } = await runTests(["browsers.test"], {
      config: `${FOLDER}/vitest.config.ts`,
      named: short ? "known answers: the simd build on 2" : "known answers|the published bits",
    });
    return {
      passed: sums.answers > 0,
      figure: `${sums.answers} hashes of weights equal to Node's, in ${tests} tests of ${versions().join(" and ")}`,
    };
  },
};

function versions() {
  return ["chromium", "firefox-esr"].map((program) => {
    const text = execFileSync(program, ["--version"], { encoding: "utf8" });
    const [, name, version] = /(Chromium|Firefox) ([\d.]+)/.exec(text);
    return `${name} ${version}`;
  });
}
