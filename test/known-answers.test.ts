// Trainings that end at weights known to the bit, on builds and threads of the built package.

import { describe, expect, test } from "vitest";
import * as library from "wasm-lstm";
import { answerOf, KNOWN_ANSWERS } from "./package/fixtures/known-answers.js";

describe.each(KNOWN_ANSWERS)("$name", (answer) => {
  test.each([
    { build: "simd", threads: 1 },
    { build: "simd", threads: 2 },
    { build: "scalar", threads: 1 },
    { build: "scalar", threads: 2 },
  ] as const)("%o", async (options) => {
    expect(await answerOf(library as never, answer, options)).toBe(answer.sha256);
  });
});

test("the seed, and nothing else, makes another answer", async () => {
  const [, answer] = KNOWN_ANSWERS;
  expect(await answerOf(library as never, answer, { seed: 1 })).not.toBe(answer.sha256);
});
