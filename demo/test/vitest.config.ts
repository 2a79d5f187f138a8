import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  test: {
    include: ["*.test.ts"],
    testTimeout: 400_000,
    expect: { poll: { timeout: 60_000, interval: 100 } },
    hookTimeout: 60_000,
    fileParallelism: false, // a browser and an engine of two threads are all that two cores carry
  },
});
