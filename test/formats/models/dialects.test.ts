// Models in safetensors and .npz files of every dialect come back to the bit.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DialectName,
  fromNamedTensors,
  toNamedCompanions,
  toNamedTensors,
} from "../../../src/formats/models/named-tensors.ts";
import { decodeNpzModel, encodeNpzModel } from "../../../src/formats/models/npz-model.ts";
import {
  decodeSafetensorsModel,
  encodeSafetensorsModel,
} from "../../../src/formats/models/safetensors-model.ts";
import { directionsOf } from "../../../src/tensor-shapes.ts";
import { bits, modelFiles, type Without } from "../../support/model-files.ts";

const FILE = "model.file";

const DIALECTS: [DialectName, Without][] = [
  ["native", {}],
  ["tf1", { resetAfter: true, mixedDirections: true }],
  ["keras", { peepholes: true, cellClip: true, recurrentProjection: true }],
  ["pytorch", { peepholes: true, cellClip: true, resetBefore: true }],
];

describe.each(DIALECTS)("%s", (dialect, without) => {
  it("comes back from safetensors to the bit, with description and metadata", () => {
    fc.assert(
      fc.property(modelFiles(without), (model) => {
        const { bytes } = encodeSafetensorsModel(model, dialect);
        expect(bits(decodeSafetensorsModel(bytes, FILE).model)).toEqual(bits(model));
      }),
    );
  });

  it("comes back from .npz to the bit", async () => {
    await fc.assert(
      fc.asyncProperty(modelFiles(without), async (model) => {
        const { bytes } = encodeNpzModel(model, dialect);
        expect(bits((await decodeNpzModel(bytes, FILE)).model)).toEqual(bits(model));
      }),
    );
  });

  it("covers every value of every tensor once", () => {
    fc.assert(
      fc.property(modelFiles(without), (model) => {
        const { tensors, mapped } = toNamedTensors(model, dialect);
        const biases = dialect === "pytorch" ? secondBiases(model.description) : 0;
        expect(sizeOf(tensors)).toBe(sizeOf(model.tensors) + biases);
        expect(mapped.map(({ to }) => to)).toEqual([...tensors.keys()]);
        expect(new Set(mapped.flatMap(({ from }) => from))).toEqual(new Set(model.tensors.keys()));
      }),
    );
  });

  it("lays out gradients like the weights, with nothing added", () => {
    fc.assert(
      fc.property(modelFiles(without), ({ description, tensors }) => {
        const layers = description.layers.map((layer) =>
          layer.type === "lstm" ? { ...layer, forgetBias: 0 } : layer,
        );
        const plain = { tensors, description: { ...description, layers }, metadata: {} };
        const companions = toNamedCompanions(description, tensors, dialect);
        expect(bits({ ...plain, tensors: companions })).toEqual(
          bits({ ...plain, tensors: toNamedTensors(plain, dialect).tensors }),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("is recognised by its names alone", () => {
    fc.assert(
      fc.property(modelFiles({ ...without, cellClip: true }), (model) => {
        const { tensors } = toNamedTensors(model, dialect);
        const read = fromNamedTensors({ tensors, metadata: {} }, FILE);
        expect(bits({ ...toNamedFile(read.model, dialect), metadata: {} })).toEqual(
          bits({ ...toNamedFile(model, dialect), metadata: {} }),
        );
      }),
    );
  });
});

/** The model's tensors as the dialect has them; of the description only what weights tell. */
function toNamedFile(model: Parameters<typeof toNamedTensors>[0], dialect: DialectName) {
  const { features, projectionUnits } = model.description;
  const layers = model.description.layers.map(({ type, units, bidirectional }) => ({
    type,
    units,
    bidirectional,
  }));
  const { tensors } = toNamedTensors(model, dialect);
  return { tensors, description: { features, projectionUnits, layers } as never, metadata: {} };
}

function secondBiases(description: Parameters<typeof directionsOf>[0]): number {
  return directionsOf(description).reduce(
    (sum, { layer, G, H }) => sum + (layer.type === "gru" ? 0 : G * H),
    0,
  );
}

function sizeOf(tensors: Map<string, { data: Float32Array }>): number {
  return [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
}
