// A model as a file carries it: what it is, its weights under their native names, and strings beside them.
// Types, names and shapes; knows no file format and no core.

import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { shapeText } from "../safetensors.ts";

export type LayerType = "lstm" | "gru" | "rnn";

/** One recurrent layer, complete; what belongs to another type has its default. */
export interface LayerDescription {
  readonly type: LayerType;
  readonly units: number;
  /** true: the outputs of both directions side by side, [forward | reverse]. */
  readonly bidirectional: boolean;
  /** lstm: added to the forget gate at run time, never part of the bias. */
  readonly forgetBias: number;
  /** lstm: gates see the cell state. */
  readonly peepholes: boolean;
  /** lstm: bound of the cell state; Infinity: none. */
  readonly cellClip: number;
  /** lstm: width of the linear projection of its output; 0: none. */
  readonly recurrentProjectionUnits: number;
  /** gru: the reset gate acts after the recurrent product (true) or before it. */
  readonly resetAfter: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
}

export interface HeadDescription {
  readonly type: "softmax" | "sigmoid" | "linear";
  readonly units: number;
  readonly everyStep: boolean;
  readonly dropout: number;
}

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

export const LAYER_DEFAULTS = {
  type: "lstm",
  bidirectional: false,
  forgetBias: 1,
  peepholes: false,
  cellClip: Number.POSITIVE_INFINITY,
  recurrentProjectionUnits: 0,
  resetAfter: true,
  dropout: 0,
  recurrentDropout: 0,
} as const satisfies Omit<LayerDescription, "units">;

export const HEAD_DEFAULTS = {
  type: "softmax",
  everyStep: false,
  dropout: 0,
} as const satisfies Omit<HeadDescription, "units">;

/** Columns of a kernel per unit: i, f, g, o; z, r, n; or the one sum. */
export const GATES: Readonly<Record<LayerType, number>> = { lstm: 4, gru: 3, rnn: 1 };

/** R: width of the state h of one direction. */
export function stateWidth({ recurrentProjectionUnits, units }: LayerDescription): number {
  return recurrentProjectionUnits || units;
}

/** What a layer gives to the next: R, or 2R from both directions. */
export function outputWidth(layer: LayerDescription): number {
  return stateWidth(layer) * (layer.bidirectional ? 2 : 1);
}

/** X: width of what layer `l` reads; of the head's input F for l = layers.length. */
export function inputWidth(description: ModelDescription, l: number): number {
  return l > 0 ? outputWidth(description.layers[l - 1]) : description.projectionUnits || description.features;
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
      ...{ X: inputWidth(description, index), H: layer.units, R: stateWidth(layer), G: GATES[layer.type] },
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
