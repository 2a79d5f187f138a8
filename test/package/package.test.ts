// What npm would publish: the files, the entries and their types.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { expect, test } from "vitest";
import { INSTALLED, PROJECT, ROOT } from "./support/places.ts";

const manifest = JSON.parse(readFileSync(`${INSTALLED}/package.json`, "utf8"));
const files = readdirSync(INSTALLED, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(INSTALLED.length + 1))
  .sort();

test("holds what its users need, and nothing else", () => {
  const known = [
    /^(LICENSE|(README|CHANGELOG|SECURITY)\.md|package\.json)$/,
    /^docs\/[a-z-]+\.md$/,
    /^include\/wasm_lstm\.h$/,
    /^bench\/peers\/[a-z-]+\.(mjs|py)$/,
    /^dist\/assembly\/(regions|edge\/abi)\.(js|d\.ts)$/,
    /^dist\/build\/(relaxed|simd|scalar|wasm-lstm(-[a-z0-9]+)*)\.wasm$/,
    /^dist\/build\/((relaxed|simd|scalar)-core|engine-source)\.(js|d\.ts)$/,
    /^dist\/src\/(?!bundle|node-bundle)([a-z]+\/){0,2}[a-z0-9-]+\.(js|d\.ts)$/,
    /^dist\/src\/bundle\/(index|streaming|engine|engine-worker|model-files)\.js$/,
    /^dist\/src\/bundle\/(chunk|engine-source|(relaxed|simd|scalar)-core)-[A-Z0-9]+\.js$/,
    /^dist\/src\/node-bundle\/(index|models|mnist|cli|thread-worker|(chunk|model-file)-[A-Z0-9]+)\.js$/,
  ];
  expect(files.filter((file) => !known.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(Object.keys(manifest.dependencies)).toEqual(["@assemblyscript/loader"]);
  const installing = /^(pre|post)?install$|^prepare$/;
  expect(Object.keys(manifest.scripts).filter((name) => installing.test(name))).toEqual([]);
});

test.each([
  ["the browser's entry", "dist/src/web/index.js"],
  ["the browser's entry with cores apart", "dist/src/web/streaming.js"],
  ["the worker's file", "dist/src/web/engine-worker.js"],
  ["the bundle", "dist/src/bundle/index.js"],
  ["the bundle's worker", "dist/src/bundle/engine-worker.js"],
])("%s reaches only files of the package, and evaluates no text", async (_, entry) => {
  const entryPoints = [`${INSTALLED}/${entry}`];
  // It fails for what a browser cannot resolve.
  const { metafile } = await build({
    ...{ entryPoints, bundle: true, format: "esm", write: false, metafile: true },
    absWorkingDir: INSTALLED,
  });
  const reached = Object.keys(metafile.inputs);
  expect(reached.filter((file) => !files.includes(file) || /\/(cli|node\/)/.test(file))).toEqual([]);
  for (const file of reached) {
    expect(readFileSync(`${INSTALLED}/${file}`, "utf8"), file).not.toMatch(/\beval\(|\bnew Function\b/);
  }
});

test("publint has nothing to say", async () => {
  const { messages } = await publint({ pkgDir: INSTALLED, strict: true });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});

test("the types are right wherever a module imports them", () => {
  const tarball = readdirSync(PROJECT).find((file) => file.endsWith(".tgz"))!;
  const folder = dirname(createRequire(import.meta.url).resolve("@arethetypeswrong/cli/package.json"));
  const args = [`${folder}/dist/index.js`, `${PROJECT}/${tarball}`, "--profile", "esm-only"];
  // The .wasm files are addresses for bundlers, not modules to be called.
  const cores = Object.keys(manifest.exports).filter((name) => name.endsWith(".wasm"));
  args.push("--exclude-entrypoints", ...cores.map((name) => name.slice("./".length)));
  // It ends with an error code when it finds a problem.
  expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toContain('"wasm-lstm/streaming"');
});

test.each([
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("a strict program with no types but these compiles: module %s, %s", (module, moduleResolution) => {
  const options = { module, moduleResolution, target: "es2022", lib: ["es2022", "dom"], types: [] };
  const compilerOptions = { ...options, strict: true, skipLibCheck: false, noEmit: true };
  writeFileSync(`${PROJECT}/types/tsconfig.json`, JSON.stringify({ compilerOptions, files: ["program.ts"] }));
  execFileSync(`${ROOT}/node_modules/.bin/tsc`, ["-p", `${PROJECT}/types`], { stdio: "inherit" });
});
