// Static files that work from any host under any path.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { offline } from "./scripts/offline.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Pages of their own may share memory, so the engine can use threads.
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  root: at("."),
  base: "./",
  resolve: {
    // What the package's exports say to a bundler.
    alias: [
      { find: /^wasm-lstm$/, replacement: at("../dist/src/web/index.js") },
      { find: /^wasm-lstm\/models$/, replacement: at("../dist/src/formats/models/index.js") },
      { find: /^peers\//, replacement: at("../bench/peers/") },
    ],
    dedupe: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers"],
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 3000,
    rolldownOptions: {
      input: { index: at("index.html"), "service-worker": at("src/workers/service-worker.ts") },
      output: {
        entryFileNames: ({ name }) =>
          name === "service-worker" ? "service-worker.js" : "assets/[name]-[hash].js",
      },
    },
  },
  server: { headers, fs: { allow: [at("..")] } },
  preview: { headers },
  plugins: [offline()],
});
