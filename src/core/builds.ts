// Which build of the core runs: the best one whose bytes this engine validates, unless the caller names one.

/** Best first. All but `relaxed` give the same bits on every engine. */
export const BUILDS = ["relaxed", "simd", "scalar"] as const;
export type Build = (typeof BUILDS)[number];

export interface CoreModule {
  build: Build;
  module: WebAssembly.Module;
}

/** Names the build to use when no option does. */
const VARIABLE = "WASM_LSTM_BUILD";

/**
 * Loads the bytes of `wanted`, or of the environment variable WASM_LSTM_BUILD, or of the best build this engine
 * validates; `reproducible` leaves relaxed SIMD out, `threaded` takes the form for shared memory. Throws a
 * RangeError for an unknown name and an Error when the engine refuses the build.
 */
export async function chooseBuild(
  wanted: string | undefined,
  reproducible: boolean,
  threaded: boolean,
): Promise<CoreModule> {
  const variable = globalThis.process?.env?.[VARIABLE];
  const named = wanted ?? (variable || undefined);
  if (named !== undefined) {
    const source = wanted === undefined ? VARIABLE : "build";
    if (!BUILDS.includes(named as Build)) {
      throw new RangeError(`${source} must be one of ${BUILDS.join(", ")}, got ${named}`);
    }
    if (reproducible && named === "relaxed") {
      throw new RangeError(`reproducible needs the build simd or scalar, got ${source} relaxed`);
    }
  }
  const candidates = named !== undefined ? [named as Build] : BUILDS.slice(reproducible ? 1 : 0);
  for (const build of candidates) {
    const bytes = await readBuild(threaded ? `${build}-threads` : build);
    if (WebAssembly.validate(bytes)) return { build, module: await WebAssembly.compile(bytes) };
  }
  throw new Error(`this engine does not run the build ${candidates.join(" nor ")}`);
}

/** The bytes of a build by the name of its file. */
export async function readBuild(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(`../../build/${name}.wasm`, import.meta.url);
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
