import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIdx } from "../../src/data/idx.ts";

function idx(shape: number[], data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes.set([0, 0, 8, shape.length]);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < shape.length; i++) view.setUint32(4 + 4 * i, shape[i]);
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

const ramp = (n: number) => Uint8Array.from({ length: n }, (_, i) => i);

describe("parseIdx", () => {
  test("reads sizes as big-endian and the elements as they are", () => {
    const bytes = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 9, 8, 7, 6, 5, 255);
    expect(parseIdx(bytes, "f")).toEqual({ shape: [2, 1, 3], data: Uint8Array.of(9, 8, 7, 6, 5, 255) });
    expect(parseIdx(idx([258], ramp(258)), "f").shape).toEqual([258]);
  });

  test("reads a view that starts inside its buffer, without a copy", () => {
    const inner = idx([2, 2], [1, 2, 3, 4]);
    const outer = new Uint8Array(inner.length + 10).fill(77);
    outer.set(inner, 5);
    const { data } = parseIdx(outer.subarray(5, 5 + inner.length), "f");
    expect([...data]).toEqual([1, 2, 3, 4]);
    expect(data.buffer).toBe(outer.buffer);
    expect(parseIdx(Buffer.from(inner), "f").data.constructor).toBe(Uint8Array);
  });

  test.each([
    ["nothing", [], "f.idx: an IDX file has at least 4 bytes, got 0"],
    ["3 bytes", [0, 0, 8], "f.idx: an IDX file has at least 4 bytes, got 3"],
    [
      "gzip",
      [0x1f, 0x8b, 8, 0, 0, 0, 0, 0],
      "f.idx: expected an IDX file of unsigned bytes, starting 00 00 08 and the number of dimensions, got 1f 8b 08 00",
    ],
    [
      "an unknown element type",
      [0, 0, 0x0a, 1, 0, 0, 0, 1, 5],
      "f.idx: expected an IDX file of unsigned bytes, starting 00 00 08 and the number of dimensions, got 00 00 0a 01",
    ],
    [
      "no dimensions",
      [0, 0, 8, 0, 5],
      "f.idx: expected an IDX file of unsigned bytes, starting 00 00 08 and the number of dimensions, got 00 00 08 00",
    ],
    [
      "floats",
      [0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0],
      "f.idx: expected IDX elements of type unsigned byte (0x08), got 32-bit float",
    ],
    ["half a header", [0, 0, 8, 3, 0, 0, 0, 1], "f.idx: 3 dimensions need a header of 16 bytes, got 8"],
    [
      "a size of zero",
      [0, 0, 8, 2, 0, 0, 0, 4, 0, 0, 0, 0],
      "f.idx: every dimension must be at least 1, got 0 in dimension 1",
    ],
    [
      "sizes beyond 2^53",
      [0, 0, 8, 2, ...new Array(8).fill(255)],
      "f.idx: dimensions 4294967295 x 4294967295 hold more elements than a file can",
    ],
    [
      "one element too few",
      [...idx([2, 2], [1, 2, 3])],
      "f.idx: truncated: dimensions 2 x 2 make 16 bytes, got 15",
    ],
    [
      "one element too many",
      [...idx([2, 2], [1, 2, 3, 4, 5])],
      "f.idx: has trailing bytes: dimensions 2 x 2 make 16 bytes, got 17",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseIdx(Uint8Array.from(bytes), "f.idx")).toThrow(new RangeError(message));
  });

  test("255 dimensions whose product overflows a double are refused", () => {
    expect(() => parseIdx(idx(new Array(255).fill(2 ** 31), []), "f.idx")).toThrow(
      /f\.idx: .* more elements/,
    );
  });

  const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
  const files = shapes.chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return fc.record({
      shape: fc.constant(shape),
      data: fc.uint8Array({ minLength: size, maxLength: size }),
    });
  });

  test("what is written is read", () => {
    fc.assert(
      fc.property(files, ({ shape, data }) => {
        const read = parseIdx(idx(shape, data), "f.idx");
        expect(read.shape).toEqual(shape);
        expect([...read.data]).toEqual([...data]);
      }),
    );
  });

  test("changed, cut and extended files give a complete array or an error that names the file", () => {
    const edits = fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 4 });
    const damage = fc.record({ file: files, edits, cut: fc.nat(60), tail: fc.uint8Array({ maxLength: 3 }) });
    let read = 0;
    let refused = 0;
    fc.assert(
      fc.property(damage, ({ file, edits, cut, tail }) => {
        const whole = idx(file.shape, file.data);
        for (const [at, byte] of edits) if (at < whole.length) whole[at] = byte;
        const kept =
          cut < whole.length ? whole.subarray(0, whole.length - (cut % 3)) : whole.subarray(0, cut);
        const bytes = Uint8Array.from([...kept, ...tail]);
        try {
          const { shape, data } = parseIdx(bytes, "f.idx");
          read++;
          expect(shape).toHaveLength(bytes[3]);
          expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1));
          expect([...idx(shape, data)]).toEqual([...bytes]);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          refused++;
          expect(error.message).toMatch(/^f\.idx: /);
        }
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(500);
  });
});
