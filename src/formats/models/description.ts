// Plain data of anyone's -> a complete ModelDescription, and the JSON by which files carry it.

import {
  checkObject,
  type HeadOptions,
  headConfig,
  isOptionOf,
  type LayerOptions,
  layerConfig,
  MAX_DIMENSION,
  MAX_LAYERS,
  whole,
} from "../../layers.ts";
import { fail, quote } from "../json-reader.ts";
import type { ModelDescription } from "./model-file.ts";

/** Of the JSON. A reader refuses later versions, and must go on reading all earlier ones. */
const VERSION = 1;

const MAX_JSON = 1_000_000;

/** More than any option's name or value, and fewer than would cost the search for the nearest name time. */
const MAX_TEXT = 60;
const MAX_KEYS = 32;

type Fields = Record<string, unknown>;

const MODEL_KEYS = { timeSteps: 0, features: 0, projectionUnits: 0, layers: 0, head: 0 };

/** Throws a TypeError for what is no such data and a RangeError for what is out of range; `name` begins each message. */
export function checkDescription(value: unknown, name: string): ModelDescription {
  const given = fieldsOf(value, "the model", name);
  const { timeSteps, features, projectionUnits = 0, layers, head } = given;
  if (!Array.isArray(layers)) wrongType(name, `expected layers, a list, got ${show(layers)}`);
  if (layers.length < 1 || layers.length > MAX_LAYERS) {
    fail(name, `expected 1 to ${MAX_LAYERS} layers, got ${layers.length}`);
  }
  const complete = layers.map((layer, l) => options<LayerOptions>(layer, `layers[${l}]`, name));
  const top = options<HeadOptions>(head, "head", name);
  const own = bounded({ ...given, layers: 0, head: 0 }, "the model", name);
  return named(name, () => {
    checkObject(own, "the model", MODEL_KEYS);
    const count = (option: string, value: unknown, least: number): number => {
      whole(option, value, least, MAX_DIMENSION);
      return value as number;
    };
    return {
      ...(timeSteps === undefined ? {} : { timeSteps: count("timeSteps", timeSteps, 1) }),
      features: count("features", features, 1),
      projectionUnits: count("projectionUnits", projectionUnits, 0),
      layers: complete.map((layer, l) => layerConfig(layer, `layers[${l}]`)),
      head: headConfig(top),
    };
  });
}

/** Options as a file gives them, which are short, or they are none. */
function options<Options>(value: unknown, where: string, name: string): Options {
  return bounded(fieldsOf(value, where, name), where, name) as Options;
}

function bounded(fields: Fields, where: string, name: string): Fields {
  const entries = Object.entries(fields);
  if (entries.length > MAX_KEYS)
    fail(name, `expected at most ${MAX_KEYS} options of ${where}, got ${entries.length}`);
  for (const [key, value] of entries) {
    if (key.length > MAX_TEXT) wrongType(name, `unknown option ${quote(key)} of ${where}`);
    const long = typeof value === "string" && value.length > MAX_TEXT;
    if (long || (typeof value === "object" && value !== null)) {
      wrongType(name, `expected ${where}.${key}, a number, word or flag, got ${show(value)}`);
    }
  }
  return fields;
}

/** What `check` gives; its errors begin with the file's name. */
function named<Value>(name: string, check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError) fail(name, error.message);
    if (error instanceof TypeError) wrongType(name, error.message);
    throw error;
  }
}

/** The description as files carry it: with a version, and without the keys that mean nothing for a layer's type. */
export function descriptionJson(description: ModelDescription): string {
  const layers = description.layers.map((layer) =>
    Object.fromEntries(
      Object.entries(layer).filter(
        ([key, value]) => isOptionOf(key, layer.type) && value !== Number.POSITIVE_INFINITY,
      ),
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

function wrongType(name: string, message: string): never {
  throw new TypeError(`${name}: ${message}`);
}
