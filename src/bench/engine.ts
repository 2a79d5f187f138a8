// The programs that contenders run in: which node and which of its flags, which python.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

export interface Engine {
  node: string;
  versions: { node: string; v8: string };
  /** A python3 with PyTorch. */
  python?: string;
  /** Whether V8 can be told to merge neighbouring 128-bit operations. */
  hasTurbo: boolean;
  flags(turbo: boolean): string[];
}

// Off by default where it is listed under this name (Node 20); on by default and gone later.
const RELAXED = "--experimental-wasm-relaxed-simd";
const TURBO = ["--experimental-wasm-revectorize", "--wasm-revectorize"];

/** `wanted` is a path, a version to take from the npm package `node`, or undefined for this process's own. */
export function findEngine(wanted: string | undefined): Engine {
  const node = nodePath(wanted);
  const flags = run(node, ["--v8-options"]);
  const known = (flag: string) => flags.includes(`${flag} `);
  const turbo = TURBO.find(known);
  const relaxed = known(RELAXED) ? [RELAXED] : [];
  return {
    node,
    versions: JSON.parse(
      run(node, ["-p", "JSON.stringify({ node: process.versions.node, v8: process.versions.v8 })"]),
    ),
    python: pythonWithTorch(),
    hasTurbo: turbo !== undefined,
    flags: (wantsTurbo) => (wantsTurbo && turbo ? [...relaxed, turbo] : relaxed),
  };
}

function nodePath(wanted: string | undefined): string {
  if (wanted === undefined) return process.execPath;
  if (existsSync(wanted)) return wanted;
  const print = ["-p", `node@${wanted}`, "node", "-p", "process.execPath"];
  return run("npx", ["--yes", ...print]).trim();
}

function pythonWithTorch(): string | undefined {
  const candidates = [process.env.PYTHON, "python3", "/usr/bin/python3"];
  return candidates.find((python) => {
    try {
      return python !== undefined && run(python, ["-c", "import torch"]) === "";
    } catch {
      return false;
    }
  });
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}
