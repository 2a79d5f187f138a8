// What a page without a bundler downloads: the library's bundle, the engine, one build of the core; and the same for
// the peers that are installed.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
const BUNDLE = fileURLToPath(new URL("dist/src/bundle/", ROOT));

/** By key. */
export function measureDownloads(peers: URL): Record<string, Download> {
  const page = readdirSync(BUNDLE).filter((file) =>
    /^(index|chunk-.*|engine-source-.*|relaxed-core-.*)\.js$/.test(file),
  );
  const core = (name: string) => fileURLToPath(new URL(`${name}.wasm`, BUILD));
  const result: Record<string, Download> = {
    "core-relaxed": sizesOf("wasm-lstm, core relaxed alone", [core("relaxed")]),
    "core-simd": sizesOf("wasm-lstm, core simd alone", [core("simd")]),
    "core-scalar": sizesOf("wasm-lstm, core scalar alone", [core("scalar")]),
    "core-lstm-relaxed": sizesOf("wasm-lstm, core that trains LSTM with every tile, relaxed", [
      core("wasm-lstm-training-wide-relaxed"),
    ]),
    "core-lstm-simd": sizesOf("wasm-lstm, core that trains LSTM with every tile, simd", [
      core("wasm-lstm-training-wide"),
    ]),
    page: sizesOf(
      "wasm-lstm, bundle with every reader, and the core relaxed",
      page.map((file) => join(BUNDLE, file)),
    ),
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
