// A check that things go wrong on purpose and end well: tests that count each fault they made.

import { counted } from "./figures.mjs";
import { runTests } from "./vitest.mjs";

/**
 * `fault`, `faults` in the plural: what the tests count. `times` is how often random ones happen, { full, short, variable }
 * with the variable of the environment that the tests read it from; undefined where the cases are given. `sample`: the
 * pattern of the tests that the short form runs, as `named` is of all.
 */
export function faultCheck({ name, promise, files, named, sample, fault, faults, times, told }) {
  return {
    name,
    promise,
    command: `npm run trust -- --only ${name}`,
    async run({ short }) {
      const wanted = times && (short ? times.short : times.full);
      const env = times ? { [times.variable]: String(wanted) } : {};
      const { sums } = await runTests(files, { named: (short && sample) || named, env });
      const count = sums[faults] ?? 0;
      return {
        passed: count > 0 && count >= (wanted ?? 0),
        figure: `${counted(count, fault)}, ${told}`,
      };
    },
  };
}
