// What a model consists of, layers and head: options as users give them -> checked and complete. The words are those
// of Keras and TensorFlow.js where they have one.

import { nearest } from "./nearest.ts";
import { whole } from "./whole.ts";

export { whole };

export type LayerType = "lstm" | "gru" | "rnn";

export interface LayerOptions {
  /** Kind of cell; "rnn" is the plain one, h = tanh(x W + h U + b). Default "lstm". */
  type?: LayerType;
  /** Units, from 1. */
  units: number;
  /** true: a second cell reads each sequence backwards; the outputs stand side by side, forward first. Default false. */
  bidirectional?: boolean;
  /** Of an LSTM: added to the forget gate at run time, never stored; default 1. */
  forgetBias?: number;
  /** Of an LSTM: the gates see the cell state (TensorFlow 1's use_peepholes); default false. */
  peepholes?: boolean;
  /** Of an LSTM: bound of the cell state's elements (TensorFlow 1's cell_clip), above 0; default Infinity, none. */
  cellClip?: number;
  /** Of an LSTM: h is a linear projection to this many units (TensorFlow 1's num_proj); default 0, none. */
  recurrentProjectionUnits?: number;
  /** Of a GRU: r is applied after the recurrent product (Keras 2, PyTorch), not before it (TensorFlow 1). Default true. */
  resetAfter?: boolean;
  /** Share of what the layer reads that training drops, each element on its own, 0 <= dropout < 1; default 0. */
  dropout?: number;
  /** Share of h that the recurrent product loses in training, the same elements at all steps of a sequence; default 0. */
  recurrentDropout?: number;
}

export type HeadType = "softmax" | "sigmoid" | "linear";

export interface HeadOptions {
  /** "softmax": one of several classes; "sigmoid": several labels at once; "linear": numbers. Default "softmax". */
  type?: HeadType;
  /** Outputs: classes, labels or numbers, from 1. */
  units: number;
  /** true: an output for every step; default false, one for each sequence, from the state after its last step. */
  everyStep?: boolean;
  /** Share of what the head reads that training drops, 0 <= dropout < 1; default 0. */
  dropout?: number;
}

export type LayerConfig = Required<LayerOptions>;
export type HeadConfig = Required<HeadOptions>;

/** What a model computes, apart from its weights; plain data that JSON keeps. */
export interface Architecture {
  timeSteps: number;
  features: number;
  projectionUnits: number;
  layers: LayerConfig[];
  head: HeadConfig;
}

export const LAYER_DEFAULTS: Omit<LayerConfig, "units"> = {
  type: "lstm",
  bidirectional: false,
  forgetBias: 1,
  peepholes: false,
  cellClip: Number.POSITIVE_INFINITY,
  recurrentProjectionUnits: 0,
  resetAfter: true,
  dropout: 0,
  recurrentDropout: 0,
};

export const HEAD_DEFAULTS: Omit<HeadConfig, "units"> = { type: "softmax", everyStep: false, dropout: 0 };

const LAYER_TYPES: readonly LayerType[] = ["lstm", "gru", "rnn"];
const HEAD_TYPES: readonly HeadType[] = ["softmax", "sigmoid", "linear"];
/** Options that only one kind of layer has. */
const ONLY: Partial<Record<keyof LayerOptions, LayerType>> = {
  forgetBias: "lstm",
  peepholes: "lstm",
  cellClip: "lstm",
  recurrentProjectionUnits: "lstm",
  resetAfter: "gru",
};

/** Whether an option means something for layers of a type. */
export function isOptionOf(option: string, type: LayerType): boolean {
  return (ONLY[option as keyof LayerOptions] ?? type) === type;
}

/** The most layers that the core has room for. */
export const MAX_LAYERS = 32;
/** The largest dimension a plan takes; memory ends long before. */
export const MAX_DIMENSION = 2 ** 20;

/** Throws a TypeError for an unknown option and a RangeError for a value out of range; `name` begins the message. */
export function layerConfig(options: LayerOptions, name: string): LayerConfig {
  checkObject(options, name, { units: 0, ...LAYER_DEFAULTS });
  const layer: LayerConfig = { ...LAYER_DEFAULTS, ...defined(options) };
  oneOf(`${name}.type`, layer.type, LAYER_TYPES);
  for (const [option, type] of Object.entries(ONLY) as [keyof LayerConfig, LayerType][]) {
    if (layer.type !== type && layer[option] !== LAYER_DEFAULTS[option as keyof typeof LAYER_DEFAULTS]) {
      throw new RangeError(`${name}.${option} is an option of ${type}, the layer is of type ${layer.type}`);
    }
  }
  whole(`${name}.units`, layer.units, 1, MAX_DIMENSION);
  whole(`${name}.recurrentProjectionUnits`, layer.recurrentProjectionUnits, 0, MAX_DIMENSION);
  for (const option of ["bidirectional", "peepholes", "resetAfter"] as const) {
    boolean(`${name}.${option}`, layer[option]);
  }
  finite(`${name}.forgetBias`, layer.forgetBias);
  if (!(layer.cellClip > 0)) {
    throw new RangeError(`${name}.cellClip must be a number above 0, got ${layer.cellClip}`);
  }
  share(`${name}.dropout`, layer.dropout);
  share(`${name}.recurrentDropout`, layer.recurrentDropout);
  return layer;
}

/** As layerConfig, for what reads the last layer. */
export function headConfig(options: HeadOptions, name = "head"): HeadConfig {
  checkObject(options, name, { units: 0, ...HEAD_DEFAULTS });
  const head: HeadConfig = { ...HEAD_DEFAULTS, ...defined(options) };
  oneOf(`${name}.type`, head.type, HEAD_TYPES);
  whole(`${name}.units`, head.units, 1, MAX_DIMENSION);
  boolean(`${name}.everyStep`, head.everyStep);
  share(`${name}.dropout`, head.dropout);
  return head;
}

/** Width of h: what one direction of a layer gives. */
export function outputUnits({ recurrentProjectionUnits, units }: LayerConfig): number {
  return recurrentProjectionUnits || units;
}

/** Width of what a layer gives, both directions. */
export function layerWidth(layer: LayerConfig): number {
  return outputUnits(layer) * (layer.bidirectional ? 2 : 1);
}

/** Gates in the tensors of a layer. */
export function gateCount({ type }: Pick<LayerConfig, "type">): number {
  return { lstm: 4, gru: 3, rnn: 1 }[type];
}

/** Throws a TypeError unless `value` is an object with no other keys than `known` has; names the nearest one. */
export function checkObject(value: unknown, name: string, known: object): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object, got ${JSON.stringify(value) ?? value}`);
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(known, key)) continue;
    const near = nearest(key, Object.keys(known));
    const hint = near ? `did you mean ${near}?` : `the options are ${Object.keys(known).join(", ")}`;
    throw new TypeError(`unknown option ${name}.${key}; ${hint}`);
  }
}

/** The options that were given; JSON has null for Infinity, which is what leaving one out means. */
export function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined && v !== null)) as T;
}

export function oneOf(option: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string)) {
    throw new RangeError(`${option} must be one of ${known.join(", ")}, got ${value}`);
  }
}

export function boolean(option: string, value: unknown): void {
  if (typeof value !== "boolean") throw new TypeError(`${option} must be true or false, got ${value}`);
}

export function finite(option: string, value: unknown): void {
  if (!Number.isFinite(value)) throw new RangeError(`${option} must be a finite number, got ${value}`);
}

/** A share that is dropped: 0 <= value < 1. */
function share(option: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0 && value < 1)) {
    throw new RangeError(`${option} must be a number from 0 to below 1, got ${value}`);
  }
}
