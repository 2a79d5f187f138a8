// Models in safetensors files, in any dialect; a checkpoint is one of them.

import { checkpointOf, isCheckpoint } from "../../checkpoint.ts";
import type { Checkpoint } from "../../checkpoint-state.ts";
import { modelConfig } from "../../config.ts";
import { architectureOf } from "../../layers.ts";
import { quote } from "../../shown.ts";
import { fail } from "../json-reader.ts";
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

/**
 * Reads a file of any dialect; of a checkpoint the weights, with the whole of it beside them. Throws a RangeError or
 * TypeError that begins with `name`, the file's.
 */
export function decodeSafetensorsModel(
  bytes: Uint8Array,
  name: string,
  options?: ReadOptions,
): ReadModel & { checkpoint?: Checkpoint } {
  const file = decodeSafetensors(bytes, name);
  const [whole] = file.integers.keys();
  if (whole !== undefined && !isCheckpoint(file.metadata)) {
    fail(name, `tensor ${quote(whole)}: expected floating-point numbers, got whole ones`);
  }
  if (!isCheckpoint(file.metadata)) return fromNamedTensors(file, name, options);
  const checkpoint = checkpointOf(file, name);
  const { weights: tensors, metadata } = checkpoint;
  const description = architectureOf(modelConfig(checkpoint.options));
  return { ...fromNamedTensors({ tensors, metadata }, name, { description }), checkpoint };
}
