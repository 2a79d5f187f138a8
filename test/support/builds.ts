// The builds of the core as tests meet them: their names, their bytes, and whether this engine runs them.

import { readFile } from "node:fs/promises";
import v8 from "node:v8";
import { BUILDS } from "../../src/core/builds.ts";

/** Besides those that are shipped: `debug` is the simd build unoptimised, with its asserts on. */
export const TEST_BUILDS = [...BUILDS, "debug"] as const;
export type TestBuild = (typeof TEST_BUILDS)[number];

/** Where scripts/build-core.mjs puts the core. */
export const CORE_FOLDER = "build";
/** Where test/support/build-kernels.ts puts the core with its kernels exported. */
export const KERNELS_FOLDER = "node_modules/.cache/wasm-lstm-test";

/** A build compiled, or undefined where this engine does not validate it. */
export async function compileBuild(
  folder: string,
  build: TestBuild,
): Promise<WebAssembly.Module | undefined> {
  const bytes = await readFile(`${folder}/${build}.wasm`);
  // Node 20 has relaxed SIMD behind a flag; a test may set it, the library may not.
  if (build === "relaxed" && !WebAssembly.validate(bytes)) {
    v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  }
  return WebAssembly.validate(bytes) ? WebAssembly.compile(bytes) : undefined;
}
