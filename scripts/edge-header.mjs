// Makes include/wasm_lstm.h of the sources of the edge core: numbers and texts of its enums, functions with their comments.
// `node scripts/edge-header.mjs` writes the file; test/edge/header.test.ts sees that it is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);
const FILES = ["describe", "arrays", "passes", "settings", "saved"].map((name) => `assembly/edge/${name}.ts`);
/** Enums: name in the core, prefix in C, what it is. */
const ENUMS = [
  ["assembly/edge/abi.ts", "EdgeError", "WL_ERROR", "What calls return: 0 or more, or one of these."],
  ["assembly/edge/abi.ts", "EdgeFeature", "WL_FEATURE", "What a build carries; wl_features adds them up."],
  ["assembly/edge/abi.ts", "EdgeUse", "WL_USE", "What a model is for."],
  ["assembly/regions.ts", "CellType", "WL_LAYER", "Kinds of layers."],
  ["assembly/edge/abi.ts", "EdgeLayerFlag", "WL_LAYER_FLAG", "What a layer has, added up."],
  ["assembly/regions.ts", "HeadType", "WL_HEAD", "Kinds of heads."],
  ["assembly/edge/abi.ts", "EdgeArray", "WL_ARRAY", "Arrays of a model; f32 if nothing else is said."],
  ["assembly/edge/abi.ts", "EdgeTensor", "WL_TENSOR", "What wl_parameter tells."],
  ["assembly/edge/abi.ts", "EdgePass", "WL_PASS", "How a pass takes its batch, added up."],
  ["assembly/regions.ts", "Setting", "WL_SETTING", "Settings, for wl_set, and results, for wl_get."],
  ["assembly/regions.ts", "Optimizer", "WL_OPTIMIZER", "Values of WL_SETTING_OPTIMIZER."],
  ["assembly/regions.ts", "Schedule", "WL_SCHEDULE", "Values of WL_SETTING_SCHEDULE."],
];
/** Settings that are the core's own business. */
const HIDDEN = new Set(
  "Count TimeMajor HasLengths InitialState Steps Items Dropout TrainableFrom".split(" "),
);
const C_TYPES = { usize: "uint32_t", i32: "int32_t", f32: "float", f64: "double" };
const WASM_TYPES = { usize: "i32", i32: "i32", f32: "f32", f64: "f64" };

/** The functions of the edge core: name, comment, parameters as [name, type], type of the result. */
export function edgeFunctions() {
  return FILES.flatMap((file) => {
    const pattern = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport function (wl_\w+)\(([^)]*)\): (\w+)/g;
    return [...source(file).matchAll(pattern)].map(([, comment, name, list, result]) => ({
      name,
      comment: plain(comment),
      parameters: list
        .split(",")
        .filter((text) => text.trim() !== "")
        .map((text) => text.trim().split(": ")),
      result,
    }));
  });
}

/** The functions that builds which only predict leave out. */
export function trainingFunctions() {
  const exported = source("assembly/edge/inference.ts");
  return edgeFunctions().filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(exported));
}

/** A function's type as WebAssembly has it, e.g. "i32 f64 -> i32". */
export function wasmType({ parameters, result }) {
  return [...parameters.map(([, type]) => WASM_TYPES[type]), "->", WASM_TYPES[result]].join(" ");
}

/** Entries of an enum: name in C, number, comment; the hidden ones left out. */
export function enumEntries(file, name, prefix) {
  const body = source(file).match(new RegExp(`export enum ${name} \\{([\\s\\S]*?)\\n\\}`))[1];
  let next = 0;
  let comment = "";
  const entries = [];
  for (const [, text, entry, value] of body.matchAll(/\/\*\*([\s\S]*?)\*\/|(\w+)(?: = (-?\d+))?,/g)) {
    if (text !== undefined) {
      comment = plain(text);
      continue;
    }
    const number = value === undefined ? next : Number(value);
    next = number + 1;
    if (name !== "Setting" || !HIDDEN.has(entry))
      entries.push({ name: `${prefix}_${upper(entry)}`, number, comment });
    comment = "";
  }
  return entries;
}

export function edgeHeader() {
  const version = source("assembly/edge/abi.ts").match(/ABI_VERSION = (\d+)/)[1];
  const errors = enumEntries(...ENUMS[0].slice(0, 3));
  const functions = edgeFunctions();
  return `/* The edge core of wasm-lstm: calls and numbers. Made by scripts/edge-header.mjs from the core's sources; docs/edge-api.md
 * tells more.
 *
 * The numbers are for every host. The functions are for a core that wasm2c has turned into C: include the header that it
 * wrote, name its module, and include this one:
 *
 *   #include "core.h"           wasm2c wasm-lstm.wasm --module-name=core -o core.c
 *   #define WL_MODULE core
 *   #include "wasm_lstm.h"
 *
 * Define WL_PREDICTS_ONLY as well for a build that only predicts: its training calls are WL_ERROR_UNSUPPORTED.
 *
 * Addresses are offsets into the core's memory. Every function that returns an int32_t returns a negative WL_ERROR_
 * when it has done nothing. */
#ifndef WASM_LSTM_H
#define WASM_LSTM_H

#include <stdint.h>

#define WL_ABI_VERSION ${version}

${ENUMS.map(enumText).join("\n\n")}

/* The text of an error. */
static inline const char *wl_error_text(int32_t error) {
  switch (error) {
${errors.map(({ name, comment }) => `    case ${name}: return "${comment}";`).join("\n")}
  }
  return error > 0 ? wl_error_text(WL_ERROR_OK) : "an error that this header does not know";
}

/* Every function as F(result, name, parameters), for tables and bindings of other hosts. */
#define WL_FUNCTIONS(F) \\
${functions.map(({ name, parameters, result }) => `  F(${C_TYPES[result]}, ${name}, (${list(parameters) || "void"}))`).join(" \\\n")}

#ifdef WL_MODULE
#define WL_PASTE_(a, b, c) a##b##c
#define WL_PASTE(a, b, c) WL_PASTE_(a, b, c)
#define WL_CALL(name) WL_PASTE(w2c_, WL_MODULE, _##name)

typedef WL_PASTE(w2c_, WL_MODULE, ) wl_core;

#ifdef WL_PREDICTS_ONLY
#define WL_TRAINING_CALL(name) WL_WITHOUT_##name
${trainingFunctions()
  .map(
    ({ name, result }) =>
      `#define WL_WITHOUT_${name}(...) ${result === "f64" ? "(0.0 / 0.0)" : "WL_ERROR_UNSUPPORTED"}`,
  )
  .join("\n")}
#else
#define WL_TRAINING_CALL(name) WL_CALL(name)
#endif

${functions.map(functionText).join("\n\n")}
#endif

#endif
`;
}

function enumText([file, name, prefix, what]) {
  const entries = enumEntries(file, name, prefix).map((entry) =>
    entry.comment === ""
      ? `  ${entry.name} = ${entry.number},`
      : `${block(entry.comment, "  ")}\n  ${entry.name} = ${entry.number},`,
  );
  return `/* ${what} */\nenum ${prefix.toLowerCase()} {\n${entries.join("\n")}\n};`;
}

function functionText({ name, comment, parameters, result }) {
  const own = ["wl_core *core", list(parameters)].filter(Boolean).join(", ");
  const names = ["core", ...parameters.map(([parameter]) => parameter)];
  const isTraining = trainingFunctions().some((training) => training.name === name);
  // A parameter that a macro drops is named all the same.
  const used = isTraining ? `  ${names.map((parameter) => `(void)${parameter}`).join(", ")};\n` : "";
  const call = `${isTraining ? "WL_TRAINING_CALL" : "WL_CALL"}(${name})(${names.join(", ")})`;
  return `${block(comment, "")}\nstatic inline ${C_TYPES[result]} ${name}(${own}) {\n${used}  return (${C_TYPES[result]})${call};\n}`;
}

function list(parameters) {
  return parameters.map(([name, type]) => `${C_TYPES[type]} ${name}`).join(", ");
}

// A comment in C, at most 118 columns wide.
function block(text, indent) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== "" && indent.length + last.length + word.length > 112) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return `${indent}/* ${lines.join(`\n${indent} * `)} */`;
}

// The words of a comment without its frame, in one line.
function plain(comment) {
  return comment
    .replace(/\n\s*\*/g, " ")
    .replace(/\s+/g, " ")
    .replace(/EdgeArray\.State/g, "WL_ARRAY_STATE")
    .trim();
}

function upper(name) {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}

function source(file) {
  return readFileSync(new URL(file, ROOT), "utf8");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("include/wasm_lstm.h", ROOT), edgeHeader());
}
