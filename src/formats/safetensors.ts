// The safetensors file format: bytes <-> named tensors of float32, or of whole numbers. No file access.
// A file is untrusted: every size is checked against the bytes at hand before anything of that size exists.
// Rules as in the reference library, github.com/huggingface/safetensors, safetensors/src/tensor.rs:
//
//   | N: u64 | JSON header, N bytes, space-padded | data: the tensors back to back, first at 0 |
//
// All numbers are little-endian, and so is this host: the library's typed-array views of WebAssembly memory,
// which is little-endian by definition, already require it. Hence float32 data is copied as bytes.

import { shapeText } from "../shown.ts";
import type { Tensor, Tensors } from "../types.ts";
import { fail, JsonReader, quote } from "./json-reader.ts";

/** The reference library's limit on N, which bounds the work a hostile header can cause. */
const MAX_HEADER_BYTES = 100_000_000;

const METADATA = "__metadata__";

/** Bytes per value of the types that can be read; those with an F become float32 (F64 rounds, the others are exact). */
const VALUE_BYTES: ReadonlyMap<string, number> = new Map([
  ["F32", 4],
  ["F64", 8],
  ["F16", 2],
  ["BF16", 2],
  ["U32", 4],
]);

/** A tensor of whole numbers below 2^32. */
export interface IntegerTensor {
  readonly shape: readonly number[];
  readonly data: Uint32Array;
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsFile {
  /** In the order of their data. Each owns its memory. */
  readonly tensors: Tensors;
  /** Those of dtype U32, likewise. */
  readonly integers: Map<string, IntegerTensor>;
  readonly metadata: Record<string, string>;
}

/** Writes tensors of F32 and U32 in the order of the map. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor | IntegerTensor>,
  metadata?: Record<string, string>,
): Uint8Array {
  const fields: string[] = [];
  if (metadata !== undefined) {
    const pairs = Object.entries(metadata).map(([key, value]) => {
      if (typeof value !== "string") {
        throw new TypeError(`metadata ${quote(key)} must be a string, got ${typeof value}`);
      }
      return `${jsonText(key)}:${jsonText(value)}`;
    });
    fields.push(`"${METADATA}":{${pairs.join(",")}}`);
  }
  let dataBytes = 0;
  for (const [name, { shape, data }] of tensors) {
    if (name === METADATA) throw new RangeError(`a tensor cannot be named ${METADATA}`);
    if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || product(shape) !== data.length) {
      throw new RangeError(`tensor ${quote(name)} of shape ${shapeText(shape)} has ${data.length} values`);
    }
    const offsets = `[${dataBytes},${dataBytes + data.byteLength}]`;
    const dtype = data instanceof Uint32Array ? "U32" : "F32";
    fields.push(
      `${jsonText(name)}:{"dtype":"${dtype}","shape":[${shape.join(",")}],"data_offsets":${offsets}}`,
    );
    dataBytes += data.byteLength;
  }

  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new RangeError(`the header would have ${headerBytes} bytes, more than ${MAX_HEADER_BYTES}`);
  }
  const bytes = new Uint8Array(8 + headerBytes + dataBytes);
  new DataView(bytes.buffer).setUint32(0, headerBytes, true);
  bytes.fill(0x20, 8, 8 + headerBytes).set(json, 8);
  let at = 8 + headerBytes;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** Reads a whole file. `name` is the file's name, with which every error message begins. */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  if (bytes.length < 8) fail(name, `expected 8 bytes of header length, got a file of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (headerBytes > MAX_HEADER_BYTES) {
    fail(name, `expected a header of at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}`);
  }
  const dataAt = 8 + headerBytes;
  if (dataAt > bytes.length) {
    fail(name, `expected a header of ${headerBytes} bytes, got ${bytes.length - 8}: the file is cut short`);
  }
  if (headerBytes === 0 || bytes[8] !== 0x7b) fail(name, "expected a header that begins with {");

  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataAt));
  } catch {
    fail(name, "expected a header in UTF-8, got other bytes");
  }
  const { entries, metadata } = readHeader(new JsonReader(text, name));
  checkLayout(entries, bytes.length - dataAt, name);

  const tensors: Tensors = new Map();
  const integers = new Map<string, IntegerTensor>();
  for (const { name, shape, dtype, begin, end } of entries) {
    const valueBytes = bytes.subarray(dataAt + begin, dataAt + end);
    if (dtype === "U32")
      integers.set(name, { shape, data: new Uint32Array(new Uint8Array(valueBytes).buffer) });
    else tensors.set(name, { shape, data: toFloat32(valueBytes, dtype) });
  }
  return { tensors, integers, metadata: Object.fromEntries(metadata) };
}

function readHeader(json: JsonReader): { entries: Entry[]; metadata: Map<string, string> } {
  const entries: Entry[] = [];
  const metadata = new Map<string, string>();
  json.object("the header", (name) => {
    if (name !== METADATA) entries.push(readEntry(json, name));
    else if (json.peek() === "n") json.skip();
    else json.object(METADATA, (key) => metadata.set(key, json.string(`${METADATA} ${quote(key)}`)));
  });
  json.end();
  return { entries, metadata };
}

function readEntry(json: JsonReader, name: string): Entry {
  const where = `tensor ${quote(name)}`;
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  json.object(where, (key) => {
    if (key === "dtype") dtype = json.string(`${where}: dtype`);
    else if (key === "shape") shape = json.counts(`${where}: shape`);
    else if (key === "data_offsets") offsets = json.counts(`${where}: data_offsets`);
    else json.skip();
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    const missing = dtype === undefined ? "dtype" : shape === undefined ? "shape" : "data_offsets";
    fail(json.file, `${where}: expected dtype, shape and data_offsets, got no ${missing}`);
  }
  if (offsets.length !== 2) {
    fail(json.file, `${where}: expected two data_offsets, got ${shapeText(offsets)}`);
  }
  return { name, dtype, shape, begin: offsets[0], end: offsets[1] };
}

/** Sorts the entries by offset and checks that they cover all `dataBytes` without a hole or an overlap. */
function checkLayout(entries: Entry[], dataBytes: number, file: string): void {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, dtype, shape, begin, end } of entries) {
    const where = `tensor ${quote(name)}`;
    const got = `got data_offsets [${begin},${end}]`;
    const valueBytes = VALUE_BYTES.get(dtype);
    if (valueBytes === undefined) {
      fail(file, `${where}: expected dtype ${[...VALUE_BYTES.keys()].join(", ")}, got ${quote(dtype)}`);
    }
    if (begin !== at) {
      fail(file, `${where}: expected data from ${at}, where the previous tensor ends (no holes), ${got}`);
    }
    if (end < begin) fail(file, `${where}: expected an end not before the begin, ${got}`);
    if (end > dataBytes) fail(file, `${where}: expected at most ${dataBytes} bytes of data, ${got}`);
    const size = product(shape) * valueBytes;
    if (!Number.isSafeInteger(size)) fail(file, `${where}: the size of shape ${shapeText(shape)} overflows`);
    if (end - begin !== size) {
      fail(file, `${where}: expected ${size} bytes for ${dtype} of shape ${shapeText(shape)}, ${got}`);
    }
    at = end;
  }
  if (at !== dataBytes) fail(file, `expected ${at} bytes of data after the header, got ${dataBytes}`);
}

function toFloat32(bytes: Uint8Array, dtype: string): Float32Array {
  const data = new Float32Array(bytes.length / VALUE_BYTES.get(dtype)!);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === "F32") {
    new Uint8Array(data.buffer).set(bytes);
  } else if (dtype === "F64") {
    for (let i = 0; i < data.length; i++) data[i] = view.getFloat64(8 * i, true);
  } else if (dtype === "BF16") {
    const bits = new Uint32Array(data.buffer);
    for (let i = 0; i < bits.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  } else {
    for (let i = 0; i < data.length; i++) data[i] = halfValue(view.getUint16(2 * i, true));
  }
  return data;
}

/** IEEE 754 binary16: (-1)^sign * 2^(exponent - 15) * 1.fraction, subnormal when the exponent is 0. */
export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

/** Exact, or no safe integer if any partial product is none (so [2^40, 2^40, 0] overflows, as in the reference). */
function product(shape: readonly number[]): number {
  return shape.reduce((size, n) => (Number.isSafeInteger(size) ? size * n : Number.NaN), 1);
}

function jsonText(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new RangeError(`${quote(text)} has a lone surrogate`);
  return JSON.stringify(text);
}
