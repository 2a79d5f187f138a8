// What users get besides the compiled host. `inline`, before it is compiled: the cores and the engine as modules that
// hold them as text, in build/. `bundle`, after: all that Node loads in few files, for it takes a third of a millisecond
// for each; the engine's own files; and all of src/web/ bundled, for pages without a bundler.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { build } from "esbuild";

const BUILDS = ["relaxed", "simd", "scalar"];
const WORKER = "src/web/engine-worker.ts";
// As far from the root of dist/ as src/web/ and src/node/, so that addresses relative to a module stay right.
const BUNDLE = "dist/src/bundle";
const NODE_BUNDLE = "dist/src/node-bundle";
/** The benchmark starts processes by its own files, so it stays a folder of files. */
const benchOutside = {
  name: "bench-outside",
  setup({ onResolve }) {
    onResolve({ filter: /\/bench\/main\.ts$/ }, () => ({ path: "../bench/main.js", external: true }));
  },
};

const options = { bundle: true, minify: true, format: "esm", target: "es2022", legalComments: "none" };

if (process.argv[2] === "inline") {
  for (const name of BUILDS) {
    const deflated = deflateSync(readFileSync(`build/${name}.wasm`), { level: 9 });
    writeModule(`${name}-core`, `build/${name}.wasm, deflated, in base64.`, deflated.toString("base64"));
  }
  const { outputFiles } = await build({ ...options, entryPoints: [WORKER], write: false });
  writeModule("engine-source", `${WORKER}, bundled.`, outputFiles[0].text);
} else {
  for (const folder of [BUNDLE, NODE_BUNDLE]) rmSync(folder, { recursive: true, force: true });
  // Readable, as it is what a stack trace of a user's program shows.
  const node = {
    ...{ bundle: true, format: "esm", platform: "node", target: "node20" },
    ...{ packages: "external", outdir: NODE_BUNDLE },
    // A class that is called by its own name inside would otherwise be a `_Dataset` to its users.
    keepNames: true,
  };
  await build({
    ...node,
    entryPoints: {
      index: "src/index.ts",
      models: "src/formats/models/index.ts",
      mnist: "src/data/mnist-data-loader.ts",
      "thread-worker": "src/node/thread-worker.ts",
    },
    splitting: true,
    chunkNames: "[name]-[hash]",
  });
  // One file: what the commands share would be split into dozens.
  await build({ ...node, entryPoints: ["src/cli.ts"], plugins: [benchOutside] });
  // The worker's file must be whole to be copied, the others take no part of a page's own modules.
  for (const outdir of ["dist/src/web", BUNDLE]) {
    const entryPoints = [WORKER, "src/web/engine.ts", "src/web/model-files.ts"];
    await build({ ...options, entryPoints, outdir, allowOverwrite: true });
  }
  await build({
    ...options,
    entryPoints: ["src/web/index.ts", "src/web/streaming.ts"],
    outdir: BUNDLE,
    splitting: true,
    chunkNames: "[name]-[hash]",
    external: ["./engine.js", "./model-files.js"],
  });
}

function writeModule(name, says, text) {
  writeFileSync(
    `build/${name}.ts`,
    `// ${says}\nconst text: string = ${JSON.stringify(text)};\nexport default text;\n`,
  );
}
