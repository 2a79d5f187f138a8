// Compiles the core once per target of asconfig.json into build/, and copies them into dist/. `node scripts/build-core.mjs [target ...]`.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import asc from "assemblyscript/asc";

const { targets } = JSON.parse(readFileSync("asconfig.json", "utf8"));
const wanted = process.argv.slice(2);
mkdirSync("build", { recursive: true });

for (const name of wanted.length > 0 ? wanted : Object.keys(targets)) {
  if (!targets[name]) {
    console.error(`asconfig.json has no target ${name}; it has ${Object.keys(targets).join(", ")}`);
    process.exit(2);
  }
  const out = targets[name].outFile;
  if (wanted.length === 0 && isFresh(out)) continue;
  const { error, stderr } = await asc.main(["--target", name]);
  const said = stderr.toString();
  if (error || said.includes("WARNING")) {
    process.stderr.write(said || String(error));
    process.exit(1);
  }
}
// The package carries its modules beside the compiled host, at the same relative place as here.
mkdirSync("dist/build", { recursive: true });
for (const { outFile } of Object.values(targets)) {
  if (!outFile.endsWith("/debug.wasm")) copyFileSync(outFile, `dist/${outFile}`);
}

// Whether `out` is younger than everything it is made of.
function isFresh(out) {
  try {
    const built = statSync(out).mtimeMs;
    return sources().every((file) => statSync(file).mtimeMs < built);
  } catch {
    return false;
  }
}

function sources() {
  const files = readdirSync("assembly", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`);
  return [...files, "asconfig.json", "node_modules/assemblyscript/package.json"];
}
