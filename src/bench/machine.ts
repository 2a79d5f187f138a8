// Where and with what a run was made, and how busy the machine was.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Engine } from "./engine.ts";

export interface Machine {
  processor: string;
  cores: number;
  memoryBytes: number;
  system: string;
  node: string;
  v8: string;
  version: string;
  /** Of the working copy; null from an installed package. */
  commit: string | null;
  date: string;
}

/** The package's root, from dist/src/bench. */
export const ROOT = new URL("../../../", import.meta.url);

export function describeMachine(engine: Engine): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${process.platform} ${process.arch} ${release()}`,
    node: engine.versions.node,
    v8: engine.versions.v8,
    version: JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")).version,
    commit: commit(),
    date: new Date().toISOString(),
  };
}

/** Load of the last minute; on an idle machine near 0. */
export function load(): number {
  return loadavg()[0];
}

// The name of the commit, with "+" when files differ from it.
function commit(): string | null {
  try {
    const cwd = fileURLToPath(ROOT);
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    // An installed package may lie inside someone else's repository.
    git("ls-files", "--error-unmatch", "assembly/index.ts");
    return git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+");
  } catch {
    return null;
  }
}
