// A model as a file carries it: what it is, its weights under their native names, and strings beside them.
// Types, names and shapes; knows no file format and no core.

import { gateCount, type HeadConfig, type LayerConfig, layerWidth, outputUnits } from "../../layers.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { shapeText } from "../safetensors.ts";

/** One recurrent layer, complete; what belongs to another type has its default. */
export type LayerDescription = Readonly<LayerConfig>;
export type HeadDescription = Readonly<HeadConfig>;

export interface ModelDescription {
  /** Absent where the file does not say: weights fit any number of steps. */
  readonly timeSteps?: number;
  readonly features: number;
  /** Width of the linear projection before layer 0; 0: none. */
  readonly projectionUnits: number;
  readonly layers: readonly LayerDescription[];
  readonly head: HeadDescription;
}

export interface ModelFile {
  readonly description: ModelDescription;
  /** Native names, as nativeShapes gives them; all values are finite. */
  readonly tensors: Tensors;
  /** What else the file says, e.g. how its inputs were prepared; the keys of this library's own are left out. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** X: width of what layer `l` reads; of the head's input F for l = layers.length. */
export function inputWidth(description: ModelDescription, l: number): number {
  return l > 0 ? layerWidth(description.layers[l - 1]) : description.projectionUnits || description.features;
}

/** One direction of one layer, with its dimensions by the letters of the architecture's page. */
export interface Direction {
  readonly layer: LayerDescription;
  readonly index: number;
  readonly reverse: boolean;
  /** Its tensors' names begin with this, e.g. `layers.0.` or `layers.0.reverse.`. */
  readonly prefix: string;
  readonly X: number;
  readonly H: number;
  readonly R: number;
  readonly G: number;
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

/** Every tensor's shape, in the order of a native file. */
export function nativeShapes(description: ModelDescription): Map<string, readonly number[]> {
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
  checkShapes(tensors, nativeShapes(description), name);
  for (const [tensor, { shape, data }] of tensors) {
    const i = data.findIndex((value) => !Number.isFinite(value));
    if (i < 0) continue;
    const columns = shape[shape.length - 1];
    const place = shape.length === 1 ? [i] : [Math.floor(i / columns), i % columns];
    fail(name, `tensor ${quote(tensor)}: expected finite values, got ${data[i]} at ${shapeText(place)}`);
  }
}

/** Throws a RangeError unless the tensors have exactly these names and shapes. */
export function checkShapes(
  tensors: Tensors,
  shapes: ReadonlyMap<string, readonly number[]>,
  name: string,
): void {
  for (const expected of shapes.keys()) {
    if (!tensors.has(expected)) {
      fail(name, `expected tensor ${quote(expected)}, got only ${listed(tensors.keys())}`);
    }
  }
  for (const [tensor, { shape, data }] of tensors) {
    const expected = shapes.get(tensor);
    if (expected === undefined)
      fail(name, `expected only tensors ${listed(shapes.keys())}, got ${quote(tensor)}`);
    if (shape.length !== expected.length || shape.some((n, axis) => n !== expected[axis])) {
      fail(name, `tensor ${quote(tensor)}: expected shape ${shapeText(expected)}, got ${shapeText(shape)}`);
    }
    const size = expected.reduce((product, n) => product * n, 1);
    if (data.length !== size)
      fail(name, `tensor ${quote(tensor)}: expected ${size} values, got ${data.length}`);
  }
}

/** Names for a message, cut when many. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, 12).map(quote).join(", ");
  return all.length === 0 ? "none" : all.length > 12 ? `${shown} and ${all.length - 12} more` : shown;
}
