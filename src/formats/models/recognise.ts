// What a model is, from the names and shapes of its tensors alone: what all dialects need for that.

import { LAYER_DEFAULTS, type LayerConfig, type ModelDescription } from "../../layers.ts";
import { listed, shapeText } from "../../shown.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { checkDescription } from "./description.ts";
import type { Layout } from "./layout.ts";

/** A model as another tool lays out its weights. */
export interface Dialect {
  readonly name: string;
  /** Throws a RangeError that begins with `file`, with the reason, if the other tool has no such model. */
  layout(model: ModelDescription, file: string): Layout;
  /** Whether tensors of these names may be the dialect's. */
  owns(names: readonly string[]): boolean;
  /** What the tensors are. Throws a RangeError if they are no model. */
  recognise(tensors: Tensors, file: string): Recognised;
}

export interface Recognised {
  readonly model: ModelDescription;
  /** The file's name of each tensor of the layout, as far as it is another one; `as` tells what the model is taken for. */
  names(as: ModelDescription): Map<string, string>;
  /** Zeros for biases that the file leaves out, under names of their own. */
  readonly added: Tensors;
  /** What the reader of the report should know. */
  readonly notes: readonly string[];
}

/** A recurrent layer as far as shapes and names tell. */
export type FoundLayer = Partial<LayerConfig> & Pick<LayerConfig, "type" | "units">;

/** A dense layer, by the names of its tensors. */
export interface FoundDense {
  readonly name: string;
  readonly kernel: string;
  readonly bias: string | undefined;
  readonly inputs: number;
  readonly outputs: number;
}

/** Rows and columns, each at least 1. */
export function matrixShape(tensors: Tensors, name: string, file: string): readonly [number, number] {
  const { shape } = tensors.get(name)!;
  if (shape.length !== 2 || shape.some((n) => n < 1)) {
    fail(
      file,
      `tensor ${quote(name)}: expected a matrix with rows and columns, got shape ${shapeText(shape)}`,
    );
  }
  return [shape[0], shape[1]];
}

/** Throws a RangeError unless `count` is a whole number of `gates` times the units; returns the units. */
export function unitsOf(columns: number, gates: number, name: string, file: string): number {
  if (columns % gates !== 0) {
    fail(file, `tensor ${quote(name)}: expected ${gates} gates of equal size, got ${columns} in all`);
  }
  return columns / gates;
}

/**
 * The dense layers among tensors that belong to no recurrent one: pairs of a kernel and a bias, whose names end in
 * `kernel` and `bias`.
 */
export function findDense(
  tensors: Tensors,
  rest: readonly string[],
  endings: { kernel: string; bias: string },
  transposed: boolean,
  file: string,
): FoundDense[] {
  const plain = (name: string) => name.replace(/:0$/, "");
  const kernels = rest.filter((name) => plain(name).endsWith(endings.kernel));
  if (kernels.length > 2) {
    fail(file, `expected two dense layers at most, got ${listed(kernels)}`);
  }
  const used = new Set<string>(kernels);
  const found = kernels.map((kernel): FoundDense => {
    const name = plain(kernel).slice(0, -endings.kernel.length);
    const bias = rest.find((other) => plain(other) === name + endings.bias);
    if (bias !== undefined) used.add(bias);
    const [rows, columns] = matrixShape(tensors, kernel, file);
    const [inputs, outputs] = transposed ? [columns, rows] : [rows, columns];
    return { name, kernel, bias, inputs, outputs };
  });
  const foreign = rest.find((name) => !used.has(name));
  if (foreign !== undefined) {
    fail(file, `expected only the tensors of recurrent and dense layers, got ${quote(foreign)}`);
  }
  return found.sort((a, b) => naturally(a.name, b.name));
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

/** By name, numbers by their value: dense, dense_2, dense_10. */
export function naturally(a: string, b: string): number {
  return COLLATOR.compare(a, b);
}

/** The name without its numbers, which count equal things. */
export function stem(name: string): string {
  return name.replace(/[._]?\d+/g, "");
}

/** Which dense layer is the projection before the layers, of width X, and which the head after them, that reads F. */
export function assignDense(
  dense: readonly FoundDense[],
  X: number,
  F: number,
  file: string,
): { projection: FoundDense | undefined; head: FoundDense } {
  const got = `got ${listed(dense.map(({ name }) => name))}`;
  if (dense.length === 1) return { projection: undefined, head: dense[0] };
  if (dense.length === 0) fail(file, "expected a dense layer after the recurrent ones, got none");
  const [a, b] = dense;
  const fits = (before: FoundDense, after: FoundDense) => before.outputs === X && after.inputs === F;
  const ordered = (before: FoundDense, after: FoundDense) => ({ projection: before, head: after });
  if (fits(a, b) !== fits(b, a)) return fits(a, b) ? ordered(a, b) : ordered(b, a);
  if (!fits(a, b)) {
    fail(
      file,
      `expected dense layers of ${X} outputs before and ${F} inputs after the recurrent ones, ${got}`,
    );
  }
  const named = (layer: FoundDense) => layer.name.toLowerCase().includes("proj");
  if (named(a) !== named(b)) return named(a) ? ordered(a, b) : ordered(b, a);
  if (stem(a.name) === stem(b.name)) return ordered(a, b);
  fail(file, `expected names that tell the dense layer before from the one after (projection, head), ${got}`);
}

/** Puts together what was found, checked as every description is. */
export function describe(
  layers: readonly FoundLayer[],
  X: number,
  dense: { projection: FoundDense | undefined; head: FoundDense },
  file: string,
): ModelDescription {
  const { projection, head } = dense;
  const complete = layers.map((layer) => ({ ...LAYER_DEFAULTS, ...layer }));
  return checkDescription(
    {
      features: projection?.inputs ?? X,
      projectionUnits: projection?.outputs ?? 0,
      layers: complete,
      head: { units: head.outputs },
    },
    file,
  );
}

/** The part names of dense layers to the file's; biases that are not there are added as zeros. */
export function denseNames(
  dense: { projection: FoundDense | undefined; head: FoundDense },
  layoutNames: { projection: string; head: string; kernel: string; bias: string },
  added: Tensors,
): [string, string][] {
  return (["projection", "head"] as const).flatMap((role): [string, string][] => {
    const layer = dense[role];
    if (layer === undefined) return [];
    const { kernel, bias = addZeros(added, `${layer.name}${layoutNames.bias}`, [layer.outputs]) } = layer;
    return [
      [layoutNames[role] + layoutNames.kernel, kernel],
      [layoutNames[role] + layoutNames.bias, bias],
    ];
  });
}

/** Adds a tensor of zeros, whose size is that of one side of a tensor at hand; returns its name. */
export function addZeros(added: Tensors, name: string, shape: readonly number[]): string {
  added.set(name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
  return name;
}
