// A seeded sample of single faults of the host: data, formats, metrics, configuration, checkpoints, training.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { counted } from "../figures.mjs";
import { hostMutants, sampled, tryHostMutants } from "../mutants/host-mutants.mjs";

const FOLDER = "test/trust/mutants/host";
const COUNT = 300;
const SHORT_COUNT = 3;
const SEED = 1;
/** Some mutants change nothing that can be seen; fewer caught than this share, and tests are missing. */
const LEAST_SHARE = 0.8;
/** So few that a survivor or two say nothing. */
const LEAST_SHARE_SHORT = 0.5;

export default {
  name: "host-mutants",
  promise:
    "Unit tests see single faults of the host (data, formats, metrics, configuration, checkpoints, training)",
  command: "npm run trust -- --only host-mutants",
  async run({ short, say }) {
    if (!existsSync(`${FOLDER}/node_modules`)) {
      say("installing the parser");
      execFileSync("npm", ["ci", "--silent", "--ignore-scripts", "--prefix", FOLDER]);
    }
    const all = await hostMutants();
    const results = await tryHostMutants(sampled(all, short ? SHORT_COUNT : COUNT, SEED), {
      each: ({ name }, caught) => say(`${name}: ${caught ?? "SURVIVED"}`),
    });
    const seen = results.filter(([, caught]) => caught !== undefined).length;
    const share = seen / results.length;
    return {
      passed: share >= (short ? LEAST_SHARE_SHORT : LEAST_SHARE),
      figure:
        `${seen} of ${counted(results.length, "mutant")} caught (${Math.round(100 * share)} %), drawn from ` +
        `${all.length.toLocaleString("en-US")} by seed ${SEED}`,
    };
  },
};
