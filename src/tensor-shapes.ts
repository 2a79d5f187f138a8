// The tensors of a model: names and shapes, in the order in which memory and native files have them.

import { gateCount, type LayerConfig, layerWidth, type ModelDescription, outputUnits } from "./layers.ts";
import { listed, quote, shapeText, shown } from "./shown.ts";
import type { Tensors } from "./types.ts";

/** One direction of one layer, with its dimensions by the letters of the architecture's page. */
export interface Direction {
  readonly layer: LayerConfig;
  readonly index: number;
  readonly reverse: boolean;
  /** Its tensors' names begin with this, e.g. `layers.0.` or `layers.0.reverse.`. */
  readonly prefix: string;
  readonly X: number;
  readonly H: number;
  readonly R: number;
  readonly G: number;
}

/** X: width of what layer `l` reads; of the head's input F for l = layers.length. */
function inputWidth({ layers, projectionUnits, features }: ModelDescription, l: number): number {
  return l > 0 ? layerWidth(layers[l - 1]) : projectionUnits || features;
}

/** In the order of the tensors: layer by layer, forward before reverse. */
export function directionsOf(description: ModelDescription): Direction[] {
  return description.layers.flatMap((layer, index) =>
    (layer.bidirectional ? [false, true] : [false]).map((reverse) => ({
      ...{ layer, index, reverse, prefix: `layers.${index}.${reverse ? "reverse." : ""}` },
      ...{ X: inputWidth(description, index), H: layer.units, R: outputUnits(layer), G: gateCount(layer) },
    })),
  );
}

/** Every tensor's shape, by its native name. Gates i, f, g, o of an LSTM and z, r, n of a GRU in every row. */
export function tensorShapes(description: ModelDescription): Map<string, readonly number[]> {
  const { features: I, projectionUnits: P, head } = description;
  const shapes = new Map<string, readonly number[]>();
  if (P > 0) shapes.set("projection.kernel", [I, P]).set("projection.bias", [P]);
  for (const { layer, prefix, X, H, R, G } of directionsOf(description)) {
    shapes.set(`${prefix}kernel`, [X, G * H]);
    shapes.set(`${prefix}recurrent_kernel`, [R, G * H]);
    shapes.set(`${prefix}bias`, layer.type === "gru" && layer.resetAfter ? [2, 3 * H] : [G * H]);
    if (layer.peepholes) shapes.set(`${prefix}peephole`, [3, H]);
    if (layer.recurrentProjectionUnits > 0) shapes.set(`${prefix}projection_kernel`, [H, R]);
  }
  const F = inputWidth(description, description.layers.length);
  return shapes.set("head.kernel", [F, head.units]).set("head.bias", [head.units]);
}

/** Throws a RangeError unless the tensors are exactly those of the description, all finite. `name` is the file's. */
export function checkTensors(tensors: Tensors, description: ModelDescription, name: string): void {
  checkShapes(tensors, tensorShapes(description), name);
  for (const [tensor, { shape, data }] of tensors) {
    const i = data.findIndex((value) => !Number.isFinite(value));
    if (i < 0) continue;
    const columns = shape[shape.length - 1];
    const place = shape.length === 1 ? [i] : [Math.floor(i / columns), i % columns];
    wrong(name, `tensor ${quote(tensor)}: expected finite values, got ${data[i]} at ${shapeText(place)}`);
  }
}

/** Throws a RangeError unless the tensors have exactly these names and shapes. */
export function checkShapes(
  tensors: Tensors,
  shapes: ReadonlyMap<string, readonly number[]>,
  name: string,
): void {
  if (!(tensors instanceof Map))
    throw new TypeError(`${name}: expected a Map of tensors, got ${shown(tensors)}`);
  for (const expected of shapes.keys()) {
    if (!tensors.has(expected)) {
      wrong(name, `expected tensor ${quote(expected)}, got only ${listed([...tensors.keys()].map(String))}`);
    }
  }
  for (const [tensor, own] of tensors) {
    if (!Array.isArray(own?.shape) || !(own.data instanceof Float32Array)) {
      wrong(
        name,
        `tensor ${quote(String(tensor))}: expected a shape and a Float32Array as data, got ${shown(own)}`,
      );
    }
    const { shape, data } = own;
    const expected = shapes.get(tensor);
    if (expected === undefined)
      wrong(name, `expected only tensors ${listed(shapes.keys())}, got ${quote(tensor)}`);
    if (shape.length !== expected.length || shape.some((n, axis) => n !== expected[axis])) {
      wrong(name, `tensor ${quote(tensor)}: expected shape ${shapeText(expected)}, got ${shapeText(shape)}`);
    }
    const size = expected.reduce((product, n) => product * n, 1);
    if (data.length !== size)
      wrong(name, `tensor ${quote(tensor)}: expected ${size} values, got ${data.length}`);
  }
}

function wrong(name: string, message: string): never {
  throw new RangeError(`${name}: ${message}`);
}
