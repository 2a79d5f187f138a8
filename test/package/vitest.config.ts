import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  test: {
    include: ["*.test.ts"],
    globalSetup: "support/set-up.ts",
    testTimeout: 60_000,
    hookTimeout: 120_000,
    fileParallelism: false, // two browsers and two threads are all that two cores carry
  },
});
