// `npm run edge [-- PROGRAM]`: the edge core in C and in WebAssembly engines without JavaScript, as far as this machine has the tools;
// everything printed must be what the TypeScript host computes, to the bit. Exit code 1 when something is not.
//
// Tools (Debian): gcc make libsimde-dev · gcc-aarch64-linux-gnu qemu-user · wabt binaryen.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { edgeScript } from "./edge-script.mjs";

const FOLDER = fileURLToPath(new URL("../examples/edge/", import.meta.url));
const BUILD = fileURLToPath(new URL("../build/", import.meta.url));
const MODEL = "out/model.bin";
const INT8 = "out/model-int8.bin";
const RECORDING = "out/recording.bin";
const PREDICTS = "-DWL_PREDICTS_ONLY";

/** Programs to build: name, build of the core, compiler and flags, what runs it, which model, what the machine must have. */
const PROGRAMS = [
  { name: "x86-64", core: "wasm-lstm", needs: ["gcc"] },
  { name: "x86-64, no native SIMD", core: "wasm-lstm", cflags: "-O2 -DSIMDE_NO_NATIVE", needs: ["gcc"] },
  { name: "x86-64, scalar core", core: "wasm-lstm-scalar", needs: ["gcc"] },
  { name: "x86-64, small training core", core: "wasm-lstm-training-scalar", cflags: "-Os", needs: ["gcc"] },
  {
    name: "x86-64, small inference core",
    core: "wasm-lstm-inference-scalar",
    cflags: `-Os ${PREDICTS}`,
    needs: ["gcc"],
  },
  {
    name: "x86-64, int8 core",
    core: "wasm-lstm-int8",
    model: INT8,
    cflags: `-O2 ${PREDICTS}`,
    needs: ["gcc"],
  },
  {
    name: "x86-64, scalar int8 core",
    core: "wasm-lstm-int8-scalar",
    model: INT8,
    cflags: `-Os ${PREDICTS}`,
    needs: ["gcc"],
  },
  { name: "aarch64", core: "wasm-lstm", ...aarch64() },
  {
    name: "aarch64, int8 core",
    core: "wasm-lstm-int8",
    model: INT8,
    cflags: `-O2 ${PREDICTS}`,
    ...aarch64(),
  },
];

function aarch64() {
  return {
    compiler: "aarch64-linux-gnu-gcc",
    // Debian's SIMDe is one set of headers for all machines.
    ldflags: "-static",
    includes: "-idirafter /usr/include",
    emulator: "qemu-aarch64",
    needs: ["aarch64-linux-gnu-gcc", "qemu-aarch64"],
  };
}

process.chdir(FOLDER);
let failures = 0;
execFileSync(process.execPath, ["make-model.mjs", "out"], { stdio: "inherit" });
const expected = Object.fromEntries(
  [MODEL, INT8].map((model) => [model, run(process.execPath, ["expect.mjs", model, RECORDING]).split("\n")]),
);
console.log(`${expected[MODEL].join("\n")}\nThis is what the TypeScript host computes.\n`);
const [only] = process.argv.slice(2);
for (const program of PROGRAMS) if (only === undefined || program.name === only) native(program);
if (only === undefined) await scripts();
process.exitCode = failures > 0 ? 1 : 0;

// Builds and runs a program in C; every line of its classes, losses and weights must be expected.
function native({
  name,
  core,
  compiler = "gcc",
  cflags = "-O2",
  includes = "",
  ldflags = "",
  emulator,
  model = MODEL,
  needs,
}) {
  const missing = needs.filter((tool) => !has(tool));
  if (missing.length > 0) return report(name, `not run, this machine has no ${missing.join(", no ")}`);
  const out = `out/${name.replaceAll(/[ ,]+/g, "-")}`;
  rmSync(out, { recursive: true, force: true });
  const args = [
    `OUT=${out}`,
    `CORE=${BUILD}${core}.wasm`,
    `CC=${compiler}`,
    `CFLAGS=${cflags} ${includes}`,
    `LDFLAGS=${ldflags}`,
  ];
  const made = spawnSync("make", ["-s", ...args], { encoding: "utf8" });
  if (made.status !== 0) return fail(name, `make failed:\n${made.stderr.slice(0, 2000)}`);
  const command = [...(emulator ? [emulator] : []), `${out}/edge`, model, RECORDING];
  const ran = spawnSync(command[0], command.slice(1), { encoding: "utf8" });
  if (ran.status !== 0)
    return fail(name, `ended with ${ran.status ?? ran.signal}: ${ran.stderr.slice(0, 500)}`);
  const lines = ran.stdout.trim().split("\n");
  const results = lines.filter((line) => /^(step|train|weights) /.test(line));
  const trains = results.some((line) => line.startsWith("train"));
  const wanted = expected[model].filter((line) => trains || line.startsWith("step"));
  const different = results.findIndex((line, i) => line !== wanted[i]);
  if (different >= 0 || results.length !== wanted.length) {
    return fail(name, `expected ${wanted[Math.max(different, 0)]}, got ${results[Math.max(different, 0)]}`);
  }
  const refused = lines.filter((line) => line.startsWith("refused")).length;
  const memory = lines.filter((line) => line.startsWith("memory")).map((line) => line.replace("memory ", ""));
  const size = sizeOf(`${out}/core.o`, compiler);
  report(
    name,
    `${results.length} lines equal, ${refused} mistakes refused; code ${size}, memory ${memory.join(", ")}`,
  );
}

// Engines that run a script of calls and assertions.
async function scripts() {
  const bytes = readFileSync(RECORDING);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const [, features, steps, window] = new Int32Array(file, 0, 4);
  const samples = new Float32Array(file, 16, steps * features);
  const labels = [...new Int32Array(file, 16 + 4 * steps * features)];
  for (const core of ["wasm-lstm", "wasm-lstm-scalar"]) {
    writeFileSync(
      `out/${core}.wast`,
      await edgeScript(`${BUILD}${core}.wasm`, MODEL, { samples, labels, window }),
    );
    interpret("wabt's interpreter", core, ["wast2json", "spectest-interp"], () => {
      run("wast2json", [`out/${core}.wast`, "-o", `out/${core}.json`]);
      return run("spectest-interp", [`out/${core}.json`]).match(/(\d+)\/\1 tests passed/);
    });
    interpret("Binaryen's interpreter", core, ["wasm-shell"], () => {
      return spawnSync("wasm-shell", [`out/${core}.wast`], { maxBuffer: 2 ** 28 }).status === 0;
    });
  }
}

function interpret(engine, core, needs, passes) {
  const name = `${engine}, ${core}.wasm`;
  const missing = needs.filter((tool) => !has(tool));
  if (missing.length > 0) return report(name, `not run, this machine has no ${missing.join(", no ")}`);
  try {
    if (!passes()) throw new Error("an assertion failed");
    report(
      name,
      `every loss and weight of 20 training steps equal (${statSync(`${BUILD}${core}.wasm`).size} bytes)`,
    );
  } catch (error) {
    fail(name, error.message.slice(0, 500));
  }
}

// Code and constants of an object file in bytes.
function sizeOf(file, compiler) {
  const tool = compiler.replace(/gcc$/, "size");
  return has(tool) ? `${run(tool, [file]).split("\n")[1].trim().split(/\s+/)[0]} bytes` : "of unknown size";
}

function run(command, args) {
  return execFileSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 28 }).trim();
}

function has(tool) {
  return spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;
}

function report(name, text) {
  console.log(`${name.padEnd(42)} ${text}`);
}

function fail(name, text) {
  failures++;
  report(name, `FAILED: ${text}`);
}
