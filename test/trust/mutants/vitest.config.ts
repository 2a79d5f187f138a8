// How a mutant's tests run, in a sandbox: one file after another, and a property that fails is not made smaller.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export default defineConfig({
  root,
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/fuzz/**", "test/trust/**"],
    setupFiles: [`${root}/test/trust/mutants/first-failure.ts`],
    fileParallelism: false,
    testTimeout: 60_000,
  },
});
