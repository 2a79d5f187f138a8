// Formats whose LSTM adds nothing to the forget gate at run time hold bias + forgetBias, rounded once.
// What the bias was is kept beside it, and trusted only where it still gives what the file holds.

import type { ModelDescription } from "../../layers.ts";
import { directionsOf } from "../../tensor-shapes.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { AS_IT_IS } from "./blocks.ts";
import { parseJson } from "./description.ts";
import type { Converted, Mapped } from "./layout.ts";

/** By the native name of a bias: base64 of the float32 values, little-endian, of its gate f. */
type Split = Record<string, string>;

/** What metadata must keep of biases that get a forget bias added; undefined if there are none. */
export function splitJson(model: ModelDescription, tensors: Tensors): string | undefined {
  const split: Split = {};
  for (const { layer, prefix, H } of directionsOf(model)) {
    if (layer.type !== "lstm" || layer.forgetBias === 0) continue;
    const name = `${prefix}bias`;
    split[name] = toBase64(tensors.get(name)!.data.slice(H, 2 * H));
  }
  return Object.keys(split).length === 0 ? undefined : JSON.stringify(split);
}

/** The model as a file without run-time forget biases runs it. */
export function withoutForgetBias(model: ModelDescription): ModelDescription {
  const layers = model.layers.map((layer) => (layer.type === "lstm" ? { ...layer, forgetBias: 0 } : layer));
  return { ...model, layers };
}

/**
 * Takes the forget biases of `model` out of tensors that were read with them, where `json`, which splitJson made,
 * still fits the values: the biases are then what they were, to the bit. Other layers keep what they have, and
 * their forget bias becomes 0, which computes the same.
 */
export function takeOutForgetBias(
  model: ModelDescription,
  { tensors, mapped }: Converted,
  json: string | undefined,
  file: string,
): { model: ModelDescription; mapped: Mapped[] } {
  const split = json === undefined ? new Map<string, Float32Array>() : readSplit(json, file);
  const directions = directionsOf(model).filter(
    ({ layer }) => layer.type === "lstm" && layer.forgetBias !== 0,
  );
  const kept = model.layers.map((layer, index) =>
    directions
      .filter((direction) => direction.index === index)
      .every(({ prefix, H }) =>
        fits(split.get(`${prefix}bias`), layer.forgetBias, forgetGate(tensors, prefix, H)),
      ),
  );
  const reports = new Map(mapped.map((line) => [line.to, line]));
  for (const { layer, index, prefix, H } of directions) {
    const bias = `${prefix}bias`;
    const { forgetBias } = layer;
    if (kept[index]) forgetGate(tensors, prefix, H).set(split.get(bias)!);
    const transformation = kept[index]
      ? `forget bias ${forgetBias} taken out of gate f, to the bit by the metadata`
      : `${AS_IT_IS}: a forget bias is part of it, the layer's own is 0`;
    reports.set(bias, { ...reports.get(bias)!, transformation });
  }
  const layers = model.layers.map((layer, index) => (kept[index] ? layer : { ...layer, forgetBias: 0 }));
  return { model: { ...model, layers }, mapped: [...reports.values()] };
}

function forgetGate(tensors: Tensors, prefix: string, H: number): Float32Array {
  return tensors.get(`${prefix}bias`)!.data.subarray(H, 2 * H);
}

/** Whether `original` with the forget bias is what is stored. */
function fits(original: Float32Array | undefined, forgetBias: number, stored: Float32Array): boolean {
  return (
    original?.length === stored.length &&
    original.every((value, i) => Object.is(Math.fround(value + Math.fround(forgetBias)), stored[i]))
  );
}

function readSplit(json: string, file: string): Map<string, Float32Array> {
  const value = parseJson(json, file);
  if (typeof value !== "object" || value === null)
    fail(file, `expected an object of biases, got ${quote(json)}`);
  return new Map(
    Object.entries(value).map(([name, text]) => {
      if (typeof text !== "string") fail(file, `expected bias ${quote(name)} in base64, got ${typeof text}`);
      return [name, fromBase64(text, name, file)];
    }),
  );
}

function toBase64(values: Float32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromBase64(text: string, name: string, file: string): Float32Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    fail(file, `expected bias ${quote(name)} in base64, got ${quote(text)}`);
  }
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
  if (bytes.length % 4 !== 0)
    fail(file, `expected bias ${quote(name)} of float32, got ${bytes.length} bytes`);
  return new Float32Array(bytes.buffer);
}
