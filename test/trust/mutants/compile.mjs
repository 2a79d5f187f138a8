// Compiles a sandbox's core, as simd.wasm is compiled for users.

import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import asc from "assemblyscript/asc";

/** What tests load: the core, the core with its kernels exported, the int8 build of the edge core. */
const OUTPUTS = {
  core: { entry: "assembly/index.ts", config: "asconfig.json", target: "simd", out: "build/simd.wasm" },
  kernels: {
    ...{ entry: "test/assembly/kernels.ts", config: "asconfig.json", target: "simd" },
    out: "node_modules/.cache/wasm-lstm-test/simd.wasm",
  },
  int8: {
    ...{ entry: "assembly/edge/inference.ts", config: "asconfig.edge.json", target: "edge-int8" },
    out: "build/wasm-lstm-int8.wasm",
  },
};

/** Compiles one of OUTPUTS in place; its bytes. Throws an Error with what the compiler has to say. */
export async function compile(sandbox, name) {
  const { entry, config, target, out } = OUTPUTS[name];
  mkdirSync(join(sandbox.folder, dirname(out)), { recursive: true });
  const args = [entry, "--baseDir", sandbox.folder, "--config", config, "--target", target, "--outFile", out];
  const { error, stderr } = await asc.main(args);
  if (error) throw new Error(`${name} does not compile: ${stderr.toString() || error.message}`);
  return readFileSync(join(sandbox.folder, out));
}
