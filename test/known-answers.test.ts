// Trainings that end at weights known to the bit, on builds and threads of the built package, and on the debug core.

import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import * as library from "wasm-lstm";
import { answerOf, KNOWN_ANSWERS } from "./package/fixtures/known-answers.js";
import { tally } from "./support/tally.ts";

const dist = (file: string) => new URL(`../dist/src/${file}.js`, import.meta.url).href;

/** The built library on the core that has its asserts on. */
async function debugLibrary() {
  const [{ nodeHost }, { createModelOn }, { withSharedMemory }, { Dataset }] = await Promise.all([
    import(dist("node/host")),
    import(dist("model")),
    import(dist("core/shared-memory")),
    import(dist("index")),
  ]);
  const bytes = new Uint8Array(await readFile("build/debug.wasm"));
  const compile = (_: string, shared: boolean) =>
    WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes);
  const createModel = (options: object) => createModelOn({ ...nodeHost, compile }, options);
  return { createModel, Dataset };
}

describe.each(KNOWN_ANSWERS)("$name", (answer) => {
  test.each(
    (["simd", "scalar"] as const).flatMap((build) => [1, 2, 3].map((threads) => ({ build, threads }))),
  )("%o", async (options) => {
    expect(await answerOf(library as never, answer, options)).toBe(answer.sha256);
    tally("answers");
  });

  test.each([1, 2, 3])("the debug build on %i threads", async (threads) => {
    expect(await answerOf((await debugLibrary()) as never, answer, { threads })).toBe(answer.sha256);
    tally("answers");
  });
});

test("the seed, and nothing else, makes another answer", async () => {
  const [, answer] = KNOWN_ANSWERS;
  expect(await answerOf(library as never, answer, { seed: 1 })).not.toBe(answer.sha256);
});
