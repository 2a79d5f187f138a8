// The layers of a Keras Sequential model, as TensorFlow.js and its converter store them -> a model of the family.
// What cannot be said here is refused with the reason; what differs in training alone is a note.

import {
  HEAD_DEFAULTS,
  LAYER_DEFAULTS,
  type LayerConfig,
  MAX_LAYERS,
  type ModelDescription,
} from "../../layers.ts";
import { fail, quote } from "../json-reader.ts";
import { checkDescription, fieldsOf, show } from "./description.ts";

type Fields = Record<string, unknown>;

/** Dropout layers and the input stand between the others. */
const MAX_TOPOLOGY_LAYERS = 2 * MAX_LAYERS + 8;

export interface TopologyModel {
  readonly description: ModelDescription;
  /** The names of the layers that hold weights. */
  readonly projection: string | undefined;
  readonly recurrent: readonly string[];
  readonly head: string;
  readonly notes: readonly string[];
}

interface Reading {
  readonly file: string;
  readonly notes: string[];
  readonly recurrent: { name: string; layer: Fields; everyStep: boolean }[];
  inputShape?: readonly unknown[];
  projection?: { name: string; units: unknown };
  head?: { name: string; units: unknown; type: string; dropout: number };
  /** Of Dropout layers that stand before the next one. */
  dropout: number;
}

/** `features` is what the first layer with weights reads, for files that give no input shape. */
export function readTopology(
  topology: unknown,
  features: (layer: string) => number,
  file: string,
): TopologyModel {
  const model = fieldsOf(topology, "modelTopology", file);
  const { class_name, config } = Object.hasOwn(model, "model_config")
    ? fieldsOf(model.model_config, "model_config", file)
    : model;
  if (class_name !== "Sequential") {
    fail(file, `expected a Sequential model, got ${show(class_name)}: put its layers in a Sequential one`);
  }
  const layers = Array.isArray(config) ? config : fieldsOf(config, "config", file).layers;
  if (!Array.isArray(layers) || layers.length === 0 || layers.length > MAX_TOPOLOGY_LAYERS) {
    fail(file, `expected a list of 1 to ${MAX_TOPOLOGY_LAYERS} layers, got ${show(layers)}`);
  }
  const reading: Reading = { file, notes: [], recurrent: [], dropout: 0 };
  for (const [k, layer] of layers.entries()) {
    const fields = fieldsOf(layer, `layer ${k}`, file);
    const config = fieldsOf(fields.config, `config of layer ${k}`, file);
    readLayer(reading, { ...config, class_name: fields.class_name });
  }
  return finish(reading, features);
}

function finish(reading: Reading, features: (layer: string) => number): TopologyModel {
  const { file, notes, recurrent, inputShape, projection, head } = reading;
  if (recurrent.length === 0) fail(file, "expected a recurrent layer, got none");
  if (head === undefined) fail(file, "expected a Dense layer after the recurrent ones, got none");
  if (reading.dropout > 0) fail(file, "expected no Dropout after the last layer");
  const last = recurrent[recurrent.length - 1];
  const early = recurrent.find((layer) => layer !== last && !layer.everyStep);
  if (early !== undefined) {
    fail(file, `layer ${quote(early.name)}: expected return_sequences before another recurrent layer`);
  }
  const [, timeSteps, width] = inputShape ?? [null, null, features(projection?.name ?? recurrent[0].name)];
  const description = checkDescription(
    {
      ...(typeof timeSteps === "number" ? { timeSteps } : {}),
      features: width,
      projectionUnits: projection?.units ?? 0,
      layers: recurrent.map(({ layer }) => layer),
      head: {
        ...HEAD_DEFAULTS,
        type: head.type,
        units: head.units,
        everyStep: last.everyStep,
        dropout: head.dropout,
      },
    },
    file,
  );
  const names = recurrent.map(({ name }) => name);
  const all = [...names, head.name, ...(projection === undefined ? [] : [projection.name])];
  if (new Set(all).size !== all.length) fail(file, "expected layers of different names, got one twice");
  return { description, projection: projection?.name, recurrent: names, head: head.name, notes };
}

function readLayer(reading: Reading, config: Fields): void {
  const { file } = reading;
  const kind = config.class_name;
  const name = typeof config.name === "string" ? config.name : "";
  const where = `layer ${quote(name)} of class ${show(kind)}`;
  const shape = config.batch_input_shape ?? config.batch_shape;
  if (Array.isArray(shape)) {
    if (shape.length !== 3)
      fail(file, `${where}: expected inputs [batch, steps, features], got ${shape.length} axes`);
    reading.inputShape ??= shape;
  }
  if (reading.head !== undefined && kind !== "Activation") {
    fail(file, `${where}: expected nothing but an Activation after the Dense layer that ends the model`);
  }
  const read = READERS.get(kind);
  if (read === undefined) fail(file, `${where}: expected a layer of class ${[...READERS.keys()].join(", ")}`);
  read(reading, name, config, where);
}

type Reader = (reading: Reading, name: string, config: Fields, where: string) => void;

const READERS: ReadonlyMap<unknown, Reader> = new Map<string, Reader>([
  ["InputLayer", () => {}],
  ["Dropout", readDropout],
  ["Dense", readDense],
  ["TimeDistributed", readTimeDistributed],
  ["Activation", readActivation],
  ["LSTM", readOneWay],
  ["GRU", readOneWay],
  ["SimpleRNN", readOneWay],
  ["Bidirectional", readBidirectional],
]);

function readDropout(reading: Reading, _name: string, { rate }: Fields, where: string): void {
  if (reading.dropout > 0) fail(reading.file, `${where}: expected one Dropout between two layers, got more`);
  if (typeof rate !== "number") fail(reading.file, `${where}: expected a rate, got ${show(rate)}`);
  reading.dropout = rate;
}

function readTimeDistributed(reading: Reading, name: string, config: Fields, where: string): void {
  const { file } = reading;
  const inner = fieldsOf(config.layer, `the layer of ${where}`, file);
  if (inner.class_name !== "Dense") {
    fail(file, `${where}: expected a Dense layer, got ${show(inner.class_name)}`);
  }
  readDense(reading, name, fieldsOf(inner.config, `config of the layer of ${where}`, file), where);
}

function readDense(
  reading: Reading,
  name: string,
  { units, activation = "linear" }: Fields,
  where: string,
): void {
  const { file, recurrent } = reading;
  if (recurrent.length > 0) {
    if (activation !== "softmax" && activation !== "sigmoid" && activation !== "linear") {
      fail(file, `${where}: expected activation softmax, sigmoid or linear, got ${show(activation)}`);
    }
    reading.head = { name, units, type: activation, dropout: reading.dropout };
    reading.dropout = 0;
    return;
  }
  if (reading.projection !== undefined)
    fail(file, `${where}: expected one Dense layer before the recurrent ones`);
  if (activation !== "linear") {
    fail(file, `${where}: expected a linear activation before the recurrent layers, got ${show(activation)}`);
  }
  reading.projection = { name, units };
}

function readActivation({ head, file }: Reading, _name: string, { activation }: Fields, where: string): void {
  if (head === undefined || head.type !== "linear") {
    fail(file, `${where}: expected an Activation only after the linear Dense layer that ends the model`);
  }
  if (activation !== "softmax" && activation !== "sigmoid" && activation !== "linear") {
    fail(file, `${where}: expected softmax, sigmoid or linear, got ${show(activation)}`);
  }
  head.type = activation;
}

function readOneWay(reading: Reading, name: string, config: Fields, where: string): void {
  const { layer, everyStep } = readRecurrent(reading, config.class_name, config, where);
  addRecurrent(reading, name, layer, everyStep);
}

function readBidirectional(reading: Reading, name: string, config: Fields, where: string): void {
  const { file } = reading;
  if (config.merge_mode !== "concat") {
    fail(file, `${where}: expected merge_mode "concat", got ${show(config.merge_mode)}`);
  }
  const read = (value: unknown, way: string) => {
    const inner = fieldsOf(value, `the ${way} layer of ${where}`, file);
    const fields = fieldsOf(inner.config, `config of the ${way} layer of ${where}`, file);
    return readRecurrent(reading, inner.class_name, fields, where);
  };
  const forward = read(config.layer, "forward");
  if (config.backward_layer !== undefined && config.backward_layer !== null) {
    const backwards = fieldsOf(config.backward_layer, `the backward layer of ${where}`, file);
    const fields = fieldsOf(backwards.config, `config of the backward layer of ${where}`, file);
    const backward = read({ ...backwards, config: { ...fields, go_backwards: false } }, "backward");
    if (JSON.stringify(backward) !== JSON.stringify(forward)) {
      fail(file, `${where}: expected two layers that differ in nothing but direction`);
    }
  }
  addRecurrent(reading, name, { ...forward.layer, bidirectional: true }, forward.everyStep);
}

/** A layer that reads what the Dropout before it leaves. */
function addRecurrent(reading: Reading, name: string, layer: Fields, everyStep: boolean): void {
  const { file, dropout, notes } = reading;
  const own = layer.dropout as number;
  if (dropout > 0 && own > 0)
    fail(file, `layer ${quote(name)}: expected dropout of it or before it, got both`);
  if (own > 0) {
    notes.push(
      `layer ${quote(name)} drops the same inputs at all steps in Keras, fresh ones at each step here`,
    );
  }
  reading.recurrent.push({ name, layer: { ...layer, dropout: dropout || own }, everyStep });
  reading.dropout = 0;
}

const TYPES: ReadonlyMap<unknown, LayerConfig["type"]> = new Map([
  ["LSTM", "lstm"],
  ["GRU", "gru"],
  ["SimpleRNN", "rnn"],
]);

function readRecurrent(
  { file }: Reading,
  kind: unknown,
  config: Fields,
  where: string,
): { layer: Fields; everyStep: boolean } {
  const type = TYPES.get(kind);
  if (type === undefined) fail(file, `${where}: expected LSTM, GRU or SimpleRNN, got ${show(kind)}`);
  const { activation = "tanh", recurrent_activation = "hard_sigmoid" } = config;
  if (activation !== "tanh") fail(file, `${where}: expected activation "tanh", got ${show(activation)}`);
  if (type !== "rnn" && recurrent_activation !== "sigmoid") {
    const why = recurrent_activation === "hard_sigmoid" ? ": its gates are clipped lines, not sigmoids" : "";
    fail(file, `${where}: expected recurrent_activation "sigmoid", got ${show(recurrent_activation)}${why}`);
  }
  for (const key of ["go_backwards", "time_major"]) {
    if (config[key]) fail(file, `${where}: expected ${key} false, got ${show(config[key])}`);
  }
  const { units, dropout, recurrent_dropout } = config;
  const layer = {
    ...{ ...LAYER_DEFAULTS, type, units, forgetBias: type === "lstm" ? 0 : LAYER_DEFAULTS.forgetBias },
    resetAfter: type === "gru" ? config.reset_after === true : LAYER_DEFAULTS.resetAfter,
    dropout: typeof dropout === "number" ? dropout : 0,
    recurrentDropout: typeof recurrent_dropout === "number" ? recurrent_dropout : 0,
  };
  return { layer, everyStep: config.return_sequences === true };
}
