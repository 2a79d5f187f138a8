// The message TensorProto of onnx/onnx.proto3 -> a tensor of floats or whole numbers.

import { shapeText } from "../../shown.ts";
import { fail, quote } from "../json-reader.ts";
import { readFields, readPacked } from "../protobuf.ts";
import { halfValue } from "../safetensors.ts";

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Float tensors are Float32Array; whole numbers, which are axes and shapes here, are number[]. */
  readonly data: Float32Array | number[];
}

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const FLOAT16 = 10;
const DOUBLE = 11;

/** Bytes of a value in raw_data. */
const RAW_BYTES: ReadonlyMap<number, number> = new Map([
  [FLOAT, 4],
  [INT32, 4],
  [INT64, 8],
  [FLOAT16, 2],
  [DOUBLE, 8],
]);

/** Longer lists of whole numbers are neither axes nor shapes. */
const MAX_INTS = 10_000;
const MAX_AXES = 8;

interface Fields {
  name: string;
  type: number;
  external: boolean;
  shape: number[];
  raw: Uint8Array | undefined;
  /** Runs of float_data or double_data. */
  floats: Uint8Array[];
  /** int32_data or int64_data, packed or one by one. */
  ints: (Uint8Array | bigint)[];
}

/**
 * undefined for types that no weight, axis or shape has. Throws a RangeError unless there are as many values as the
 * shape says, which is known before they are allocated.
 */
export function readTensor(bytes: Uint8Array, file: string): OnnxTensor | undefined {
  const fields = collect(bytes, `${file}: tensor`);
  const { name, type, shape, raw, floats, ints } = fields;
  const where = `${file}: tensor ${quote(name)}`;
  if (fields.external) {
    fail(where, "expected its values in the file, got a reference to another one: save it as one file");
  }
  if (shape.length > MAX_AXES || shape.some((n) => n < 0))
    fail(where, `expected a shape, got ${shapeText(shape)}`);
  const size = shape.reduce((product, n) => (Number.isSafeInteger(product) ? product * n : Number.NaN), 1);
  const expectCount = (count: number) => {
    if (count !== size) fail(where, `expected values for shape ${shapeText(shape)}, got ${count}`);
  };
  const whole = type === INT32 || type === INT64;
  if (whole && size > MAX_INTS) return undefined;
  if (whole && raw === undefined) {
    const data = ints.flatMap((run) => (typeof run === "bigint" ? [run] : readPacked(run, where)));
    expectCount(data.length);
    return { name, shape, data: data.map((value) => wholeOf(value, where)) };
  }
  const valueBytes = RAW_BYTES.get(type);
  if (valueBytes === undefined || (type === FLOAT16 && raw === undefined)) return undefined;
  const source = raw ?? joined(floats);
  expectCount(source.length / valueBytes);
  return { name, shape, data: whole ? readInts(source, valueBytes, where) : readFloats(source, type) };
}

function collect(bytes: Uint8Array, where: string): Fields {
  const fields: Fields = {
    name: "",
    type: 0,
    external: false,
    shape: [],
    raw: undefined,
    floats: [],
    ints: [],
  };
  for (const { number, int, bytes: own } of readFields(bytes, where)) {
    if (number === 1) {
      for (const n of int === undefined ? readPacked(own, where) : [int])
        fields.shape.push(wholeOf(n, where));
      if (fields.shape.length > MAX_AXES) fail(where, `expected at most ${MAX_AXES} axes, got more`);
    } else if (number === 2) fields.type = wholeOf(int, where);
    else if (number === 4 || number === 10) fields.floats.push(own);
    else if (number === 5 || number === 7) fields.ints.push(int ?? own);
    else if (number === 8) fields.name = new TextDecoder().decode(own);
    else if (number === 9) fields.raw = own;
    else if (number === 14) fields.external = int !== 0n;
  }
  return fields;
}

function readFloats(bytes: Uint8Array, type: number): Float32Array {
  const data = new Float32Array(bytes.length / RAW_BYTES.get(type)!);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === FLOAT) new Uint8Array(data.buffer).set(bytes);
  else if (type === DOUBLE) for (let i = 0; i < data.length; i++) data[i] = view.getFloat64(8 * i, true);
  else for (let i = 0; i < data.length; i++) data[i] = halfValue(view.getUint16(2 * i, true));
  return data;
}

function readInts(bytes: Uint8Array, valueBytes: number, where: string): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / valueBytes }, (_, i) =>
    valueBytes === 8 ? wholeOf(view.getBigInt64(8 * i, true), where) : view.getInt32(4 * i, true),
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Those beyond 2^53, which stand for "to the end" in slices, become the safe number next to them. */
export function wholeOf(value: bigint | undefined, where: string): number {
  if (value === undefined) fail(where, "expected a whole number, got other bytes");
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}
