// NumPy's .npy file format: bytes <-> a shape and numbers, row-major. No file access.
// Rules as in numpy/lib/format.py; a file is untrusted, so its sizes are checked before anything is allocated:
//
//   | 93 "NUMPY" | major, minor | header bytes: u16 (version 1) or u32 (2, 3) | header | elements |
//
// The header is a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.

import { shapeText } from "../shown.ts";
import { fail } from "./json-reader.ts";
import { type NpyHeader, readNpyHeader } from "./npy-header.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** NumPy's own limit for headers of untrusted files. */
const MAX_HEADER_BYTES = 10_000;

/** NumPy aligns the elements to this many bytes. */
const ALIGNMENT = 64;

export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

export interface NpyArray {
  readonly shape: readonly number[];
  /** Row-major, in its own memory. int64 and uint64 are float64, bool is uint8 of 0 and 1. */
  readonly data: NpyData;
}

interface ElementType {
  readonly bytes: number;
  readonly make: new (size: number) => NpyData;
  readonly get: (view: DataView, at: number, littleEndian: boolean) => number;
  /** The file's numbers are not those of the array: each must be converted. */
  readonly converted?: boolean;
}

/** By NumPy's kind and size in bytes, as in <f4. */
const TYPES: ReadonlyMap<string, ElementType> = new Map([
  ["f4", { bytes: 4, make: Float32Array, get: (view, at, little) => view.getFloat32(at, little) }],
  ["f8", { bytes: 8, make: Float64Array, get: (view, at, little) => view.getFloat64(at, little) }],
  ["i1", { bytes: 1, make: Int8Array, get: (view, at) => view.getInt8(at) }],
  ["i2", { bytes: 2, make: Int16Array, get: (view, at, little) => view.getInt16(at, little) }],
  ["i4", { bytes: 4, make: Int32Array, get: (view, at, little) => view.getInt32(at, little) }],
  ["u1", { bytes: 1, make: Uint8Array, get: (view, at) => view.getUint8(at) }],
  ["u2", { bytes: 2, make: Uint16Array, get: (view, at, little) => view.getUint16(at, little) }],
  ["u4", { bytes: 4, make: Uint32Array, get: (view, at, little) => view.getUint32(at, little) }],
  [
    "i8",
    {
      bytes: 8,
      make: Float64Array,
      get: (view, at, little) => safe(view.getBigInt64(at, little)),
      converted: true,
    },
  ],
  [
    "u8",
    {
      bytes: 8,
      make: Float64Array,
      get: (view, at, little) => safe(view.getBigUint64(at, little)),
      converted: true,
    },
  ],
  ["b1", { bytes: 1, make: Uint8Array, get: (view, at) => (view.getUint8(at) ? 1 : 0), converted: true }],
]);

/** Reads a whole file. `name` is the file's name, with which every error message begins. */
export function decodeNpy(bytes: Uint8Array, name: string): NpyArray {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    const got = Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    fail(
      name,
      `expected a .npy file, starting 93 4e 55 4d 50 59, got ${bytes.length} bytes, starting ${got}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major, minor] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0) {
    fail(name, `expected .npy version 1.0, 2.0 or 3.0, got ${major}.${minor}`);
  }
  const headerAt = major === 1 ? 10 : 12;
  if (bytes.length < headerAt)
    fail(name, `expected ${headerAt} bytes before the header, got ${bytes.length}`);
  const headerBytes = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (headerBytes > MAX_HEADER_BYTES) {
    fail(name, `expected a header of at most ${MAX_HEADER_BYTES} bytes, got ${headerBytes}`);
  }
  const dataAt = headerAt + headerBytes;
  if (dataAt > bytes.length) {
    fail(
      name,
      `expected a header of ${headerBytes} bytes, got ${bytes.length - headerAt}: the file is cut short`,
    );
  }
  const text = String.fromCharCode(...bytes.subarray(headerAt, dataAt));
  return readElements(view, dataAt, readNpyHeader(text, name), name);
}

function readElements(view: DataView, dataAt: number, header: NpyHeader, name: string): NpyArray {
  const { descr, fortranOrder, shape } = header;
  const type = TYPES.get(descr.slice(1));
  if (type === undefined || !"<>|=".includes(descr[0])) {
    fail(name, `expected elements of type ${[...TYPES.keys()].join(", ")}, got ${JSON.stringify(descr)}`);
  }
  const little = descr[0] !== ">";
  // A partial product beyond 2^53 counts as an overflow even if a later dimension is 0.
  const size = shape.reduce((a, b) => (Number.isSafeInteger(a) ? a * b : Number.NaN), 1);
  if (!Number.isSafeInteger(size * type.bytes)) fail(name, `the size of shape ${shapeText(shape)} overflows`);
  if (view.byteLength - dataAt !== size * type.bytes) {
    fail(
      name,
      `expected ${size * type.bytes} bytes for ${descr} of shape ${shapeText(shape)}, got ${view.byteLength - dataAt}`,
    );
  }
  const data = allocate(type, size, name);
  const order = fortranOrder && shape.length > 1 ? columnMajor(shape) : undefined;
  if (order === undefined && !type.converted && (little || type.bytes === 1)) {
    new Uint8Array(data.buffer).set(new Uint8Array(view.buffer, view.byteOffset + dataAt, size * type.bytes));
    return { shape, data };
  }
  for (let i = 0; i < size; i++) {
    const value = type.get(view, dataAt + i * type.bytes, little);
    if (type.converted && Number.isNaN(value)) {
      fail(name, `element ${i}: expected a whole number from -2^53 + 1 to 2^53 - 1, got one beyond`);
    }
    data[order === undefined ? i : order()] = value;
  }
  return { shape, data };
}

function allocate(type: ElementType, size: number, name: string): NpyData {
  try {
    return new type.make(size);
  } catch {
    fail(name, `expected memory for ${size} elements of ${type.bytes} bytes, got none`);
  }
}

/** NaN for a number that float64 does not hold exactly. */
function safe(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : Number.NaN;
}

/** Gives the row-major index of one element after another of an array whose first index moves fastest. */
function columnMajor(shape: readonly number[]): () => number {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const place = shape.map(() => 0);
  let next = 0;
  return () => {
    const index = next;
    for (let axis = 0; axis < shape.length; axis++) {
      next += strides[axis];
      if (++place[axis] < shape[axis]) break;
      next -= place[axis] * strides[axis];
      place[axis] = 0;
    }
    return index;
  };
}

/** Writes version 1.0, row-major, little-endian as this host is. */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array {
  const found = [...TYPES].find(([, { make }]) => data instanceof make);
  if (found === undefined) throw new TypeError(`data must be an array of numbers, got ${typeof data}`);
  const size = shape.reduce((a, b) => a * b, 1);
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || size !== data.length) {
    throw new RangeError(`an array of shape ${shapeText(shape)} has ${data.length} values`);
  }
  const descr = (found[1].bytes === 1 ? "|" : "<") + found[0];
  const list = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${list}), }`;
  const dataAt = Math.ceil((10 + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT;
  if (dataAt - 10 > 0xffff) throw new RangeError(`expected at most 32 dimensions, got ${shape.length}`);
  const header = `${dictionary.padEnd(dataAt - 11)}\n`;
  const bytes = new Uint8Array(dataAt + data.byteLength);
  bytes.set([...MAGIC, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataAt);
  return bytes;
}
