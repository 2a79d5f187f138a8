// Which build of the core runs: the best one that this engine understands, unless the caller names one.

/** Best first. All but `relaxed` give the same bits on every engine. */
export const BUILDS = ["relaxed", "simd", "scalar"] as const;
export type Build = (typeof BUILDS)[number];

/** Names the build to use when no option does. */
const VARIABLE = "WASM_LSTM_BUILD";

// Bodies of a function () -> v128, each using what its build needs and no more: i8x16.splat of a constant, and
// f32x4.relaxed_madd of three such.
const SPLAT = [0x41, 0x00, 0xfd, 0x0f];
const PROBES: Record<Build, number[]> = {
  relaxed: [...SPLAT, ...SPLAT, ...SPLAT, 0xfd, 0x85, 0x02],
  simd: SPLAT,
  scalar: [],
};

/**
 * The build named by `wanted`, or by the environment variable WASM_LSTM_BUILD, or the best one this engine
 * understands; `reproducible` leaves relaxed SIMD out. Throws a RangeError for an unknown name and an Error when
 * the engine lacks what the build needs.
 */
export function pickBuild(wanted: string | undefined, reproducible: boolean): Build {
  const named = wanted ?? variable();
  if (named === undefined) return BUILDS.slice(reproducible ? 1 : 0).find(isUnderstood)!;
  const source = wanted === undefined ? VARIABLE : "build";
  if (!BUILDS.includes(named as Build)) {
    throw new RangeError(`${source} must be one of ${BUILDS.join(", ")}, got ${named}`);
  }
  if (reproducible && named === "relaxed") {
    throw new RangeError(`reproducible needs the build simd or scalar, got ${source} relaxed`);
  }
  if (!isUnderstood(named as Build)) throw new Error(`this engine does not run the build ${named}`);
  return named as Build;
}

function variable(): string | undefined {
  try {
    return globalThis.process?.env?.[VARIABLE] || undefined;
  } catch {
    // Deno refuses it to a program that was not given leave to read it.
    return undefined;
  }
}

function isUnderstood(build: Build): boolean {
  const body = PROBES[build];
  if (body.length === 0) return true;
  // A module of one type, one function and its code; the body ends with `end` and has no locals.
  const head = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0];
  const code = [10, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b];
  return WebAssembly.validate(Uint8Array.from([...head, ...code]));
}
