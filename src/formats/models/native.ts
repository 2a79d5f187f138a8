// The library's own names and layouts, which are those of a ModelFile; version 0.1.0 named its one layer lstm.

import { listed } from "../../shown.ts";
import { tensorShapes } from "../../tensor-shapes.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { AS_IT_IS, whole } from "./blocks.ts";
import {
  type Dialect,
  describe,
  type FoundDense,
  type FoundLayer,
  matrixShape,
  type Recognised,
} from "./recognise.ts";

const NAME =
  /^(?:layers\.(\d{1,3})\.(reverse\.)?|lstm\.)(kernel|recurrent_kernel|bias|peephole|projection_kernel)$/;
const DENSE = ["projection.kernel", "projection.bias", "head.kernel", "head.bias"];

export const native: Dialect = {
  name: "native",
  layout: (model) =>
    [...tensorShapes(model)].map(([name, shape]) => ({
      ...{ name, shape, how: AS_IT_IS },
      blocks: [whole(name, shape)],
    })),
  owns: (names) => names.some((name) => NAME.test(name)),
  recognise,
};

function recognise(tensors: Tensors, file: string): Recognised {
  const names = new Map<string, string>();
  let layerCount = 0;
  for (const name of tensors.keys()) {
    const match = NAME.exec(name);
    if (match === null && !DENSE.includes(name))
      fail(file, `expected only a model's tensors, got ${quote(name)}`);
    const [, l = "0", reverse = "", variable] = match ?? [];
    const own = match === null ? name : `layers.${l}.${reverse}${variable}`;
    if (names.has(own))
      fail(file, `expected each tensor once, got ${quote(names.get(own)!)} and ${quote(name)}`);
    names.set(own, name);
    if (match !== null) layerCount = Math.max(layerCount, Number(l) + 1);
  }
  const shapeOf = (own: string): readonly [number, number] => {
    const name = names.get(own);
    if (name === undefined) fail(file, `expected tensor ${quote(own)}, got only ${listed(tensors.keys())}`);
    return matrixShape(tensors, name, file);
  };

  const layers: FoundLayer[] = [];
  for (let l = 0; l < layerCount; l++) {
    const prefix = `layers.${l}.`;
    const [R, columns] = shapeOf(`${prefix}recurrent_kernel`);
    const projected = names.has(`${prefix}projection_kernel`);
    const units = projected ? shapeOf(`${prefix}projection_kernel`)[0] : R;
    const type = (["rnn", "gru", "lstm"] as const).find((_, k) => columns === [1, 3, 4][k] * units);
    if (type === undefined) {
      const name = names.get(`${prefix}recurrent_kernel`)!;
      fail(
        file,
        `tensor ${quote(name)}: expected columns for 1, 3 or 4 gates of ${units} units, got ${columns}`,
      );
    }
    const bias = names.get(`${prefix}bias`);
    layers.push({
      ...{ type, units, bidirectional: names.has(`${prefix}reverse.kernel`) },
      peepholes: names.has(`${prefix}peephole`),
      recurrentProjectionUnits: projected ? R : 0,
      resetAfter: type !== "gru" || (bias !== undefined && tensors.get(bias)!.shape.length === 2),
    });
  }
  if (layers.length === 0)
    fail(file, `expected the tensors of a recurrent layer, got ${listed(tensors.keys())}`);
  const [X] = shapeOf("layers.0.kernel");
  const dense = (name: string): FoundDense => {
    const [inputs, outputs] = shapeOf(`${name}.kernel`);
    return { name, kernel: `${name}.kernel`, bias: `${name}.bias`, inputs, outputs };
  };
  const projection = names.has("projection.kernel") ? dense("projection") : undefined;
  const model = describe(layers, X, { projection, head: dense("head") }, file);
  return { model, names: () => names, added: new Map(), notes: [] };
}
