// All formats of models in one place: which one a file has, a file of any -> a model, and a model -> a file of any.

import type { Checkpoint } from "../../checkpoint-state.ts";
import { fail } from "../json-reader.ts";
import type { ModelFile } from "./model-file.ts";
import type { DialectName, ReadModel, ReadOptions, Report } from "./named-tensors.ts";
import { decodeNpzModel, encodeNpzModel } from "./npz-model.ts";
import { decodeOnnxModel } from "./onnx-read.ts";
import { encodeOnnx, type OnnxOptions } from "./onnx-write.ts";
import { decodeSafetensorsModel, encodeSafetensorsModel } from "./safetensors-model.ts";
import { decodeTfjs, encodeTfjs } from "./tfjs-files.ts";

/** What a model is written as: the first four are dialects of safetensors. */
export const TARGETS = ["native", "tf1", "keras", "pytorch", "npz", "tfjs", "onnx"] as const;
export type Target = (typeof TARGETS)[number];

/** What a file of a model is. */
export type Container = "safetensors" | "npz" | "tfjs" | "onnx";

export interface ConvertedFile extends Report {
  readonly bytes: Uint8Array;
  /** Files that must lie beside it, by their names: the shards of a TensorFlow.js model. */
  readonly beside: ReadonlyMap<string, Uint8Array>;
}

export interface DecodeOptions extends ReadOptions {
  /** The bytes of a file beside the one that is read, for the shards of a TensorFlow.js model. */
  readonly beside?: (path: string) => Uint8Array | Promise<Uint8Array>;
}

/** Throws a RangeError with the reason if the format has no such model. */
export function convert(model: ModelFile, to: Target, options: OnnxOptions = {}): ConvertedFile {
  const beside = new Map<string, Uint8Array>();
  if (to === "onnx") return { ...encodeOnnx(model, options), beside };
  if (to === "npz") return { ...encodeNpzModel(model), beside };
  if (to === "tfjs") return encodeTfjs(model);
  if (!TARGETS.includes(to)) throw new RangeError(`expected one of ${TARGETS.join(", ")}, got ${to}`);
  return { ...encodeSafetensorsModel(model, to satisfies DialectName), beside };
}

/**
 * Reads a model from a file of any format. Throws a RangeError or TypeError that begins with `name`, the file's, if
 * it is none, or none of this family, with the reason. Of a checkpoint it is the weights, with `checkpoint` beside them.
 */
export async function decodeModel(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions = {},
): Promise<ReadModel & { container: Container; checkpoint?: Checkpoint }> {
  const container = detectContainer(bytes, name);
  return { ...(await decode(bytes, container, name, options)), container };
}

function decode(
  bytes: Uint8Array,
  container: Container,
  name: string,
  options: DecodeOptions,
): (ReadModel & { checkpoint?: Checkpoint }) | Promise<ReadModel> {
  if (container === "safetensors") return decodeSafetensorsModel(bytes, name, options);
  if (container === "npz") return decodeNpzModel(bytes, name, options);
  if (container === "onnx") return decodeOnnxModel(bytes, name);
  const { beside = (path) => fail(name, `expected its shard ${path} beside it, got the one file alone`) } =
    options;
  return decodeTfjs(bytes, beside, name);
}

const ZIP = "PK\x03\x04";
const HDF5 = "\x89HDF";
/** Where a ZIP archive has the path of its first file. */
const FIRST_PATH = 30;
const RECIPES = "docs/interchange.md tells how to get its weights out";

/** By its first bytes. Throws a RangeError that says what else it is, as far as known. */
export function detectContainer(bytes: Uint8Array, name: string): Container {
  const text = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  const start = text(0, 4);
  if (start === ZIP) {
    const first = text(FIRST_PATH, FIRST_PATH + 40);
    if (/^[^/]{0,30}\/(data\.pkl|\.format_version|\.data\/)/.test(first)) {
      fail(name, `expected a model, got a file of torch.save, which is a program of Python: ${RECIPES}`);
    }
    if (first.startsWith("metadata.json") || first.startsWith("config.json")) {
      fail(name, `expected a model, got a .keras archive: ${RECIPES}`);
    }
    return "npz";
  }
  // Eight bytes of length, of which the last are zero at any length that is allowed, and then a header of JSON:
  // asked before a pickle, as which a length may begin.
  if (bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0) return "safetensors";
  if (start === HDF5) fail(name, `expected a model, got an HDF5 file: ${RECIPES}`);
  if (bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5) {
    fail(name, `expected a model, got a pickle, which is a program of Python: ${RECIPES}`);
  }
  if (/^\s*\{/.test(text(0, 32))) return "tfjs";
  // The first field of an ONNX model is its version of the format, a small number.
  if (bytes[0] === 0x08 && bytes[1] < 0x80) return "onnx";
  fail(name, "expected a model in safetensors, .npz, ONNX or TensorFlow.js' model.json, got something else");
}
