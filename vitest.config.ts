import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/interop/**", "test/fuzz/**", "test/package/**"],
    globalSetup: "test/support/build-kernels.ts",
    testTimeout: 60_000,
  },
});
