// Which elements the core drops, worked out on the host: by assembly/kernels/dropout.ts of the numbers that
// assembly/flow.ts gives to tensors and their elements.

import { directions, hiddenUnits, type Masks64, type ReferenceModel } from "./reference/index.ts";
import { random64 } from "./split-mix.ts";

/** Layers that the core numbers its tensors for. */
const MAX_LAYERS = 32;

/** The factor of element `index` of the tensor with this key: 0, or 1 / (1 - rate), in float32. */
export function dropoutFactor(key: bigint, rate: number, index: number): number {
  const rate32 = Math.fround(rate);
  const hash = mix(mix(index ^ Number(key & 0xffffffffn)) + Number(key >> 32n));
  return hash < Math.floor(rate32 * 2 ** 32) ? 0 : Math.fround(1 / Math.fround(1 - rate32));
}

/** The masks of a training pass of B rows after so many updates. */
export function dropoutMasks(model: ReferenceModel, seed: number, updates: number): Masks64 {
  const { batch: B, timeSteps: T, features: I, layers, head } = model;
  const rows = B * T;
  const keyOf = (tensor: number) => random64(BigInt(seed), (BigInt(updates) << 8n) | BigInt(tensor | 128));
  // What a layer gives lies in the core in whole panels of 8, one direction behind the other.
  const outputs = (l: number) => directions(layers[l]).map(() => hiddenUnits(layers[l]));
  return {
    inputs: layers.map(({ dropout }, l) =>
      l === 0
        ? mask(rows, [I], I, keyOf(l), dropout)
        : mask(rows, outputs(l - 1), padded(outputs(l - 1)), keyOf(l), dropout),
    ),
    recurrent: layers.map((layer, l) =>
      directions(layer).map((_, d) => {
        const widths = [hiddenUnits(layer)];
        return mask(B, widths, padded(widths), keyOf(MAX_LAYERS + 2 * l + d), layer.recurrentDropout);
      }),
    ),
    head: mask(
      head.everyStep ? rows : B,
      outputs(layers.length - 1),
      padded(outputs(layers.length - 1)),
      keyOf(3 * MAX_LAYERS),
      head.dropout,
    ),
  };
}

// [rows, widths side by side], numbered as rows of `stride` elements in which each width takes whole panels.
function mask(rows: number, widths: number[], stride: number, key: bigint, rate: number) {
  if (rate === 0) return undefined;
  const factors: number[] = [];
  for (let row = 0; row < rows; row++) {
    let start = row * stride;
    for (const width of widths) {
      for (let k = 0; k < width; k++) factors.push(dropoutFactor(key, rate, start + k));
      start += padded([width]);
    }
  }
  return Float64Array.from(factors);
}

function padded(widths: number[]): number {
  return widths.reduce((sum, width) => sum + 8 * Math.ceil(width / 8), 0);
}

// lowbias32 by C. Wellons, "Prospecting for hash functions".
function mix(bits: number): number {
  let x = bits | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}
