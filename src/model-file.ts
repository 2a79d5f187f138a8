// A model's weights as the bytes of a file and back. Loaded when a file is wanted: a page that needs none gets no reader.

import { decodeModel } from "./formats/models/convert.ts";
import type { DialectName } from "./formats/models/named-tensors.ts";
import { encodeSafetensorsModel } from "./formats/models/safetensors-model.ts";
import {
  type Architecture,
  architectureOf,
  checkObject,
  type LayerConfig,
  type ModelDescription,
} from "./layers.ts";
import type { Tensors } from "./types.ts";

export { decodeModel } from "./formats/models/convert.ts";

export interface SaveOptions {
  /** Whose names and layout the tensors get; default "native". See `convert` for other kinds of files. */
  dialect?: DialectName;
  /** Strings for the file's header. */
  metadata?: Record<string, string>;
}

/**
 * A safetensors file of native weights, from which alone the model can be made again. Throws a RangeError for weights
 * that are not finite, and for a model that the dialect has not.
 */
export function encodeWeights(weights: Tensors, config: Architecture, options: SaveOptions): Uint8Array {
  checkObject(options, "options", { dialect: 0, metadata: 0 }, "");
  const { dialect = "native", metadata = {} } = options;
  // Its names are the caller's.
  checkObject(metadata, "metadata", metadata);
  const model = { description: architectureOf(config), tensors: weights, metadata };
  return encodeSafetensorsModel(model, dialect).bytes;
}

/** Native weights of a file of any format for a model of this kind. Throws a RangeError that begins with `name`. */
export async function decodeWeights(bytes: Uint8Array, name: string, config: Architecture): Promise<Tensors> {
  const { model } = await decodeModel(bytes, name, { description: architectureOf(config) });
  requireSameCells(model.description, config, name);
  return model.tensors;
}

/** Options of a layer that its tensors' shapes do not tell, and that weights are learnt for. */
const TOLD_BY_NO_SHAPE: readonly (keyof LayerConfig)[] = ["forgetBias", "cellClip"];

function requireSameCells(file: ModelDescription, model: ModelDescription, name: string): void {
  for (const [l, layer] of model.layers.entries()) {
    const other = file.layers[l];
    const option = TOLD_BY_NO_SHAPE.find((own) => other[own] !== layer[own]);
    if (option === undefined) continue;
    throw new RangeError(
      `${name}: expected layers[${l}].${option} ${layer[option]} as in the model, got ${other[option]}`,
    );
  }
}
