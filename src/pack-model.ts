// A model for a device: its weights, how samples are scaled for it, and the names of its classes, in one file.

import { checkScaler } from "./data/scale.ts";
import {
  decodePacked,
  encodePacked,
  type PackedModel,
  PRECISIONS,
  type Precision,
} from "./formats/packed.ts";
import { quantize } from "./formats/quantize.ts";
import { type Architecture, oneOf } from "./layers.ts";
import type { Preparation } from "./preparation.ts";
import { checkTensors, tensorShapes } from "./tensor-shapes.ts";
import type { Tensors } from "./types.ts";

export interface PackOptions {
  /** "f32": the weights as they are; "int8": kernels of the layers in a byte a weight. Default "f32". */
  precision?: Precision;
  /** What the training learnt of its data: the scaler, and names of the classes or targets. */
  preparation?: Pick<Preparation, "scaler" | "classNames" | "targetNames">;
  /** Begins error messages; default "weights". */
  name?: string;
}

export interface UnpackedModel extends Pick<PackedModel, "architecture" | "scaling" | "classNames"> {
  weights: Tensors;
}

/**
 * The file for `wl_` calls of the edge core, see docs/edge-api.md. Throws a RangeError for weights that are not those of
 * the architecture, for names that are not one per output, and for a layer that int8 weights do not go with.
 */
export function packModel(
  architecture: Architecture,
  weights: Tensors,
  options: PackOptions = {},
): Uint8Array {
  const { precision = "f32", preparation = {}, name = "weights" } = options;
  oneOf("precision", precision, PRECISIONS);
  checkTensors(weights, architecture, name);
  const { scaler, classNames, targetNames } = preparation;
  if (scaler !== undefined) checkScaler(scaler, architecture.features, name);
  const names = classNames ?? targetNames ?? [];
  const outputs = architecture.head.units;
  if (names.length > 0 && names.length !== outputs) {
    throw new RangeError(`${name}: expected ${outputs} class names, got ${names.length}`);
  }
  const packed =
    precision === "int8"
      ? quantize(architecture, weights)
      : { architecture, weights: block(architecture, weights) };
  return encodePacked({ ...packed, precision, scaling: scaler, classNames: names });
}

/** What a packed file of f32 weights holds, as createModel and setWeights take it. Throws a RangeError beginning with `name`. */
export function unpackModel(bytes: Uint8Array, name = "packed model"): UnpackedModel {
  const { architecture, precision, weights, scaling, classNames } = decodePacked(bytes, name);
  if (precision !== "f32") throw new RangeError(`${name}: expected f32 weights, got ${precision}`);
  const floats = new Float32Array(weights.buffer);
  const tensors: Tensors = new Map();
  let at = 0;
  for (const [name, shape] of tensorShapes(architecture)) {
    const length = shape.reduce((a, b) => a * b, 1);
    tensors.set(name, { shape, data: floats.slice(at, at + length) });
    at += length;
  }
  if (at !== floats.length) throw new RangeError(`${name}: expected ${at} weights, got ${floats.length}`);
  checkTensors(tensors, architecture, name);
  return { architecture, weights: tensors, scaling, classNames };
}

// The tensors one behind another, as in the core's memory.
function block(architecture: Architecture, weights: Tensors): Uint8Array {
  const names = [...tensorShapes(architecture).keys()];
  const floats = Float32Array.from(names.flatMap((name) => [...weights.get(name)!.data]));
  return new Uint8Array(floats.buffer);
}
