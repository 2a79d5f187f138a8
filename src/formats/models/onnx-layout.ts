// The weights of ONNX's LSTM, GRU and RNN, as its operators' page documents them: per layer W [D, G*H, X],
// R [D, G*H, H], B [D, 2*G*H] with two biases side by side and P [D, 3*H] for D directions; gates i | o | f | c with
// c = g, or z | r | h with h = n. The second LSTM bias holds the forget bias, so that the first one is ours to the bit.

import type { LayerType, ModelDescription } from "../../layers.ts";
import { type Direction, directionsOf } from "../../tensor-shapes.ts";
import { denseParts, forgetBiases, gates, refuseLayers, whole } from "./blocks.ts";
import type { Block, Part } from "./layout.ts";

const DENSE = { projection: "projection", head: "head", kernel: ".kernel", bias: ".bias" };

const ORDER: Readonly<Record<LayerType, readonly number[]>> = {
  lstm: [0, 2, 3, 1],
  gru: [0, 1, 2],
  rnn: [0],
};
const PEEPHOLE_ORDER = [0, 2, 1];

/** `transposed`: the dense kernels are [out, in], as Gemm with transB has them. */
export function onnxLayout(
  model: ModelDescription,
  file: string,
  transposed: { projection: boolean; head: boolean } = { projection: false, head: false },
): Part[] {
  refuseLayers(model, "onnx", file, ({ cellClip, recurrentProjectionUnits }) => {
    if (recurrentProjectionUnits > 0) return "ONNX's LSTM has no recurrent projection";
    return cellClip === Number.POSITIVE_INFINITY
      ? undefined
      : "ONNX's LSTM clips the sums before the gates and not the cell state";
  });
  const directions = directionsOf(model);
  const layers = model.layers.flatMap((_, l) => layerParts(directions.filter(({ index }) => index === l)));
  const { projection } = denseParts(model, DENSE, transposed.projection);
  const { head } = denseParts(model, DENSE, transposed.head);
  return [...projection, ...layers, ...head];
}

function layerParts(directions: readonly Direction[]): Part[] {
  const [{ layer, index, X, H, G }] = directions;
  const order = ORDER[layer.type];
  const D = directions.length;
  const renamed = { lstm: ", gates i|f|g|o as i|o|f|g", gru: "", rnn: "" }[layer.type];
  const together = D === 1 ? "" : "both directions, ";
  const blocks = (each: (direction: Direction, d: number) => Block[]) => directions.flatMap(each);
  const matrix = (variable: string, native: string, rows: number): Part => ({
    ...{
      name: `layers.${index}.${variable}`,
      shape: [D, G * H, rows],
      how: `${together}transposed${renamed}`,
    },
    blocks: blocks(({ prefix }, d) =>
      gates(`${prefix}${native}`, { H, order, rows, transposed: true, toRow: d * G * H }),
    ),
  });
  const secondRow = layer.type === "gru" && layer.resetAfter;
  const parts: Part[] = [
    matrix("W", "kernel", X),
    matrix("R", "recurrent_kernel", H),
    {
      ...{ name: `layers.${index}.B`, shape: [D, 2 * G * H] },
      how: `${together}${secondRow ? "both rows side by side" : secondBias(layer.type, layer.forgetBias)}${renamed}`,
      blocks: blocks(({ prefix }, d) => [
        ...gates(`${prefix}bias`, { H, order, rows: 1, toRow: d }),
        ...gates(`${prefix}bias`, {
          ...{ H, order, rows: 1, toRow: d, toColumn: G * H },
          ...(secondRow ? { row: 1 } : { role: "second", plus: forgetBiases(layer) }),
        }),
      ]),
    },
  ];
  if (layer.peepholes) {
    parts.push({
      ...{ name: `layers.${index}.P`, shape: [D, 3 * H], how: `${together}rows i|f|o as i|o|f` },
      blocks: blocks(({ prefix }, d) =>
        PEEPHOLE_ORDER.map((to, row) => ({
          ...whole(`${prefix}peephole`, [3, H], { toRow: d, toColumn: to * H }),
          ...{ row, rows: 1 },
        })),
      ),
    });
  }
  return parts;
}

function secondBias(type: LayerType, forgetBias: number): string {
  return type === "lstm" ? `and a second bias, ${forgetBias} at gate f` : "and a second bias of zeros";
}
