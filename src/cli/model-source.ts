// A model's file, of any format, with what a training left in it.

import { dirname, join } from "node:path";
import { readWhole } from "../files.ts";
import { decodeModel } from "../formats/models/convert.ts";
import type { ReadOptions } from "../formats/models/named-tensors.ts";
import { decodePreparation, type Preparation } from "../preparation.ts";

/** Kept in a model's metadata, so that other sequences can be prepared as those of the training were. */
export const PREPARATION = "wasm-lstm.preparation";

/** `name` begins the messages. Shards of a TensorFlow.js model are read from beside it. */
export async function readModel(path: string, name: string, options: ReadOptions = {}) {
  return decodeModel(readWhole(path, name), name, {
    ...options,
    beside: (shard) => readWhole(join(dirname(path), shard), `${name}: its shard ${shard}`),
  });
}

/** How the training's sequences were prepared; undefined where that is not known. */
export function preparationOf(
  metadata: Readonly<Record<string, string>>,
  name: string,
): Preparation | undefined {
  const text = metadata[PREPARATION];
  return text === undefined ? undefined : decodePreparation(text, name);
}
