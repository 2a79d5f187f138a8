// Compiles the core into build/, stale targets alone and as many at a time as there are processors, and copies them
// into dist/: without an argument those of asconfig.json that the library runs; with --all also debug and those of
// asconfig.edge.json; targets by name are built whether stale or not.
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";

const CONFIGS = ["asconfig.json", "asconfig.edge.json"];

const targets = new Map(CONFIGS.flatMap(targetsOf));
const all = process.argv.includes("--all");
const wanted = process.argv.slice(2).filter((argument) => argument !== "--all");
const unknown = wanted.find((name) => !targets.has(name));
if (unknown !== undefined) {
  console.error(`there is no target ${unknown}; there are ${[...targets.keys()].join(", ")}`);
  process.exit(2);
}
mkdirSync("build", { recursive: true });
const newest = Math.max(...sources().map((file) => statSync(file).mtimeMs));
const chosen = all ? [...targets.keys()] : ["relaxed", "simd", "scalar"];
const stale = wanted.length > 0 ? wanted : chosen.filter((name) => !isFresh(targets.get(name).outFile));
await Promise.all(Array.from({ length: availableParallelism() }, work));
// The package carries its modules beside the compiled host, at the same relative place as here.
mkdirSync("dist/build", { recursive: true });
for (const { outFile } of targets.values()) {
  if (existsSync(outFile) && !outFile.endsWith("/debug.wasm")) copyFileSync(outFile, `dist/${outFile}`);
}

function targetsOf(config) {
  const { targets } = JSON.parse(readFileSync(config, "utf8"));
  // An entry of a target is this script's; the compiler knows entries for all targets of a file only.
  return Object.entries(targets).map(([name, { outFile, entry }]) => {
    const args = [...(entry ? [entry] : []), "--config", config, "--target", name];
    return [name, { outFile, args }];
  });
}

async function work() {
  for (let name = stale.shift(); name !== undefined; name = stale.shift()) {
    const said = await compile(targets.get(name).args);
    if (said === "") continue;
    process.stderr.write(said);
    process.exit(1);
  }
}

// What the compiler has to complain of; "" when all is well.
function compile(args) {
  return new Promise((resolve) => {
    const asc = spawn(process.execPath, ["node_modules/assemblyscript/bin/asc.js", ...args]);
    let said = "";
    for (const stream of [asc.stdout, asc.stderr]) stream.on("data", (data) => (said += data));
    asc.on("close", (code) =>
      resolve(code !== 0 || said.includes("WARNING") ? said || `asc ended with ${code}` : ""),
    );
  });
}

// Whether `out` is younger than everything it is made of.
function isFresh(out) {
  return (statSync(out, { throwIfNoEntry: false })?.mtimeMs ?? 0) > newest;
}

function sources() {
  const files = readdirSync("assembly", { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`);
  return [...files, ...CONFIGS, "node_modules/assemblyscript/package.json"];
}
