// Which build is taken: the best that the engine understands, or the one that is named.

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BUILDS, pickBuild } from "../../src/core/builds.ts";

const validates = (build: string) =>
  WebAssembly.validate(new Uint8Array(readFileSync(`build/${build}.wasm`)));

let before: string | undefined;
beforeEach(() => {
  before = process.env.WASM_LSTM_BUILD;
  delete process.env.WASM_LSTM_BUILD;
});
afterEach(() => {
  if (before === undefined) delete process.env.WASM_LSTM_BUILD;
  else process.env.WASM_LSTM_BUILD = before;
});

describe("no name", () => {
  test("takes the first whose bytes the engine validates", () => {
    expect(pickBuild(undefined, false)).toBe(BUILDS.find(validates));
    expect(pickBuild(undefined, true)).toBe("simd");
  });
});

test.each(BUILDS)("%s by name: the few bytes that ask for it say what its own bytes do", (build) => {
  if (validates(build)) expect(pickBuild(build, false)).toBe(build);
  else expect(() => pickBuild(build, false)).toThrow(`this engine does not run the build ${build}`);
});

describe("the environment variable", () => {
  test("names a build, an option goes before it, nothing in it is nothing", () => {
    process.env.WASM_LSTM_BUILD = "scalar";
    expect(pickBuild(undefined, false)).toBe("scalar");
    expect(pickBuild("simd", false)).toBe("simd");
    process.env.WASM_LSTM_BUILD = "";
    expect(pickBuild(undefined, true)).toBe("simd");
  });

  test("is named in errors", () => {
    process.env.WASM_LSTM_BUILD = "fast";
    expect(() => pickBuild(undefined, false)).toThrow(
      new RangeError("WASM_LSTM_BUILD must be one of relaxed, simd, scalar, got fast"),
    );
    process.env.WASM_LSTM_BUILD = "relaxed";
    expect(() => pickBuild(undefined, true)).toThrow(
      new RangeError("reproducible needs the build simd or scalar, got WASM_LSTM_BUILD relaxed"),
    );
    expect(() => pickBuild("relaxed", true)).toThrow(
      new RangeError("reproducible needs the build simd or scalar, got build relaxed"),
    );
  });
});
