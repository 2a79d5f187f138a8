// node test/trust/mutants/run.mjs [--only TEXT] [--every K] [--write]: tries the core's mutants, those whose name has the
// text in it or every K-th; --write puts the table of all into docs/reliability-mutants.md.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MUTANTS } from "./core/index.mjs";
import { everyMutant, tryCoreMutants } from "./core-mutants.mjs";
import { PROJECT } from "./sandbox.mjs";

const { values } = parseArgs({
  options: { only: { type: "string" }, every: { type: "string", default: "1" }, write: { type: "boolean" } },
});
const { only, every, write } = values;
const mutants =
  only === undefined ? everyMutant(Number(every)) : MUTANTS.filter(({ name }) => name.includes(only));
if (mutants.length === 0) throw new RangeError(`no mutant for --only ${only} --every ${every}`);
if (write && mutants.length < MUTANTS.length) throw new RangeError("--write needs all mutants");

const say = ({ caught, error }) => caught ?? (error ? `ERROR ${error}` : "SURVIVED");
const results = await tryCoreMutants(mutants, {
  each: (mutant, result) => console.log(`${mutant.name} | ${say(result)}`),
});
const caught = results.filter((result) => result.caught).length;
console.log(`${caught} of ${results.length} mutants of the core were caught`);
if (write) writeFileSync(join(PROJECT, "docs/reliability-mutants.md"), table());
if (caught < results.length) process.exitCode = 1;

function table() {
  const rows = results.map(
    ({ mutant, ...result }) => `| ${cell(mutant.name)} | ${cell(say(result).replace("test/", ""))} |`,
  );
  return [
    "# Mutants of the core",
    "",
    "One deliberate fault each, in `test/trust/mutants/core/`, built as users' `simd.wasm` is and given to the tests that",
    "should see it, until one is red. `node test/trust/mutants/run.mjs --write` makes this page.",
    "",
    `${caught} of ${results.length} were caught.`,
    "",
    "| mutant | caught by (under `test/`) |",
    "| --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function cell(text) {
  return text.replaceAll("|", "\\|");
}
