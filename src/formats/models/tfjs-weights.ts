// The weights of a TensorFlow.js model: specifications and one run of bytes -> named float32 tensors.
// Fields as in tfjs-core/src/io/types.ts (WeightsManifestEntry). Both are untrusted.

import { shapeText } from "../../shown.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { halfValue } from "../safetensors.ts";
import { fieldsOf, show } from "./description.ts";

export interface WeightSpec {
  name: string;
  shape: number[];
  dtype: "float32";
}

/** How the bytes of one tensor are read. */
interface Stored extends Omit<WeightSpec, "dtype"> {
  valueBytes: number;
  value: (view: DataView, at: number) => number;
  /** The type that the values were rounded to, if they were. */
  quantized: string | undefined;
}

export interface Weights {
  readonly tensors: Tensors;
  readonly notes: readonly string[];
}

/** Checks the specifications; gives the bytes that they speak of in all. */
export function readSpecs(specs: unknown, file: string): { stored: Stored[]; bytes: number } {
  if (!Array.isArray(specs)) fail(file, `expected a list of weights, got ${show(specs)}`);
  const names = new Set<string>();
  let bytes = 0;
  const stored = specs.map((spec, k) => {
    const read = readSpec(fieldsOf(spec, `weight ${k}`, file), `weight ${k}`, file);
    if (names.has(read.name)) fail(file, `expected each weight once, got ${quote(read.name)} twice`);
    names.add(read.name);
    bytes += product(read.shape) * read.valueBytes;
    if (!Number.isSafeInteger(bytes)) fail(file, `the size of shape ${shapeText(read.shape)} overflows`);
    return read;
  });
  return { stored, bytes };
}

/** `data` has as many bytes as the specifications say. */
export function readWeights(stored: readonly Stored[], data: Uint8Array): Weights {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const tensors: Tensors = new Map();
  const notes: string[] = [];
  let at = 0;
  for (const { name, shape, valueBytes, value, quantized } of stored) {
    const values = new Float32Array(product(shape));
    for (let i = 0; i < values.length; i++, at += valueBytes) values[i] = value(view, at);
    tensors.set(name, { shape, data: values });
    if (quantized !== undefined) notes.push(`${name} was stored in ${quantized}: what rounding lost is lost`);
  }
  return { tensors, notes };
}

function readSpec(spec: Record<string, unknown>, where: string, file: string): Stored {
  const { name, shape, dtype, quantization } = spec;
  if (typeof name !== "string") fail(file, `${where}: expected a name, got ${show(name)}`);
  const own = `weight ${quote(name)}`;
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    fail(file, `${own}: expected a shape of whole numbers, got ${show(shape)}`);
  }
  if (dtype !== "float32") fail(file, `${own}: expected dtype float32, got ${show(dtype)}`);
  const float32 = (view: DataView, at: number) => view.getFloat32(at, true);
  if (quantization === undefined || quantization === null) {
    return { name, shape, valueBytes: 4, value: float32, quantized: undefined };
  }
  const { dtype: quantized, min, scale } = fieldsOf(quantization, `quantization of ${own}`, file);
  if (quantized === "float16") {
    const half = (view: DataView, at: number) => halfValue(view.getUint16(at, true));
    return { name, shape, valueBytes: 2, value: half, quantized };
  }
  if (quantized !== "uint8" && quantized !== "uint16") {
    fail(file, `${own}: expected quantization to uint8, uint16 or float16, got ${show(quantized)}`);
  }
  if (typeof min !== "number" || typeof scale !== "number") {
    fail(
      file,
      `${own}: expected numbers min and scale of the quantization, got ${show(min)} and ${show(scale)}`,
    );
  }
  const value =
    quantized === "uint8"
      ? (view: DataView, at: number) => view.getUint8(at) * scale + min
      : (view: DataView, at: number) => view.getUint16(at, true) * scale + min;
  return { name, shape, valueBytes: quantized === "uint8" ? 1 : 2, value, quantized };
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, n) => (Number.isSafeInteger(size) ? size * n : Number.NaN), 1);
}
