// Models in safetensors files, in any dialect.

import { decodeSafetensors, encodeSafetensors } from "../safetensors.ts";
import type { ModelFile } from "./model-file.ts";
import {
  type DialectName,
  fromNamedTensors,
  type ReadModel,
  type ReadOptions,
  type Report,
  toNamedTensors,
} from "./named-tensors.ts";

export function encodeSafetensorsModel(
  model: ModelFile,
  dialect: DialectName = "native",
): Report & { bytes: Uint8Array } {
  const { tensors, metadata, mapped, notes } = toNamedTensors(model, dialect);
  return { bytes: encodeSafetensors(tensors, metadata), mapped, notes };
}

/** Reads a file of any dialect. Throws a RangeError or TypeError that begins with `name`, the file's. */
export function decodeSafetensorsModel(bytes: Uint8Array, name: string, options?: ReadOptions): ReadModel {
  return fromNamedTensors(decodeSafetensors(bytes, name), name, options);
}
