// TensorFlow 1 cannot be run here: its cells' formulas, written down from tensorflow/python/ops/rnn_cell_impl.py of
// 1.15, on the tensors of the dialect give the model's own answers.

import { describe, expect, it } from "vitest";
import { toNamedTensors } from "../../../src/formats/models/named-tensors.ts";
import type { LayerConfig } from "../../../src/layers.ts";
import { describedAs, modelFile } from "../../support/model-files.ts";
import { predict64 } from "../../support/predict64.ts";

const T = 4;
const X = Float32Array.from({ length: T * 2 }, (_, k) => Math.fround(Math.sin(k)));

type Get = (name: string) => { shape: readonly number[]; data: Float32Array };
type Cell = (x: number[], state: number[][], get: Get, layer: LayerConfig) => number[][];

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** [x, h] · kernel + bias, cut into `parts`. */
function linear(get: Get, scope: string, row: number[], parts: number): number[][] {
  const { shape, data } = get(`${scope}kernel`);
  const bias = get(`${scope}bias`).data;
  expect(row.length).toBe(shape[0]);
  const sums = Array.from(bias, (b, j) =>
    row.reduce((sum, value, i) => sum + value * data[i * shape[1] + j], b),
  );
  return Array.from({ length: parts }, (_, k) =>
    sums.slice((k * shape[1]) / parts, ((k + 1) * shape[1]) / parts),
  );
}

/** LSTMCell.call: i, j, f, o; the state is [h, c]. */
const lstmCell: Cell = (x, [h, before], get, layer) => {
  const [i, j, f, o] = linear(get, "", [...x, ...h], 4);
  const diag = (name: string, k: number) => (layer.peepholes ? get(`w_${name}_diag`).data[k] : 0);
  const c = before.map((value, k) => {
    const kept = sigmoid(f[k] + layer.forgetBias + diag("f", k) * value) * value;
    const next = kept + sigmoid(i[k] + diag("i", k) * value) * Math.tanh(j[k]);
    return Math.max(-layer.cellClip, Math.min(layer.cellClip, next));
  });
  const m = c.map((value, k) => sigmoid(o[k] + diag("o", k) * value) * Math.tanh(value));
  if (layer.recurrentProjectionUnits === 0) return [m, c];
  const { shape, data } = get("projection/kernel");
  return [
    Array.from({ length: shape[1] }, (_, k) => m.reduce((sum, v, r) => sum + v * data[r * shape[1] + k], 0)),
    c,
  ];
};

/** GRUCell.call: r, u; the state is [h]. */
const gruCell: Cell = (x, [h], get) => {
  const [r, u] = linear(get, "gates/", [...x, ...h], 2).map((sums) => sums.map(sigmoid));
  const [c] = linear(get, "candidate/", [...x, ...h.map((value, k) => r[k] * value)], 1);
  return [h.map((value, k) => u[k] * value + (1 - u[k]) * Math.tanh(c[k]))];
};

/** BasicRNNCell.call. */
const rnnCell: Cell = (x, [h], get) => [linear(get, "", [...x, ...h], 1)[0].map(Math.tanh)];

const CELLS = { lstm: lstmCell, gru: gruCell, rnn: rnnCell };

describe("answers of the cells of TensorFlow 1", () => {
  const odd = { peepholes: true, cellClip: 0.2, recurrentProjectionUnits: 2, forgetBias: 0.5 };
  it.each<[string, string[], Partial<LayerConfig>[]]>([
    ["BasicLSTMCell", ["rnn/basic_lstm_cell/"], [{}]],
    ["LSTMCell with all options", ["rnn/lstm_cell/"], [odd]],
    ["GRUCell", ["rnn/gru_cell/"], [{ type: "gru", resetAfter: false }]],
    ["BasicRNNCell", ["rnn/basic_rnn_cell/"], [{ type: "rnn" }]],
    [
      "MultiRNNCell",
      ["rnn/multi_rnn_cell/cell_0/gru_cell/", "rnn/multi_rnn_cell/cell_1/lstm_cell/"],
      [{ type: "gru", resetAfter: false, units: 4 }, odd],
    ],
  ])("%s", (_name, scopes, layers) => {
    const model = modelFile(describedAs({ layers, head: { type: "linear" } }), 9);
    const { tensors } = toNamedTensors(model, "tf1");
    const states = model.description.layers.map(({ type, units, recurrentProjectionUnits }) => {
      const h = new Array(recurrentProjectionUnits || units).fill(0);
      return type === "lstm" ? [h, new Array(units).fill(0)] : [h];
    });
    let row: number[] = [];
    for (let t = 0; t < T; t++) {
      row = [...X.subarray(2 * t, 2 * t + 2)];
      for (const [l, layer] of model.description.layers.entries()) {
        states[l] = CELLS[layer.type](row, states[l], (name) => tensors.get(scopes[l] + name)!, layer);
        row = states[l][0];
      }
    }
    const [answer] = linear((name) => tensors.get(name)!, "output/", row, 1);
    const expected = predict64(model, X, T);
    expect(answer.map((value, k) => Math.abs(value - expected[k])).every((far) => far < 1e-12)).toBe(true);
  });
});
