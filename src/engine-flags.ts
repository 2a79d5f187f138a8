// The engine's experimental flags. For the command line and the benchmark, before any core is compiled; never for
// the library, which must not change its process.

/** V8 renamed the flag in 15.6. */
const RENAMED = [15, 6];
const OLDEST_NODE = 22;

/**
 * Lets V8 merge neighbouring 128-bit SIMD operations into 256-bit ones, in all threads. The bits of results stay.
 * Returns the flag set; throws an Error with the reason where that is not possible.
 */
export async function turnTurboOn(): Promise<string> {
  const { node, v8: version } = process.versions;
  if (Number.parseInt(node, 10) < OLDEST_NODE) {
    throw new Error(`--turbo needs Node ${OLDEST_NODE} or later, this is ${node}`);
  }
  if (process.arch !== "x64") {
    throw new Error(`--turbo needs an x64 processor with AVX2, this is ${process.arch}`);
  }
  const [major, minor] = version.split(".").map(Number);
  const renamed = major > RENAMED[0] || (major === RENAMED[0] && minor >= RENAMED[1]);
  const flag = renamed ? "--wasm-revectorize" : "--experimental-wasm-revectorize";
  const { setFlagsFromString } = await import("node:v8");
  setFlagsFromString(flag);
  return flag;
}
