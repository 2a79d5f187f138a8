// What a page downloads: the library's modules as they lie in the package, one build of the core, and the same
// for the peers that are installed.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ROOT } from "./machine.ts";

export interface Download {
  title: string;
  files: number;
  bytes: number;
  gzipBytes: number;
  brotliBytes: number;
}

const BUILD = new URL("dist/build/", ROOT);

/** By key. */
export function measureDownloads(peers: URL): Record<string, Download> {
  const modules = modulesFrom(fileURLToPath(new URL("../index.js", import.meta.url)));
  const core = (name: string) => fileURLToPath(new URL(`${name}.wasm`, BUILD));
  const result: Record<string, Download> = {
    "core-relaxed": sizesOf("wasm-lstm, core relaxed alone", [core("relaxed")]),
    "core-simd": sizesOf("wasm-lstm, core simd alone", [core("simd")]),
    "core-scalar": sizesOf("wasm-lstm, core scalar alone", [core("scalar")]),
    page: sizesOf("wasm-lstm, modules (not minified) and the core relaxed", [...modules, core("relaxed")]),
  };
  const tensorFlow = ["tfjs-core/dist/tf-core.min.js", "tfjs-backend-wasm/dist/tf-backend-wasm.min.js"];
  const simd = "tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm";
  const installed: [string, string, string[]][] = [
    ["tfjs", "TensorFlow.js core and wasm (minified)", [...tensorFlow, simd].map((f) => `@tensorflow/${f}`)],
    [
      "onnx",
      "onnxruntime-web wasm (minified, inference only)",
      ["onnxruntime-web/dist/ort.wasm.bundle.min.mjs", "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"],
    ],
  ];
  for (const [key, title, files] of installed) {
    const paths = files.map((file) => fileURLToPath(new URL(`node_modules/${file}`, peers)));
    if (paths.every(existsSync)) result[key] = sizesOf(title, paths);
  }
  return result;
}

function sizesOf(title: string, paths: string[]): Download {
  const contents = paths.map((path) => readFileSync(path));
  const sum = (bytesOf: (content: Buffer) => number) => contents.reduce((a, b) => a + bytesOf(b), 0);
  return {
    title,
    files: paths.length,
    bytes: sum((content) => content.length),
    gzipBytes: sum((content) => gzipSync(content, { level: 9 }).length),
    brotliBytes: sum((content) => brotliCompressSync(content).length),
  };
}

// The module and all that it imports statically; what only Node imports, and only when asked, stays out.
function modulesFrom(entry: string, found = new Set<string>()): string[] {
  if (found.has(entry)) return [...found];
  found.add(entry);
  const source = readFileSync(entry, "utf8");
  for (const [, name] of source.matchAll(/^(?:import|export)\b[^;]*?from\s+"([^"]+)"/gm)) {
    if (name.startsWith("node:")) continue;
    const path = name.startsWith(".") ? join(dirname(entry), name) : createRequire(entry).resolve(name);
    modulesFrom(path, found);
  }
  return [...found];
}
