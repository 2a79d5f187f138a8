// Runs test files in a sandbox until one test is red.

import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A mutant that keeps its tests busy for so long does not end. */
const LIMIT_MS = 240_000;

/** What stands behind a file of tests in place of a test's name when none could begin. */
export const DOES_NOT_LOAD = "(does not load)";

/**
 * Runs `files` (paths in the sandbox), all tests or those whose full name matches `pattern`. Gives the tests that were
 * run and the first that failed, "file > test", "file (does not load)" or "(does not end)"; undefined when all passed.
 */
export async function firstRed(sandbox, files, pattern) {
  const report = join(sandbox.folder, "report.json");
  rmSync(report, { force: true });
  const args = [
    ...["node_modules/vitest/vitest.mjs", "run", "--config", "test/trust/mutants/vitest.config.ts"],
    ...[
      "--bail",
      "1",
      "--reporter",
      "json",
      "--outputFile",
      report,
      ...(pattern ? ["-t", pattern] : []),
      ...files,
    ],
  ];
  const { ended, said } = await run(args, sandbox.folder);
  if (!ended) return { tests: 0, red: `${files[0]} (does not end)` };
  if (!existsSync(report)) throw new Error(`vitest gave no report on ${files.join(" ")}:\n${said}`);
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  const run_ = testResults.flatMap(({ assertionResults }) => assertionResults).filter(wasRun);
  return { tests: run_.length, red: testResults.map((file) => redOf(file, sandbox.folder)).find(Boolean) };
}

const wasRun = ({ status }) => status === "passed" || status === "failed";

function redOf({ name, status, assertionResults }, folder) {
  const file = name.slice(name.indexOf("/test/", folder.length - 1) + 1);
  const failed = assertionResults.find((test) => test.status === "failed");
  if (failed) return `${file} > ${failed.title}`;
  return status === "failed" ? `${file} ${DOES_NOT_LOAD}` : undefined;
}

function run(args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
    let ended = true;
    const timer = setTimeout(() => {
      ended = false;
      // The group: vitest's workers too.
      process.kill(-child.pid, "SIGKILL");
    }, LIMIT_MS);
    child.on("close", () => {
      clearTimeout(timer);
      resolve({ ended, said });
    });
  });
}
