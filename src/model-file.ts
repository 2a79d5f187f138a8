// A model's weights as the bytes of a file and back. Loaded when a file is wanted: a page that needs none gets no reader.

import { checkTensors } from "./core/parameters.ts";
import { type Dialect, decodeWeights, encodeWeights } from "./formats/dialects.ts";
import type { Tensors } from "./types.ts";

export interface SaveOptions {
  /** Whose names and layout the tensors get; default "native". */
  dialect?: Dialect;
  /** Strings for the file's header. */
  metadata?: Record<string, string>;
}

/** A safetensors file of native weights. Throws a RangeError naming the tensor that is not finite. */
export function encodeModel(weights: Tensors, { dialect = "native", metadata }: SaveOptions): Uint8Array {
  const list = [...weights].map(([name, { shape }]) => ({ name, shape }));
  checkTensors(weights, list, "weights");
  return encodeWeights(renamed(weights, "layers.0.", "lstm."), dialect, { ...metadata });
}

/** Native weights of a safetensors file of either dialect. Throws a RangeError that begins with `name`. */
export function decodeModel(bytes: Uint8Array, name: string): Tensors {
  return renamed(decodeWeights(bytes, name).weights, "lstm.", "layers.0.");
}

function renamed(tensors: Tensors, from: string, to: string): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name.replace(from, to), tensor]));
}
