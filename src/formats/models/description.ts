// Plain data of anyone's -> a complete ModelDescription, and the JSON by which files carry it.

import { layerOptions, type ModelDescription, modelDescription } from "../../layers.ts";
import { shown } from "../../shown.ts";
import { fail, quote } from "../json-reader.ts";

/** Of the JSON. A reader refuses later versions, and must go on reading all earlier ones. */
const VERSION = 1;

const MAX_JSON = 1_000_000;

type Fields = Record<string, unknown>;

/** Throws a TypeError for what is no such data and a RangeError for what is out of range; `name` begins each message. */
export function checkDescription(value: unknown, name: string): ModelDescription {
  try {
    return modelDescription(value as ModelDescription);
  } catch (error) {
    const message = `${name}: ${(error as Error).message}`;
    throw error instanceof TypeError ? new TypeError(message) : new RangeError(message);
  }
}

/** The description as files carry it: with a version, and without the options that mean nothing for a layer's type. */
export function descriptionJson(description: ModelDescription): string {
  return JSON.stringify({ version: VERSION, ...description, layers: description.layers.map(layerOptions) });
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
    throw new TypeError(`${name}: expected ${where}, an object, got ${show(value)}`);
  }
  return Object.assign(Object.create(null), value);
}

/** A value of a file's for a message: text is quoted. */
export function show(value: unknown): string {
  return typeof value === "string" ? quote(value) : shown(value);
}
