// Plain data of anyone's -> a complete ModelDescription, and the JSON by which files carry it.

import { nearest } from "../../nearest.ts";
import { fail, quote } from "../json-reader.ts";
import {
  HEAD_DEFAULTS,
  type HeadDescription,
  LAYER_DEFAULTS,
  type LayerDescription,
  type LayerType,
  type ModelDescription,
} from "./model-file.ts";

/** Of the JSON. A reader refuses later versions, and must go on reading all earlier ones. */
const VERSION = 1;

/** The largest dimension a plan of the core takes; memory ends long before. */
export const MAX_DIMENSION = 2 ** 20;
export const MAX_LAYERS = 256;
const MAX_JSON = 1_000_000;

const OF_ALL = ["type", "units", "bidirectional", "dropout", "recurrentDropout"] as const;

/** The keys of a layer that mean something for its type; others may be there with their default. */
const LAYER_KEYS: Readonly<Record<LayerType, readonly (keyof LayerDescription)[]>> = {
  lstm: [...OF_ALL, "forgetBias", "peepholes", "cellClip", "recurrentProjectionUnits"],
  gru: [...OF_ALL, "resetAfter"],
  rnn: OF_ALL,
};

type Fields = Record<string, unknown>;

/** Throws a TypeError for what is no such data and a RangeError for what is out of range; `name` begins each message. */
export function checkDescription(value: unknown, name: string): ModelDescription {
  const given = fieldsOf(value, "the model", name);
  checkKeys(given, ["timeSteps", "features", "projectionUnits", "layers", "head"], "the model", name);
  const { timeSteps, layers } = given;
  if (!Array.isArray(layers)) wrongType(name, `expected layers, a list, got ${show(layers)}`);
  if (layers.length < 1 || layers.length > MAX_LAYERS) {
    fail(name, `expected 1 to ${MAX_LAYERS} layers, got ${layers.length}`);
  }
  return {
    ...(timeSteps === undefined ? {} : { timeSteps: count(timeSteps, 1, "timeSteps", name) }),
    features: count(given.features, 1, "features", name),
    projectionUnits: count(given.projectionUnits ?? 0, 0, "projectionUnits", name),
    layers: layers.map((layer, l) => completeLayer(layer, `layers[${l}]`, name)),
    head: completeHead(given.head, name),
  };
}

function completeLayer(value: unknown, where: string, name: string): LayerDescription {
  const given = fieldsOf(value, where, name);
  const type = choice(given.type ?? LAYER_DEFAULTS.type, ["lstm", "gru", "rnn"], `${where}.type`, name);
  const known = LAYER_KEYS[type];
  const ofOthers = Object.entries(LAYER_DEFAULTS).filter(([key, usual]) => given[key] === usual);
  checkKeys(given, [...known, ...ofOthers.map(([key]) => key)], `${where} of type ${type}`, name);
  const get = <Key extends keyof typeof LAYER_DEFAULTS>(key: Key) => given[key] ?? LAYER_DEFAULTS[key];
  const flag = (key: "bidirectional" | "peepholes" | "resetAfter") =>
    boolean(get(key), `${where}.${key}`, name);
  const rate = (key: "dropout" | "recurrentDropout") => share(get(key), `${where}.${key}`, name);
  const cellClip = get("cellClip");
  if (typeof cellClip !== "number" || !(cellClip > 0)) {
    fail(name, `expected ${where}.cellClip, a number above 0, got ${show(cellClip)}`);
  }
  const forgetBias = get("forgetBias");
  if (!Number.isFinite(forgetBias)) {
    fail(name, `expected ${where}.forgetBias, a finite number, got ${show(forgetBias)}`);
  }
  return {
    type,
    units: count(given.units, 1, `${where}.units`, name),
    bidirectional: flag("bidirectional"),
    forgetBias: forgetBias as number,
    peepholes: flag("peepholes"),
    cellClip,
    recurrentProjectionUnits: count(
      get("recurrentProjectionUnits"),
      0,
      `${where}.recurrentProjectionUnits`,
      name,
    ),
    resetAfter: flag("resetAfter"),
    dropout: rate("dropout"),
    recurrentDropout: rate("recurrentDropout"),
  };
}

function completeHead(value: unknown, name: string): HeadDescription {
  const given = fieldsOf(value, "head", name);
  checkKeys(given, ["type", "units", "everyStep", "dropout"], "head", name);
  return {
    type: choice(given.type ?? HEAD_DEFAULTS.type, ["softmax", "sigmoid", "linear"], "head.type", name),
    units: count(given.units, 1, "head.units", name),
    everyStep: boolean(given.everyStep ?? HEAD_DEFAULTS.everyStep, "head.everyStep", name),
    dropout: share(given.dropout ?? HEAD_DEFAULTS.dropout, "head.dropout", name),
  };
}

/** The description as files carry it: with a version, and without the keys that mean nothing for a layer's type. */
export function descriptionJson(description: ModelDescription): string {
  const layers = description.layers.map((layer) =>
    Object.fromEntries(
      LAYER_KEYS[layer.type]
        .map((key) => [key, layer[key]] as const)
        .filter(([, value]) => value !== Number.POSITIVE_INFINITY),
    ),
  );
  return JSON.stringify({ version: VERSION, ...description, layers });
}

/** Reads what descriptionJson wrote, in this version or an earlier one. */
export function parseDescription(json: string, name: string): ModelDescription {
  if (json.length > MAX_JSON)
    fail(name, `expected at most ${MAX_JSON} characters of JSON, got ${json.length}`);
  const { version, ...rest } = fieldsOf(parseJson(json, name), "the model", name);
  if (!Number.isInteger(version) || (version as number) < 1) {
    fail(name, `expected version, a whole number from 1, got ${show(version)}`);
  }
  if ((version as number) > VERSION) {
    fail(name, `expected version ${VERSION}, got ${version}: the file is of a later release of this library`);
  }
  return checkDescription(rest, name);
}

/** JSON.parse, whose errors name the file. */
export function parseJson(json: string, name: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    fail(name, `expected JSON, got ${quote(json)}`);
  }
}

/** A plain object, as its own fields. */
export function fieldsOf(value: unknown, where: string, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    wrongType(name, `expected ${where}, an object, got ${show(value)}`);
  }
  return Object.assign(Object.create(null), value);
}

/** A value of a file's for a message, cut when long. */
export function show(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function checkKeys(given: Fields, known: readonly string[], where: string, name: string): void {
  for (const [key, value] of Object.entries(given)) {
    if (known.includes(key) || value === undefined) continue;
    const meant = key.length < 60 ? nearest(key, known) : undefined;
    const hint = meant === undefined ? `the keys are ${known.join(", ")}` : `did you mean ${meant}?`;
    wrongType(name, `unknown key ${quote(key)} of ${where}: ${hint}`);
  }
}

function count(value: unknown, least: number, where: string, name: string): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > MAX_DIMENSION) {
    fail(name, `expected ${where}, a whole number from ${least} to ${MAX_DIMENSION}, got ${show(value)}`);
  }
  return value as number;
}

function share(value: unknown, where: string, name: string): number {
  if (typeof value !== "number" || !(value >= 0 && value < 1)) {
    fail(name, `expected ${where}, a number from 0 to below 1, got ${show(value)}`);
  }
  return value;
}

function boolean(value: unknown, where: string, name: string): boolean {
  if (typeof value !== "boolean") wrongType(name, `expected ${where}, true or false, got ${show(value)}`);
  return value;
}

function choice<Word extends string>(
  value: unknown,
  words: readonly Word[],
  where: string,
  name: string,
): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const meant = typeof value === "string" && value.length < 60 ? nearest(value, words) : undefined;
  const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
  fail(name, `expected ${where}, one of ${words.join(", ")}, got ${show(value)}${hint}`);
}

function wrongType(name: string, message: string): never {
  throw new TypeError(`${name}: ${message}`);
}
