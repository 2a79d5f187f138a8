// A model as a file of any format.

import { dirname, join } from "node:path";
import { checkReplaceable, writeWhole } from "../files.ts";
import { type ConvertedFile, convert, TARGETS, type Target } from "../formats/models/convert.ts";
import type { ModelFile } from "../formats/models/model-file.ts";
import type { OnnxOptions } from "../formats/models/onnx-write.ts";
import { type Typed, wordOf } from "./options.ts";

const BY_ENDING: readonly [RegExp, Target][] = [
  [/\.onnx$/i, "onnx"],
  [/\.npz$/i, "npz"],
  [/\.json$/i, "tfjs"],
];

/** The format that `option` names, else the one of the file's name; native is safetensors. */
export function targetOf(path: string, typed: Typed, option: string): Target {
  return wordOf(typed, option, TARGETS) ?? BY_ENDING.find(([ending]) => ending.test(path))?.[1] ?? "native";
}

/** Throws unless the file could be written now; `name` begins the messages. */
export function checkTarget(path: string, name: string): void {
  checkReplaceable(path, name);
}

/**
 * Writes the file, and first those that lie beside it, each whole or not at all. Throws a RangeError with the reason
 * if the format has no such model.
 */
export function writeModel(
  path: string,
  name: string,
  model: ModelFile,
  target: Target,
  options: OnnxOptions = {},
): ConvertedFile {
  const file = convert(model, target, options);
  for (const [shard, bytes] of file.beside)
    writeWhole(join(dirname(path), shard), bytes, `${name}: ${shard}`);
  writeWhole(path, file.bytes, name);
  return file;
}
