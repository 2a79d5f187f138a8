// Every build of the edge core: no imports, C names, numbers alone, as small as promised, and the header's functions.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EdgeFeature } from "../../assembly/edge/abi.ts";
import { edgeFunctions, edgeHeader, trainingFunctions, wasmType } from "../../scripts/edge-header.mjs";
import { openEdge } from "../../src/node/edge-builds.ts";
import { moduleShape } from "./module.ts";

const kB = 1000;
const SIZES = {
  "wasm-lstm": 48 * kB,
  "wasm-lstm-scalar": 48 * kB,
  "wasm-lstm-inference": 8 * kB,
  "wasm-lstm-inference-scalar": 8 * kB,
  "wasm-lstm-training": 24 * kB,
  "wasm-lstm-training-scalar": 24 * kB,
  "wasm-lstm-training-wide": 32 * kB,
  "wasm-lstm-training-wide-relaxed": 32 * kB,
  "wasm-lstm-int8": 24 * kB,
  "wasm-lstm-int8-relaxed": 24 * kB,
  "wasm-lstm-int8-scalar": 24 * kB,
};

const bytesOf = (build: string) => readFileSync(`build/${build}.wasm`);

describe.each(Object.entries(SIZES))("%s", (build, most) => {
  const shape = moduleShape(bytesOf(build));

  test(`takes at most ${most} bytes`, () => expect(bytesOf(build).length).toBeLessThanOrEqual(most));

  test("imports nothing, and exports a memory and where the core's own part of it ends", () => {
    expect(shape.imports).toBe(0);
    expect([...shape.others].sort()).toEqual([
      ["__data_end", "global"],
      ["__heap_base", "global"],
      ["memory", "memory"],
    ]);
  });

  test("exports the functions of the header, of the same types", () => {
    const left = /inference|int8/.test(build) ? trainingFunctions().map(({ name }) => name) : [];
    expect(left.length === 0 || left.includes("wl_train")).toBe(true);
    const declared = edgeFunctions().filter(({ name }) => !left.includes(name));
    expect([...shape.functions].sort()).toEqual(declared.map((f) => [f.name, wasmType(f)]).sort());
  });
});

test("types are numbers of C", () => {
  for (const build of Object.keys(SIZES)) {
    for (const type of moduleShape(bytesOf(build)).functions.values()) {
      expect(type).toMatch(/^((i32|f32|f64) )*-> (i32|f32|f64)$/);
    }
  }
});

test("include/wasm_lstm.h is what scripts/edge-header.mjs makes", () => {
  expect(readFileSync("include/wasm_lstm.h", "utf8")).toBe(edgeHeader());
});

test("docs/edge-api.md tells of every function and every error", () => {
  const page = readFileSync("docs/edge-api.md", "utf8");
  const header = readFileSync("include/wasm_lstm.h", "utf8");
  const errors = [...header.matchAll(/(WL_ERROR_\w+) = /g)].map(([, name]) => name);
  expect(errors.length).toBeGreaterThan(10);
  for (const name of [...edgeFunctions().map((f) => f.name), ...errors]) expect(page).toContain(`\`${name}`);
});

test("a build tells what it carries", async () => {
  const full = (await openEdge("wasm-lstm")).wl_features();
  expect(full & EdgeFeature.Training).not.toBe(0);
  expect(full & EdgeFeature.Simd).not.toBe(0);
  expect((await openEdge("wasm-lstm-scalar")).wl_features()).toBe(full & ~EdgeFeature.Simd);
  expect((await openEdge("wasm-lstm-inference")).wl_features()).toBe(EdgeFeature.Simd);
});
