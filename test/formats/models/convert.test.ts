// One registry of all formats: every one is written, found out and read, and nothing is lost on any way between two.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  convert,
  decodeModel,
  detectContainer,
  TARGETS,
  type Target,
} from "../../../src/formats/models/convert.ts";
import type { ModelFile } from "../../../src/formats/models/model-file.ts";
import { encodeSafetensors, type IntegerTensor } from "../../../src/formats/safetensors.ts";
import type { Tensor } from "../../../src/types.ts";
import { bits, describedAs, modelFile, modelFiles } from "../../support/model-files.ts";
import { refusal } from "../../support/mutations.ts";

const read = async (model: ModelFile, to: Target) => {
  const { bytes, beside } = convert(model, to);
  return decodeModel(bytes, "m", { beside: (path) => beside.get(path)! });
};

it("every format to every other and back is the model to the bit", async () => {
  // What all formats can hold.
  const without = { peepholes: true, cellClip: true, recurrentProjection: true, mixedDirections: true };
  const noGru = modelFiles(without).filter(({ description }) =>
    description.layers.every(({ type }) => type !== "gru"),
  );
  await fc.assert(
    fc.asyncProperty(noGru, async (model) => {
      let at = model;
      for (const from of TARGETS)
        for (const to of TARGETS) at = (await read((await read(at, from)).model, to)).model;
      expect(bits(at)).toEqual(bits(model));
    }),
    { numRuns: 10 },
  );
});

it.each([
  ["native", "safetensors"],
  ["pytorch", "safetensors"],
  ["npz", "npz"],
  ["tfjs", "tfjs"],
  ["onnx", "onnx"],
] as const)("%s is found out to be %s", async (to, container) => {
  const model = modelFile(describedAs());
  expect(detectContainer(convert(model, to).bytes, "m")).toBe(container);
  expect((await read(model, to)).container).toBe(container);
});

it("says what became what", () => {
  const { mapped } = convert(modelFile(describedAs({ layers: [{ units: 2 }] })), "pytorch");
  expect(mapped).toContainEqual({
    from: ["layers.0.kernel"],
    to: "rnn.weight_ih_l0",
    shape: [8, 2],
    transformation: "transposed",
    exact: true,
  });
  expect(mapped.find(({ to }) => to === "rnn.bias_hh_l0")).toEqual({
    from: [],
    to: "rnn.bias_hh_l0",
    shape: [8],
    transformation: "zeros, and the forget bias 1 at gate f",
    exact: true,
  });
});

it("says where a forget bias rounds, and keeps what it was all the same", async () => {
  const model = modelFile(describedAs({ layers: [{ units: 1, forgetBias: 1 }] }));
  model.tensors.get("layers.0.bias")!.data[1] = 1e-9;
  const { mapped } = convert(model, "keras");
  expect(mapped.find(({ to }) => to === "lstm_0/bias")).toMatchObject({
    transformation: "forget bias 1 added at gate f",
    exact: false,
  });
  const back = await read(model, "keras");
  expect(bits(back.model)).toEqual(bits(model));
  expect(back.mapped.find(({ to }) => to === "layers.0.bias")?.transformation).toBe(
    "forget bias 1 taken out of gate f, to the bit by the metadata",
  );
});

describe("other files are refused by what they are", () => {
  const zipOf = (path: string) =>
    [..."PK\x03\x04".padEnd(30, "\0"), ...path].map((char) => char.charCodeAt(0));
  it.each<[string, number[], string]>([
    ["HDF5", [0x89, 0x48, 0x44, 0x46, 13, 10], "got an HDF5 file: docs/interchange.md"],
    ["torch.save", zipOf("archive/data.pkl"), "got a file of torch.save"],
    [".keras", zipOf("metadata.json"), "got a .keras archive"],
    ["pickle", [0x80, 2, 0x7d], "got a pickle"],
    ["nothing", [], "expected a model in safetensors, .npz, ONNX"],
    ["text", [...Buffer.from("weights")], "expected a model in safetensors, .npz, ONNX"],
  ])("%s", (_name, bytes, message) => {
    expect(refusal(() => detectContainer(Uint8Array.from(bytes), "m"))).toContain(message);
  });

  it("model.json without its shards", async () => {
    const { bytes } = convert(modelFile(describedAs()), "tfjs");
    await expect(decodeModel(bytes, "m")).rejects.toThrow(
      "m: expected its shard group1-shard1of1.bin beside it",
    );
  });

  it("safetensors files of whole numbers", async () => {
    const tensors = new Map<string, Tensor | IntegerTensor>(modelFile(describedAs()).tensors);
    tensors.set("steps", { shape: [1], data: Uint32Array.of(3) });
    const read = decodeModel(encodeSafetensors(tensors), "m");
    await expect(read).rejects.toThrow('m: tensor "steps": expected floating-point numbers, got whole ones');
  });

  it("targets that there are not", () => {
    expect(refusal(() => convert(modelFile(describedAs()), "h5" as Target))).toContain(
      "expected one of native, tf1",
    );
  });

  it("models with tensors that are not as described, before anything is written", () => {
    const model = modelFile(describedAs());
    for (const to of TARGETS) {
      const tensors = new Map(model.tensors).set("head.bias", {
        shape: [2],
        data: Float32Array.of(1, Number.NaN),
      });
      expect(
        refusal(() => convert({ ...model, tensors }, to)),
        to,
      ).toContain("expected finite values, got NaN at [1]");
    }
  });
});
