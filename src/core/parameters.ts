// The parameters as named tensors: names, shapes, and where they lie.

import { Region } from "../../assembly/regions.ts";
import { type Architecture, gateCount, type LayerConfig, layerWidth, outputUnits } from "../layers.ts";
import type { Tensors } from "../types.ts";
import type { ModelMemory } from "./memory.ts";

interface Shaped {
  name: string;
  shape: number[];
}

export interface Parameter extends Shaped {
  /** Of its first value in a block of the parameters' length. */
  offset: number;
}

/** Name and shape of every tensor of a model, in the order of memory, where they lie without gaps. */
export function parameterShapes({ features: I, projectionUnits: P, layers, head }: Architecture): Shaped[] {
  const shapes: Shaped[] = [];
  const add = (name: string, ...shape: number[]) => shapes.push({ name, shape });
  if (P > 0) {
    add("projection.kernel", I, P);
    add("projection.bias", P);
  }
  let inputs = P || I;
  for (const [l, layer] of layers.entries()) {
    for (const direction of layer.bidirectional ? ["", "reverse."] : [""]) {
      addCell(add, `layers.${l}.${direction}`, layer, inputs);
    }
    inputs = layerWidth(layer);
  }
  add("head.kernel", inputs, head.units);
  add("head.bias", head.units);
  return shapes;
}

// Gates i, f, g, o of an LSTM and z, r, n of a GRU in every row.
function addCell(
  add: (name: string, ...shape: number[]) => void,
  prefix: string,
  layer: LayerConfig,
  inputs: number,
): void {
  const { units: H, recurrentProjectionUnits: R } = layer;
  const columns = gateCount(layer) * H;
  add(`${prefix}kernel`, inputs, columns);
  add(`${prefix}recurrent_kernel`, outputUnits(layer), columns);
  if (layer.type === "gru" && layer.resetAfter) add(`${prefix}bias`, 2, columns);
  else add(`${prefix}bias`, columns);
  if (layer.peepholes) add(`${prefix}peephole`, 3, H);
  if (R > 0) add(`${prefix}projection_kernel`, H, R);
}

/** The tensors of a model with where they lie in its block of parameters. Throws when the core planned another block. */
export function parameterList(memory: ModelMemory, architecture: Architecture): Parameter[] {
  let offset = 0;
  const list = parameterShapes(architecture).map(({ name, shape }) => {
    const parameter = { name, shape, offset };
    offset += shape.reduce((a, b) => a * b, 1);
    return parameter;
  });
  const planned = memory.floats(Region.Parameters).length;
  if (offset !== planned) throw new Error(`the core planned ${planned} parameters, the host ${offset}`);
  return list;
}

/** Throws a RangeError beginning with `name` unless the tensors are exactly those of the list, all finite. */
export function checkTensors(
  tensors: Tensors,
  list: readonly { name: string; shape: readonly number[] }[],
  name: string,
): void {
  for (const other of tensors.keys()) {
    if (list.some((parameter) => parameter.name === other)) continue;
    throw new RangeError(`${name}: expected only ${list.map(({ name }) => name).join(", ")}, got ${other}`);
  }
  for (const { name: tensor, shape } of list) {
    const got = tensors.get(tensor);
    if (got === undefined) {
      throw new RangeError(`${name}: expected tensor ${tensor}, got only ${[...tensors.keys()].join(", ")}`);
    }
    const text = (shape: readonly number[]) => `[${shape.join(",")}]`;
    if (text(got.shape) !== text(shape)) {
      throw new RangeError(
        `${name}: tensor ${tensor}: expected shape ${text(shape)}, got ${text(got.shape)}`,
      );
    }
    const length = shape.reduce((a, b) => a * b, 1);
    if (got.data.length !== length) {
      throw new RangeError(`${name}: tensor ${tensor}: expected ${length} values, got ${got.data.length}`);
    }
    const bad = got.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new RangeError(
        `${name}: tensor ${tensor}: expected finite values, got ${got.data[bad]} as value ${bad}`,
      );
    }
  }
}

/** Views of the tensors in `block`, the parameters themselves or a block of their length and order. */
export function tensorViews(memory: ModelMemory, list: readonly Parameter[], block: Region): Tensors {
  const values = memory.floats(block);
  return new Map(
    list.map(({ name, shape, offset }) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [name, { shape, data: values.subarray(offset, offset + length) }];
    }),
  );
}

/** Copies of the same. */
export function copyTensors(memory: ModelMemory, list: readonly Parameter[], block: Region): Tensors {
  return new Map(
    [...tensorViews(memory, list, block)].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.slice() },
    ]),
  );
}
