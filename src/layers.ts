// What a model consists of, layers and head: options as users give them -> checked and complete. The words are those
// of Keras and TensorFlow.js where they have one.

import { nearest } from "./nearest.ts";
import { quote, shown } from "./shown.ts";
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

/** One recurrent layer, complete; what belongs to another type has its default. */
export type LayerConfig = Readonly<Required<LayerOptions>>;
export type HeadConfig = Readonly<Required<HeadOptions>>;

/** What a model computes, apart from its weights. */
export interface ModelDescription {
  /** Absent where that is not said: weights fit any number of steps. */
  readonly timeSteps?: number;
  readonly features: number;
  /** Width of the linear projection before layer 0; 0: none. */
  readonly projectionUnits: number;
  readonly layers: readonly LayerConfig[];
  readonly head: HeadConfig;
}

export interface Architecture extends ModelDescription {
  readonly timeSteps: number;
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

/** The most layers that the core has room for. */
export const MAX_LAYERS = 32;
/** The largest dimension a plan takes; memory ends long before. */
export const MAX_DIMENSION = 2 ** 20;
/** Longer names are not compared with the known ones. */
const MAX_MISTYPED = 60;

/** Throws a TypeError for an unknown option and a RangeError for a value out of range. */
export function modelDescription(value: ModelDescription): ModelDescription {
  checkObject(value, "the model", { timeSteps: 0, features: 0, projectionUnits: 0, layers: 0, head: 0 }, "");
  const { timeSteps, features, projectionUnits = 0, layers, head } = value;
  if (timeSteps !== undefined) whole("timeSteps", timeSteps, 1, MAX_DIMENSION);
  whole("features", features, 1, MAX_DIMENSION);
  whole("projectionUnits", projectionUnits, 0, MAX_DIMENSION);
  return {
    ...(timeSteps === undefined ? {} : { timeSteps }),
    ...{ features, projectionUnits, layers: layerConfigs(layers), head: headConfig(head) },
  };
}

/** As modelDescription, for the layers, the lowest first. */
export function layerConfigs(layers: readonly LayerOptions[]): LayerConfig[] {
  if (!Array.isArray(layers) || layers.length < 1 || layers.length > MAX_LAYERS) {
    const got = Array.isArray(layers) ? layers.length : shown(layers);
    throw new RangeError(`layers must be a list of 1 to ${MAX_LAYERS}, got ${got}`);
  }
  // A hole of the list is refused like any other entry that is no object.
  return Array.from(layers, (layer, l) => layerConfig(layer, `layers[${l}]`));
}

/** As modelDescription; `name` begins the messages. */
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
  if (typeof layer.cellClip !== "number" || !(layer.cellClip > 0)) {
    throw new RangeError(`${name}.cellClip must be a number above 0, got ${shown(layer.cellClip)}`);
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

/** The architecture alone of what has more than that. */
export function architectureOf({
  timeSteps,
  features,
  projectionUnits,
  layers,
  head,
}: Architecture): Architecture {
  return { timeSteps, features, projectionUnits, layers, head };
}

/** The options of a layer that its type has and JSON can hold: leaving out Infinity means the same. */
export function layerOptions(layer: LayerConfig): LayerOptions {
  const own = Object.entries(layer).filter(
    ([option, value]) =>
      (ONLY[option as keyof LayerOptions] ?? layer.type) === layer.type && value !== Number.POSITIVE_INFINITY,
  );
  return Object.fromEntries(own) as unknown as LayerOptions;
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

/**
 * Throws a TypeError unless `value` is an object with no other keys than `known` has; names the nearest one. `prefix` is
 * what stands before a key where it is named.
 */
export function checkObject(value: unknown, name: string, known: object, prefix = `${name}.`): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(
      `${name} must be an object, got ${typeof value === "string" ? quote(value) : shown(value)}`,
    );
  }
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(known, key)) continue;
    const near = key.length < MAX_MISTYPED ? nearest(key, Object.keys(known)) : undefined;
    const hint = near ? `did you mean ${near}?` : `the options are ${Object.keys(known).join(", ")}`;
    throw new TypeError(`unknown option ${prefix}${shown(key)}; ${hint}`);
  }
}

/** The options that were given; JSON has null for Infinity, which is what leaving one out means. */
export function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, v]) => v !== undefined && v !== null)) as T;
}

export function oneOf(option: string, value: unknown, known: readonly string[]): void {
  if (!known.includes(value as string)) {
    throw new RangeError(`${option} must be one of ${known.join(", ")}, got ${shown(value)}`);
  }
}

export function boolean(option: string, value: unknown): void {
  if (typeof value !== "boolean") throw new TypeError(`${option} must be true or false, got ${shown(value)}`);
}

export function finite(option: string, value: unknown): void {
  if (!Number.isFinite(value)) throw new RangeError(`${option} must be a finite number, got ${shown(value)}`);
}

/** A share that is dropped: 0 <= value < 1. */
function share(option: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0 && value < 1)) {
    throw new RangeError(`${option} must be a number from 0 to below 1, got ${shown(value)}`);
  }
}
