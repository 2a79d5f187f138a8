import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkWeights,
  type Dialect,
  decodeWeights,
  detectDialect,
  encodeWeights,
  fromDialect,
  toDialect,
  type WeightDims,
} from "../../src/formats/dialects.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/formats/safetensors.ts";
import type { Tensor, Tensors } from "../../src/types.ts";

const FILE = "some/model.safetensors";
const WITH: WeightDims = { features: 5, projectionUnits: 4, units: 3, classes: 2 };
const WITHOUT: WeightDims = { ...WITH, projectionUnits: 0 };

/** Native weights whose every value is different, counted from `first`. */
function nativeWeights(dims: WeightDims, first = 1): Tensors {
  const { features: I, projectionUnits: P, units: H, classes: C } = dims;
  let next = first;
  const tensor = (...shape: number[]): Tensor => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => next++),
  });
  const weights: Tensors = new Map();
  if (P > 0) weights.set("projection.kernel", tensor(I, P)).set("projection.bias", tensor(P));
  weights.set("lstm.kernel", tensor(P || I, 4 * H)).set("lstm.recurrent_kernel", tensor(H, 4 * H));
  weights.set("lstm.bias", tensor(4 * H));
  return weights.set("head.kernel", tensor(H, C)).set("head.bias", tensor(C));
}

const plain = (tensors: Tensors) =>
  [...tensors].map(([name, { shape, data }]) => [
    name,
    [...shape],
    [...new Uint32Array(data.buffer, data.byteOffset, data.length)],
  ]);

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return (error as Error).message;
  }
  return "no error";
}

const anyDims = fc.record({
  features: fc.integer({ min: 1, max: 6 }),
  projectionUnits: fc.nat(5),
  units: fc.integer({ min: 1, max: 6 }),
  classes: fc.integer({ min: 1, max: 4 }),
});

describe("the tf1 dialect", () => {
  it("has the names, order and shapes of BasicLSTMCell, with and without projection", () => {
    const shapes = (dims: WeightDims) =>
      [...toDialect(nativeWeights(dims), "tf1")].map(([name, { shape }]) => [name, ...shape]);
    const lstmAndHead = (X: number) => [
      ["rnn/basic_lstm_cell/kernel", X + 3, 12],
      ["rnn/basic_lstm_cell/bias", 12],
      ["output/kernel", 3, 2],
      ["output/bias", 2],
    ];
    expect(shapes(WITH)).toEqual([["projection/kernel", 5, 4], ["projection/bias", 4], ...lstmAndHead(4)]);
    expect(shapes(WITHOUT)).toEqual(lstmAndHead(5));
  });

  it("orders the columns i, j, f, o where the native weights have i, f, g, o", () => {
    const weights: Tensors = new Map([
      ["lstm.kernel", { shape: [1, 8], data: Float32Array.of(10, 11, 20, 21, 30, 31, 40, 41) }],
      ["lstm.recurrent_kernel", { shape: [2, 8], data: new Float32Array(16).map((_, i) => 100 + i) }],
      ["lstm.bias", { shape: [8], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) }],
      ["head.kernel", { shape: [2, 1], data: new Float32Array(2) }],
      ["head.bias", { shape: [1], data: new Float32Array(1) }],
    ]);
    const tf1 = toDialect(weights, "tf1");
    expect([...tf1.get("rnn/basic_lstm_cell/bias")!.data]).toEqual([1, 2, 5, 6, 3, 4, 7, 8]);
    expect([...tf1.get("rnn/basic_lstm_cell/kernel")!.data]).toEqual([
      ...[10, 11, 30, 31, 20, 21, 40, 41],
      ...[100, 101, 104, 105, 102, 103, 106, 107],
      ...[108, 109, 112, 113, 110, 111, 114, 115],
    ]);
  });

  it("agrees with a loop over single elements", () => {
    fc.assert(
      fc.property(anyDims, (dims) => {
        const native = nativeWeights(dims);
        const tf1 = toDialect(native, "tf1");
        const H = dims.units;
        const X = dims.projectionUnits || dims.features;
        const nativeGate = { i: 0, f: 1, g: 2, o: 3 };
        const tf1Gate = { i: 0, g: 1, f: 2, o: 3 };
        for (const gate of ["i", "f", "g", "o"] as const) {
          for (let h = 0; h < H; h++) {
            const from = nativeGate[gate] * H + h;
            const to = tf1Gate[gate] * H + h;
            for (let row = 0; row < X + H; row++) {
              const [name, nativeRow] = row < X ? ["lstm.kernel", row] : ["lstm.recurrent_kernel", row - X];
              expect(tf1.get("rnn/basic_lstm_cell/kernel")!.data[row * 4 * H + to]).toBe(
                native.get(name)!.data[nativeRow * 4 * H + from],
              );
            }
            expect(tf1.get("rnn/basic_lstm_cell/bias")!.data[to]).toBe(native.get("lstm.bias")!.data[from]);
          }
        }
        for (const [from, to] of [
          ["projection.kernel", "projection/kernel"],
          ["projection.bias", "projection/bias"],
          ["head.kernel", "output/kernel"],
          ["head.bias", "output/bias"],
        ]) {
          expect(tf1.get(to)).toEqual(native.get(from));
        }
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});

describe("a file of weights", () => {
  it.each<Dialect>(["native", "tf1"])("in %s gives back every bit", (dialect) => {
    fc.assert(
      fc.property(anyDims, fc.integer(), (dims, seed) => {
        const weights = nativeWeights(dims);
        // Any finite bits, subnormals and minus zero among them.
        let state = seed;
        for (const { data } of weights.values()) {
          const bits = new Uint32Array(data.buffer);
          for (let i = 0; i < bits.length; i++) {
            state = (Math.imul(state, 1664525) + 1013904223) | 0;
            bits[i] = i % 5 === 0 ? 0x80000000 : i % 5 === 1 ? (state >>> 9) & 0x7fffff : state & 0xbfffffff;
          }
        }
        const before = plain(weights);
        const decoded = decodeWeights(encodeWeights(weights, dialect, { epoch: "3" }), FILE);
        expect(plain(weights)).toEqual(before);
        expect(plain(decoded.weights)).toEqual(before);
        expect(decoded.dialect).toBe(dialect);
        expect(decoded.metadata).toEqual({ epoch: "3", dialect });
        checkWeights(decoded.weights, dims, FILE);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it("is the same whatever the order of the weights, and names its own dialect", () => {
    const weights = nativeWeights(WITH);
    const reversed: Tensors = new Map([...weights].reverse());
    for (const dialect of ["native", "tf1"] as const) {
      const bytes = encodeWeights(reversed, dialect, { dialect: "other" });
      expect(bytes).toEqual(encodeWeights(weights, dialect));
      expect(decodeSafetensors(bytes, FILE).metadata).toEqual({ dialect });
    }
  });

  it.each([
    ["with", WITH],
    ["without", WITHOUT],
  ])("in tf1 %s projection is told by its names when the metadata is silent", (_, dims) => {
    const weights = nativeWeights(dims);
    const bytes = encodeSafetensors(toDialect(weights, "tf1"));
    const decoded = decodeWeights(bytes, FILE);
    expect(decoded.dialect).toBe("tf1");
    expect(plain(decoded.weights)).toEqual(plain(weights));
    expect(decodeWeights(encodeSafetensors(weights), FILE).dialect).toBe("native");
  });

  it("shares no memory with the decoded bytes", () => {
    const bytes = encodeWeights(nativeWeights(WITH), "tf1");
    const { weights } = decodeWeights(bytes, FILE);
    bytes.fill(0);
    expect(plain(weights)).toEqual(plain(nativeWeights(WITH)));
  });
});

describe("detectDialect", () => {
  const empty: Tensor = { shape: [0], data: new Float32Array(0) };

  it("believes the metadata over the names", () => {
    expect(detectDialect(nativeWeights(WITH), { dialect: "tf1" }, FILE)).toBe("tf1");
    expect(detectDialect(new Map(), { dialect: "native" }, FILE)).toBe("native");
  });

  it("knows a dialect by any one of its names", () => {
    expect(detectDialect(new Map([["output/bias", empty]]), {}, FILE)).toBe("tf1");
    expect(detectDialect(new Map([["lstm.bias", empty]]), {}, FILE)).toBe("native");
  });

  it("refuses unknown dialects, unknown names, both dialects at once and no tensors", () => {
    const detect = (names: string[], metadata = {}) =>
      messageOf(() => detectDialect(new Map(names.map((name) => [name, empty])), metadata, FILE));
    expect(detect(["lstm.bias"], { dialect: "keras" })).toBe(
      `${FILE}: expected dialect native or tf1, got "keras"`,
    );
    expect(detect(["lstm.bias"], { dialect: "constructor" })).toMatch(/native or tf1, got "constructor"/);
    const oneDialect = `${FILE}: expected the tensors of one dialect (native, tf1), got`;
    expect(detect(["a", "b"])).toBe(`${oneDialect} "a", "b"`);
    expect(detect(["lstm.bias", "output/bias"])).toBe(`${oneDialect} "lstm.bias", "output/bias"`);
    expect(detect([])).toBe(`${oneDialect} none`);
    expect(detect(Array.from({ length: 20 }, (_, i) => `t${i}`))).toMatch(/"t11" and 8 more$/);
  });
});

describe("fromDialect and toDialect", () => {
  const shape = (...shape: number[]): Tensor => ({
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  const edited = (dims: WeightDims, dialect: Dialect, edit: (tensors: Tensors) => void) => {
    const tensors = toDialect(nativeWeights(dims), dialect);
    edit(tensors);
    return messageOf(() => fromDialect(tensors, dialect, FILE));
  };

  it.each<[string, WeightDims, Dialect, (tensors: Tensors) => void, string | RegExp]>([
    [
      "a missing kernel",
      WITHOUT,
      "tf1",
      (t) => t.delete("rnn/basic_lstm_cell/kernel"),
      'expected tensor "rnn/basic_lstm_cell/kernel", got only "rnn/basic_lstm_cell/bias", "output/kernel", "output/bias"',
    ],
    [
      "half a projection",
      WITH,
      "tf1",
      (t) => t.delete("projection/kernel"),
      /expected tensor "projection\/kernel"/,
    ],
    [
      "the other half",
      WITH,
      "native",
      (t) => t.delete("projection.bias"),
      /expected tensor "projection.bias"/,
    ],
    ["an unexpected tensor", WITH, "tf1", (t) => t.set("rnn/w_f_diag", shape(3)), /got "rnn\/w_f_diag"$/],
    ["no tensors", WITH, "native", (t) => t.clear(), /expected tensor "lstm.kernel", got only none/],
    [
      "13 gate columns",
      WITH,
      "tf1",
      (t) => t.set("rnn/basic_lstm_cell/kernel", shape(7, 13)),
      'tensor "rnn/basic_lstm_cell/kernel": expected columns for 4 gates, got 13 columns',
    ],
    [
      "a kernel of H rows",
      WITHOUT,
      "tf1",
      (t) => t.set("rnn/basic_lstm_cell/kernel", shape(3, 12)),
      'tensor "rnn/basic_lstm_cell/kernel": expected more than 3 rows (inputs, then units), got 3',
    ],
    [
      "a kernel unlike the projection",
      WITH,
      "tf1",
      (t) => t.set("rnn/basic_lstm_cell/kernel", shape(8, 12)),
      'tensor "rnn/basic_lstm_cell/kernel": expected shape [7,12], got [8,12]',
    ],
    [
      "a bias unlike the kernel",
      WITH,
      "tf1",
      (t) => t.set("rnn/basic_lstm_cell/bias", shape(16)),
      'tensor "rnn/basic_lstm_cell/bias": expected shape [12], got [16]',
    ],
    [
      "a flat kernel",
      WITH,
      "tf1",
      (t) => t.set("rnn/basic_lstm_cell/kernel", shape(84)),
      /a matrix .* shape \[84\]/,
    ],
    ["no units", WITH, "native", (t) => t.set("lstm.kernel", shape(4, 0)), /a matrix .* shape \[4,0\]/],
    [
      "no classes",
      WITH,
      "native",
      (t) => t.set("head.kernel", shape(3, 0)),
      /"head.kernel": .* shape \[3,0\]/,
    ],
    [
      "a recurrent kernel of other units",
      WITH,
      "native",
      (t) => t.set("lstm.recurrent_kernel", shape(4, 16)),
      'tensor "lstm.recurrent_kernel": expected shape [3,12], got [4,16]',
    ],
    [
      "a head of other units",
      WITH,
      "tf1",
      (t) => t.set("output/kernel", shape(4, 2)),
      'tensor "output/kernel": expected shape [3,2], got [4,2]',
    ],
    [
      "fewer values than the shape says",
      WITH,
      "native",
      (t) => t.set("lstm.bias", { shape: [12], data: new Float32Array(11) }),
      'tensor "lstm.bias": expected 12 values, got 11',
    ],
  ])("refuse %s", (_, dims, dialect, edit, message) => {
    const got = edited(dims, dialect, edit);
    if (typeof message === "string") expect(got).toBe(`${FILE}: ${message}`);
    else expect(got).toMatch(message);
    expect(got.startsWith(`${FILE}: `)).toBe(true);
  });

  it("refuse an unknown dialect and weights that disagree", () => {
    const weights = nativeWeights(WITH);
    expect(messageOf(() => toDialect(weights, "keras" as Dialect))).toMatch(/native or tf1, got "keras"/);
    expect(messageOf(() => fromDialect(weights, "keras" as Dialect, FILE))).toMatch(
      /native or tf1, got "keras"/,
    );
    expect(messageOf(() => fromDialect(weights, "tf1", FILE))).toMatch(/"rnn\/basic_lstm_cell\/kernel"/);
    weights.set("head.bias", shape(3));
    expect(messageOf(() => encodeWeights(weights, "tf1"))).toMatch(
      /"head.bias": expected shape \[2\], got \[3\]/,
    );
  });
});

describe("checkWeights", () => {
  it("takes the weights of the model, with and without projection", () => {
    checkWeights(nativeWeights(WITH), WITH, FILE);
    checkWeights(nativeWeights(WITHOUT), WITHOUT, FILE);
  });

  it("refuses the weights of any other model, naming tensor and shapes", () => {
    const check = (dims: WeightDims) => messageOf(() => checkWeights(nativeWeights(WITH), dims, FILE));
    const differs = (name: string, expected: string, got: string) =>
      `${FILE}: tensor "${name}": expected shape [${expected}], got [${got}]`;
    expect(check({ ...WITH, features: 6 })).toBe(differs("projection.kernel", "6,4", "5,4"));
    expect(check({ ...WITH, projectionUnits: 2 })).toBe(differs("projection.kernel", "5,2", "5,4"));
    expect(check({ ...WITH, units: 4 })).toBe(differs("lstm.kernel", "4,16", "4,12"));
    expect(check({ ...WITH, classes: 10 })).toBe(differs("head.kernel", "3,10", "3,2"));
    expect(check(WITHOUT)).toMatch(/expected only tensors "lstm.kernel", .*, got "projection.kernel"$/);
    expect(messageOf(() => checkWeights(nativeWeights(WITHOUT), WITH, FILE))).toBe(
      `${FILE}: expected tensor "projection.kernel", got only ` +
        '"lstm.kernel", "lstm.recurrent_kernel", "lstm.bias", "head.kernel", "head.bias"',
    );
  });

  it("refuses shapes that differ only in rank or order", () => {
    for (const shape of [[12, 4], [48], [4, 12, 1], []]) {
      const weights = nativeWeights(WITH);
      weights.set("lstm.kernel", { shape, data: new Float32Array(48) });
      expect(messageOf(() => checkWeights(weights, WITH, FILE))).toBe(
        `${FILE}: tensor "lstm.kernel": expected shape [4,12], got [${shape.join(",")}]`,
      );
    }
  });

  it("refuses NaN and infinities and says where", () => {
    const poisoned = (name: string, index: number, value: number) => {
      const weights = nativeWeights(WITH);
      weights.get(name)!.data[index] = value;
      return messageOf(() => checkWeights(weights, WITH, FILE));
    };
    const finite = "expected finite values, got";
    expect(poisoned("lstm.kernel", 2 * 12 + 7, NaN)).toBe(
      `${FILE}: tensor "lstm.kernel": ${finite} NaN at [2,7]`,
    );
    expect(poisoned("head.bias", 1, Infinity)).toBe(`${FILE}: tensor "head.bias": ${finite} Infinity at [1]`);
    expect(poisoned("head.kernel", 0, -Infinity)).toBe(
      `${FILE}: tensor "head.kernel": ${finite} -Infinity at [0,0]`,
    );
  });
});
