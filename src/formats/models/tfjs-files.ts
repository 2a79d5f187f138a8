// TensorFlow.js layers models as files: model.json and its shards of weights. No file access.
// model.json as in tfjs-core/src/io/types.ts (ModelJSON); the shards of a group of weights are one run of bytes.

import { fail } from "../json-reader.ts";
import { fieldsOf, parseJson, show } from "./description.ts";
import type { ModelFile } from "./model-file.ts";
import type { ReadModel, Report } from "./named-tensors.ts";
import { fromArtifacts, joined, type TfjsArtifacts, toArtifacts } from "./tfjs.ts";
import { readSpecs } from "./tfjs-weights.ts";

/** tfjs-core writes shards of at most this many bytes, which browsers can cache. */
const SHARD_BYTES = 4 * 1024 * 1024;

/** model.json, and the shards that lie beside it by their names. */
export function encodeTfjs(
  model: ModelFile,
): Report & { bytes: Uint8Array; beside: Map<string, Uint8Array> } {
  const { artifacts, mapped, notes } = toArtifacts(model);
  const { weightSpecs, weightData, ...rest } = artifacts;
  const count = Math.max(1, Math.ceil(weightData.byteLength / SHARD_BYTES));
  const shards = Array.from({ length: count }, (_, k): [string, Uint8Array] => [
    `group1-shard${k + 1}of${count}.bin`,
    new Uint8Array(weightData.slice(k * SHARD_BYTES, (k + 1) * SHARD_BYTES)),
  ]);
  const weightsManifest = [{ paths: shards.map(([path]) => path), weights: weightSpecs }];
  const bytes = new TextEncoder().encode(JSON.stringify({ ...rest, weightsManifest }));
  return { bytes, beside: new Map(shards), mapped, notes };
}

/**
 * Reads model.json. `shard` gives the bytes of a file beside it by its name, which is no path out of the folder.
 * Throws a RangeError or TypeError that begins with `name`.
 */
export async function decodeTfjs(
  json: Uint8Array,
  shard: (path: string) => Uint8Array | Promise<Uint8Array>,
  name: string,
): Promise<ReadModel> {
  const { weightsManifest, ...rest } = fieldsOf(
    parseJson(new TextDecoder().decode(json), name),
    "the file",
    name,
  );
  if (!Array.isArray(weightsManifest))
    fail(name, `expected weightsManifest, a list, got ${show(weightsManifest)}`);
  let specs: unknown[] = [];
  const runs: Uint8Array[] = [];
  for (const [g, group] of weightsManifest.entries()) {
    const { paths, weights } = fieldsOf(group, `group ${g} of weightsManifest`, name);
    if (!Array.isArray(paths)) fail(name, `group ${g}: expected paths, a list, got ${show(paths)}`);
    const { bytes } = readSpecs(weights, name);
    let read = 0;
    for (const path of paths) {
      checkPath(path, name);
      const data = await shard(path);
      read += data.length;
      runs.push(data);
      if (read > bytes) break;
    }
    if (read !== bytes)
      fail(name, `group ${g}: expected ${bytes} bytes in ${paths.length} shards, got ${read}`);
    specs = specs.concat(weights);
  }
  return fromArtifacts({ ...rest, weightSpecs: specs, weightData: joined(runs) } as TfjsArtifacts, name);
}

function checkPath(path: unknown, name: string): asserts path is string {
  const good =
    typeof path === "string" && /^[^/\\:\0]+(?:\/[^/\\:\0]+)*$/.test(path) && !/(^|\/)\.\.?(\/|$)/.test(path);
  if (!good) fail(name, `expected the path of a shard below the folder of the file, got ${show(path)}`);
}
