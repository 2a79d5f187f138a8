// TensorFlow.js layers models come back to the bit, and what cannot be one of ours is refused with the reason.
// Whether TensorFlow.js itself agrees is for test/interop to show.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelFile } from "../../../src/formats/models/model-file.ts";
import {
  fromArtifacts,
  type TfjsArtifacts,
  tfjsLoadHandler,
  tfjsSaveHandler,
} from "../../../src/formats/models/tfjs.ts";
import { decodeTfjs, encodeTfjs } from "../../../src/formats/models/tfjs-files.ts";
import type { ModelDescription } from "../../../src/layers.ts";
import { bits, describedAs, modelFile, modelFiles } from "../../support/model-files.ts";
import { refusal } from "../../support/mutations.ts";

const WITHOUT = { peepholes: true, cellClip: true, recurrentProjection: true, resetAfter: true };
const MODEL = describedAs({
  ...{ timeSteps: 4, projectionUnits: 3 },
  layers: [{ dropout: 0.25 }, { type: "gru", resetAfter: false, bidirectional: true, units: 2 }],
  head: { everyStep: true, type: "sigmoid", dropout: 0.5 },
});

describe("model.json and shards", () => {
  it("come back to the bit", async () => {
    await fc.assert(
      fc.asyncProperty(modelFiles(WITHOUT), async (model) => {
        const { bytes, beside } = encodeTfjs(model);
        const read = await decodeTfjs(bytes, (path) => beside.get(path)!, "m");
        expect(bits(read.model)).toEqual(bits(model));
        expect(read.notes).toEqual([]);
      }),
    );
  });

  it("hold 4 MiB a shard", async () => {
    const model = modelFile(describedAs({ features: 300, layers: [{ units: 700 }] }));
    const { bytes, beside } = encodeTfjs(model);
    expect([...beside.keys()]).toEqual([
      "group1-shard1of3.bin",
      "group1-shard2of3.bin",
      "group1-shard3of3.bin",
    ]);
    expect(beside.get("group1-shard1of3.bin")!.length).toBe(2 ** 22);
    const read = await decodeTfjs(bytes, (path) => beside.get(path)!, "m");
    expect(bits(read.model)).toEqual(bits(model));
  });

  it("are read group by group", async () => {
    const model = modelFile(MODEL);
    const { artifacts } = await saved(model);
    const specs = artifacts.weightSpecs as { shape: number[] }[];
    const split = 4 * specs.slice(0, 3).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const data = new Uint8Array(artifacts.weightData as ArrayBuffer);
    const shards = new Map([
      ["a", data.slice(0, 5)],
      ["sub/b", data.slice(5, split)],
      ["c", data.slice(split)],
    ]);
    const weightsManifest = [
      { paths: ["a", "sub/b"], weights: specs.slice(0, 3) },
      { paths: ["c"], weights: specs.slice(3) },
    ];
    const json = new TextEncoder().encode(
      JSON.stringify({ ...artifacts, weightSpecs: undefined, weightsManifest }),
    );
    const read = await decodeTfjs(json, (path) => shards.get(path)!, "m");
    expect(bits(read.model)).toEqual(bits(model));
  });

  it.each(["../w", "/w", "a/../../w", "C:\\w", "a//b", ".", "http://x/w", ""])(
    "refuses the path %j",
    async (path) => {
      const asked: string[] = [];
      const json = JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: [path], weights: [] }] });
      const read = decodeTfjs(
        new TextEncoder().encode(json),
        (shard) => {
          asked.push(shard);
          return new Uint8Array();
        },
        "m",
      );
      await expect(read).rejects.toThrow("m: expected the path of a shard below the folder of the file");
      expect(asked).toEqual([]);
    },
  );

  it("refuses shards of another size", async () => {
    const { bytes, beside } = encodeTfjs(modelFile(MODEL));
    const read = (data: Uint8Array) => decodeTfjs(bytes, () => data, "m");
    const shard = beside.get("group1-shard1of1.bin")!;
    await expect(read(shard.slice(1))).rejects.toThrow(
      `m: group 0: expected ${shard.length} bytes in 1 shards`,
    );
    await expect(read(new Uint8Array(shard.length + 4))).rejects.toThrow(RangeError);
  });
});

describe("handlers", () => {
  it("hand a model over and back", async () => {
    const model = modelFile(MODEL);
    const { handler } = await saved(model);
    expect(bits(handler.saved!.model)).toEqual(bits(model));
  });

  it("keep the topology's word over that of the metadata", async () => {
    const { artifacts } = await saved(modelFile(MODEL));
    layersOf(artifacts).at(-1)!.config.activation = "softmax";
    expect(read(artifacts).model.description.head.type).toBe("softmax");
  });

  it("leave the forget bias in the bias when the weights have changed since", async () => {
    const model = modelFile(MODEL);
    const { artifacts } = await saved(model);
    const data = new Float32Array(artifacts.weightData as ArrayBuffer);
    const before = data.slice();
    data.forEach((value, i) => {
      data[i] = value * 1.5;
    });
    const { description, tensors } = read(artifacts).model;
    expect(description.layers[0].forgetBias).toBe(0);
    const bias = tensors.get("layers.0.bias")!.data;
    const at = 2 * 3 + 3 + 3 * 12 + 3 * 12;
    expect([...bias]).toEqual([...before.slice(at, at + 12)].map((value) => Math.fround(value * 1.5)));
  });

  it("take weights without an optimizer's", async () => {
    const model = modelFile(MODEL);
    const { artifacts } = await saved(model);
    const weightSpecs = [
      ...(artifacts.weightSpecs as object[]),
      { name: "Adam/iter", shape: [], dtype: "int32", group: "optimizer" },
    ];
    const weightData = [artifacts.weightData as ArrayBuffer, new ArrayBuffer(4)];
    expect(bits(read({ ...artifacts, weightSpecs, weightData }).model)).toEqual(bits(model));
    const first = [weightSpecs.at(-1)!, ...weightSpecs.slice(0, -1)];
    expect(refusal(() => read({ ...artifacts, weightSpecs: first, weightData }))).toContain(
      "only after them",
    );
  });

  it("dequantise", async () => {
    const { artifacts } = await saved(modelFile(describedAs()));
    const specs = artifacts.weightSpecs as { shape: number[]; name: string }[];
    const sizes = specs.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    const quantization = [
      { dtype: "uint8", min: -1, scale: 0.5 },
      { dtype: "uint16", min: 2, scale: -0.25 },
      { dtype: "float16" },
    ];
    const parts = sizes.map((size, k) =>
      k === 0
        ? new Uint8Array(size).fill(3)
        : k < 3
          ? new Uint16Array(size).fill(0x3c00)
          : new Float32Array(size),
    );
    const weightData = parts.map(({ buffer }) => buffer as ArrayBuffer);
    const weightSpecs = specs.map((spec, k) => ({ ...spec, quantization: quantization[k] }));
    const { model, notes } = read({ ...artifacts, weightSpecs, weightData });
    const values = [...model.tensors.values()].map(({ data }) => data[0]);
    expect(values.slice(0, 3)).toEqual([0.5, 2 - 0x3c00 / 4, 1]);
    expect(notes[0]).toBe("lstm_0/kernel was stored in uint8: what rounding lost is lost");
  });
});

describe("refuses", () => {
  const cases: [string, Partial<ModelDescription["layers"][number]>, string][] = [
    ["peepholes", { peepholes: true }, "Keras' LSTM has no peepholes"],
    ["clipped cells", { cellClip: 3 }, "Keras' LSTM does not clip the cell state"],
    ["recurrent projections", { recurrentProjectionUnits: 2 }, "Keras' LSTM has no recurrent projection"],
    ["reset after", { type: "gru" }, "TensorFlow.js' GRU resets the state before the product"],
  ];
  it.each(cases)("to write %s", (_name, layer, reason) => {
    const model = modelFile(describedAs({ layers: [layer] }));
    expect(refusal(() => encodeTfjs(model))).toContain(`layers[0] has no form in tfjs: ${reason}`);
  });

  const edits: [string, (layers: Layers) => void, string][] = [
    [
      "hard sigmoids",
      (layers) => Object.assign(config(layers, 2), { recurrent_activation: "hard_sigmoid" }),
      "clipped lines",
    ],
    ["no word of the gates", (layers) => delete config(layers, 2).recurrent_activation, '"hard_sigmoid"'],
    [
      "relu",
      (layers) => Object.assign(config(layers, 2), { activation: "relu" }),
      'expected activation "tanh", got "relu"',
    ],
    ["backwards", (layers) => Object.assign(config(layers, 2), { go_backwards: true }), "go_backwards false"],
    [
      "only last outputs between layers",
      (layers) => Object.assign(config(layers, 2), { return_sequences: false }),
      "return_sequences",
    ],
    [
      "summed directions",
      (layers) => Object.assign(config(layers, 3), { merge_mode: "sum" }),
      'merge_mode "concat", got "sum"',
    ],
    ["two different directions", backwards, "differ in nothing but direction"],
    ["other layers", (layers) => Object.assign(layers[2], { class_name: "Conv1D" }), 'of class "Conv1D"'],
    [
      "a nonlinear projection",
      (layers) => Object.assign(config(layers, 1), { activation: "relu" }),
      "linear activation",
    ],
    [
      "two projections",
      (layers) => layers.splice(1, 0, structuredClone(layers[1])),
      "one Dense layer before",
    ],
    ["two heads", (layers) => layers.push(structuredClone(layers[5])), "nothing but an Activation"],
    ["no head", (layers) => layers.pop(), "a Dense layer after the recurrent ones, got none"],
    ["equal names", (layers) => Object.assign(config(layers, 1), { name: "head" }), "different names"],
    [
      "more units than weights",
      (layers) => Object.assign(config(layers, 2), { units: 4 }),
      "shape [3,16], got [3,12]",
    ],
  ];
  it.each(edits)("to read %s", async (_name, edit, reason) => {
    const { artifacts } = await saved(modelFile(MODEL));
    edit(layersOf(artifacts));
    expect(refusal(() => read(artifacts))).toContain(reason);
  });

  it("graph and functional models", async () => {
    const { artifacts } = await saved(modelFile(MODEL));
    expect(refusal(() => read({ ...artifacts, format: "graph-model" }))).toContain(
      "does not tell its layers",
    );
    Object.assign(artifacts.modelTopology as object, { class_name: "Model" });
    expect(refusal(() => read(artifacts))).toContain('expected a Sequential model, got "Model"');
  });
});

type Layers = { class_name: string; config: Record<string, unknown> }[];

function backwards(layers: Layers): void {
  const { layer } = config(layers, 3) as { layer: { config: object } };
  Object.assign(config(layers, 3), {
    backward_layer: { ...layer, config: { ...layer.config, recurrent_dropout: 0.5 } },
  });
}

function config(layers: Layers, k: number): Record<string, unknown> {
  return layers[k].config;
}

function layersOf(artifacts: TfjsArtifacts): Layers {
  return (artifacts.modelTopology as { config: { layers: Layers } }).config.layers;
}

async function saved(model: ModelFile) {
  const artifacts = structuredClone(await tfjsLoadHandler(model).load()) as TfjsArtifacts;
  const handler = tfjsSaveHandler("m");
  await handler.save(artifacts);
  return { artifacts, handler };
}

function read(artifacts: TfjsArtifacts) {
  return fromArtifacts(artifacts, "m");
}
