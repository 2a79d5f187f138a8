import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import type { Tensor, Tensors } from "../../src/types.ts";

const FILE = "some/model.safetensors";
const utf8 = new TextEncoder();

/** A file with this header, unpadded, and this data; `headerBytes` may lie. */
function file(header: string | Uint8Array, data: ArrayLike<number> = [], headerBytes?: bigint): Uint8Array {
  const json = typeof header === "string" ? utf8.encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, headerBytes ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const zeros = (count: number) => new Uint8Array(count);
const tensor = (shape: number[], values: number[]): Tensor => ({ shape, data: Float32Array.from(values) });
const bitsOf = ({ data }: Tensor) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)];
const headerOf = (bytes: Uint8Array) => {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
};

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message;
  }
  return "no error";
}

/** Equal names in equal order, equal shapes, equal bits. */
function expectSame(actual: Tensors, expected: Tensors): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, want] of expected) {
    const got = actual.get(name)!;
    expect(got.shape).toEqual(want.shape);
    expect(bitsOf(got)).toEqual(bitsOf(want));
  }
}

const anyName = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).filter((name) => name !== "__metadata__"),
  fc.constantFrom("__proto__", "constructor", "toString", "1", "0", "", '"', "\\", "\u0000", "dtype", "né→𝄞"),
);
/** Any bits but NaN's, whose payload no arithmetic keeps. */
const anyBits = fc.integer({ min: 0, max: 0xffffffff }).filter((bits) => (bits & 0x7fffffff) <= 0x7f800000);
const anyTensor = fc
  .array(fc.nat(3), { maxLength: 4 })
  .chain((shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return fc.tuple(fc.constant(shape), fc.array(anyBits, { minLength: size, maxLength: size }));
  })
  .map(([shape, bits]): Tensor => ({ shape, data: new Float32Array(Uint32Array.from(bits).buffer) }));
const anyTensors = fc.array(fc.tuple(anyName, anyTensor), { maxLength: 6 }).map((pairs) => new Map(pairs));
const anyMetadata = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), {
  maxKeys: 4,
});

describe("encodeSafetensors", () => {
  it("writes the bytes of the reference library's own test", () => {
    const bytes = encodeSafetensors(new Map([["attn0", tensor([1, 1, 2, 3], [0, 1, 2, 3, 4, 5])]]));
    const json = '{"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}'.padEnd(72);
    const data = [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 0, 0, 160, 64];
    expect([...bytes]).toEqual([72, 0, 0, 0, 0, 0, 0, 0, ...utf8.encode(json), ...data]);
  });

  it("writes an empty file as the reference library does", () => {
    expect([...encodeSafetensors(new Map())]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, ...utf8.encode("{}      ")]);
    const header = '{"__metadata__":{"framework":"pt"}}'.padEnd(40);
    expect(headerOf(encodeSafetensors(new Map(), { framework: "pt" }))).toBe(header);
  });

  it("writes only the part of a buffer that a tensor views, shared memory or not", () => {
    for (const memory of [new ArrayBuffer(32), new SharedArrayBuffer(32)]) {
      const all = new Float32Array(memory);
      all.set([9, 9, 1, 2, 9, 9, 9, 9]);
      const bytes = encodeSafetensors(new Map([["part", { shape: [2], data: all.subarray(2, 4) }]]));
      expect([...decodeSafetensors(bytes, FILE).tensors.get("part")!.data]).toEqual([1, 2]);
    }
  });

  it.each<[string, Tensors, Record<string, string> | undefined, RegExp]>([
    ["a size unlike the shape", new Map([["a", tensor([3], [1, 2])]]), undefined, /"a" of shape \[3\] has 2/],
    ["a fraction", new Map([["a", tensor([0.5, 4], [1, 2])]]), undefined, /"a" of shape \[0.5,4\]/],
    ["two negatives", new Map([["a", tensor([-1, -2], [1, 2])]]), undefined, /"a" of shape \[-1,-2\]/],
    ["the reserved name", new Map([["__metadata__", tensor([0], [])]]), undefined, /cannot be named/],
    ["a lone surrogate", new Map([["\ud800", tensor([0], [])]]), undefined, /surrogate/],
    ["a surrogate in metadata", new Map(), { a: "\udc00" }, /surrogate/],
    ["a number in metadata", new Map(), { a: 1 } as never, /metadata "a" must be a string, got number/],
  ])("refuses %s", (_, tensors, metadata, message) => {
    expect(messageOf(() => encodeSafetensors(tensors, metadata))).toMatch(message);
  });
});

describe("decodeSafetensors", () => {
  it("gives back every bit, name, shape and metadata that was encoded", () => {
    fc.assert(
      fc.property(anyTensors, anyMetadata, (tensors, metadata) => {
        const bytes = encodeSafetensors(tensors, metadata);
        const decoded = decodeSafetensors(bytes, FILE);
        expectSame(decoded.tensors, tensors);
        expect(Object.entries(decoded.metadata).sort()).toEqual(Object.entries(metadata).sort());
        expect(JSON.parse(headerOf(bytes))).toBeTypeOf("object");
        expect(bytes.length % 4).toBe(0);
        expect(headerOf(bytes).length === 0 || utf8.encode(headerOf(bytes)).length % 8).toBe(0);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("reads an unpadded file at an odd address into memory of its own", () => {
    const header = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const bytes = file(header, [0, 0, 128, 63, 0, 0, 0, 192]);
    for (const shift of [1, 2, 3]) {
      const pool = Buffer.alloc(bytes.length + shift + 9, 0xee);
      pool.set(bytes, shift);
      const { data } = decodeSafetensors(pool.subarray(shift, shift + bytes.length), FILE).tensors.get("w")!;
      pool.fill(0);
      expect([...data]).toEqual([1, -2]);
      expect(data.buffer.byteLength).toBe(8);
    }
  });

  it("takes headers in any order of keys and tensors, with spaces, escapes and unknown keys", () => {
    const header =
      '{ "b" :\n{"data_offsets":[4,8],\t"x":[{"y":[null,-1.5e3,true,{}]},"z\\u00e9"],"shape":[],"dtype":"F32"},\r' +
      '"\\u0061":{"dtype":"F32","shape":[1,1],"data_offsets":[ 0 , 4 ]},"none":' +
      '{"dtype":"F32","shape":[7,0,3],"data_offsets":[4,4]},"__metadata__":{"k":"\\ud834\\udd1e"}}  \n';
    const { tensors, metadata } = decodeSafetensors(file(header, [0, 0, 128, 63, 0, 0, 0, 64]), FILE);
    expectSame(
      tensors,
      new Map([
        ["a", tensor([1, 1], [1])],
        ["none", tensor([7, 0, 3], [])],
        ["b", tensor([], [2])],
      ]),
    );
    expect(metadata).toEqual({ k: "𝄞" });
  });

  it("takes null metadata for none, as the reference does", () => {
    expect(decodeSafetensors(file('{"__metadata__":null}'), FILE)).toEqual({
      tensors: new Map(),
      integers: new Map(),
      metadata: {},
    });
  });

  it("takes __proto__ for a name like any other", () => {
    const header =
      '{"__metadata__":{"__proto__":"text","dialect":"x"},' +
      '"__proto__":{"__proto__":{"polluted":1},"dtype":"F32","shape":[0],"data_offsets":[0,0]}}';
    const { tensors, metadata } = decodeSafetensors(file(header), FILE);
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(Object.keys(metadata).sort()).toEqual(["__proto__", "dialect"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it("rounds F64 and converts every F16 and BF16 exactly", () => {
    const doubles = Float64Array.from([0.1, -0, 1 + 2 ** -24, 2 ** -149, 1e300, -Infinity, NaN]);
    const header = (dtype: string, count: number, bytes: number) =>
      `{"w":{"dtype":"${dtype}","shape":[${count}],"data_offsets":[0,${bytes}]}}`;
    const read = (dtype: string, count: number, data: Uint8Array) =>
      decodeSafetensors(file(header(dtype, count, data.length), data), FILE).tensors.get("w")!;
    expect([...read("F64", 7, new Uint8Array(doubles.buffer)).data]).toEqual([...doubles].map(Math.fround));

    const words = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const brain = read("BF16", 65536, new Uint8Array(words.buffer));
    expect(bitsOf(brain).every((bits, i) => bits === i * 65536)).toBe(true);

    const half = read("F16", 65536, new Uint8Array(words.buffer)).data;
    const known: [number, number][] = [
      [0x0000, 0],
      [0x8000, -0],
      [0x0001, 2 ** -24],
      [0x83ff, -1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x3555, 0.333251953125],
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
      [0x7e00, NaN],
      [0xfc01, NaN],
    ];
    for (const [bits, value] of known) expect(half[bits], bits.toString(16)).toBe(value);
    for (let bits = 1; bits <= 0x7c00; bits++) expect(half[bits]).toBeGreaterThan(half[bits - 1]);
    for (let bits = 0; bits <= 0x7c00; bits++) expect(half[bits | 0x8000]).toBe(-half[bits]);
  });
});

describe("decodeSafetensors refuses", () => {
  const entry = (shape: string, offsets: string, dtype = '"F32"') =>
    `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
  const one = (shape: string, offsets: string, dtype?: string) => `{"w":${entry(shape, offsets, dtype)}}`;
  const two = (first: string, second: string) => `{"v":${entry("[1]", first)},"w":${entry("[1]", second)}}`;
  const latin = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

  it.each<[string, Uint8Array, RegExp]>([
    ["an empty file", zeros(0), /8 bytes of header length, got a file of 0 bytes/],
    ["seven bytes", zeros(7), /got a file of 7 bytes/],
    ["an empty header", zeros(8), /begins with \{/],
    ["a header over 100 MB", file("{}", [], 100_000_001n), /at most 100000000 bytes, got 100000001/],
    ["a header of 2^64 - 1 bytes", file("{}", [], 2n ** 64n - 1n), /at most 100000000 bytes, got 18446744/],
    ["a header of 2^32 + 2 bytes", file("{}", [], 2n ** 32n + 2n), /at most 100000000 bytes, got 4294967298/],
    ["a header beyond the file", file("{}", [], 3n), /header of 3 bytes, got 2: the file is cut short/],
    ["a header of spaces", file("        "), /begins with \{/],
    ["a space before the header", file(" {}"), /begins with \{/],
    ["a byte order mark", file("\ufeff{}"), /begins with \{/],
    ["an array for a header", file("[]"), /begins with \{/],
    ["bytes that are no UTF-8", file(latin('{"\xff":1}')), /UTF-8/],
    ["an encoded surrogate", file(latin('{"\xed\xa0\x80":1}')), /UTF-8/],
    [
      "a header cut short",
      file('{"w":{"dtype":"F32"'),
      /"w": expected } at character 19 of the header, got the end/,
    ],
    ["text after the header", file("{}x"), /after the header: expected nothing but spaces at character 2/],
    ["NUL padding", file("{}\0\0"), /nothing but spaces/],
    ["a trailing comma", file('{"__metadata__":{},}'), /a key of the header: expected a string/],
    ["a key without quotes", file("{w:1}"), /expected a string at character 1/],
    ["a missing colon", file('{"w" 1}'), /expected : at character 5/],
    ["a raw line feed in a string", file('{"a\nb":1}'), /well-formed string/],
    ["an unknown escape", file('{"\\x":1}'), /well-formed string/],
    ["a string without an end", file('{"w\\"'), /well-formed string/],
    ["a lone surrogate", file('{"\\ud800":1}'), /lone surrogates/],
    ["a number for a tensor", file('{"w":1}'), /"w": expected \{/],
    ["an array for a tensor", file('{"w":["F32",[0],[0,0]]}'), /"w": expected \{/],
    [
      "a tensor twice",
      file(`{"w":${entry("[0]", "[0,0]")},"w":${entry("[0]", "[0,0]")}}`),
      /once, got "w" twice/,
    ],
    [
      "a tensor twice, once with an escape",
      file(`{"w":${entry("[0]", "[0,0]")},"\\u0077":${entry("[0]", "[0,0]")}}`),
      /once, got "w" twice/,
    ],
    ["__proto__ twice", file(`{"__proto__":${entry("[0]", "[0,0]")},"__proto__":{}}`), /"__proto__" twice/],
    ["metadata twice", file('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" twice/],
    ["a metadata key twice", file('{"__metadata__":{"a":"1","a":"2"}}'), /__metadata__: .*"a" twice/],
    ["a shape twice", file('{"w":{"shape":[0],"shape":[0]}}'), /tensor "w": .*"shape" twice/],
    ["an unknown key twice", file('{"w":{"x":{"y":1,"y":2}}}'), /"y" twice/],
    ["a number in the metadata", file('{"__metadata__":{"a":1}}'), /__metadata__ "a": expected a string/],
    ["a list for the metadata", file('{"__metadata__":[]}'), /__metadata__: expected \{/],
    ["no dtype", file('{"w":{"shape":[0],"data_offsets":[0,0]}}'), /"w": .*got no dtype/],
    ["no shape", file('{"w":{"dtype":"F32","data_offsets":[0,0]}}'), /"w": .*got no shape/],
    ["no offsets", file('{"w":{"dtype":"F32","shape":[0]}}'), /"w": .*got no data_offsets/],
    [
      "an integer dtype",
      file(one("[1]", "[0,8]", '"I64"'), zeros(8)),
      /"w": expected dtype F32, .*, got "I64"/,
    ],
    ["a dtype in lower case", file(one("[1]", "[0,4]", '"f32"'), zeros(4)), /got "f32"/],
    ["a dtype that is no string", file(one("[1]", "[0,4]", "32"), zeros(4)), /"w": dtype: expected a string/],
    [
      "a dtype of the object prototype",
      file(one("[1]", "[0,4]", '"constructor"'), zeros(4)),
      /got "constructor"/,
    ],
    ["a negative dimension", file(one("[-1]", "[0,4]"), zeros(4)), /"w": shape: expected whole .* got "-1"/],
    ["minus zero", file(one("[-0]", "[0,0]")), /got "-0"/],
    ["a fraction", file(one("[1.5]", "[0,6]"), zeros(6)), /got "1.5"/],
    ["a whole number with a point", file(one("[1.0]", "[0,4]"), zeros(4)), /got "1.0"/],
    ["an exponent", file(one("[1e0]", "[0,4]"), zeros(4)), /got "1e0"/],
    ["a leading zero", file(one("[01]", "[0,4]"), zeros(4)), /got "01"/],
    ["a dimension in quotes", file(one('["1"]', "[0,4]"), zeros(4)), /"w": shape: expected whole/],
    ["null for a dimension", file(one("[null]", "[0,4]"), zeros(4)), /got "null"/],
    ["NaN for a dimension", file(one("[NaN]", "[0,4]"), zeros(4)), /got "NaN"/],
    ["a shape that is no list", file(one("1", "[0,4]"), zeros(4)), /"w": shape: expected \[/],
    ["a dimension of 2^53", file(one("[9007199254740992]", "[0,4]"), zeros(4)), /got "9007199254740992"/],
    [
      "a dimension of 2^64 + 1",
      file(one("[18446744073709551617]", "[0,4]"), zeros(4)),
      /got "18446744073709551617"/,
    ],
    ["a dimension of 1e999", file(one("[1e999]", "[0,4]"), zeros(4)), /got "1e999"/],
    [
      "a size that overflows",
      file(one("[4294967296,4294967296]", "[0,4]"), zeros(4)),
      /"w": the size .* overflows/,
    ],
    ["an overflow hidden by zero", file(one("[4294967296,4294967296,0]", "[0,0]")), /overflows/],
    ["bytes that overflow", file(one("[9007199254740991]", "[0,4]"), zeros(4)), /overflows/],
    ["an overflow back to the size", file(one("[4611686018427387905]", "[0,4]"), zeros(4)), /expected whole/],
    [
      "a tensor of 8 PB in a small file",
      file(one("[1125899906842624]", "[0,4503599627370496]")),
      /at most 0 bytes/,
    ],
    [
      "a size unlike the shape",
      file(one("[3]", "[0,8]"), zeros(8)),
      /"w": expected 12 bytes for F32 of shape \[3\]/,
    ],
    ["data for an empty tensor", file(one("[0]", "[0,4]"), zeros(4)), /"w": expected 0 bytes/],
    ["no data for a scalar", file(one("[]", "[0,0]")), /"w": expected 4 bytes/],
    ["one offset", file(one("[1]", "[4]"), zeros(4)), /"w": expected two data_offsets, got \[4\]/],
    ["three offsets", file(one("[1]", "[0,4,4]"), zeros(4)), /"w": expected two data_offsets/],
    [
      "a negative offset",
      file(one("[1]", "[-4,0]"), zeros(4)),
      /"w": data_offsets: expected whole .* got "-4"/,
    ],
    [
      "offsets in reverse",
      file(two("[0,4]", "[4,0]"), zeros(4)),
      /"w": expected an end not before the begin/,
    ],
    ["a first tensor not at 0", file(one("[1]", "[4,8]"), zeros(8)), /"w": expected data from 0, .*\[4,8\]/],
    ["a hole", file(two("[0,4]", "[8,12]"), zeros(12)), /"w": expected data from 4, .*\[8,12\]/],
    ["an overlap", file(two("[0,4]", "[2,6]"), zeros(6)), /"w": expected data from 4, .*\[2,6\]/],
    ["the same data twice", file(two("[0,4]", "[0,4]"), zeros(4)), /expected data from 4/],
    [
      "data cut short",
      file(one("[2]", "[0,8]"), zeros(7)),
      /"w": expected at most 7 bytes of data, .*\[0,8\]/,
    ],
    ["data that no tensor claims", file(one("[1]", "[0,4]"), zeros(5)), /expected 4 bytes of data .*, got 5/],
    ["data without a tensor", file("{}", zeros(4)), /expected 0 bytes of data after the header, got 4/],
    ["deep JSON in an unknown key", file(`{"w":{"x":${"[".repeat(100_000)}`), /at most 128 nested values/],
    ["deep JSON in a shape", file(`{"w":{"shape":${"[".repeat(100_000)}`), /"w": shape: expected whole/],
    ["deep JSON for a tensor", file(`{"w":${'{"a":'.repeat(100_000)}`), /at most 128 nested values/],
    [
      "a broken value of an unknown key",
      file('{"w":{"x":tru}}'),
      /an unknown key: expected a value at character 10/,
    ],
    ["a missing value of an unknown key", file('{"w":{"x":}}'), /an unknown key: expected a value/],
  ])("%s", (_, bytes, message) => {
    const got = messageOf(() => decodeSafetensors(bytes, FILE));
    expect(got.startsWith(`${FILE}: `)).toBe(true);
    expect(got).toMatch(message);
  });

  it("megabytes of hostile names without repeating them", () => {
    const long = "x".repeat(1_000_000);
    const got = messageOf(() =>
      decodeSafetensors(file(`{"${long}":${entry(`["${long}"]`, "[0,0]")}}`), FILE),
    );
    expect(got.length).toBeLessThan(400);
    const shape = `[${"2,".repeat(500_000)}2]`;
    expect(messageOf(() => decodeSafetensors(file(one(shape, "[0,0]")), FILE)).length).toBeLessThan(400);
  });
});

describe("decodeSafetensors and mutated files", () => {
  /** mulberry32. */
  function randomFrom(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) % below;
    };
  }

  const original: Tensors = new Map([
    ["lstm.kernel", tensor([2, 8], [...Array(16).keys()])],
    ["empty", tensor([0, 3], [])],
    ["lstm.bias", tensor([8], [1, 2, 3, 4, 5, 6, 7, 8])],
    ["scalar", tensor([], [7])],
  ]);
  const TOKENS =
    '{ } [ ] , : " \\ 0 1 4 8 -1 1e9 1.0 null true "F16" "__proto__" "scalar" \\u0061 99999999999 é'.split(
      " ",
    );

  it("gives a sound result or an error naming the file, 6000 times", { timeout: 20_000 }, () => {
    const random = randomFrom(20240229);
    const bytes = encodeSafetensors(original, { dialect: "native", note: "né" });
    const header = headerOf(bytes);
    const data = bytes.subarray(bytes.length - 100);
    let accepted = 0;
    let refused = 0;
    for (let round = 0; round < 6000; round++) {
      let mutant: Uint8Array = bytes.slice();
      const kind = round % 6;
      if (kind === 0) mutant = mutant.subarray(0, random(mutant.length));
      else if (kind === 1) for (let n = random(4); n >= 0; n--) mutant[random(mutant.length)] = random(256);
      else if (kind === 2) mutant[random(8)] = random(256);
      else if (kind === 3) mutant = Uint8Array.from([...bytes, ...zeros(random(3))]);
      else {
        // Edits of the header's text, under a correct length.
        let text = header;
        for (let n = random(3); n >= 0; n--) {
          const at = random(text.length);
          const token = kind === 4 ? TOKENS[random(TOKENS.length)] : "";
          text = text.slice(0, at) + token + text.slice(at + random(3));
        }
        mutant = file(text, data);
      }
      try {
        const { tensors } = decodeSafetensors(mutant, FILE);
        accepted++;
        const parsed = JSON.parse(headerOf(mutant));
        delete parsed.__metadata__;
        expect([...tensors.keys()].sort()).toEqual(Object.keys(parsed).sort());
        let dataBytes = 0;
        for (const [name, { shape, data }] of tensors) {
          expect(shape).toEqual(parsed[name].shape);
          expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
          dataBytes += parsed[name].data_offsets[1] - parsed[name].data_offsets[0];
        }
        expect(8 + utf8.encode(headerOf(mutant)).length + dataBytes).toBe(mutant.length);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message.startsWith(`${FILE}: `), String(error)).toBe(true);
        refused++;
      }
    }
    expect(accepted).toBeGreaterThan(600);
    expect(refused).toBeGreaterThan(3000);
  });

  it("reads a header of ten megabytes in bounded time", { timeout: 30_000 }, () => {
    const names = Array.from(
      { length: 150_000 },
      (_, i) => `"t${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
    );
    expect(decodeSafetensors(file(`{${names.join(",")}}`), FILE).tensors.size).toBe(150_000);
    const text = `{"w":{"x":"${"\\\\".repeat(5_000_000)}`;
    expect(messageOf(() => decodeSafetensors(file(text), FILE))).toMatch(/well-formed string/);
    expect(messageOf(() => decodeSafetensors(file(`{"w":{"x":${"9".repeat(10_000_000)}`), FILE))).toMatch(
      /"w"/,
    );
  });
});
