// What was typed of a model -> options of createModel. Ranges are config.ts's and layers.ts's to know.

import { type ModelOptions, modelConfig, type ScheduleOptions } from "../config.ts";
import type { HeadOptions, LayerOptions } from "../layers.ts";
import { decimal, numberOf, type Option, type Typed, textOf, UsageError } from "./options.ts";

const CONFIG = modelConfig({ timeSteps: 1, features: 1, classes: 1, units: 1 });

/** Units of the one LSTM that a model has unless told otherwise. */
export const DEFAULT_UNITS = 128;

export const MODEL: readonly Option[] = [
  {
    name: "layers",
    value: "LIST",
    text: "layers as type:units, the lowest first, as in lstm:64,bigru:32; types lstm, gru and rnn, bi before one for both directions",
    key: "layers",
    preset: `lstm:${DEFAULT_UNITS}`,
  },
  { name: "hidden", value: "N", text: "short for --layers lstm:N", key: "layers[].units" },
  {
    name: "projection",
    value: "N",
    text: "units of a linear layer before them, 0: none; images have 128",
    key: "projectionUnits",
    preset: 0,
  },
  {
    name: "forget-bias",
    value: "X",
    text: "added to the forget gates",
    key: "layers[].forgetBias",
    preset: 1,
  },
  {
    name: "dropout",
    value: "P",
    text: "share dropped of what a layer reads",
    key: "layers[].dropout",
    preset: 0,
  },
  {
    name: "recurrent-dropout",
    value: "P",
    text: "share dropped of a layer's own state",
    key: "layers[].recurrentDropout",
    preset: 0,
  },
  {
    name: "head-dropout",
    value: "P",
    text: "share dropped of what the head reads",
    key: "head.dropout",
    preset: 0,
  },
  {
    name: "config",
    value: "FILE",
    text: "options of createModel as JSON; others that are typed come before",
  },
];

export const OPTIMIZER: readonly Option[] = [
  { name: "optimizer", value: "NAME", text: "adam, adamw, sgd or rmsprop", key: "optimizer" },
  { name: "learning-rate", value: "X", text: "step size", key: "learningRate" },
  {
    name: "schedule",
    value: "S",
    text: "of the step size, as type:steps:rate; types step, exponential and cosine, as in step:500:0.5",
    key: "schedule",
    preset: "constant",
  },
  {
    name: "warmup",
    value: "N",
    text: "updates over which the step size rises",
    key: "schedule.warmup",
    preset: 0,
  },
  { name: "clip-norm", value: "X", text: "bound of the gradient's norm", key: "clipNorm" },
  { name: "clip-value", value: "X", text: "bound of each element of the gradient", key: "clipValue" },
  { name: "weight-decay", value: "X", text: "of adamw", key: "weightDecay", preset: 0.01 },
  { name: "momentum", value: "X", text: "of sgd and rmsprop", key: "momentum" },
  { name: "nesterov", value: "", text: "Nesterov's form of momentum, of sgd", key: "nesterov" },
  { name: "rho", value: "X", text: "decay of rmsprop's second moment", key: "rho" },
  { name: "beta1", value: "X", text: "decay of adam's first moment", key: "beta1" },
  { name: "beta2", value: "X", text: "decay of adam's second moment", key: "beta2" },
  { name: "epsilon", value: "X", text: "added to the root of the second moment", key: "epsilon" },
  {
    name: "class-weights",
    value: "W",
    text: "balanced, or a factor of the loss of each class, as in 1,2.5,1",
    key: "classWeights",
  },
  { name: "trainable", value: "NAME", text: "all, or the head alone", key: "trainable" },
].map((option) => ({ ...presetOf(option), ...option }));

/** Options that are words or switches; the others are numbers. */
const WORDS = ["optimizer", "trainable", "build", "reproducible", "nesterov"];

/** Those of the model's own options that are one number, word or switch. */
const PLAIN = [
  ..."projection batch seed threads build reproducible".split(" "),
  ...OPTIMIZER.map(({ name }) => name).filter(
    (name) => !["schedule", "warmup", "class-weights"].includes(name),
  ),
];

/** Options of the model over those of a file, `base`; `options` tells what the library calls them. */
export function modelOptions(
  typed: Typed,
  base: Partial<ModelOptions>,
  options: readonly Option[],
): Partial<ModelOptions> {
  const { units, classes, ...rest } = base;
  const result: Partial<ModelOptions> = { ...rest };
  for (const { name, key } of options) {
    const text = typed[name];
    if (!PLAIN.includes(name) || text === undefined) continue;
    const value = WORDS.includes(name) || text === "auto" ? text : numberOf(typed, name);
    Object.assign(result, { [key!]: value });
  }
  const layers = layersOf(typed, base.layers ?? (units === undefined ? undefined : [{ units }]));
  const head = headOf(typed, base.head ?? (classes === undefined ? undefined : { units: classes }));
  const schedule = scheduleOf(typed, base.schedule);
  const classWeights = classWeightsOf(typed);
  return {
    ...result,
    layers,
    ...(head && { head: head as HeadOptions }),
    ...(schedule && { schedule }),
    ...(classWeights && { classWeights }),
  };
}

/** Whether the factors of the classes follow from how often they come. */
export function isBalanced(typed: Typed): boolean {
  return typed["class-weights"] === "balanced";
}

function layersOf(typed: Typed, given: readonly LayerOptions[] = [{ units: DEFAULT_UNITS }]): LayerOptions[] {
  if (typed.layers !== undefined && typed.hidden !== undefined) {
    throw new UsageError("give --layers or --hidden, not both");
  }
  const hidden = numberOf(typed, "hidden");
  const list = textOf(typed, "layers");
  const layers =
    list !== undefined ? list.split(",").map(layerOf) : hidden === undefined ? given : [{ units: hidden }];
  const ofAll = definedOf({
    forgetBias: numberOf(typed, "forget-bias"),
    dropout: numberOf(typed, "dropout"),
    recurrentDropout: numberOf(typed, "recurrent-dropout"),
  });
  return layers.map((layer) => ({ ...layer, ...ofAll }));
}

// lstm:64, bigru:32, or 64.
function layerOf(text: string): LayerOptions {
  const match = /^(?:(bi)?(lstm|gru|rnn):)?(\d{1,7})$/.exec(text.trim().toLowerCase());
  if (match === null) {
    throw new UsageError(`--layers must be types and units as in lstm:64,bigru:32, got ${text || "nothing"}`);
  }
  const [, both, type = "lstm", units] = match;
  return {
    type: type as LayerOptions["type"],
    units: Number(units),
    ...(both === undefined ? {} : { bidirectional: true }),
  };
}

function headOf(typed: Typed, given: HeadOptions | undefined): Partial<HeadOptions> | undefined {
  const dropout = numberOf(typed, "head-dropout");
  return dropout === undefined ? given : { ...given, dropout };
}

// cosine:2000, step:500:0.5
function scheduleOf(typed: Typed, given: ScheduleOptions | undefined): ScheduleOptions | undefined {
  const text = textOf(typed, "schedule");
  const warmup = numberOf(typed, "warmup");
  if (Number.isNaN(warmup)) {
    throw new UsageError(`--warmup must be a whole number from 0, got ${typed.warmup}`);
  }
  if (text === undefined && warmup === undefined) return given;
  const [type, steps, rate, ...more] = (text ?? given?.type ?? "constant").split(":");
  const known = ["constant", "step", "exponential", "cosine"];
  const numbers = definedOf({
    steps: steps === undefined ? undefined : decimal(steps),
    rate: rate === undefined ? undefined : decimal(rate),
  });
  if (!known.includes(type) || more.length > 0 || Object.values(numbers).some(Number.isNaN)) {
    throw new UsageError(`--schedule must be a type, steps and rate as in step:500:0.5, got ${text}`);
  }
  if (type !== "constant" && text !== undefined && steps === undefined) {
    throw new UsageError(`--schedule ${type} needs steps, as in ${type}:500, got ${text}`);
  }
  const own = text === undefined ? { ...given } : numbers;
  return { ...own, type: type as ScheduleOptions["type"], ...(warmup !== undefined && { warmup }) };
}

function classWeightsOf(typed: Typed): number[] | undefined {
  const text = textOf(typed, "class-weights");
  if (text === undefined || text === "balanced") return undefined;
  return text.split(",").map((own) => decimal(own.trim()));
}

function definedOf<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function presetOf({ key }: Option): Partial<Option> {
  const preset = key === undefined ? undefined : CONFIG[key as keyof typeof CONFIG];
  const isShown = ["number", "string"].includes(typeof preset) && preset !== Number.POSITIVE_INFINITY;
  return isShown ? { preset } : {};
}
