// A packed model: one file for a device, read in C by examples/edge/packed.c and from there straight into the edge core.
// No file access. All numbers are little-endian; every part begins at a multiple of 8, the weights at one of 64.
//
//   | header, 80 bytes | layers, 32 bytes each | scaling | class names | weights |
//
//   header   u32 magic "WLPM", u32 version, u32 bytes of the file, u32 CRC-32 of all bytes from 16 on,
//            u32 precision, u32 time steps, u32 features, u32 projection units, u32 layers,
//            u32 head's type, u32 outputs, u32 1 when every step has an output, f32 head's dropout,
//            u32 where the scaling, the names and the weights begin (0: none), u32 class names, u32 bytes of weights,
//            two u32 that are 0
//   layer    u32 type, u32 units, u32 flags as WL_LAYER_FLAG_, u32 recurrent projection units,
//            f32 forget bias, f32 cell clip, f32 dropout, f32 recurrent dropout
//   scaling  f64 offset of each feature, then f64 scale of each: what the model reads is (value - offset) / scale
//   names    UTF-8, each with a zero byte behind it
//   weights  the parameters in the core's order: f32, or what quantize.ts makes of them

import { EdgeLayerFlag } from "../../assembly/edge/abi.ts";
import type { CellType, HeadType } from "../../assembly/regions.ts";
import {
  type Architecture,
  headConfig,
  type LayerConfig,
  layerConfig,
  MAX_DIMENSION,
  MAX_LAYERS,
} from "../layers.ts";
import { crc32 } from "./crc32.ts";
import { fail } from "./json-reader.ts";

export const PRECISIONS = ["f32", "int8"] as const;
export type Precision = (typeof PRECISIONS)[number];

export interface PackedModel {
  architecture: Architecture;
  precision: Precision;
  /** The block of parameters as the core keeps it. */
  weights: Uint8Array;
  /** How a sample was scaled for the training. */
  scaling?: { offset: readonly number[]; scale: readonly number[] };
  /** One name per output, or none. */
  classNames: readonly string[];
}

const MAGIC = 0x4d504c57; // "WLPM"
const VERSION = 1;
const HEADER_BYTES = 80;
const LAYER_BYTES = 32;
const UNCHECKED_BYTES = 16;
const TYPES = ["lstm", "gru", "rnn"] as const satisfies Record<CellType, string>;
const HEADS = ["softmax", "sigmoid", "linear"] as const satisfies Record<HeadType, string>;

/** Throws a RangeError for a class name that cannot be kept. */
export function encodePacked({
  architecture,
  precision,
  weights,
  scaling,
  classNames,
}: PackedModel): Uint8Array {
  const { timeSteps, features, projectionUnits, layers, head } = architecture;
  const names = encodeNames(classNames);
  const scalingAt = HEADER_BYTES + layers.length * LAYER_BYTES;
  const namesAt = scalingAt + (scaling === undefined ? 0 : 16 * features);
  const weightsAt = Math.ceil((namesAt + names.length) / 64) * 64;
  const bytes = new Uint8Array(weightsAt + weights.length);
  const view = new DataView(bytes.buffer);
  const words = [
    MAGIC,
    VERSION,
    bytes.length,
    0,
    PRECISIONS.indexOf(precision),
    timeSteps,
    features,
    projectionUnits,
    layers.length,
    HEADS.indexOf(head.type),
    head.units,
    head.everyStep ? 1 : 0,
    0,
    scaling === undefined ? 0 : scalingAt,
    classNames.length === 0 ? 0 : namesAt,
    weightsAt,
    classNames.length,
    weights.length,
  ];
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  view.setFloat32(48, head.dropout, true);
  for (const [l, layer] of layers.entries()) encodeLayer(view, HEADER_BYTES + l * LAYER_BYTES, layer);
  if (scaling !== undefined) {
    for (const [i, number] of [...scaling.offset, ...scaling.scale].entries()) {
      view.setFloat64(scalingAt + 8 * i, number, true);
    }
  }
  bytes.set(names, namesAt);
  bytes.set(weights, weightsAt);
  view.setUint32(12, crc32(bytes.subarray(UNCHECKED_BYTES)), true);
  return bytes;
}

function encodeLayer(view: DataView, at: number, layer: LayerConfig): void {
  const flags =
    (layer.bidirectional ? EdgeLayerFlag.Bidirectional : 0) |
    (layer.peepholes ? EdgeLayerFlag.Peepholes : 0) |
    (layer.type === "gru" && !layer.resetAfter ? EdgeLayerFlag.ResetBefore : 0);
  const words = [TYPES.indexOf(layer.type), layer.units, flags, layer.recurrentProjectionUnits];
  for (const [i, word] of words.entries()) view.setUint32(at + 4 * i, word, true);
  const numbers = [layer.forgetBias, layer.cellClip, layer.dropout, layer.recurrentDropout];
  for (const [i, number] of numbers.entries()) view.setFloat32(at + 16 + 4 * i, number, true);
}

function encodeNames(names: readonly string[]): Uint8Array {
  for (const name of names) {
    if (name.includes("\0"))
      throw new RangeError(`class name ${JSON.stringify(name)}: expected no zero character`);
  }
  return new TextEncoder().encode(names.map((name) => `${name}\0`).join(""));
}

/** Reads a file; its arrays own their memory. Throws a RangeError that begins with `name` for any that is not whole. */
export function decodePacked(bytes: Uint8Array, name: string): PackedModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
    fail(name, "expected a packed model, which begins with WLPM");
  }
  const word = (i: number) => view.getUint32(4 * i, true);
  if (word(1) !== VERSION) fail(name, `expected version ${VERSION} of the format, got ${word(1)}`);
  if (word(2) !== bytes.length)
    fail(name, `expected ${word(2)} bytes, got ${bytes.length}: the file is cut short`);
  const crc = crc32(bytes.subarray(UNCHECKED_BYTES));
  if (crc !== word(3))
    fail(name, `expected the checksum ${hex(word(3))}, got ${hex(crc)}: the file is damaged`);
  const precision = PRECISIONS[word(4)] ?? fail(name, `unknown precision ${word(4)}`);
  const [timeSteps, features, projectionUnits, count] = [word(5), word(6), word(7), word(8)];
  const sizes = { timeSteps, features, "projection units": projectionUnits, layers: count };
  for (const [what, size] of Object.entries(sizes)) {
    const most = what === "layers" ? MAX_LAYERS : MAX_DIMENSION;
    const least = what === "projection units" ? 0 : 1;
    if (size < least || size > most) fail(name, `expected ${what} from ${least} to ${most}, got ${size}`);
  }
  const [scalingAt, namesAt, weightsAt, nameCount, weightBytes] = [
    word(13),
    word(14),
    word(15),
    word(16),
    word(17),
  ];
  const layersEnd = HEADER_BYTES + count * LAYER_BYTES;
  const namesEnd = weightsAt;
  const isWhole =
    layersEnd <= weightsAt &&
    weightsAt + weightBytes === bytes.length &&
    (scalingAt === 0 || (scalingAt === layersEnd && scalingAt + 16 * features <= (namesAt || namesEnd))) &&
    (namesAt === 0 ? nameCount === 0 : namesAt >= layersEnd && namesAt <= namesEnd && nameCount === word(10));
  if (!isWhole) fail(name, "expected parts that lie in order within the file");
  const layers = Array.from({ length: count }, (_, l) =>
    decodeLayer(view, HEADER_BYTES + l * LAYER_BYTES, `${name}: layers[${l}]`),
  );
  const head = headConfig(
    {
      type: HEADS[word(9)] ?? fail(name, `unknown head ${word(9)}`),
      units: word(10),
      everyStep: word(11) === 1,
      dropout: view.getFloat32(48, true),
    },
    `${name}: head`,
  );
  const doubles = (at: number) =>
    Array.from({ length: features }, (_, i) => view.getFloat64(at + 8 * i, true));
  return {
    architecture: { timeSteps, features, projectionUnits, layers, head },
    precision,
    weights: new Uint8Array(bytes.subarray(weightsAt)),
    ...(scalingAt === 0
      ? {}
      : { scaling: { offset: doubles(scalingAt), scale: doubles(scalingAt + 8 * features) } }),
    classNames: namesAt === 0 ? [] : decodeNames(bytes.subarray(namesAt, namesEnd), nameCount, name),
  };
}

function decodeLayer(view: DataView, at: number, name: string): LayerConfig {
  const [type, units, flags, recurrentProjectionUnits] = [0, 4, 8, 12].map((o) =>
    view.getUint32(at + o, true),
  );
  const [forgetBias, clip, dropout, recurrentDropout] = [16, 20, 24, 28].map((o) =>
    view.getFloat32(at + o, true),
  );
  const known = TYPES[type] ?? fail(name, `unknown type ${type}`);
  return layerConfig(
    {
      type: known,
      units,
      bidirectional: (flags & EdgeLayerFlag.Bidirectional) !== 0,
      peepholes: (flags & EdgeLayerFlag.Peepholes) !== 0,
      resetAfter: (flags & EdgeLayerFlag.ResetBefore) === 0,
      recurrentProjectionUnits,
      forgetBias,
      cellClip: clip,
      dropout,
      recurrentDropout,
    },
    name,
  );
}

function decodeNames(bytes: Uint8Array, count: number, name: string): string[] {
  const names = new TextDecoder().decode(bytes).split("\0");
  if (names.length <= count) fail(name, `expected ${count} class names, got ${names.length - 1}`);
  return names.slice(0, count);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
