// Files of models: named tensors in safetensors and .npz, and files of any format.

import { decodeModel } from "../../src/formats/models/convert.ts";
import type { ModelFile } from "../../src/formats/models/model-file.ts";
import { decodeNpzModel } from "../../src/formats/models/npz-model.ts";
import { decodeSafetensorsModel } from "../../src/formats/models/safetensors-model.ts";
import { readZip, writeZip } from "../../src/formats/zip.ts";
import { FILE, type Fuzzed, fuzz } from "./fuzz.ts";
import { bytesOf, checked, JSON_TOKENS, MODELS } from "./good-models.ts";
import { joined, type Mutator } from "./mutator.ts";

const { small, stacked, wide, after } = MODELS;

fuzz([
  safetensors("native", [small, wide]),
  safetensors("tf1", [small, wide]),
  safetensors("keras", [small, after]),
  safetensors("pytorch", [small, after]),
  npz(),
  anyFile(),
]);

/** Half of the files have a true header length, so that the header's text is what is read. */
function safetensors(dialect: "native" | "tf1" | "keras" | "pytorch", models: ModelFile[]): Fuzzed {
  const files = bytesOf(dialect, ...models);
  const decoder = new TextDecoder();
  const make = (mutator: Mutator) => {
    const file = mutator.pick(files);
    if (mutator.chance(0.3)) return mutator.bytes(file, files);
    const length = new DataView(file.buffer).getUint32(0, true);
    const header = new TextEncoder().encode(
      mutator.text(decoder.decode(file.subarray(8, 8 + length)), [...JSON_TOKENS]),
    );
    const size = new Uint8Array(8);
    new DataView(size.buffer).setUint32(0, header.length, true);
    return joined(size, header, file.subarray(8 + length));
  };
  return {
    ...{ format: "safetensors models", name: dialect },
    make,
    read: (bytes) => checked(decodeSafetensorsModel(bytes, FILE)),
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
