// What browsers get. `inline`, before the host is compiled: the cores and the engine as modules that hold them as text,
// in build/. `bundle`, after it: the modules of src/web/ over those that the compiler has put into dist/, so that they
// run as they lie, without a bundler.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { build } from "esbuild";

const BUILDS = ["relaxed", "simd", "scalar"];
const OUT = "dist/src/web";
const options = { bundle: true, format: "esm", target: "es2022", legalComments: "none", logLevel: "warning" };

if (process.argv[2] === "inline") {
  for (const name of BUILDS) {
    const deflated = deflateSync(readFileSync(`build/${name}.wasm`), { level: 9 });
    writeModule(`${name}-core`, `build/${name}.wasm, deflated, in base64.`, deflated.toString("base64"));
  }
  const entryPoints = ["src/web/engine-worker.ts"];
  const { outputFiles } = await build({ ...options, entryPoints, minify: true, write: false });
  writeModule("engine-source", "src/web/engine-worker.ts, bundled.", outputFiles[0].text);
} else {
  for (const file of readdirSync(OUT)) if (file.endsWith(".js")) rmSync(`${OUT}/${file}`);
  // Each of these is whole by itself: the one to be copied, the other so that it takes no part of a page's modules.
  for (const name of ["engine-worker", "engine"]) {
    await build({ ...options, entryPoints: [`src/web/${name}.ts`], outdir: OUT, minify: true });
  }
  await build({
    ...options,
    entryPoints: ["src/web/index.ts", "src/web/streaming.ts"],
    outdir: OUT,
    splitting: true,
    chunkNames: "[name]-[hash]",
    external: ["./engine.js", "node:*", "./node/*"],
  });
}

function writeModule(name, says, text) {
  writeFileSync(`build/${name}.ts`, `// ${says}\nexport default ${JSON.stringify(text)};\n`);
}
