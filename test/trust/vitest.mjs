// Runs files of tests with vitest and says how many there were and what they counted (test/support/tally.ts).

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Of one test, so that a full run's sizes and a busy machine do not end it. */
const LONGEST_MS = 1_800_000;
const VITEST = "node_modules/vitest/vitest.mjs";

/**
 * `files` are paths or parts of them; `named` restricts to tests whose names match it. `node` is the command that runs
 * it, this Node unless given. Throws an Error with the first failed test when one failed or none was there.
 * Returns { tests, skipped, sums, largest }.
 */
export async function runTests(files, { named, config, env = {}, node = [process.execPath] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "wasm-lstm-trust-"));
  try {
    const [report, counts] = [join(folder, "report.json"), join(folder, "counts")];
    const args = [
      VITEST,
      "run",
      "--reporter=json",
      `--outputFile=${report}`,
      `--testTimeout=${LONGEST_MS}`,
      ...files,
    ];
    if (named) args.push("-t", named);
    if (config) args.push("--config", config);
    const said = await finished([...node, ...args], { ...process.env, WASM_LSTM_TALLY: counts, ...env });
    return outcome(readIf(report), readIf(counts), said);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function outcome(report, counts, said) {
  if (report === undefined) throw new Error(`vitest did not report: ${said.slice(-2000)}`);
  const { numPassedTests, numFailedTests, numPendingTests, success, testResults } = JSON.parse(report);
  const failed = testResults.find(({ status }) => status === "failed");
  if (!success || numFailedTests > 0 || failed) {
    const test = failed?.assertionResults.find(({ status }) => status === "failed");
    const what = test
      ? `${test.fullName}: ${test.failureMessages[0]}`
      : `${failed?.name}: ${failed?.message}`;
    throw new Error(`${numFailedTests} tests failed, the first of them ${what}`);
  }
  if (numPassedTests === 0) throw new Error(`no test ran: ${said.slice(-2000)}`);
  const lines = (counts ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return {
    tests: numPassedTests,
    skipped: numPendingTests,
    sums: merged(
      lines.map(({ sums }) => sums),
      (a, b) => a + b,
    ),
    largest: merged(
      lines.map(({ largest }) => largest),
      Math.max,
    ),
  };
}

function merged(parts, join) {
  const whole = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) {
      whole[name] = name in whole ? join(whole[name], value) : value;
    }
  }
  return whole;
}

/** Runs a command to its end; returns what it printed. It may fail: the report says why. */
function finished([program, ...args], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (said += text));
    child.on("error", reject);
    child.on("close", () => resolve(said));
  });
}

function readIf(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  }
}
