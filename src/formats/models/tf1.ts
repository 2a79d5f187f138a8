// The names and layouts of TensorFlow 1's tf.nn.rnn_cell under dynamic_rnn, MultiRNNCell and
// (stack_)bidirectional_dynamic_rnn, as tensorflow/python/ops/rnn_cell_impl.py of 1.15 makes them:
// one kernel [X+R, 4H] for inputs and state, LSTM gates i | j | f | o with j = g, GRU gates r | u with u = z.
// Like here, the forget bias is added at run time and never stored.

import type { LayerType, ModelDescription } from "../../layers.ts";
import { type Direction, directionsOf } from "../../tensor-shapes.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { AS_IT_IS, denseParts, gates, refuseLayers, whole } from "./blocks.ts";
import type { Part } from "./layout.ts";
import {
  assignDense,
  type Dialect,
  denseNames,
  describe,
  type FoundLayer,
  findDense,
  matrixShape,
  type Recognised,
  unitsOf,
} from "./recognise.ts";

const DENSE = { projection: "projection", head: "output", kernel: "/kernel", bias: "/bias" };

/** The cells' own scopes. BasicLSTMCell is an LSTMCell without options, and named apart. */
const CELLS: ReadonlyMap<string, LayerType> = new Map([
  ["basic_lstm_cell", "lstm"],
  ["lstm_cell", "lstm"],
  ["gru_cell", "gru"],
  ["basic_rnn_cell", "rnn"],
]);

const LSTM_ORDER = [0, 2, 1, 3];
const PEEPHOLES = ["w_i_diag", "w_f_diag", "w_o_diag"];
const CELL_INDEX = /^cell_(\d{1,3})$/;

export const tf1: Dialect = {
  name: "tf1",
  layout(model, file) {
    refuse(model, file);
    const { projection, head } = denseParts(model, DENSE);
    const cells = directionsOf(model).flatMap((direction) =>
      cellParts(direction).map((part) => ({
        ...part,
        name: scope(model, direction.index, direction.reverse) + part.name,
      })),
    );
    return [...projection, ...cells, ...head];
  },
  // Keras names cells alike, and has recurrent kernels of their own.
  owns: (names) =>
    names.some((name) => name.split("/").some((token) => CELLS.has(token))) &&
    !names.some((name) => /\/recurrent_kernel(:0)?$/.test(name)),
  recognise,
};

function refuse(model: ModelDescription, file: string): void {
  refuseLayers(model, "tf1", file, ({ type, resetAfter, bidirectional }) => {
    if (type === "gru" && resetAfter) {
      return "GRUCell of TensorFlow 1 resets the state before the product; this layer has resetAfter true";
    }
    return bidirectional === model.layers[0].bidirectional
      ? undefined
      : "the layers of a TensorFlow 1 stack are all bidirectional or none is";
  });
}

function scope({ layers }: ModelDescription, l: number, reverse: boolean): string {
  const { type, peepholes, cellClip, recurrentProjectionUnits, bidirectional } = layers[l];
  const basic = !peepholes && cellClip === Number.POSITIVE_INFINITY && recurrentProjectionUnits === 0;
  const cell = { lstm: basic ? "basic_lstm_cell" : "lstm_cell", gru: "gru_cell", rnn: "basic_rnn_cell" }[
    type
  ];
  const stacked = layers.length > 1;
  if (!bidirectional) return `rnn/${stacked ? `multi_rnn_cell/cell_${l}/` : ""}${cell}/`;
  const way = `bidirectional_rnn/${reverse ? "bw" : "fw"}/${cell}/`;
  return stacked ? `stack_bidirectional_rnn/cell_${l}/${way}` : way;
}

function cellParts({ layer, prefix, X, H, R, G }: Direction): Part[] {
  const kernel = `${prefix}kernel`;
  const recurrent = `${prefix}recurrent_kernel`;
  const bias = `${prefix}bias`;
  // Both kernels, one below the other, and the bias.
  const stacked = (name: string, columns: number, order: (number | undefined)[], how: string): Part[] => [
    {
      ...{ name: `${name}kernel`, shape: [X + R, columns * H], how: `kernels on top of each other${how}` },
      blocks: [...gates(kernel, { H, order, rows: X }), ...gates(recurrent, { H, order, rows: R, toRow: X })],
    },
    {
      ...{ name: `${name}bias`, shape: [columns * H], how: how === "" ? AS_IT_IS : how.slice(2) },
      blocks: gates(bias, { H, order, rows: 1 }),
    },
  ];
  if (layer.type === "rnn") return stacked("", G, [0], "");
  if (layer.type === "gru") {
    return [
      ...stacked("gates/", 2, [1, 0, undefined], ", gates z|r as r|u"),
      ...stacked("candidate/", 1, [undefined, undefined, 0], ", gate n"),
    ];
  }
  const parts = stacked("", G, LSTM_ORDER, ", gates i|f|g|o as i|j|f|o");
  if (layer.peepholes) {
    for (const [row, name] of PEEPHOLES.entries()) {
      const blocks = [{ ...whole(`${prefix}peephole`, [3, H]), row, rows: 1 }];
      parts.push({ name, shape: [H], blocks, how: `row ${"ifo"[row]}` });
    }
  }
  if (layer.recurrentProjectionUnits > 0) {
    const blocks = [whole(`${prefix}projection_kernel`, [H, R])];
    parts.push({ name: "projection/kernel", shape: [H, R], blocks, how: AS_IT_IS });
  }
  return parts;
}

/** A cell's tensors in the file: their names by what they are within the cell. */
interface FoundCell {
  readonly type: LayerType;
  readonly names: Map<string, string>;
}

function recognise(tensors: Tensors, file: string): Recognised {
  const cells = new Map<string, FoundCell>();
  const rest: string[] = [];
  for (const name of tensors.keys()) {
    const tokens = name.replace(/:0$/, "").split("/");
    const at = tokens.findIndex((token) => CELLS.has(token));
    if (at === -1) {
      rest.push(name);
      continue;
    }
    const above = tokens.slice(0, at);
    const way = above.findIndex((token) => token === "fw" || token === "bw");
    const place = above.findIndex((token) => CELL_INDEX.test(token));
    const l = place === -1 ? 0 : Number(CELL_INDEX.exec(above[place])![1]);
    if (way !== -1 && place > way && l > 0) {
      fail(
        file,
        `tensor ${quote(name)}: the layers of one direction do not see the other's, which is no model here`,
      );
    }
    const key = `${l}${above[way] === "bw" ? " reverse" : ""}`;
    const type = CELLS.get(tokens[at])!;
    const cell = cells.get(key) ?? { type, names: new Map() };
    const variable = tokens.slice(at + 1).join("/");
    if (cell.names.has(variable) || cell.type !== type) {
      fail(
        file,
        `expected one cell as layer ${l}, got ${quote(name)} besides ${quote(cell.names.values().next().value!)}`,
      );
    }
    cells.set(key, { type, names: cell.names.set(variable, name) });
  }

  const layers: FoundLayer[] = [];
  let X = 0;
  for (let l = 0; cells.has(`${l}`); l++) {
    const found = readCell(cells.get(`${l}`)!, tensors, file);
    if (l === 0) X = found.X;
    layers.push({ ...found.layer, bidirectional: cells.has(`${l} reverse`) });
  }
  const inAll = layers.reduce((count, { bidirectional }) => count + (bidirectional ? 2 : 1), 0);
  if (layers.length === 0 || inAll !== cells.size) {
    fail(file, "expected cells numbered from 0, each with its forward direction, got others");
  }
  const last = layers[layers.length - 1];
  const F = (last.recurrentProjectionUnits || last.units) * (last.bidirectional ? 2 : 1);
  const dense = assignDense(findDense(tensors, rest, DENSE, false, file), X, F, file);
  const added: Tensors = new Map();
  const own = denseNames(dense, DENSE, added);
  return {
    model: describe(layers, X, dense, file),
    names: (as) => {
      const names = new Map(own);
      for (const [key, cell] of cells) {
        const [l, reverse] = key.split(" ");
        for (const [variable, name] of cell.names) {
          names.set(scope(as, Number(l), reverse !== undefined) + variable, name);
        }
      }
      return names;
    },
    ...{ added, notes: [] },
  };
}

function readCell(
  { type, names }: FoundCell,
  tensors: Tensors,
  file: string,
): { layer: FoundLayer; X: number } {
  const variable = type === "gru" ? "gates/kernel" : "kernel";
  const kernel = names.get(variable);
  if (kernel === undefined) {
    fail(
      file,
      `expected a tensor ${quote(variable)} of each ${type} cell, got only ${[...names.values()].slice(0, 3).map(quote).join(", ")}`,
    );
  }
  const [rows, columns] = matrixShape(tensors, kernel, file);
  const units = unitsOf(columns, { lstm: 4, gru: 2, rnn: 1 }[type], kernel, file);
  const projection = names.get("projection/kernel");
  const recurrentProjectionUnits =
    type === "lstm" && projection !== undefined ? matrixShape(tensors, projection, file)[1] : 0;
  const X = rows - (recurrentProjectionUnits || units);
  if (X < 1)
    fail(file, `tensor ${quote(kernel)}: expected rows for inputs and then for the state, got ${rows}`);
  const peepholes = type === "lstm" && PEEPHOLES.some((name) => names.has(name));
  return { layer: { type, units, peepholes, recurrentProjectionUnits, resetAfter: type !== "gru" }, X };
}
