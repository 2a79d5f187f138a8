// The whole model family forward in float64, in plain loops from its formulas: the yardstick for other tools' answers.

import type { ModelFile } from "../../src/formats/models/model-file.ts";
import type { LayerConfig } from "../../src/layers.ts";

type Vector = ArrayLike<number>;

/** x [B,T,I] -> [B,C], or [B,T,C] from a head at every step, 0 past a sequence's end; lengths 0 to T. */
export function predict64(model: ModelFile, x: Vector, T: number, lengths?: Vector): Float64Array {
  const { features, projectionUnits, layers, head } = model.description;
  const get = (name: string): Vector => model.tensors.get(name)!.data;
  const B = x.length / (T * features);
  const out: number[] = [];
  for (let b = 0; b < B; b++) {
    const length = lengths?.[b] ?? T;
    let steps: Vector[] = Array.from({ length }, (_, t) => slice(x, (b * T + t) * features, features));
    if (projectionUnits > 0) {
      steps = steps.map((step) => affine(step, get("projection.kernel"), get("projection.bias")));
    }
    let last: number[] = [];
    for (const [l, layer] of layers.entries()) {
      const width = layer.recurrentProjectionUnits || layer.units;
      const forward = runLayer(layer, steps, (name) => get(`layers.${l}.${name}`));
      last = forward.at(-1) ?? new Array(width).fill(0);
      if (!layer.bidirectional) {
        steps = forward;
        continue;
      }
      const back = runLayer(layer, [...steps].reverse(), (name) => get(`layers.${l}.reverse.${name}`));
      last = [...last, ...(back.at(-1) ?? new Array(width).fill(0))];
      back.reverse();
      steps = forward.map((h, t) => [...h, ...back[t]]);
    }
    const answer = (h: Vector) => activated(affine(h, get("head.kernel"), get("head.bias")), head.type);
    if (!head.everyStep) out.push(...answer(last));
    else
      for (let t = 0; t < T; t++)
        out.push(...(t < length ? answer(steps[t]) : new Array(head.units).fill(0)));
  }
  return Float64Array.from(out);
}

/** h after each step of one direction, from a zero state. */
function runLayer(layer: LayerConfig, steps: Vector[], get: (name: string) => Vector): number[][] {
  const H = layer.units;
  let h: number[] = new Array(layer.recurrentProjectionUnits || H).fill(0);
  let c: number[] = new Array(H).fill(0);
  return steps.map((x) => {
    if (layer.type === "lstm") [h, c] = lstm(layer, x, h, c, get);
    else h = layer.type === "gru" ? gru(layer, x, h, get) : rnn(x, h, get);
    return h;
  });
}

function lstm(
  { units: H, forgetBias, peepholes, cellClip, recurrentProjectionUnits: R }: LayerConfig,
  x: Vector,
  h: number[],
  c: number[],
  get: (name: string) => Vector,
): [number[], number[]] {
  const z = plus(affine(x, get("kernel"), get("bias")), product(h, get("recurrent_kernel"), 4 * H));
  const peep = (row: number, j: number) => (peepholes ? get("peephole")[row * H + j] : 0);
  const next = c.map((before, j) => {
    const i = sigmoid(z[j] + peep(0, j) * before);
    const f = sigmoid(z[H + j] + forgetBias + peep(1, j) * before);
    return Math.max(-cellClip, Math.min(cellClip, f * before + i * Math.tanh(z[2 * H + j])));
  });
  const m = next.map((value, j) => sigmoid(z[3 * H + j] + peep(2, j) * value) * Math.tanh(value));
  return [R > 0 ? product(m, get("projection_kernel"), R) : m, next];
}

function gru(layer: LayerConfig, x: Vector, h: number[], get: (name: string) => Vector): number[] {
  const H = layer.units;
  const U = get("recurrent_kernel");
  const b = get("bias");
  const fromInput = affine(x, get("kernel"), slice(b, 0, 3 * H));
  const b1 = layer.resetAfter ? slice(b, 3 * H, 3 * H) : new Array(3 * H).fill(0);
  const fromState = plus(product(h, U, 3 * H), b1);
  const z = h.map((_, j) => sigmoid(fromInput[j] + fromState[j]));
  const r = h.map((_, j) => sigmoid(fromInput[H + j] + fromState[H + j]));
  const reset = product(
    h.map((value, j) => r[j] * value),
    U,
    3 * H,
  );
  return h.map((before, j) => {
    const n = layer.resetAfter ? r[j] * fromState[2 * H + j] : reset[2 * H + j];
    return z[j] * before + (1 - z[j]) * Math.tanh(fromInput[2 * H + j] + n);
  });
}

function rnn(x: Vector, h: number[], get: (name: string) => Vector): number[] {
  const z = affine(x, get("kernel"), get("bias"));
  return plus(z, product(h, get("recurrent_kernel"), h.length)).map(Math.tanh);
}

function activated(logits: number[], type: "softmax" | "sigmoid" | "linear"): number[] {
  if (type === "linear") return logits;
  if (type === "sigmoid") return logits.map(sigmoid);
  const largest = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/** row · matrix [row.length, columns] */
function product(row: Vector, matrix: Vector, columns: number): number[] {
  return Array.from({ length: columns }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < row.length; i++) sum += row[i] * matrix[i * columns + j];
    return sum;
  });
}

function affine(row: Vector, kernel: Vector, bias: Vector): number[] {
  return plus(product(row, kernel, bias.length), bias);
}

function plus(a: number[], b: Vector): number[] {
  return a.map((value, i) => value + b[i]);
}

function slice(values: Vector, at: number, length: number): number[] {
  return Array.from({ length }, (_, i) => values[at + i]);
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}
