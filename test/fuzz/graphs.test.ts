// Files of models that say what is computed: TensorFlow.js and ONNX.

import { readdirSync, readFileSync } from "node:fs";
import { convert } from "../../src/formats/models/convert.ts";
import { decodeOnnxModel } from "../../src/formats/models/onnx-read.ts";
import { decodeTfjs } from "../../src/formats/models/tfjs-files.ts";
import { FILE, type Fuzzed, fuzz } from "./fuzz.ts";
import { bytesOf, checked, JSON_TOKENS, MODELS } from "./good-models.ts";
import type { Mutator } from "./mutator.ts";

const { small, stacked } = MODELS;

fuzz([tfjs(), onnx("own", bytesOf("onnx", small, stacked)), onnx("of PyTorch", torchFiles())]);

/** model.json is damaged; the shard only sometimes. */
function tfjs(): Fuzzed {
  const files = [small, stacked].map((model) => convert(model, "tfjs"));
  const tokens = [
    ...JSON_TOKENS,
    '"class_name":"',
    "Bidirectional",
    "LSTM",
    "Dropout",
    '"rate":',
    '"float16"',
    "../",
  ];
  let shard: Uint8Array = new Uint8Array();
  const decoder = new TextDecoder();
  return {
    ...{ format: "TensorFlow.js", name: "model.json and shards" },
    make(mutator) {
      const { bytes, beside } = mutator.pick(files);
      const [data] = beside.values();
      shard = mutator.chance(0.1) ? mutator.bytes(data, [data]) : data;
      return new TextEncoder().encode(mutator.text(decoder.decode(bytes), tokens));
    },
    read: async (bytes) => checked(await decodeTfjs(bytes, () => shard, FILE)),
  };
}

function onnx(name: string, files: Uint8Array[]): Fuzzed {
  const make = (mutator: Mutator) => {
    const file = mutator.pick(files);
    return mutator.chance(0.5) ? mutator.inPlace(file) : mutator.bytes(file, files);
  };
  return { format: "ONNX", name, make, read: (bytes) => checked(decodeOnnxModel(bytes, FILE)) };
}

function torchFiles(): Uint8Array[] {
  const folder = new URL("../fixtures/pytorch/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".onnx"));
  return names.map((name) => new Uint8Array(readFileSync(new URL(name, folder))));
}
