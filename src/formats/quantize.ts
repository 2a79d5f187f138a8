// The parameters of a model with int8 kernels, as assembly/quantized.ts keeps them: one scale a column of a kernel, so
// that its largest weight becomes 127. A projection in front of the layers is multiplied into the first of them.

import { type Architecture, type LayerConfig, layerWidth } from "../layers.ts";
import type { Tensors } from "../types.ts";

export interface Quantized {
  /** Without a projection; the core predicts by it. */
  architecture: Architecture;
  weights: Uint8Array;
}

const PANEL = 8;
/** Groups of gates of a cell: i, f, g, o of an LSTM; n of x, z, r, n of h of a GRU. */
const GROUPS = 4;

/** Throws a RangeError for a layer that int8 builds do not carry: an LSTM or a GRU that resets after the product. */
export function quantize(architecture: Architecture, tensors: Tensors): Quantized {
  const { layers, projectionUnits, features, head } = architecture;
  const parts: Uint8Array[] = [];
  for (const [l, layer] of layers.entries()) {
    checkLayer(layer, `layers[${l}]`);
    for (const direction of layer.bidirectional ? ["", "reverse."] : [""]) {
      const get = (name: string) => tensors.get(`layers.${l}.${direction}${name}`)!.data;
      const cell = { kernel: get("kernel"), recurrent: get("recurrent_kernel"), bias: get("bias") };
      const folded = l === 0 && projectionUnits > 0 ? fold(architecture, tensors, cell) : cell;
      const below = l === 0 ? undefined : layers[l - 1];
      parts.push(...quantizeCell(layer, folded, inputRows(below, features)));
    }
  }
  for (const name of ["head.kernel", "head.bias"]) parts.push(bytesOf(tensors.get(name)!.data));
  const weights = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    weights.set(part, at);
    at += part.length;
  }
  const plain = layers.map((layer) => ({ ...layer, dropout: 0, recurrentDropout: 0 }));
  return {
    architecture: { ...architecture, projectionUnits: 0, layers: plain, head: { ...head, dropout: 0 } },
    weights,
  };
}

interface CellWeights {
  kernel: ArrayLike<number>;
  recurrent: ArrayLike<number>;
  bias: ArrayLike<number>;
}

function checkLayer(layer: LayerConfig, name: string): void {
  const { type, peepholes, cellClip, recurrentProjectionUnits, resetAfter } = layer;
  const isPlain = !peepholes && cellClip === Number.POSITIVE_INFINITY && recurrentProjectionUnits === 0;
  if (type === "rnn" || (type === "lstm" && !isPlain) || (type === "gru" && !resetAfter)) {
    throw new RangeError(`${name}: int8 weights need a plain LSTM, or a GRU that resets after the product`);
  }
}

// Row r of z's x is row rows[r] of the kernel, -1 for padding: a layer's units come in whole panels for each direction.
function inputRows(below: LayerConfig | undefined, features: number): number[] {
  if (below === undefined) return Array.from({ length: features }, (_, i) => i);
  const padded = Math.ceil(below.units / PANEL) * PANEL;
  return Array.from({ length: padded * (layerWidth(below) / below.units) }, (_, row) => {
    const unit = row % padded;
    return unit < below.units ? Math.floor(row / padded) * below.units + unit : -1;
  });
}

// p W with p = x W_in + b_in: the kernel W_in W and, added to the bias, b_in W. In f64.
function fold(
  { features, projectionUnits: P }: Architecture,
  tensors: Tensors,
  cell: CellWeights,
): CellWeights {
  const projection = tensors.get("projection.kernel")!.data;
  const projectionBias = tensors.get("projection.bias")!.data;
  const columns = cell.kernel.length / P;
  const kernel = new Float64Array(features * columns);
  const bias = Float64Array.from(cell.bias);
  for (let column = 0; column < columns; column++) {
    for (let p = 0; p < P; p++) {
      const w = cell.kernel[p * columns + column];
      for (let i = 0; i < features; i++) kernel[i * columns + column] += projection[i * P + p] * w;
      bias[column] += projectionBias[p] * w;
    }
  }
  return { kernel, recurrent: cell.recurrent, bias };
}

function quantizeCell(
  layer: LayerConfig,
  { kernel, recurrent, bias }: CellWeights,
  rows: number[],
): Uint8Array[] {
  const { type, units: H } = layer;
  const isGru = type === "gru";
  const xGates = isGru ? [2, 0, 1] : [0, 1, 2, 3];
  const hGates = isGru ? [0, 1, 2] : [0, 1, 2, 3];
  const columns = xGates.length * H;
  const padded = Math.ceil(H / PANEL) * PANEL;
  const hRows = Array.from({ length: padded }, (_, u) => (u < H ? u : -1));
  const x = quantizeKernel(kernel, columns, H, xGates, rows);
  const h = quantizeKernel(recurrent, columns, H, hGates, hRows);
  const biases = new Float32Array(GROUPS * padded);
  for (let group = 0; group < GROUPS; group++) {
    for (let u = 0; u < H; u++) biases[group * padded + u] = biasOf(bias, isGru, group, u, H);
  }
  const scales = Float32Array.from([...x.scales, ...h.scales]);
  return [bytesOf(x.codes), bytesOf(h.codes), bytesOf(scales), bytesOf(biases)];
}

function biasOf(bias: ArrayLike<number>, isGru: boolean, group: number, u: number, H: number): number {
  if (!isGru) return bias[group * H + u];
  // z and r take both biases, the candidate keeps them apart.
  if (group === 0) return bias[2 * H + u];
  if (group === 3) return bias[5 * H + u];
  return bias[(group - 1) * H + u] + bias[(group + 2) * H + u];
}

// [H/8][rows/4][gates][8 units][4 rows], and scales [gates][H padded].
function quantizeKernel(
  kernel: ArrayLike<number>,
  columns: number,
  H: number,
  gates: number[],
  rows: number[],
): { codes: Int8Array; scales: Float32Array } {
  const panels = Math.ceil(H / PANEL);
  const quads = Math.ceil(rows.length / 4);
  const codes = new Int8Array(gates.length * panels * quads * 32);
  const scales = new Float32Array(gates.length * panels * PANEL);
  for (const [g, gate] of gates.entries()) {
    for (let u = 0; u < H; u++) {
      const column = gate * H + u;
      let largest = 0;
      for (const row of rows)
        if (row >= 0) largest = Math.max(largest, Math.abs(kernel[row * columns + column]));
      const panel = g * panels + Math.floor(u / PANEL);
      const scale = Math.fround(largest / 127);
      scales[panel * PANEL + (u % PANEL)] = scale;
      if (scale === 0) continue;
      for (const [r, row] of rows.entries()) {
        if (row < 0) continue;
        const quad = Math.floor(u / PANEL) * quads + (r >> 2);
        const at = ((quad * gates.length + g) * PANEL + (u % PANEL)) * 4 + (r & 3);
        codes[at] = Math.max(-127, Math.min(127, Math.round(kernel[row * columns + column] / scale)));
      }
    }
  }
  return { codes, scales };
}

function bytesOf(array: Int8Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
