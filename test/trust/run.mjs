// npm run trust -- [--short] [--only NAME]... [--write]: every check of test/trust/checks, one after another but for those
// that go on beside the others in a process of their own, and a table.
// --write puts the table of the full run into docs/reliability.md; with --only, the rows of these checks alone.

import { fork } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { tableOf, today, writeTable } from "./table.mjs";

/** The order of the rows; checks it does not name come after these by their names. */
const ORDER = [
  "reference",
  "gradients",
  "known-answers",
  "same-bits",
  "browsers",
  "native",
  "relaxed",
  "kernels",
  "core-mutants",
  "host-mutants",
  "memory-faults",
  "disk-faults",
  "kills",
  "worker-faults",
  "signals",
  "clock",
  "soak",
  "crowd",
  "fuzz",
  "supply-chain",
  "node-lines",
];

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    write: { type: "boolean", default: false },
    minutes: { type: "string" },
  },
});
if (values.write && values.short)
  throw new RangeError("--write takes the full run's figures, not those of --short");
if (values.minutes !== undefined && !(Number(values.minutes) > 0)) {
  throw new RangeError(`--minutes must be a number above 0, got ${values.minutes}`);
}

const checks = await readChecks();
const unknown = values.only.find((name) => !checks.some((check) => check.name === name));
if (unknown !== undefined) {
  throw new RangeError(`--only ${unknown}: expected one of ${checks.map(({ name }) => name).join(", ")}`);
}
const chosen = values.only.length > 0 ? checks.filter(({ name }) => values.only.includes(name)) : checks;
const begun = new Map(chosen.filter(({ apart }) => apart).map((check) => [check, runCheck(check)]));
const rows = [];
for (const check of chosen) rows.push(await (begun.get(check) ?? runCheck(check)));

console.log(`\n${tableOf(rows)}`);
if (values.write) {
  writeTable(
    rows,
    checks.map(({ command }) => command),
  );
}
process.exitCode = rows.every(({ passed }) => passed) ? 0 : 1;

async function readChecks() {
  const folder = new URL("checks/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".mjs"));
  const found = await Promise.all(files.map(async (file) => (await import(new URL(file, folder))).default));
  const place = ({ name }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return found.sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
}

async function runCheck({ name, promise, command, run, apart }) {
  const begin = performance.now();
  console.log(`${name}: ${promise}`);
  const say = (text) => console.log(`  ${name}: ${text}`);
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  const options = { short: values.short, minutes };
  let outcome;
  try {
    outcome = await (apart ? runApart(name, options, say) : run({ ...options, say }));
  } catch (error) {
    outcome = { passed: false, figure: String(error.message ?? error).split("\n")[0] };
    console.error(error);
  }
  const seconds = Math.round((performance.now() - begin) / 1000);
  console.log(`  ${name} ${outcome.passed ? "passed" : "FAILED"} in ${seconds} s: ${outcome.figure}`);
  return { promise, command, ...outcome, when: today() };
}

/** A check in a process of its own: nothing else is in its memory, and the others do not wait for it. */
function runApart(name, options, say) {
  const child = fork(new URL("apart.mjs", import.meta.url), [name, JSON.stringify(options)]);
  return new Promise((resolve, reject) => {
    child.on("message", ({ said, outcome }) => (outcome ? resolve(outcome) : say(said)));
    child.on("error", reject);
    child.on("exit", (code, signal) => reject(new Error(`its process ended with ${code ?? signal}`)));
  });
}
