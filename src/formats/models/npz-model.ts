// Models in NumPy's .npz archives, in any dialect. An archive holds arrays alone, so the metadata is one more of them:
// its JSON, as bytes.

import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import type { NpyArray } from "../npy.ts";
import { decodeNpz, encodeNpz } from "../npz.ts";
import { parseJson } from "./description.ts";
import type { ModelFile } from "./model-file.ts";
import {
  type DialectName,
  fromNamedTensors,
  type ReadModel,
  type ReadOptions,
  type Report,
  toNamedTensors,
} from "./named-tensors.ts";

const METADATA = "wasm-lstm.metadata";

export function encodeNpzModel(
  model: ModelFile,
  dialect: DialectName = "native",
): Report & { bytes: Uint8Array } {
  const { tensors, metadata, mapped, notes } = toNamedTensors(model, dialect);
  const json = new TextEncoder().encode(JSON.stringify(metadata));
  const arrays = new Map<string, NpyArray>([...tensors, [METADATA, { shape: [json.length], data: json }]]);
  return { bytes: encodeNpz(arrays), mapped, notes };
}

/**
 * Reads an archive of any dialect, or of np.savez(file, *model.get_weights()) of Keras if the options describe the
 * model. Throws a RangeError or TypeError that begins with `name`, the file's.
 */
export async function decodeNpzModel(
  bytes: Uint8Array,
  name: string,
  options?: ReadOptions,
): Promise<ReadModel> {
  const tensors: Tensors = new Map();
  let metadata: Record<string, string> = {};
  for (const [key, { shape, data }] of await decodeNpz(bytes, name)) {
    if (key === METADATA) {
      metadata = readMetadata(data, `${name}: ${METADATA}`);
    } else if (data instanceof Float32Array || data instanceof Float64Array) {
      tensors.set(key, { shape, data: Float32Array.from(data) });
    } else {
      fail(name, `${quote(key)}: expected elements of float32 or float64, got ${data.constructor.name}`);
    }
  }
  return fromNamedTensors({ tensors, metadata }, name, options);
}

function readMetadata(data: NpyArray["data"], where: string): Record<string, string> {
  if (!(data instanceof Uint8Array)) fail(where, `expected bytes, got ${data.constructor.name}`);
  const value = parseJson(new TextDecoder().decode(data), where);
  if (typeof value !== "object" || value === null) fail(where, `expected an object of strings, got ${value}`);
  const entries = Object.entries(value);
  const other = entries.find(([, text]) => typeof text !== "string");
  if (other !== undefined)
    fail(where, `expected an object of strings, got ${typeof other[1]} for ${quote(other[0])}`);
  return Object.fromEntries(entries);
}
