// The blocks that layouts are made of: whole tensors, gates, dense layers. Knows no tool.

import type { LayerConfig, ModelDescription } from "../../layers.ts";
import { tensorShapes } from "../../tensor-shapes.ts";
import { fail } from "../json-reader.ts";
import { type Block, columnsOf, type Part, sizeOf } from "./layout.ts";

export interface Place {
  readonly toRow?: number;
  readonly toColumn?: number;
  readonly transposed?: boolean;
}

/** A whole native tensor. */
export function whole(native: string, shape: readonly number[], place: Place = {}): Block {
  const columns = columnsOf(shape);
  return {
    ...{ native, row: 0, column: 0, rows: sizeOf(shape) / columns, columns, plus: 0, role: "copy" },
    ...{ toRow: 0, toColumn: 0, transposed: false, ...place },
  };
}

/** Rows of native tensors whose columns are gates, H each. */
export interface Gates extends Place {
  readonly H: number;
  /** Place of each native gate among those of the other tensor; undefined: not there. */
  readonly order: readonly (number | undefined)[];
  readonly row?: number;
  readonly rows: number;
  readonly role?: Block["role"];
  /** By gate: see Block. */
  readonly plus?: readonly number[];
}

/** Each gate is a block of its own; in a transposed tensor the gates lie in rows. */
export function gates(
  native: string,
  { H, order, row = 0, rows, role = "copy", plus, ...at }: Gates,
): Block[] {
  const { toRow = 0, toColumn = 0, transposed = false } = at;
  return order.flatMap((to, gate) => {
    if (to === undefined) return [];
    return {
      ...{ native, row, column: gate * H, rows, columns: H, transposed, role, plus: plus?.[gate] ?? 0 },
      toRow: toRow + (transposed ? to * H : 0),
      toColumn: toColumn + (transposed ? 0 : to * H),
    };
  });
}

export interface DenseNames {
  readonly projection: string;
  readonly head: string;
  /** Appended to either. */
  readonly kernel: string;
  readonly bias: string;
}

/** The projection before the layers, if there is one, and the head: kernels [in, out], or [out, in] if transposed. */
export function denseParts(
  model: ModelDescription,
  names: DenseNames,
  transposed = false,
): { projection: Part[]; head: Part[] } {
  const shapes = tensorShapes(model);
  const parts = (native: "projection" | "head"): Part[] => {
    const kernel = shapes.get(`${native}.kernel`)!;
    const bias = shapes.get(`${native}.bias`)!;
    return [
      {
        ...{ name: names[native] + names.kernel, shape: transposed ? [...kernel].reverse() : kernel },
        ...{ blocks: [whole(`${native}.kernel`, kernel, { transposed })] },
        ...{ how: transposed ? "transposed" : AS_IT_IS },
      },
      {
        ...{ name: names[native] + names.bias, shape: bias, how: AS_IT_IS },
        blocks: [whole(`${native}.bias`, bias)],
      },
    ];
  };
  return { projection: model.projectionUnits > 0 ? parts("projection") : [], head: parts("head") };
}

export const AS_IT_IS = "as it is";

/** By gate: what an LSTM adds to its bias at run time, as the core does in float32. */
export function forgetBiases({ type, forgetBias }: LayerConfig): number[] {
  return type === "lstm" ? [0, Math.fround(forgetBias), 0, 0] : [0, 0, 0];
}

/** Throws a RangeError with the reason that `reasonOf` gives why a format cannot hold a layer; `file` begins it. */
export function refuseLayers(
  model: ModelDescription,
  format: string,
  file: string,
  reasonOf: (layer: LayerConfig) => string | undefined,
): void {
  for (const [l, layer] of model.layers.entries()) {
    const reason = reasonOf(layer);
    if (reason !== undefined) fail(file, `layers[${l}] has no form in ${format}: ${reason}`);
  }
}
