// What a model makes of one image, row by row; plain arrays.

import type { LayerType, Trace } from "wasm-lstm";
import { CLASSES, IMAGE, SIDE } from "../images-protocol.ts";

/** A quantity of every unit after every row. */
export interface Sheet {
  key: string;
  /** [28, units] */
  values: Float32Array;
}

export interface Reading {
  layer: LayerType;
  units: number;
  /** [28, 28], 0 to 1 */
  image: Float32Array;
  /** [28, 10]: probabilities after each row. */
  beliefs: Float32Array;
  /** The memory: c of an LSTM, h of the others. */
  memory: Sheet;
  gates: Sheet[];
  /** Units by when and to which side their memory wakes. */
  waking: Uint16Array;
}

const GATES: Record<LayerType, string[]> = { lstm: ["i", "f", "g", "o"], gru: ["z", "r", "n"], rnn: [] };

/** An image 28 times, of which the model is to read one row, two rows, and so on. */
export function prefixesOf(image: Float32Array): { x: Float32Array; lengths: number[] } {
  const x = new Float32Array(SIDE * IMAGE);
  for (let n = 0; n < SIDE; n++) x.set(image, n * IMAGE);
  return { x, lengths: Array.from({ length: SIDE }, (_, n) => n + 1) };
}

/** Of the trace of an image's prefixes by a model of one layer. */
export function readingOf(image: Float32Array, trace: Trace, layer: LayerType): Reading {
  const [{ gates, cellState }] = trace.cells;
  const units = trace.outputs.length / (SIDE * SIDE);
  const names = GATES[layer];
  const each = gates.length / (SIDE * SIDE * units);
  // The last prefix is the whole image.
  const last = (SIDE - 1) * SIDE;
  const sheet = (key: string, all: Float32Array, stride: number, offset: number): Sheet => {
    const values = new Float32Array(SIDE * units);
    for (let row = 0; row < SIDE; row++) {
      const from = (last + row) * stride + offset;
      values.set(all.subarray(from, from + units), row * units);
    }
    return { key, values };
  };
  const memory = cellState ? sheet("c", cellState, units, 0) : sheet("h", trace.outputs, units, 0);
  return {
    layer,
    units,
    image,
    beliefs: trace.probabilities.slice(0, SIDE * CLASSES),
    memory,
    gates: names.map((name, gate) => sheet(name, gates, each * units, gate * units)),
    waking: wakingOrder(memory.values, units),
  };
}

// Units whose memory goes below zero on the left, above it on the right; on both sides the earlier a unit wakes, the
// nearer it is to the middle. A unit is awake when its memory has come half its way.
function wakingOrder(memory: Float32Array, units: number): Uint16Array {
  const places = Float32Array.from({ length: units }, (_, u) => {
    const path = Float32Array.from({ length: SIDE }, (_, t) => memory[t * units + u]);
    const far = path.reduce((far, value) => (Math.abs(value) > Math.abs(far) ? value : far), 0);
    const awake = path.findIndex((value) => value / far >= 0.5);
    // Of those that wake at one row, the strongest first.
    return Math.sign(far) * (awake + 1 / (1 + Math.abs(far)));
  });
  return Uint16Array.from({ length: units }, (_, u) => u).sort((a, b) => places[a] - places[b]);
}

/** The most probable digit after a row, and its probability. */
export function opinion({ beliefs }: Reading, row: number): { digit: number; share: number } {
  const after = beliefs.subarray(row * CLASSES, (row + 1) * CLASSES);
  const share = after.reduce((most, value) => Math.max(most, value), 0);
  return { digit: after.indexOf(share), share };
}
