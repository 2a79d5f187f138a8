// Files of models: named tensors in safetensors and .npz, and files of any format.

import { decodeCheckpoint, encodeCheckpoint } from "../../src/checkpoint.ts";
import { decodeModel } from "../../src/formats/models/convert.ts";
import type { ModelFile } from "../../src/formats/models/model-file.ts";
import { decodeNpzModel } from "../../src/formats/models/npz-model.ts";
import { decodeSafetensorsModel } from "../../src/formats/models/safetensors-model.ts";
import { decodeSafetensors, encodeSafetensors, type IntegerTensor } from "../../src/formats/safetensors.ts";
import { readZip, writeZip } from "../../src/formats/zip.ts";
import type { Tensor } from "../../src/types.ts";
import { FILE, type Fuzzed, fuzz } from "./fuzz.ts";
import { bytesOf, checked, JSON_TOKENS, MODELS } from "./good-models.ts";
import { joined, type Mutator } from "./mutator.ts";

const { small, stacked, wide, after } = MODELS;

fuzz([
  safetensors("native", [small, wide]),
  safetensors("tf1", [small, wide]),
  safetensors("keras", [small, after]),
  safetensors("pytorch", [small, after]),
  checkpoints(),
  npz(),
  anyFile(),
]);

function safetensors(dialect: "native" | "tf1" | "keras" | "pytorch", models: ModelFile[]): Fuzzed {
  return {
    ...{ format: "safetensors models", name: dialect, make: withHeaders(bytesOf(dialect, ...models)) },
    read: (bytes) => checked(decodeSafetensorsModel(bytes, FILE)),
  };
}

/** With and without the checksum, which would hide all behind it. */
function checkpoints(): Fuzzed {
  const { tensors: weights, description } = small;
  const { layers, ...options } = description;
  const order = Uint32Array.of(2, 0, 1);
  const bytes = encodeCheckpoint({
    options: { ...options, layers: [...layers], timeSteps: 3 },
    ...{ weights, firstMoment: weights, secondMoment: weights, metadata: {} },
    optimizer: { updates: 3, learningRate: 0.001, beta1Power: 0.7, beta2Power: 0.99 },
    training: {
      done: 3,
      batches: { random: [1, 2, 3, 4], order, cursor: 1, epochsCompleted: 0, shuffle: true },
    },
  });
  const { tensors, integers, metadata } = decodeSafetensors(bytes, "good");
  const { "wasm-lstm.crc32": _, ...unsummed } = metadata;
  const bare = encodeSafetensors(
    new Map<string, Tensor | IntegerTensor>([...tensors, ...integers]),
    unsummed,
  );
  return {
    ...{ format: "checkpoints", name: "with and without checksum", make: withHeaders([bytes, bare, bare]) },
    read: (bytes) => {
      decodeCheckpoint(bytes, FILE);
      checked(decodeSafetensorsModel(bytes, FILE));
    },
  };
}

/** Most of the files have a true header length, so that the header's text is what is read. */
function withHeaders(files: Uint8Array[]): Fuzzed["make"] {
  const decoder = new TextDecoder();
  return (mutator) => {
    const file = mutator.pick(files);
    if (mutator.chance(0.3)) return mutator.bytes(file, files);
    const length = new DataView(file.buffer).getUint32(0, true);
    const text = mutator.text(decoder.decode(file.subarray(8, 8 + length)), JSON_TOKENS);
    const header = new TextEncoder().encode(text);
    const size = new Uint8Array(8);
    new DataView(size.buffer).setUint32(0, header.length, true);
    return joined(size, header, file.subarray(8 + length));
  };
}

/** Half of the archives are whole and hold damaged arrays. */
function npz(): Fuzzed {
  const files = bytesOf("npz", small, stacked);
  const contents: Map<string, Uint8Array>[] = [];
  const make = (mutator: Mutator) => {
    if (mutator.chance(0.5) || contents.length === 0) return mutator.bytes(mutator.pick(files), files);
    const arrays = new Map(mutator.pick(contents));
    const name = mutator.pick([...arrays.keys()]);
    const array = arrays.get(name)!;
    arrays.set(name, mutator.chance(0.5) ? mutator.inPlace(array) : mutator.bytes(array, [array]));
    if (mutator.chance(0.1)) arrays.delete(mutator.pick([...arrays.keys()]));
    return writeZip(arrays);
  };
  const read = async (bytes: Uint8Array) => {
    if (contents.length === 0) for (const file of files) contents.push(await readZip(file, "good"));
    checked(await decodeNpzModel(bytes, FILE));
  };
  return { format: ".npz models", name: "native", make, read };
}

/** Which format it is is found out by its first bytes. */
function anyFile(): Fuzzed {
  const files = (["native", "npz", "onnx", "tfjs"] as const).flatMap((to) => bytesOf(to, small));
  return {
    ...{ format: "any", name: "of four formats" },
    make: (mutator) => mutator.bytes(mutator.pick(files), files),
    read: async (bytes) => checked(await decodeModel(bytes, FILE, { beside: () => new Uint8Array(8) })),
  };
}
