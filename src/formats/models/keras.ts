// The names and layouts of Keras: a layer's kernel, recurrent_kernel and bias, LSTM gates i | f | c | o with c = g,
// GRU gates z | r | h with h = n, both biases of reset_after as rows of one. TensorFlow.js has the same.
// Keras adds no forget bias at run time, so it is added to the bias, and taken out again by what the metadata keeps.

import type { LayerConfig, ModelDescription } from "../../layers.ts";
import { listed } from "../../shown.ts";
import { type Direction, directionsOf } from "../../tensor-shapes.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { AS_IT_IS, denseParts, forgetBiases, gates, refuseLayers, whole } from "./blocks.ts";
import type { Part } from "./layout.ts";
import {
  addZeros,
  assignDense,
  type Dialect,
  denseNames,
  describe,
  type FoundLayer,
  findDense,
  matrixShape,
  naturally,
  type Recognised,
  stem,
} from "./recognise.ts";

export const DENSE = { projection: "projection", head: "head", kernel: "/kernel", bias: "/bias" };

const KINDS = { lstm: "lstm", gru: "gru", rnn: "simple_rnn" };
const VARIABLES = ["kernel", "recurrent_kernel", "bias"] as const;
const RECURRENT = "/recurrent_kernel";

/** A scope that Keras puts between a layer and its variables. */
const CELL = /^(?:lstm|gru|simple_rnn)_cell(?:_\d+)?$/;
const WAY = /^(forward|backward)_/;

export const keras: Dialect = {
  name: "keras",
  layout(model, file) {
    refuseForKeras(model, "keras", file);
    const { projection, head } = denseParts(model, DENSE);
    return [...projection, ...directionsOf(model).flatMap(layerParts), ...head];
  },
  owns: (names) => names.some(isRecurrent),
  recognise,
};

export function refuseForKeras(model: ModelDescription, format: string, file: string): void {
  refuseLayers(model, format, file, ({ peepholes, cellClip, recurrentProjectionUnits }) => {
    if (peepholes) return "Keras' LSTM has no peepholes";
    if (cellClip !== Number.POSITIVE_INFINITY) return "Keras' LSTM does not clip the cell state";
    return recurrentProjectionUnits > 0 ? "Keras' LSTM has no recurrent projection" : undefined;
  });
}

/** The scope of a layer's tensors. Keras makes the inner names of a Bidirectional layer from that of the layer inside. */
export function layerScope({ type, bidirectional }: LayerConfig, l: number, reverse: boolean): string {
  const own = `${KINDS[type]}_${l}`;
  return bidirectional ? `bidirectional_${l}/${reverse ? "backward" : "forward"}_${own}` : own;
}

function layerParts({ layer, index, reverse, prefix, X, H, R, G }: Direction): Part[] {
  const scope = layerScope(layer, index, reverse);
  const twoRows = layer.type === "gru" && layer.resetAfter;
  const order = [0, 1, 2, 3].slice(0, G);
  const plus = forgetBiases(layer);
  const folded = layer.type === "lstm" && layer.forgetBias !== 0;
  return [
    {
      ...{ name: `${scope}/kernel`, shape: [X, G * H], how: AS_IT_IS },
      blocks: [whole(`${prefix}kernel`, [X, G * H])],
    },
    {
      ...{ name: `${scope}/recurrent_kernel`, shape: [R, G * H], how: AS_IT_IS },
      blocks: [whole(`${prefix}recurrent_kernel`, [R, G * H])],
    },
    {
      ...{ name: `${scope}/bias`, shape: twoRows ? [2, G * H] : [G * H] },
      blocks: gates(`${prefix}bias`, { H, order, rows: twoRows ? 2 : 1, plus }),
      how: folded ? `forget bias ${layer.forgetBias} added at gate f` : AS_IT_IS,
    },
  ];
}

/** The layout in the order of model.get_weights(), under the names that np.savez gives. */
export function numberedLayout(model: ModelDescription, file: string): Part[] {
  return keras.layout(model, file).map((part, k) => ({ ...part, name: `arr_${k}` }));
}

/** One recurrent layer: its scopes by direction, and their tensors by variable. */
interface FoundScopes {
  path: string;
  forward?: Map<string, string>;
  reverse?: Map<string, string>;
}

function recognise(tensors: Tensors, file: string): Recognised {
  const groups = new Map<string, FoundScopes>();
  const used = new Set<string>();
  for (const name of [...tensors.keys()].filter(isRecurrent)) {
    const scope = plain(name).slice(0, -RECURRENT.length);
    const tokens = scope.split("/").filter((token) => !CELL.test(token));
    const way = tokens.map((token) => WAY.exec(token)?.[1]).find((found) => found !== undefined);
    const path = tokens.filter((token) => !WAY.test(token)).join("/");
    const direction = way === "backward" ? "reverse" : "forward";
    const group: FoundScopes = groups.get(path) ?? { path };
    if (group[direction] !== undefined) {
      fail(file, `expected the two directions of a layer once, got ${quote(name)} besides`);
    }
    const names = VARIABLES.map((variable) => [variable, spelled(tensors, `${scope}/${variable}`)] as const);
    group[direction] = new Map(
      names.flatMap(([variable, own]) => (own === undefined ? [] : [[variable, own]])),
    );
    for (const own of group[direction].values()) used.add(own);
    groups.set(path, group);
  }
  const ordered = inOrder([...groups.values()], file);

  const added: Tensors = new Map();
  const widths: number[] = [];
  const layers = ordered.map(({ forward = new Map(), reverse }): FoundLayer => {
    const { layer, X } = readLayer(forward, tensors, added, file);
    widths.push(X);
    if (reverse !== undefined) readLayer(reverse, tensors, added, file);
    return { ...layer, bidirectional: reverse !== undefined };
  });
  const last = layers[layers.length - 1];
  const F = last.units * (last.bidirectional ? 2 : 1);
  const rest = [...tensors.keys()].filter((name) => !used.has(name));
  const dense = assignDense(findDense(tensors, rest, DENSE, false, file), widths[0], F, file);
  const own = denseNames(dense, DENSE, added);
  return {
    model: describe(layers, widths[0], dense, file),
    names: (as) => {
      const names = new Map(own);
      for (const [l, { forward = [], reverse = [] }] of ordered.entries()) {
        const layer = as.layers[l] ?? layers[l];
        for (const [variable, name] of forward) names.set(`${layerScope(layer, l, false)}/${variable}`, name);
        for (const [variable, name] of reverse) names.set(`${layerScope(layer, l, true)}/${variable}`, name);
      }
      return names;
    },
    ...{ added, notes: [] },
  };
}

function inOrder(groups: FoundScopes[], file: string): FoundScopes[] {
  const paths = groups.map(({ path }) => path).sort(naturally);
  const numbers = paths.map((path) => /\d+$/.exec(path)?.[0] ?? "0");
  const told = new Set(paths.map(stem)).size === 1 || new Set(numbers).size === paths.length;
  if (groups.length === 0 || !told || groups.some(({ forward }) => forward === undefined)) {
    fail(file, `expected recurrent layers whose numbers tell their order, got ${listed(paths)}`);
  }
  const byNumber = (path: string) => Number(/\d+$/.exec(path)?.[0] ?? 0);
  return groups.sort((a, b) => byNumber(a.path) - byNumber(b.path));
}

function readLayer(
  names: Map<string, string>,
  tensors: Tensors,
  added: Tensors,
  file: string,
): { layer: FoundLayer; X: number } {
  const recurrent = names.get("recurrent_kernel")!;
  const kernel = names.get("kernel");
  if (kernel === undefined) fail(file, `expected a kernel beside ${quote(recurrent)}`);
  const [units, columns] = matrixShape(tensors, recurrent, file);
  const [X] = matrixShape(tensors, kernel, file);
  const type = (["rnn", "gru", "lstm"] as const).find((_, k) => columns === [1, 3, 4][k] * units);
  if (type === undefined) {
    fail(
      file,
      `tensor ${quote(recurrent)}: expected 1, 3 or 4 gates of ${units} units, got ${columns} columns`,
    );
  }
  const bias = names.get("bias");
  const resetAfter = type !== "gru" || (bias !== undefined && tensors.get(bias)!.shape.length === 2);
  if (bias === undefined) {
    names.set("bias", addZeros(added, `${recurrent.slice(0, -"recurrent_kernel".length)}bias`, [columns]));
  }
  return { layer: { type, units, forgetBias: type === "lstm" ? 0 : 1, resetAfter }, X };
}

/** The name as the file spells it, if it is there. */
function spelled(tensors: Tensors, name: string): string | undefined {
  return [name, `${name}:0`].find((spelling) => tensors.has(spelling));
}

function isRecurrent(name: string): boolean {
  return plain(name).endsWith(RECURRENT);
}

function plain(name: string): string {
  return name.replace(/:0$/, "");
}
