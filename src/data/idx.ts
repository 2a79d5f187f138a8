// IDX, the file format of MNIST: bytes -> shape and unsigned bytes, no file access.
// Layout: 0, 0, element type, number of dimensions D; D big-endian uint32 sizes; elements, row-major.

const UNSIGNED_BYTE = 0x08;

const OTHER_TYPES = new Map([
  [0x09, "signed byte"],
  [0x0b, "16-bit integer"],
  [0x0c, "32-bit integer"],
  [0x0d, "32-bit float"],
  [0x0e, "64-bit float"],
]);

/** An array of unsigned bytes: `data` holds the product of `shape` elements, row-major. */
export interface IdxArray {
  shape: number[];
  data: Uint8Array;
}

/** Reads an IDX file of unsigned bytes; `data` is a view of `bytes`, `name` is named in errors. */
export function parseIdx(bytes: Uint8Array, name: string): IdxArray {
  if (bytes.length < 4) {
    throw new RangeError(`${name}: an IDX file has at least 4 bytes, got ${bytes.length}`);
  }
  const [zero0, zero1, type, dimensions] = bytes;
  const other = OTHER_TYPES.get(type);
  if (zero0 === 0 && zero1 === 0 && other !== undefined) {
    throw new RangeError(`${name}: expected IDX elements of type unsigned byte (0x08), got ${other}`);
  }
  if (zero0 !== 0 || zero1 !== 0 || type !== UNSIGNED_BYTE || dimensions === 0) {
    const came = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new RangeError(
      `${name}: expected an IDX file of unsigned bytes, starting 00 00 08 and the number of dimensions, got ${came}`,
    );
  }
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) {
    throw new RangeError(
      `${name}: ${dimensions} dimensions need a header of ${header} bytes, got ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, header);
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const zero = shape.indexOf(0);
  if (zero !== -1) {
    throw new RangeError(`${name}: every dimension must be at least 1, got 0 in dimension ${zero}`);
  }
  const size = shape.reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(header + size)) {
    throw new RangeError(`${name}: dimensions ${shape.join(" x ")} hold more elements than a file can`);
  }
  if (bytes.length !== header + size) {
    const what = bytes.length < header + size ? "truncated" : "has trailing bytes";
    throw new RangeError(
      `${name}: ${what}: dimensions ${shape.join(" x ")} make ${header + size} bytes, got ${bytes.length}`,
    );
  }
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + header, size) };
}
