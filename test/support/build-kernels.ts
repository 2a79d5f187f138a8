// Vitest's global setup: compiles test/assembly/kernels.ts once per build, when stale.
// The modules go to a folder of their own: what lies in build/ is shipped.

import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import asc from "assemblyscript/asc";
import { KERNELS_FOLDER, TEST_BUILDS } from "./builds.ts";

const ENTRY = "test/assembly/kernels.ts";

export default async function buildKernels(): Promise<void> {
  mkdirSync(KERNELS_FOLDER, { recursive: true });
  const newest = Math.max(...sources().map((file) => statSync(file).mtimeMs));
  for (const target of TEST_BUILDS) {
    const out = `${KERNELS_FOLDER}/${target}.wasm`;
    if ((statSync(out, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest) continue;
    const temporary = `${KERNELS_FOLDER}/${target}.${process.pid}.wasm`;
    const { error, stderr } = await asc.main([ENTRY, "--target", target, "--outFile", temporary]);
    if (error) throw new Error(`${ENTRY}, target ${target}: ${stderr.toString() || error.message}`);
    renameSync(temporary, out);
  }
}

function sources(): string[] {
  const files = readdirSync("assembly", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  return [...files, ENTRY, "asconfig.json", "node_modules/assemblyscript/package.json"];
}
