// What a page downloads that makes a model, trains it and predicts, bundled and minified; and what it is with
// TensorFlow.js. kB of gzip, level 9. docs/browser.md states these numbers.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Browser } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { open, start } from "./support/browsers.ts";
import { PROJECT } from "./support/places.ts";
import { serve } from "./support/server.ts";

/** What each part may weigh, a little above what it does. */
const LIMITS = { page: 6.9, engine: 20.7, core: 17.7 };

const OURS = `
import { createModel, Dataset } from "wasm-lstm";
async function main() {
  const model = await createModel({ timeSteps: 2, features: 1, units: 4, classes: 2 });
  const values = Float32Array.of(0, 1, 1, 0);
  const data = Dataset.fromFloats({ values, labels: [0, 1], timeSteps: 2, features: 1, classes: 2 });
  await model.fit(data, { updates: 2 });
  globalThis.outcome = { value: (await model.predict(values)).classes.length };
}
main();
`;

const THEIRS = `
import "@tensorflow/tfjs-backend-wasm";
import { ready, setBackend, tensor } from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
async function main() {
  await setBackend("wasm");
  await ready();
  const model = sequential();
  model.add(layers.lstm({ units: 4, inputShape: [2, 1] }));
  model.add(layers.dense({ units: 2, activation: "softmax" }));
  model.compile({ optimizer: "adam", loss: "sparseCategoricalCrossentropy" });
  await model.fit(tensor([[[0], [1]], [[1], [0]]]), tensor([0, 1]), { epochs: 2 });
  globalThis.outcome = { value: (await model.predict(tensor([[[0], [1]]])).data()).length };
}
main();
`;

const kilobytes = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 }).length / 1000;
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

async function bundle(name: string, program: string): Promise<string> {
  const folder = `${PROJECT}/size-${name}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/main.js`, program);
  writeFileSync(
    `${folder}/index.html`,
    `<!doctype html><title>${name}</title><script type="module" src="dist/main.js"></script>`,
  );
  const entryPoints = [`${folder}/main.js`];
  await build({
    entryPoints,
    outdir: `${folder}/dist`,
    bundle: true,
    minify: true,
    format: "esm",
    splitting: true,
    // TensorFlow.js asks for these where it runs in Node.
    external: name === "tensorflow" ? ["fs", "path", "perf_hooks", "worker_threads", "os", "crypto"] : [],
  });
  return folder;
}

let browser: Browser;
beforeAll(async () => {
  browser = await start("chromium");
});
afterAll(() => browser.close());

test("a page's download, part by part", async () => {
  const { url, requests, close } = await serve(await bundle("ours", OURS));
  const { value } = await open<number>(browser, url, {}).finally(close);
  expect(value).toBe(2);
  const scripts = requests.filter(({ path }) => path.endsWith(".js"));
  const weight = (pattern: RegExp) =>
    sum(scripts.filter(({ path }) => pattern.test(path)).map(({ body }) => kilobytes(body)));
  const parts = {
    page: weight(/\/(main|chunk)[^/]*$/),
    engine: weight(/\/engine-source[^/]*$/),
    core: weight(/\/relaxed-core[^/]*$/),
  };
  const all = sum(scripts.map(({ body }) => kilobytes(body)));
  expect(sum(Object.values(parts))).toBeCloseTo(all);
  const text = (Object.keys(parts) as (keyof typeof parts)[]).map(
    (part) => `${part} ${parts[part].toFixed(1)}`,
  );
  console.log(`a page downloads ${all.toFixed(1)} kB: ${text.join(", ")}`);
  for (const part of Object.keys(parts) as (keyof typeof parts)[]) {
    expect(parts[part], part).toBeGreaterThan(1);
    expect(parts[part], part).toBeLessThan(LIMITS[part]);
  }
});

test("TensorFlow.js downloads many times as much", async () => {
  const folder = await bundle("tensorflow", THEIRS);
  const wasm = createRequire(import.meta.url)
    .resolve("@tensorflow/tfjs-backend-wasm")
    .replace(/[^/]*$/, "tfjs-backend-wasm-simd.wasm");
  const script = kilobytes(readFileSync(`${folder}/dist/main.js`));
  const core = kilobytes(readFileSync(wasm));
  console.log(
    `with TensorFlow.js: ${(script + core).toFixed(1)} kB: script ${script.toFixed(1)}, wasm ${core.toFixed(1)}`,
  );
  expect(script + core).toBeGreaterThan(5 * sum(Object.values(LIMITS)));
});
