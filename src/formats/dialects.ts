// The weights of a model in a file: which names, which layout, and whether they fit. No file access.
// A dialect is a way to name and lay out the same weights. The forget bias is stored in none: it is added at
// run time.
//
//   native   lstm.kernel [X,4H] and lstm.recurrent_kernel [H,4H]   gate columns i | f | g | o, as in Keras
//   tf1      rnn/basic_lstm_cell/kernel [X+H,4H]                   gate columns i | j | f | o, j = g, as in
//            TensorFlow 1's BasicLSTMCell

import type { Tensor, Tensors } from "../types.ts";
import { fail, quote } from "./json-reader.ts";
import { decodeSafetensors, encodeSafetensors, shapeText } from "./safetensors.ts";

export type Dialect = "native" | "tf1";

export interface WeightDims {
  /** Input features per time step. */
  readonly features: number;
  /** Outputs of the projection in front of the LSTM; 0: no projection. */
  readonly projectionUnits: number;
  readonly units: number;
  readonly classes: number;
}

export interface WeightsFile {
  /** Under their native names. */
  readonly weights: Tensors;
  /** The dialect of the file. */
  readonly dialect: Dialect;
  readonly metadata: Record<string, string>;
}

type Shapes = [name: string, shape: number[]][];

const DIALECTS: readonly Dialect[] = ["native", "tf1"];

/** For asking about names only. */
const ANY_DIMS: WeightDims = { features: 1, projectionUnits: 1, units: 1, classes: 1 };

/** Every tensor of a dialect, in the order of the file. X is what the LSTM sees: P, or I without projection. */
function shapesOf(dialect: Dialect, dims: WeightDims): Shapes {
  const { features: I, projectionUnits: P, units: H, classes: C } = dims;
  const X = P || I;
  const shapes: Record<Dialect, Shapes> = {
    native: [
      ["projection.kernel", [I, P]],
      ["projection.bias", [P]],
      ["lstm.kernel", [X, 4 * H]],
      ["lstm.recurrent_kernel", [H, 4 * H]],
      ["lstm.bias", [4 * H]],
      ["head.kernel", [H, C]],
      ["head.bias", [C]],
    ],
    tf1: [
      ["projection/kernel", [I, P]],
      ["projection/bias", [P]],
      ["rnn/basic_lstm_cell/kernel", [X + H, 4 * H]],
      ["rnn/basic_lstm_cell/bias", [4 * H]],
      ["output/kernel", [H, C]],
      ["output/bias", [C]],
    ],
  };
  return P === 0 ? shapes[dialect].slice(2) : shapes[dialect];
}

/** Native weights to those of a dialect. Tensors with equal layout in both share their data. */
export function toDialect(native: Tensors, dialect: Dialect): Tensors {
  const name = "weights";
  requireDialect(dialect, name);
  const dims = readDims(native, "native", name);
  const get = (name: string) => native.get(name)!;
  const result: Tensors = new Map();
  if (dialect === "native") {
    for (const [name] of shapesOf(dialect, dims)) result.set(name, get(name));
    return result;
  }
  if (dims.projectionUnits > 0) {
    result.set("projection/kernel", get("projection.kernel"));
    result.set("projection/bias", get("projection.bias"));
  }
  const W = get("lstm.kernel");
  const U = get("lstm.recurrent_kernel");
  const kernel = new Float32Array(W.data.length + U.data.length);
  kernel.set(W.data);
  kernel.set(U.data, W.data.length);
  const shape = [W.shape[0] + U.shape[0], 4 * dims.units];
  result.set("rnn/basic_lstm_cell/kernel", { shape, data: swapGates(kernel, dims.units) });
  const bias = get("lstm.bias");
  result.set("rnn/basic_lstm_cell/bias", { shape: bias.shape, data: swapGates(bias.data, dims.units) });
  result.set("output/kernel", get("head.kernel"));
  result.set("output/bias", get("head.bias"));
  return result;
}

/** Weights in a dialect to native ones. Tensors with equal layout in both share their data. */
export function fromDialect(tensors: Tensors, dialect: Dialect, name: string): Tensors {
  requireDialect(dialect, name);
  const dims = readDims(tensors, dialect, name);
  if (dialect === "native") return toDialect(tensors, "native");
  const get = (name: string) => tensors.get(name)!;
  const result: Tensors = new Map();
  if (dims.projectionUnits > 0) {
    result.set("projection.kernel", get("projection/kernel"));
    result.set("projection.bias", get("projection/bias"));
  }
  const { units: H } = dims;
  const { shape, data } = get("rnn/basic_lstm_cell/kernel");
  const X = shape[0] - H;
  const kernel = swapGates(data, H);
  result.set("lstm.kernel", { shape: [X, 4 * H], data: kernel.slice(0, X * 4 * H) });
  result.set("lstm.recurrent_kernel", { shape: [H, 4 * H], data: kernel.slice(X * 4 * H) });
  const bias = get("rnn/basic_lstm_cell/bias");
  result.set("lstm.bias", { shape: bias.shape, data: swapGates(bias.data, H) });
  result.set("head.kernel", get("output/kernel"));
  result.set("head.bias", get("output/bias"));
  return result;
}

/** The dialect that the metadata names, else the one that the tensors' names belong to. */
export function detectDialect(tensors: Tensors, metadata: Record<string, string>, name: string): Dialect {
  if (Object.hasOwn(metadata, "dialect")) {
    const { dialect } = metadata;
    requireDialect(dialect, name);
    return dialect;
  }
  const found = DIALECTS.filter((dialect) => shapesOf(dialect, ANY_DIMS).some(([name]) => tensors.has(name)));
  if (found.length !== 1) {
    fail(name, `expected the tensors of one dialect (${DIALECTS.join(", ")}), got ${names(tensors.keys())}`);
  }
  return found[0];
}

/** Throws unless native weights are exactly those of a model with `dims`, all finite. */
export function checkWeights(tensors: Tensors, dims: WeightDims, name: string): void {
  checkShapes(tensors, shapesOf("native", dims), name);
  for (const [tensorName, { shape, data }] of tensors) {
    const i = data.findIndex((value) => !Number.isFinite(value));
    if (i < 0) continue;
    const columns = shape[shape.length - 1];
    const position = shape.length === 1 ? [i] : [Math.floor(i / columns), i % columns];
    fail(
      name,
      `tensor ${quote(tensorName)}: expected finite values, got ${data[i]} at ${shapeText(position)}`,
    );
  }
}

export function encodeWeights(
  native: Tensors,
  dialect: Dialect,
  extraMetadata: Record<string, string> = {},
): Uint8Array {
  return encodeSafetensors(toDialect(native, dialect), { ...extraMetadata, dialect });
}

/** Reads a file of either dialect. Whether the weights fit a model is for checkWeights to say. */
export function decodeWeights(bytes: Uint8Array, name: string): WeightsFile {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const dialect = detectDialect(tensors, metadata, name);
  return { weights: fromDialect(tensors, dialect, name), dialect, metadata };
}

/** Exchanges the middle two of the four gates in every row of 4H: i|f|g|o <-> i|g|f|o. Its own inverse. */
function swapGates(data: Float32Array, H: number): Float32Array {
  const result = data.slice();
  for (let row = 0; row < data.length; row += 4 * H) {
    result.set(data.subarray(row + 2 * H, row + 3 * H), row + H);
    result.set(data.subarray(row + H, row + 2 * H), row + 2 * H);
  }
  return result;
}

/** The dimensions the tensors speak of, having checked that all of them agree. */
function readDims(tensors: Tensors, dialect: Dialect, file: string): WeightDims {
  const all = shapesOf(dialect, ANY_DIMS).map(([name]) => name);
  const hasProjection = tensors.has(all[0]) || tensors.has(all[1]);
  const expected = hasProjection ? all : all.slice(2);
  checkNames(tensors, expected, file);

  const [rows, gateColumns] = matrixShape(tensors, all[2], file);
  const units = gateColumns / 4;
  if (!Number.isInteger(units)) {
    fail(file, `tensor ${quote(all[2])}: expected columns for 4 gates, got ${gateColumns} columns`);
  }
  const inputs = dialect === "tf1" ? rows - units : rows;
  if (inputs < 1) {
    fail(file, `tensor ${quote(all[2])}: expected more than ${units} rows (inputs, then units), got ${rows}`);
  }
  const [features, projectionUnits] = hasProjection ? matrixShape(tensors, all[0], file) : [inputs, 0];
  const classes = matrixShape(tensors, all[all.length - 2], file)[1];
  const dims = { features, projectionUnits, units, classes };
  checkShapes(tensors, shapesOf(dialect, dims), file);
  return dims;
}

function matrixShape(tensors: Tensors, name: string, file: string): readonly number[] {
  const { shape } = tensors.get(name)!;
  if (shape.length !== 2 || shape.some((n) => n < 1)) {
    fail(
      file,
      `tensor ${quote(name)}: expected a matrix with rows and columns, got shape ${shapeText(shape)}`,
    );
  }
  return shape;
}

function checkNames(tensors: Tensors, expected: string[], file: string): void {
  for (const name of expected) {
    if (!tensors.has(name)) fail(file, `expected tensor ${quote(name)}, got only ${names(tensors.keys())}`);
  }
  for (const name of tensors.keys()) {
    if (!expected.includes(name)) fail(file, `expected only tensors ${names(expected)}, got ${quote(name)}`);
  }
}

function checkShapes(tensors: Tensors, shapes: Shapes, file: string): void {
  checkNames(
    tensors,
    shapes.map(([name]) => name),
    file,
  );
  for (const [name, expected] of shapes) {
    const { shape, data }: Tensor = tensors.get(name)!;
    if (shape.length !== expected.length || shape.some((n, axis) => n !== expected[axis])) {
      fail(file, `tensor ${quote(name)}: expected shape ${shapeText(expected)}, got ${shapeText(shape)}`);
    }
    const size = expected.reduce((product, n) => product * n, 1);
    if (data.length !== size)
      fail(file, `tensor ${quote(name)}: expected ${size} values, got ${data.length}`);
  }
}

function requireDialect(dialect: string, file: string): asserts dialect is Dialect {
  if (!DIALECTS.some((known) => known === dialect)) {
    fail(file, `expected dialect ${DIALECTS.join(" or ")}, got ${quote(dialect)}`);
  }
}

function names(all: Iterable<string>): string {
  const list = [...all];
  const shown = list.slice(0, 12).map(quote).join(", ");
  return list.length === 0 ? "none" : list.length > 12 ? `${shown} and ${list.length - 12} more` : shown;
}
