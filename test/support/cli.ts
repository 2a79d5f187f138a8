// Runs the built command line as a person or a script does, on a small set of images.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { afterAll, beforeEach } from "vitest";

export const CLI = fileURLToPath(new URL("../../dist/src/node-bundle/cli.js", import.meta.url));

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** `watch` sees the process and all of stdout so far, whenever more of it comes. */
export function run(args: readonly string[], watch?: (child: ChildProcess, stdout: string) => void) {
  return runProgram(process.execPath, [CLI, ...args], {}, watch);
}

/** As run; `started` sees the process as soon as there is one. */
export function runFromStart(
  args: readonly string[],
  started: (child: ChildProcess) => void,
): Promise<Outcome> {
  return runProgram(process.execPath, [CLI, ...args], {}, undefined, started);
}

/** A line of bash; `$CLI` is the command line. */
export function shell(line: string, env: Record<string, string> = {}): Promise<Outcome> {
  return runProgram("bash", ["-c", line], {
    env: { ...process.env, CLI: `${process.execPath} ${CLI}`, ...env },
  });
}

/** As run, on a disk that fails: see failing-files.ts for the order. */
export function runOnFailingDisk(args: readonly string[], order: string): Promise<Outcome> {
  return runBehind("failing-files", args, { FAILING_FILES: order });
}

/** As run, by a clock that jumps: see jumping-clock.ts. */
export function runByJumpingClock(
  args: readonly string[],
  seed: number,
  watch?: (child: ChildProcess, stdout: string) => void,
): Promise<Outcome> {
  return runBehind("jumping-clock", args, { JUMPING_CLOCK: String(seed) }, watch);
}

const preloads = new Map<string, string>();

// Behind a module beside this one, which spoils something before the command line begins.
function runBehind(
  name: string,
  args: readonly string[],
  env: Record<string, string>,
  watch?: (child: ChildProcess, stdout: string) => void,
): Promise<Outcome> {
  if (!preloads.has(name)) {
    const source = readFileSync(new URL(`./${name}.ts`, import.meta.url), "utf8");
    const { code } = transformSync(source, { loader: "ts", format: "esm" });
    preloads.set(name, `data:text/javascript,${encodeURIComponent(code)}`);
  }
  const options = { env: { ...process.env, ...env } };
  return runProgram(process.execPath, ["--import", preloads.get(name)!, CLI, ...args], options, watch);
}

function runProgram(
  program: string,
  args: string[],
  options: SpawnOptions,
  watch?: (child: ChildProcess, stdout: string) => void,
  started?: (child: ChildProcess) => void,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 30_000,
      killSignal: "SIGKILL",
    });
    started?.(child);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      watch?.(child, stdout);
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A folder of a file of tests with images, and paths in it for weights and a log, which each test begins without. */
export function trainingFolder() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wasm-lstm-cli-")));
  const [images, saved, log] = ["images", "w.safetensors", "l.jsonl"].map((name) => join(folder, name));
  writeImages(images);
  beforeEach(() => {
    for (const file of [saved, log]) rmSync(file, { force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, images, saved, log };
}

/** Four IDX files: 200 training and 40 test images of 8 rows x 6 columns in 4 classes; class k lights row 2k. */
export function writeImages(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [part, count] of [
    ["train", 200],
    ["t10k", 40],
  ] as const) {
    const labels = Array.from({ length: count }, (_, i) => (i * 7) % 4);
    const pixels = labels.flatMap((label, i) =>
      Array.from(
        { length: 48 },
        (_, p) => (Math.floor(p / 6) === 2 * label ? 200 : 0) + ((i * 31 + p * 17) % 50),
      ),
    );
    writeFileSync(join(folder, `${part}-images-idx3-ubyte`), idx([count, 8, 6], pixels));
    writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), idx([count], labels));
  }
}

function idx(shape: number[], data: number[]): Uint8Array {
  return Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, n >> 8, n & 255]), ...data]);
}
