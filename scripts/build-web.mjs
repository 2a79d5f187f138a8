// What browsers get. `inline`, before the host is compiled: the cores and the engine as TypeScript modules that hold
// them as text, in build/. `bundle`, after: the entries of src/web/ into dist/, the engine's loader with them, so that
// they run as they lie.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { build } from "esbuild";

const BUILDS = ["relaxed", "simd", "scalar"];
const WEB = "dist/src/web";
const shared = { bundle: true, format: "esm", target: "es2022", legalComments: "none", logLevel: "warning" };

if (process.argv[2] === "inline") {
  for (const name of BUILDS) {
    const deflated = deflateSync(readFileSync(`build/${name}.wasm`), { level: 9 });
    writeModule(`${name}-core`, `build/${name}.wasm, deflated, in base64.`, deflated.toString("base64"));
  }
  const { outputFiles } = await build({
    ...shared,
    entryPoints: ["src/web/engine-worker.ts"],
    minify: true,
    write: false,
  });
  writeModule("engine-source", "src/web/engine-worker.ts, bundled.", outputFiles[0].text);
} else {
  rmSync(WEB, { recursive: true, force: true });
  await build({
    ...shared,
    entryPoints: ["index", "streaming", "engine", "engine-worker"].map((name) => `src/web/${name}.ts`),
    outdir: WEB,
    splitting: true,
    chunkNames: "[name]-[hash]",
    external: ["node:*"],
  });
}

function writeModule(name, says, text) {
  writeFileSync(`build/${name}.ts`, `// ${says}\nexport default ${JSON.stringify(text)};\n`);
}
