// The same bytes for an engine that is no JavaScript engine: a WebAssembly script (.wast) that describes the packed model to
// the core, brings weights and samples, and asserts each answer, every loss and every weight that this engine gives.
// wabt's spectest-interp and Binaryen's wasm-shell run such scripts.
import { readFileSync } from "node:fs";
import { decodePacked, EdgeArray, loadEdge, Setting } from "./edge-numbers.mjs";

const BATCH = 4;
const TRAIN_STEPS = 20;

/** The script for a build of the core, a packed model and samples [windows, steps, features] with a label for each window. */
export async function edgeScript(corePath, modelPath, { samples, labels, window }) {
  const bytes = readFileSync(corePath);
  const core = await loadEdge(new Uint8Array(bytes));
  const packed = decodePacked(new Uint8Array(readFileSync(modelPath)), modelPath);
  const { features, projectionUnits, layers, head } = packed.architecture;
  const lines = [`(module $core binary ${binaryText(bytes)})`, '(register "core")', POKE];
  const model = core.wl_first_address();
  // Every call is made here too; its result is what the script asserts.
  const call = (name, ...args) => {
    const types = ARGUMENTS[name];
    const result = core[name](...args);
    const given = args.map((value, i) => constant(types[i], value)).join(" ");
    lines.push(
      `(assert_return (invoke $core "${name}" ${given}) ${constant(name === "wl_get" ? "f64" : "i32", result)})`,
    );
    return result;
  };
  const poke = (address, words) => {
    const view = new Int32Array(core.memory.buffer);
    for (const [i, word] of words.entries()) {
      view[address / 4 + i] = word;
      lines.push(`(invoke $poke "put" (i32.const ${address + 4 * i}) (i32.const ${word}))`);
    }
  };
  call("wl_abi_version");
  call("wl_begin", model, core.wl_abi_version(), BATCH, window, features, projectionUnits, 1);
  for (const y of layers) call("wl_add_layer", model, 0, y.units, 0, 0, y.forgetBias, y.cellClip, 0, 0);
  call("wl_set_head", model, 0, head.units, 0, 0);
  const end = model + call("wl_bytes", model);
  const pages = Math.ceil(end / 65536) - core.memory.buffer.byteLength / 65536;
  core.memory.grow(pages);
  lines.push(`(invoke $poke "grow" (i32.const ${pages}))`);
  call("wl_init", model);
  const weights = call("wl_address", model, EdgeArray.Parameters);
  poke(weights, new Int32Array(packed.weights.buffer));
  call("wl_pack", model);
  const input = call("wl_address", model, EdgeArray.Input);
  poke(input, new Int32Array(Float32Array.from(samples.slice(0, BATCH * window * features)).buffer));
  poke(call("wl_address", model, EdgeArray.Labels), labels.slice(0, BATCH));
  call("wl_step", model, 1);
  for (let step = 0; step < TRAIN_STEPS; step++) {
    call("wl_train", model, BATCH, 0);
    call("wl_get", model, Setting.Loss);
  }
  const trained = new Int32Array(core.memory.buffer, weights, packed.weights.length / 4);
  for (const [i, word] of trained.entries()) {
    lines.push(`(assert_return (invoke $poke "get" (i32.const ${weights + 4 * i})) (i32.const ${word}))`);
  }
  // Bad input: no engine traps.
  call("wl_train", model + 4, 1, 0);
  call("wl_forward", model, BATCH + 1, 0);
  return `${lines.join("\n")}\n`;
}

const POKE = `(module $poke (import "core" "memory" (memory 1))
  (func (export "put") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
  (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "grow") (param i32) (drop (memory.grow (local.get 0)))))`;

const ARGUMENTS = {
  wl_add_layer: ["i32", "i32", "i32", "i32", "i32", "f32", "f32", "f32", "f32"],
  wl_set_head: ["i32", "i32", "i32", "i32", "f32"],
};

for (const name of "abi_version begin bytes init address pack step train get forward".split(" ")) {
  ARGUMENTS[`wl_${name}`] = Array(8).fill("i32");
}

function constant(type, value) {
  if (type === "i32") return `(i32.const ${value})`;
  return `(${type}.const ${Number.isFinite(value) ? hexFloat(value) : "inf"})`;
}

// A double as text that loses nothing: ±0x1.<52 bits>p<exponent>.
function hexFloat(value) {
  if (value === 0) return "0";
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0];
  const exponent = Number((bits >> 52n) & 2047n) - 1023;
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, "0");
  return `${value < 0 ? "-" : ""}0x1.${fraction}p${exponent}`;
}

function binaryText(bytes) {
  const rows = [];
  for (let at = 0; at < bytes.length; at += 64) {
    rows.push(
      `"${[...bytes.subarray(at, at + 64)].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("")}"`,
    );
  }
  return rows.join("\n");
}
