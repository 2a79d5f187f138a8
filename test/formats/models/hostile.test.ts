// Files made to exhaust their reader: each is refused, and in time that grows no faster than the file.

import { describe, expect, it } from "vitest";
import { decodeModel } from "../../../src/formats/models/convert.ts";
import { fromNamedTensors } from "../../../src/formats/models/named-tensors.ts";
import { fromArtifacts } from "../../../src/formats/models/tfjs.ts";
import { MessageWriter } from "../../../src/formats/protobuf.ts";
import { encodeSafetensors } from "../../../src/formats/safetensors.ts";
import type { Tensors } from "../../../src/types.ts";

const MANY = 50_000;

const empty = { shape: [0], data: new Float32Array(0) };
const text = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
const named = (name: (i: number) => string): Tensors =>
  new Map(Array.from({ length: MANY }, (_, i) => [name(i), empty]));

describe("a great many tensors", () => {
  it.each([
    ["dense layers", (i: number) => (i === 0 ? "rnn.weight_ih_l0" : `fc${i}.weight`)],
    ["layers of keras", (i: number) => `lstm_${i}/recurrent_kernel`],
    ["layers of pytorch", (i: number) => `rnn.${i}.weight_ih_l0`],
    ["cells of tf1", (i: number) => `rnn/cell_0/lstm_cell/${i}`],
    ["names of native", (i: number) => (i === 0 ? "layers.0.kernel" : `layers.0.${i}`)],
    ["numbered arrays", (i: number) => `arr_${i}`],
    ["no dialect", (i: number) => `${i}`],
  ])("%s", (_name, name) => {
    expect(() => fromNamedTensors({ tensors: named(name), metadata: {} }, "m")).toThrow(/^m: .{0,1500}$/);
  });

  it("in a file", async () => {
    await expect(decodeModel(encodeSafetensors(named((i) => `t${i}`)), "m")).rejects.toThrow(/^m: /);
  });

  it("of TensorFlow.js", () => {
    const lstm = { class_name: "LSTM", config: { name: "l", units: 1, recurrent_activation: "sigmoid" } };
    const dense = { class_name: "Dense", config: { name: "d", units: 1 } };
    const modelTopology = (layers: object[]) => ({ class_name: "Sequential", config: { layers } });
    const weightSpecs = Array.from({ length: MANY }, (_, i) => ({
      name: `l/${i}/kernel`,
      shape: [0],
      dtype: "float32",
    }));
    const weightData = new ArrayBuffer(0);
    const read = (layers: object[]) => () =>
      fromArtifacts({ modelTopology: modelTopology(layers), weightSpecs, weightData }, "m");
    expect(read([lstm, dense])).toThrow(/^m: /);
    expect(read(new Array(MANY).fill(lstm))).toThrow("m: expected a list of 1 to 72 layers");
  });
});

describe("JSON", () => {
  it.each([
    ["deep", `{"a":${"[".repeat(MANY)}`],
    ["deep and whole", `{"modelTopology":${"[".repeat(MANY)}${"]".repeat(MANY)},"weightsManifest":[]}`],
    ["wide", `{"weightsManifest":[${"[],".repeat(MANY)}[]]}`],
    ["of the same key again and again", `{${'"a":1,'.repeat(MANY)}"a":1}`],
  ])("%s, as model.json", async (_name, json) => {
    await expect(decodeModel(text(json), "m")).rejects.toThrow(/^m: .{0,1500}$/);
  });

  it("that says sizes no file has", () => {
    const read = (shape: number[], quantization?: object) => () =>
      fromArtifacts(
        {
          modelTopology: {},
          weightSpecs: [{ name: "w", shape, dtype: "float32", quantization }],
          weightData: new ArrayBuffer(8),
        },
        "m",
      );
    expect(read([2 ** 30, 2 ** 20])).toThrow("m: expected 4503599627370496 bytes of weights");
    expect(read([2 ** 40, 2 ** 40])).toThrow("overflows");
    expect(read([2 ** 40], { dtype: "uint8", min: 0, scale: 1 })).toThrow("m: expected 1099511627776 bytes");
    expect(read([-1])).toThrow("a shape of whole numbers");
  });
});

describe("ONNX", () => {
  const graph = (write: (graph: MessageWriter) => void) =>
    new MessageWriter().int(1, 8).message(7, write).finish();
  const read = (bytes: Uint8Array) => decodeModel(bytes, "m");

  it("of a great many operations", async () => {
    const node = new MessageWriter().string(4, "Identity").finish();
    const bytes = graph((own) => {
      for (let i = 0; i <= 100_000; i++) own.bytes(1, node);
    });
    await expect(read(bytes)).rejects.toThrow("m: expected at most 100000 operations, got more");
  });

  it("of a chain of them to the output", async () => {
    const bytes = graph((own) => {
      for (let i = 0; i < MANY; i++) {
        own.message(1, (node) =>
          node
            .string(1, `v${i}`)
            .string(2, `v${i + 1}`)
            .string(4, "Identity"),
        );
      }
      own.message(12, (output) => output.string(1, `v${MANY}`));
    });
    await expect(read(bytes)).rejects.toThrow('m: expected "v0" to come from an input of the graph');
  });

  it("of tensors that say sizes no file has", async () => {
    const tensor = (...dims: number[]) =>
      graph((own) =>
        own.message(5, (message) => {
          for (const n of dims) message.int(1, n);
          message.int(2, 1).string(8, "w").bytes(9, new Uint8Array(16));
        }),
      );
    await expect(read(tensor(2 ** 40))).rejects.toThrow("expected values for shape [1099511627776], got 4");
    await expect(read(tensor(2 ** 40, 2 ** 40))).rejects.toThrow("expected values for shape");
    await expect(read(tensor(-4))).rejects.toThrow("expected a shape, got [-4]");
    await expect(read(tensor(...new Array(100_000).fill(1)))).rejects.toThrow("at most 8 axes");
  });

  it("of long lists", async () => {
    const list = graph((own) =>
      own.message(1, (node) =>
        node.message(5, (attribute) =>
          attribute.string(1, "axes").bytes(8, new Uint8Array(1_000_000)).int(20, 7),
        ),
      ),
    );
    await expect(read(list)).rejects.toThrow("expected at most 10000 values, got more");
    const nested = graph((own) => own.message(1, (node) => node.bytes(5, new Uint8Array(MANY).fill(0x0a))));
    await expect(read(nested)).rejects.toThrow(/^m: /);
  });
});
