// Which build runs: the option's, the environment's, or the best one that serves.

import { afterEach, expect, test, vi } from "vitest";
import { newModel } from "../support/models.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("WASM_LSTM_BUILD names the build unless the option does", async () => {
  vi.stubEnv("WASM_LSTM_BUILD", "scalar");
  expect((await newModel({ build: undefined })).info.build).toBe("scalar");
  expect((await newModel({ build: "simd" })).info.build).toBe("simd");
  vi.stubEnv("WASM_LSTM_BUILD", "gpu");
  await expect(newModel({ build: undefined })).rejects.toThrow(
    new RangeError("WASM_LSTM_BUILD must be one of relaxed, simd, scalar, got gpu"),
  );
  vi.stubEnv("WASM_LSTM_BUILD", "relaxed");
  await expect(newModel({ build: undefined, reproducible: true })).rejects.toThrow(
    new RangeError("reproducible needs the build simd or scalar, got WASM_LSTM_BUILD relaxed"),
  );
});

test("reproducible leaves relaxed SIMD out", async () => {
  expect((await newModel({ build: undefined, reproducible: true })).info.build).toBe("simd");
});
