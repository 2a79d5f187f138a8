// Deliberate faults of the core, each built and given to the tests that should see it.

import { counted } from "../figures.mjs";
import { everyMutant, tryCoreMutants } from "../mutants/core-mutants.mjs";

const SHORT_EVERY = 48;

export default {
  name: "core-mutants",
  promise: "A test sees every single fault of the core: [by name](reliability-mutants.md)",
  command: "npm run trust -- --only core-mutants",
  async run({ short, say }) {
    const mutants = everyMutant(short ? SHORT_EVERY : 1);
    // That the tests are green without a mutant is what the suite says; the full run asks again.
    const results = await tryCoreMutants(mutants, {
      control: !short,
      each: ({ name }, { caught, error }) => say(`${name}: ${caught ?? error ?? "SURVIVED"}`),
    });
    const caught = results.filter((result) => result.caught);
    const files = new Set(caught.map((result) => result.caught.split(" > ")[0]));
    return {
      passed: caught.length === results.length,
      figure: `${caught.length} of ${counted(results.length, "mutant")} caught, by ${counted(files.size, "file")} of tests`,
    };
  },
};
