// How a mutant's tests run, in a sandbox: one file after another, and a property that fails is not made smaller.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What tests know by the package's name, from the sources: they are what is mutated. */
const ENTRIES: Record<string, string> = {
  "wasm-lstm": "index.ts",
  "wasm-lstm/edge": "edge/index.ts",
  "wasm-lstm/models": "formats/models/index.ts",
  "wasm-lstm/mnist": "data/mnist-data-loader.ts",
};

export default defineConfig({
  root,
  resolve: {
    alias: Object.entries(ENTRIES).map(([name, file]) => ({
      find: new RegExp(`^${name}$`),
      replacement: `${root}src/${file}`,
    })),
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fuzz/**", "test/trust/**"],
    setupFiles: [`${root}/test/trust/mutants/first-failure.ts`],
    fileParallelism: false,
    testTimeout: 60_000,
  },
});
