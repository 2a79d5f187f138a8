// Named float32 tensors of any dialect, and the strings beside them -> a model, and back.
// The container may be safetensors, .npz or what else holds names, shapes and values.

import { MAX_LAYERS, type ModelDescription } from "../../layers.ts";
import { listed, shown } from "../../shown.ts";
import { checkTensors, tensorShapes } from "../../tensor-shapes.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { descriptionJson, parseDescription } from "./description.ts";
import { splitJson, takeOutForgetBias, withoutForgetBias } from "./forget-bias.ts";
import { keras, numberedLayout } from "./keras.ts";
import { type Layout, layOut, type Mapped, takeIn } from "./layout.ts";
import type { ModelFile } from "./model-file.ts";
import { native } from "./native.ts";
import { pytorch } from "./pytorch.ts";
import type { Dialect } from "./recognise.ts";
import { tf1 } from "./tf1.ts";

export type DialectName = "native" | "tf1" | "keras" | "pytorch";

const DIALECTS: readonly Dialect[] = [native, tf1, keras, pytorch];

/** Keys of the metadata that this library makes and reads. */
export const MODEL_KEY = "wasm-lstm.model";
export const SPLIT_KEY = "wasm-lstm.unfolded";
const DIALECT_KEY = "dialect";
/** Of version 0.1.0, whose files do not describe the model otherwise. */
const FORGET_BIAS_KEY = "forget_bias";

/** A direction of a layer has at most five tensors, and each dense layer two. */
const MAX_TENSORS = 2 * 5 * MAX_LAYERS + 4;

export interface NamedTensors {
  readonly tensors: Tensors;
  readonly metadata: Record<string, string>;
}

export interface Report {
  readonly mapped: readonly Mapped[];
  /** What the reader of the report should know besides. */
  readonly notes: readonly string[];
}

export interface ReadModel extends Report {
  readonly model: ModelFile;
}

export interface ReadOptions {
  /** What the model is, for files that hold weights alone; those that say it themselves must agree. */
  readonly description?: ModelDescription;
}

/** A model's tensors and metadata in a dialect. Throws a RangeError with the reason if the dialect has no such model. */
export function toNamedTensors(model: ModelFile, dialect: DialectName): NamedTensors & Report {
  const { layout } = dialectOf(dialect, "the model");
  checkTensors(model.tensors, model.description, "the model");
  const { tensors, mapped } = layOut(layout(model.description, "the model"), model.tensors);
  return {
    tensors,
    metadata: { ...ownMetadata(model, dialect === "keras"), [DIALECT_KEY]: dialect },
    ...{ mapped, notes: [] },
  };
}

/**
 * What belongs to a model's tensors value by value, such as gradients and moments of an optimiser, in a dialect: laid
 * out like them, and without what is added to biases.
 */
export function toNamedCompanions(
  description: ModelDescription,
  companions: Tensors,
  dialect: DialectName,
): Tensors {
  checkTensors(companions, description, "the companions");
  const { layout } = dialectOf(dialect, "the model");
  return layOut(layout(withoutForgetBias(description), "the model"), companions).tensors;
}

/** The model's metadata and what describes it; `folded`: forget biases are added to the biases of the file. */
export function ownMetadata(model: ModelFile, folded: boolean): Record<string, string> {
  const { description, tensors, metadata } = model;
  const split = folded ? splitJson(description, tensors) : undefined;
  return {
    ...metadata,
    [MODEL_KEY]: descriptionJson(description),
    ...(split === undefined ? {} : { [SPLIT_KEY]: split }),
  };
}

/** The metadata without what this library adds itself. */
export function foreignMetadata(metadata: Record<string, string>): Record<string, string> {
  const own = [MODEL_KEY, SPLIT_KEY, DIALECT_KEY, FORGET_BIAS_KEY];
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !own.includes(key)));
}

/** Reads tensors of any dialect. Throws a RangeError or TypeError that begins with `name` if they are no model. */
export function fromNamedTensors(file: NamedTensors, name: string, options: ReadOptions = {}): ReadModel {
  const { tensors, metadata } = file;
  if (tensors.size > MAX_TENSORS) fail(name, `expected at most ${MAX_TENSORS} tensors, got ${tensors.size}`);
  if ([...tensors.keys()].every((key) => /^arr_\d+$/.test(key)) && tensors.size > 0) {
    return fromNumbered(file, name, options);
  }
  const dialect = detectDialect(tensors, metadata, name);
  const said = own(metadata, MODEL_KEY);
  const given = options.description && withStoredForgetBias(options.description, metadata, name);
  const described = said === undefined ? given : parseDescription(said, `${name}: ${MODEL_KEY}`);
  const { layout, added, model, notes } = arrange(dialect, tensors, described, metadata, name);
  if (options.description !== undefined) requireSame(model, options.description, name);
  return finish(file, new Map([...tensors, ...added]), layout, model, dialect.name === "keras", notes, name);
}

/** The layout under the file's names: those of the description, or what is recognised. */
function arrange(
  dialect: Dialect,
  tensors: Tensors,
  described: ModelDescription | undefined,
  metadata: Record<string, string>,
  name: string,
): { layout: Layout; added: Tensors; model: ModelDescription; notes: readonly string[] } {
  if (described !== undefined) {
    const layout = dialect.layout(asRead(described, dialect), name);
    if (layout.every((part) => tensors.has(part.name))) {
      return { layout, added: new Map(), model: described, notes: [] };
    }
  }
  const found = dialect.recognise(tensors, name);
  const model = described ?? withStoredForgetBias(found.model, metadata, name);
  requireSame(found.model, model, name);
  const names = found.names(model);
  const layout = dialect
    .layout(asRead(model, dialect), name)
    .map((part) => ({ ...part, name: names.get(part.name) ?? part.name }));
  const zeros = [...found.added.keys()].map((bias) => `${bias} is not in the file: it is zero`);
  return { layout, added: found.added, model, notes: [...found.notes, ...zeros] };
}

/** Keras' biases are read with the forget bias in them. */
function asRead(model: ModelDescription, dialect: Dialect): ModelDescription {
  return dialect === keras ? withoutForgetBias(model) : model;
}

function fromNumbered(file: NamedTensors, name: string, { description }: ReadOptions): ReadModel {
  if (description === undefined) {
    fail(
      name,
      "expected a description of the model, as the names arr_0, arr_1, ... do not tell what it is; got none",
    );
  }
  return finish(
    file,
    file.tensors,
    numberedLayout(withoutForgetBias(description), name),
    description,
    true,
    [],
    name,
  );
}

function finish(
  { metadata }: NamedTensors,
  tensors: Tensors,
  layout: Layout,
  described: ModelDescription,
  folded: boolean,
  notes: readonly string[],
  name: string,
): ReadModel {
  const taken = takeIn(layout, tensors, described, name);
  const model = { description: described, tensors: taken.tensors, metadata: foreignMetadata(metadata) };
  if (!folded) return { model, mapped: taken.mapped, notes };
  const out = takeOutForgetBias(described, taken, own(metadata, SPLIT_KEY), `${name}: ${SPLIT_KEY}`);
  return { model: { ...model, description: out.model }, mapped: out.mapped, notes };
}

/** The dialect that the metadata names, else the one whose names the tensors have. */
export function detectDialect(tensors: Tensors, metadata: Record<string, string>, name: string): Dialect {
  const said = own(metadata, DIALECT_KEY);
  if (said !== undefined) return dialectOf(said, name);
  const names = [...tensors.keys()];
  const found = DIALECTS.filter(({ owns }) => owns(names));
  if (found.length === 1) return found[0];
  const known = DIALECTS.map((dialect) => dialect.name).join(", ");
  fail(name, `expected the tensors of one dialect (${known}), got ${listed(names)}`);
}

export function dialectOf(dialect: string, name: string): Dialect {
  const found = DIALECTS.find((known) => known.name === dialect);
  if (found !== undefined) return found;
  fail(
    name,
    `expected dialect ${DIALECTS.map((known) => known.name).join(", ")}, got ${typeof dialect === "string" ? quote(dialect) : shown(dialect)}`,
  );
}

/** Throws a RangeError naming the first tensor that differs unless both models have equal tensors. */
export function requireSame(found: ModelDescription, described: ModelDescription, name: string): void {
  const shapes = tensorShapes(found);
  const expected = tensorShapes(described);
  const differs = [...new Set([...expected.keys(), ...shapes.keys()])].find(
    (tensor) => String(shapes.get(tensor)) !== String(expected.get(tensor)),
  );
  if (differs === undefined) return;
  const show = (shape: readonly number[] | undefined) => (shape === undefined ? "none" : `[${shape}]`);
  fail(
    name,
    `expected ${differs} of shape ${show(expected.get(differs))} as described, got ${show(shapes.get(differs))}`,
  );
}

/** The forget bias that a file of version 0.1.0 names. */
function withStoredForgetBias(
  model: ModelDescription,
  metadata: Record<string, string>,
  name: string,
): ModelDescription {
  const text = own(metadata, FORGET_BIAS_KEY);
  if (text === undefined) return model;
  const forgetBias = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(forgetBias))
    fail(name, `expected ${FORGET_BIAS_KEY}, a finite number, got ${quote(text)}`);
  return { ...model, layers: model.layers.map((layer) => ({ ...layer, forgetBias })) };
}

function own(metadata: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(metadata, key) ? metadata[key] : undefined;
}
