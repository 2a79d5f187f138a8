// The engine's experimental flags. For the command line and the benchmark, before any core is compiled; never for
// the library, which must not change its process.

/** V8 renamed the flag in 15.6. */
const RENAMED = [15, 6];
/** The first Node whose V8 merges vectors; relaxed SIMD needs no flag from there on. */
const WITH_MERGING = 22;

/**
 * Lets V8 merge neighbouring 128-bit SIMD operations into 256-bit ones, in all threads; the bits of results stay. In
 * Node before 22, which cannot do that, it lets V8 run relaxed SIMD, and with it the build of that name. Returns the
 * flag set; throws an Error with the reason where neither is possible.
 */
export async function turnTurboOn(): Promise<string> {
  const { node, v8: version } = process.versions;
  const { setFlagsFromString } = await import("node:v8");
  const flag =
    Number.parseInt(node, 10) < WITH_MERGING ? "--experimental-wasm-relaxed-simd" : merging(version);
  setFlagsFromString(flag);
  return flag;
}

function merging(version: string): string {
  if (process.arch !== "x64") {
    throw new Error(`--turbo needs an x64 processor with AVX2, this is ${process.arch}`);
  }
  const [major, minor] = version.split(".").map(Number);
  const renamed = major > RENAMED[0] || (major === RENAMED[0] && minor >= RENAMED[1]);
  return renamed ? "--wasm-revectorize" : "--experimental-wasm-revectorize";
}
