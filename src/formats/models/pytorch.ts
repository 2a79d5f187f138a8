// The names and layouts of torch.nn.LSTM, GRU, RNN and Linear, as torch/nn/modules/rnn.py documents them: matrices
// [out, in], LSTM gates i | f | g | o, GRU gates r | z | n, and two biases, which are added.
// The second LSTM bias holds the forget bias here, so that the first one is ours to the bit.

import type { LayerType, ModelDescription } from "../../layers.ts";
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

const DENSE = { projection: "projection", head: "head", kernel: ".weight", bias: ".bias" };

const NAME = /^(.*?)(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)_l(\d{1,3})(_reverse)?$/;

const IN_ORDER = [0, 1, 2, 3];
const GRU_ORDER = [1, 0, 2];

const HOW: Readonly<Record<LayerType, string>> = {
  lstm: "",
  gru: ", gates z|r|n as r|z|n",
  rnn: "",
};

export const pytorch: Dialect = {
  name: "pytorch",
  layout(model, file) {
    refuseLayers(model, "pytorch", file, ({ type, peepholes, cellClip, resetAfter }) => {
      if (peepholes) return "torch.nn.LSTM has no peepholes";
      if (cellClip !== Number.POSITIVE_INFINITY) return "torch.nn.LSTM does not clip the cell state";
      if (type === "gru" && !resetAfter) {
        return "torch.nn.GRU resets the state after the product; this layer has resetAfter false";
      }
      return undefined;
    });
    const { projection, head } = denseParts(model, DENSE, true);
    const layers = directionsOf(model).flatMap((direction) => layerParts(direction, isStack(model)));
    return [...projection, ...layers, ...head];
  },
  owns: (names) => names.some((name) => NAME.test(name)),
  recognise,
};

/** Whether one module of several layers holds all: they are alike. Else each has a module of its own. */
function isStack({ layers: [first, ...others] }: ModelDescription): boolean {
  return others.every(
    (layer) =>
      layer.type === first.type &&
      layer.units === first.units &&
      layer.bidirectional === first.bidirectional &&
      layer.recurrentProjectionUnits === first.recurrentProjectionUnits,
  );
}

function nameOf(variable: string, l: number, reverse: boolean, stack: boolean): string {
  return `rnn.${stack ? "" : `${l}.`}${variable}_l${stack ? l : 0}${reverse ? "_reverse" : ""}`;
}

function layerParts({ layer, index, reverse, prefix, X, H, R, G }: Direction, stack: boolean): Part[] {
  const order = layer.type === "gru" ? GRU_ORDER : IN_ORDER.slice(0, G);
  const name = (variable: string) => nameOf(variable, index, reverse, stack);
  const how = HOW[layer.type];
  const ofBias = how === "" ? AS_IT_IS : how.slice(2);
  const bias = `${prefix}bias`;
  const matrix = (variable: string, native: string, rows: number): Part => ({
    ...{ name: name(variable), shape: [G * H, rows], how: `transposed${how}` },
    blocks: gates(`${prefix}${native}`, { H, order, rows, transposed: true }),
  });
  const second =
    layer.type === "gru"
      ? { blocks: gates(bias, { H, order, row: 1, rows: 1 }), how: `row 1${how}` }
      : {
          blocks: gates(bias, { H, order, rows: 1, role: "second", plus: forgetBiases(layer) }),
          how: layer.type === "lstm" ? `zeros, and the forget bias ${layer.forgetBias} at gate f` : "zeros",
        };
  const parts: Part[] = [
    matrix("weight_ih", "kernel", X),
    matrix("weight_hh", "recurrent_kernel", R),
    {
      ...{ name: name("bias_ih"), shape: [G * H], blocks: gates(bias, { H, order, rows: 1 }) },
      how: layer.type === "gru" ? `row 0${how}` : ofBias,
    },
    { name: name("bias_hh"), shape: [G * H], ...second },
  ];
  if (layer.recurrentProjectionUnits > 0) {
    parts.push({
      ...{ name: name("weight_hr"), shape: [R, H], how: "transposed" },
      blocks: [whole(`${prefix}projection_kernel`, [H, R], { transposed: true })],
    });
  }
  return parts;
}

/** The tensors of one direction of one layer: their names by variable. */
type FoundNames = Map<string, string>;

interface FoundStack {
  readonly forward: FoundNames;
  readonly reverse: FoundNames;
}

function recognise(tensors: Tensors, file: string): Recognised {
  const modules = new Map<string, Map<number, FoundStack>>();
  const rest: string[] = [];
  for (const name of tensors.keys()) {
    const match = NAME.exec(name);
    if (match === null) {
      rest.push(name);
      continue;
    }
    const [, module, variable, number, reverse] = match;
    const layers = modules.get(module) ?? new Map<number, FoundStack>();
    const layer = layers.get(Number(number)) ?? { forward: new Map(), reverse: new Map() };
    const names = reverse === undefined ? layer.forward : layer.reverse;
    if (names.has(variable)) fail(file, `expected each layer once, got ${quote(name)} twice`);
    names.set(variable, name);
    modules.set(module, layers.set(Number(number), layer));
  }
  const stacks = inOrder(modules, file);

  const added: Tensors = new Map();
  const layers: FoundLayer[] = [];
  let X = 0;
  for (const [l, { forward, reverse }] of stacks.entries()) {
    const found = readLayer(forward, tensors, added, file);
    const { layer } = found;
    if (l === 0) X = found.X;
    const bidirectional = reverse.size > 0;
    if (bidirectional) readLayer(reverse, tensors, added, file);
    const ways = bidirectional ? [forward, reverse] : [forward];
    const forgetBias = layer.type === "lstm" ? (forgetBiasOf(ways, layer.units, tensors, added) ?? 0) : 1;
    layers.push({ ...layer, bidirectional, forgetBias });
  }
  const last = layers[layers.length - 1];
  const F = (last.recurrentProjectionUnits || last.units) * (last.bidirectional ? 2 : 1);
  const endings = { kernel: DENSE.kernel, bias: DENSE.bias };
  const dense = assignDense(findDense(tensors, rest, endings, true, file), X, F, file);
  const own = denseNames(dense, DENSE, added);
  return {
    model: describe(layers, X, dense, file),
    names: (as) => {
      const names = new Map(own);
      const stack = isStack(as);
      for (const [l, { forward, reverse }] of stacks.entries()) {
        for (const [variable, name] of forward) names.set(nameOf(variable, l, false, stack), name);
        for (const [variable, name] of reverse) names.set(nameOf(variable, l, true, stack), name);
      }
      return names;
    },
    ...{ added, notes: [] },
  };
}

/** All layers from the first to the last, those of several modules one after another. */
function inOrder(modules: Map<string, Map<number, FoundStack>>, file: string): FoundStack[] {
  const names = [...modules.keys()].sort(naturally);
  if (new Set(names.map(stem)).size > 1) {
    fail(file, `expected recurrent modules whose numbers tell their order, got ${listed(names)}`);
  }
  return names.flatMap((name) => {
    const layers = modules.get(name)!;
    return Array.from({ length: layers.size }, (_, l) => {
      const layer = layers.get(l);
      if (layer === undefined || layer.forward.size === 0) {
        fail(file, `expected layers of ${quote(name)} numbered from 0, each with its forward direction`);
      }
      return layer;
    });
  });
}

function readLayer(
  names: FoundNames,
  tensors: Tensors,
  added: Tensors,
  file: string,
): { layer: FoundLayer; X: number } {
  const get = (variable: string): string => {
    const name = names.get(variable);
    if (name !== undefined) return name;
    fail(file, `expected ${variable} beside ${listed(names.values())}`);
  };
  const input = get("weight_ih");
  const [rows, X] = matrixShape(tensors, input, file);
  const R = matrixShape(tensors, get("weight_hh"), file)[1];
  const projection = names.get("weight_hr");
  const H = projection === undefined ? R : matrixShape(tensors, projection, file)[1];
  const type = (["rnn", "gru", "lstm"] as const).find((_, k) => rows === [1, 3, 4][k] * H);
  if (type === undefined || (projection !== undefined && type !== "lstm")) {
    const expected = projection === undefined ? "1, 3 or 4" : "4";
    fail(file, `tensor ${quote(input)}: expected ${expected} gates of ${H} units, got ${rows} rows`);
  }
  if (!names.has("bias_ih") && !names.has("bias_hh")) {
    for (const bias of ["bias_ih", "bias_hh"]) {
      names.set(bias, addZeros(added, input.replace("weight_ih", bias), [rows]));
    }
  }
  return { layer: { type, units: H, recurrentProjectionUnits: projection === undefined ? 0 : R }, X };
}

/** c if the second biases of all directions are c at gate f and zero elsewhere. */
function forgetBiasOf(
  ways: readonly FoundNames[],
  H: number,
  tensors: Tensors,
  added: Tensors,
): number | undefined {
  const biases = ways.map((names) => {
    const name = names.get("bias_hh") ?? "";
    return (tensors.get(name) ?? added.get(name))?.data ?? new Float32Array(0);
  });
  const c = biases[0][H];
  const holds = biases.every(
    (data) => data.length === 4 * H && data.every((value, i) => value === (i >= H && i < 2 * H ? c : 0)),
  );
  return holds && Number.isFinite(c) ? c : undefined;
}
