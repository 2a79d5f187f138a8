// A model as the layers of a TensorFlow.js Sequential model. All that its run does not need has its cheapest value:
// initialisers are zeros, since loading replaces what they make.

import type { HeadConfig, LayerConfig, ModelDescription } from "../../layers.ts";
import { refuseLayers } from "./blocks.ts";
import { DENSE, layerScope, refuseForKeras } from "./keras.ts";

type Config = Record<string, unknown>;

interface TopologyLayer {
  class_name: string;
  config: Config;
}

export interface Topology {
  class_name: "Sequential";
  config: { name: string; layers: TopologyLayer[] };
  keras_version: string;
  backend: string;
}

/** Throws a RangeError with the reason if TensorFlow.js has no such model. */
export function topologyOf(model: ModelDescription, file: string): Topology {
  refuseForKeras(model, "tfjs", file);
  refuseLayers(model, "tfjs", file, ({ type, resetAfter }) =>
    type === "gru" && resetAfter
      ? "TensorFlow.js' GRU resets the state before the product; this layer has resetAfter true"
      : undefined,
  );
  const { timeSteps, features, projectionUnits, head } = model;
  const layers: TopologyLayer[] = [];
  for (const [l, layer] of model.layers.entries()) {
    if (layer.dropout > 0) layers.push(dropout(`dropout_${l}`, layer.dropout));
    if (l === 0 && projectionUnits > 0) layers.push(dense(DENSE.projection, projectionUnits, "linear"));
    layers.push(recurrent(layer, l, l < model.layers.length - 1 || head.everyStep));
  }
  if (head.dropout > 0) layers.push(dropout("dropout_head", head.dropout));
  layers.push(dense(DENSE.head, head.units, head.type));
  Object.assign(layers[0].config, {
    batch_input_shape: [null, timeSteps ?? null, features],
    dtype: "float32",
  });
  return {
    class_name: "Sequential",
    config: { name: "wasm_lstm", layers },
    keras_version: "tfjs-layers 4.22.0",
    backend: "tensor_flow.js",
  };
}

function dropout(name: string, rate: number): TopologyLayer {
  return { class_name: "Dropout", config: { name, trainable: true, rate, noise_shape: null, seed: null } };
}

function dense(name: string, units: number, activation: HeadConfig["type"]): TopologyLayer {
  const config = { name, trainable: true, units, activation, use_bias: true };
  return { class_name: "Dense", config: { ...config, ...initializers("kernel", "bias") } };
}

function recurrent(layer: LayerConfig, l: number, everyStep: boolean): TopologyLayer {
  const scope = layerScope({ ...layer, bidirectional: false }, l, false);
  const config: Config = {
    ...{ name: scope, trainable: true, units: layer.units, activation: "tanh", use_bias: true },
    ...initializers("kernel", "recurrent", "bias"),
    ...{ dropout: 0, recurrent_dropout: layer.recurrentDropout, return_sequences: everyStep },
    ...{ return_state: false, go_backwards: false, stateful: false, unroll: false },
  };
  if (layer.type !== "rnn") config.recurrent_activation = "sigmoid";
  if (layer.type === "lstm") config.unit_forget_bias = false; // an initialiser of the bias and nothing else
  if (layer.type === "gru") config.reset_after = false;
  const inner = { class_name: { lstm: "LSTM", gru: "GRU", rnn: "SimpleRNN" }[layer.type], config };
  if (!layer.bidirectional) return inner;
  const [name] = layerScope(layer, l, false).split("/");
  return {
    class_name: "Bidirectional",
    config: { name, trainable: true, merge_mode: "concat", layer: inner },
  };
}

function initializers(...kinds: string[]): Config {
  const zeros = { class_name: "Zeros", config: {} };
  return Object.fromEntries(kinds.map((kind) => [`${kind}_initializer`, zeros]));
}
