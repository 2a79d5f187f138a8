import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeNpy, encodeNpy, type NpyArray } from "../../src/formats/npy.ts";
import { expectRefusal, FUZZ_RUNS, mutatedBytes, mutatedText, refusal } from "../support/mutations.ts";

/** A file with a header of one's own, padded by a line feed alone. */
function npy(header: string, data: ArrayLike<number> = [], version = [1, 0]): Uint8Array {
  const text = Uint8Array.from(`${header}\n`, (char) => char.charCodeAt(0));
  const size =
    version[0] === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    ...version,
    ...size,
    ...text,
    ...Array.from(data),
  ]);
}
const dictionary = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const read = (bytes: Uint8Array) => decodeNpy(bytes, "f.npy");
const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);

describe("decodeNpy", () => {
  test("reads what NumPy 2.4 writes", () => {
    const values = Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5);
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117);
    expect(read(npy(header, bytesOf(values)))).toEqual({ shape: [2, 3], data: values });
    // The longest header that is read.
    for (const length of [117, 9999]) {
      expect(read(npy(dictionary(">i2", "()").padEnd(length), [0, 5]))).toEqual({
        shape: [],
        data: Int16Array.of(5),
      });
    }
  });

  test.each<[string, ArrayBufferView & ArrayLike<number | bigint>, ArrayLike<number>]>([
    ["f4", Float32Array.of(1.5, -0, Number.NaN), Float32Array.of(1.5, -0, Number.NaN)],
    ["f8", Float64Array.of(0.1, Number.NaN), Float64Array.of(0.1, Number.NaN)],
    ["i1", Int8Array.of(-128, 127), Int8Array.of(-128, 127)],
    ["i2", Int16Array.of(-32768, 1), Int16Array.of(-32768, 1)],
    ["i4", Int32Array.of(-(2 ** 31), 1), Int32Array.of(-(2 ** 31), 1)],
    ["i8", BigInt64Array.of(-(2n ** 53n) + 1n, 258n), Float64Array.of(-(2 ** 53) + 1, 258)],
    ["u1", Uint8Array.of(255, 1), Uint8Array.of(255, 1)],
    ["u2", Uint16Array.of(65535, 1), Uint16Array.of(65535, 1)],
    ["u4", Uint32Array.of(2 ** 32 - 1, 1), Uint32Array.of(2 ** 32 - 1, 1)],
    ["u8", BigUint64Array.of(2n ** 53n - 1n, 1n), Float64Array.of(2 ** 53 - 1, 1)],
    ["b1", Uint8Array.of(0, 1, 2), Uint8Array.of(0, 1, 1)],
  ])("%s in either byte order", (type, raw, expected) => {
    const size = Number(type[1]);
    const little = bytesOf(raw);
    const big = little.map((_, i) => little[i - (i % size) + size - 1 - (i % size)]);
    for (const [order, data] of [
      ["<", little],
      ["=", little],
      [">", big],
    ] as const) {
      expect(read(npy(dictionary(order + type, `(${raw.length},)`), data))).toEqual({
        shape: [raw.length],
        data: expected,
      });
    }
  });

  test("turns Fortran order into rows", () => {
    const file = (shape: string, n: number) => npy(dictionary("|u1", shape, "True"), [...Array(n).keys()]);
    expect([...read(file("(2, 3)", 6)).data]).toEqual([0, 2, 4, 1, 3, 5]);
    expect([...read(file("(2, 2, 2)", 8)).data]).toEqual([0, 4, 2, 6, 1, 5, 3, 7]);
    expect([...read(file("(4,)", 4)).data]).toEqual([0, 1, 2, 3]);
    expect(read(file("(2, 0, 3)", 0))).toEqual({ shape: [2, 0, 3], data: new Uint8Array(0) });
  });

  test("takes versions 2 and 3, keys in any order, double quotes, Python 2's numbers", () => {
    const header = `{"shape": (2L, 1), 'fortran_order':False,"descr":"<f4"}   `;
    for (const major of [1, 2, 3]) {
      expect(read(npy(header, bytesOf(Float32Array.of(1, 2)), [major, 0]))).toEqual({
        shape: [2, 1],
        data: Float32Array.of(1, 2),
      });
    }
  });

  test("reads a view that starts anywhere in its buffer, into memory of its own", () => {
    const inner = npy(dictionary("<f4", "(1,)"), bytesOf(Float32Array.of(7)));
    const outer = new Uint8Array(inner.length + 9).fill(77);
    outer.set(inner, 3);
    const { data } = read(outer.subarray(3, 3 + inner.length));
    outer.fill(0);
    expect([...data]).toEqual([7]);
  });
});

describe("encodeNpy", () => {
  test("writes what NumPy 2.4 writes", () => {
    const bytes = encodeNpy({ shape: [2, 3], data: Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5) });
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(117);
    expect(text(bytes.subarray(0, 128))).toBe(`\x93NUMPY\x01\x00v\x00${header}\n`);
    expect(bytes).toHaveLength(128 + 24);
    expect(text(encodeNpy({ shape: [3], data: new Uint8Array(3) }))).toMatch(/'\|u1', .*'shape': \(3,\), }/);
    expect(text(encodeNpy({ shape: [], data: new Float64Array(1) }))).toMatch(/'<f8', .*'shape': \(\), }/);
  });

  test("any array comes back", () => {
    const data = fc.oneof(
      fc.float32Array(),
      fc.float64Array(),
      fc.int8Array(),
      fc.int16Array(),
      fc.int32Array(),
      fc.uint8Array(),
      fc.uint16Array(),
      fc.uint32Array(),
    );
    fc.assert(
      fc.property(data, fc.nat({ max: 3 }), (data, ones) => {
        const array: NpyArray = { shape: [...Array(ones).fill(1), data.length], data: data as never };
        const bytes = encodeNpy(array);
        expect((bytes.length - data.byteLength) % 64).toBe(0);
        expect(read(bytes)).toEqual(array);
      }),
    );
  });

  test("writes a part of a buffer; refuses another size", () => {
    const data = Float32Array.of(1, 2, 3).subarray(1);
    expect(read(encodeNpy({ shape: [2], data }))).toEqual({ shape: [2], data: Float32Array.of(2, 3) });
    expect(() => encodeNpy({ shape: [3], data })).toThrow(
      new RangeError("an array of shape [3] has 2 values"),
    );
    expect(() => encodeNpy({ shape: [2], data: [1, 2] as never })).toThrow(TypeError);
  });
});

describe("decodeNpy refuses", () => {
  const f4 = dictionary("<f4", "(1,)");
  test.each<[string, Uint8Array, string | RegExp]>([
    [
      "nothing",
      new Uint8Array(0),
      "expected a .npy file, starting 93 4e 55 4d 50 59, got 0 bytes, starting ",
    ],
    [
      "a ZIP file",
      Uint8Array.from("PK\x03\x04xxxxxx", (c) => c.charCodeAt(0)),
      /got 10 bytes, starting 50 4b 03 04 78 78$/,
    ],
    ["version 4", npy(f4, [], [4, 0]), "expected .npy version 1.0, 2.0 or 3.0, got 4.0"],
    ["version 1.1", npy(f4, [], [1, 1]), "expected .npy version 1.0, 2.0 or 3.0, got 1.1"],
    ["half a size", npy(f4, [], [2, 0]).subarray(0, 11), "expected 12 bytes before the header, got 11"],
    [
      "half a header",
      npy(f4).subarray(0, 30),
      /expected a header of \d+ bytes, got 20: the file is cut short/,
    ],
    ["a long header", npy(f4.padEnd(10_000)), "expected a header of at most 10000 bytes, got 10001"],
    ["too little data", npy(f4, [1, 2, 3]), "expected 4 bytes for <f4 of shape [1], got 3"],
    ["too much data", npy(f4, [1, 2, 3, 4, 5]), "expected 4 bytes for <f4 of shape [1], got 5"],
    [
      "a size beyond numbers",
      npy(dictionary("<f4", "(4294967296, 4294967296)")),
      /the size of shape .* overflows/,
    ],
    ["an overflow hidden by zero", npy(dictionary("<f4", "(4294967296, 4294967296, 0)")), /overflows/],
    [
      "a petabyte",
      npy(dictionary("<f8", "(1099511627776,)")),
      "expected 8796093022208 bytes for <f8 of shape [1099511627776], got 0",
    ],
    ["half precision", npy(dictionary("<f2", "(1,)"), [0, 0]), /expected elements of type f4, .*, got "<f2"/],
    ["objects", npy(dictionary("|O", "(1,)")), /got "\|O"/],
    ["a byte order of its own", npy(dictionary("!f4", "(1,)"), [0, 0, 0, 0]), /got "!f4"/],
    [
      "records",
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"),
      "header: expected one type for all elements, such as '<f4', got \"[\"",
    ],
    [
      "an int64 beyond 2^53",
      npy(dictionary("<i8", "(2,)"), bytesOf(BigInt64Array.of(1n, 2n ** 53n))),
      "element 1: expected a whole number from -2^53 + 1 to 2^53 - 1, got one beyond",
    ],
    [
      "a uint64 beyond 2^53",
      npy(dictionary(">u8", "(1,)"), new Uint8Array(8).fill(255)),
      /element 0: expected a whole number/,
    ],
    ["a negative size", npy(dictionary("<f4", "(-1,)")), /header: expected a Python dictionary, got "-1/],
    [
      "a size in quotes",
      npy(dictionary("<f4", "('1',)")),
      'header: expected whole numbers from 0 to 2^53 - 1 for the shape, got "1"',
    ],
    [
      "a size of 2^53",
      npy(dictionary("<f4", "(9007199254740992,)")),
      /header: expected whole numbers from 0 to 2\^53 - 1/,
    ],
    ["a list for a shape", npy(dictionary("<f4", "[1]")), 'header: expected (, got "["'],
    ["a number for a shape", npy(dictionary("<f4", "1")), 'header: expected (, got "1"'],
    [
      "65 dimensions",
      npy(dictionary("<f4", `(${"1,".repeat(65)})`)),
      'header: expected at most 64 dimensions, got "1"',
    ],
    [
      "another word for False",
      npy(dictionary("<f4", "(1,)", "Fals")),
      'header: expected fortran_order True or False, got "Fals"',
    ],
    [
      "a missing key",
      npy("{'descr': '<f4', 'shape': (1,)}"),
      "header: expected descr, fortran_order and shape, got fewer",
    ],
    [
      "a key twice",
      npy(`${f4.slice(0, -1)}'descr': '<f4'}`),
      'header: expected descr, fortran_order and shape, each once, got "descr"',
    ],
    [
      "another key",
      npy(`${f4.slice(0, -1)}'__proto__': 1}`),
      'header: expected descr, fortran_order and shape, each once, got "__proto__"',
    ],
    ["a call", npy(`__import__('os')${f4}`), /header: expected a Python dictionary, got "__import__/],
    ["an escape", npy(dictionary("\\x3cf4", "(1,)")), /header: expected a Python dictionary/],
    ["text behind it", npy(`${f4}}`, [0, 0, 0, 0]), 'header: expected nothing after }, got "}"'],
    ["no end", npy(f4.slice(0, -1)), "header: expected a key in quotes, got its end"],
    ["two commas", npy(f4.replace("', ", "',, ")), 'header: expected a key in quotes, got ","'],
    ["no comma", npy(f4.replace("', ", "' ")), 'header: expected ,, got "fortran_order"'],
    ["no colon", npy(f4.replace(":", "")), 'header: expected :, got "<f4"'],
    ["no header", npy(""), "header: expected {, got its end"],
  ])("%s", (_, bytes, message) => {
    const got = refusal(() => read(bytes));
    if (typeof message === "string") expect(got).toBe(`f.npy: ${message}`);
    else expect(got).toMatch(message);
    expectRefusal(new RangeError(got), "f.npy");
  });

  test(`mutated files, or reads a whole array, ${FUZZ_RUNS} times`, () => {
    const header = dictionary("<i4", "(2, 3)");
    const data = bytesOf(Int32Array.of(1, 2, 3, 4, 5, 6));
    const tokens = [
      "'",
      '"',
      "{",
      "}",
      "(",
      ")",
      ",",
      ":",
      "0",
      "3",
      "6",
      "L",
      "<f4",
      "<i8",
      "True",
      "descr",
      "-",
    ];
    const file = fc.oneof(
      mutatedBytes(npy(header, data)),
      mutatedText(header, tokens).map((text) => npy(text, data)),
    );
    let accepted = 0;
    fc.assert(
      fc.property(file, (bytes) => {
        try {
          const { shape, data } = read(bytes);
          expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1));
          accepted++;
        } catch (error) {
          expectRefusal(error, "f.npy");
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(accepted).toBeGreaterThan(FUZZ_RUNS / 50);
    expect(accepted).toBeLessThan(FUZZ_RUNS);
  });
});
