// TensorFlow.js layers models, as the handlers of tf.io hand them over, <-> a model.
// Fields as in tfjs-core/src/io/types.ts (ModelArtifacts).

import type { ModelDescription } from "../../layers.ts";
import { checkTensors, directionsOf, tensorShapes } from "../../tensor-shapes.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { parseDescription, show } from "./description.ts";
import { takeOutForgetBias } from "./forget-bias.ts";
import { DENSE, keras, layerScope } from "./keras.ts";
import { layOut, takeIn } from "./layout.ts";
import type { ModelFile } from "./model-file.ts";
import {
  foreignMetadata,
  MODEL_KEY,
  ownMetadata,
  type ReadModel,
  type Report,
  SPLIT_KEY,
} from "./named-tensors.ts";
import { readTopology, type TopologyModel } from "./tfjs-layers.ts";
import { topologyOf } from "./tfjs-topology.ts";
import { readSpecs, readWeights, type WeightSpec, type Weights } from "./tfjs-weights.ts";

/** What tf.io handlers hand over, as far as it matters here. */
export interface TfjsArtifacts {
  modelTopology?: unknown;
  weightSpecs?: unknown;
  weightData?: ArrayBuffer | ArrayBuffer[];
  format?: string;
  generatedBy?: string;
  convertedBy?: string | null;
  userDefinedMetadata?: object;
}

/** The same as this library makes them. */
export interface TfjsModel extends TfjsArtifacts {
  modelTopology: object;
  weightSpecs: WeightSpec[];
  weightData: ArrayBuffer;
}

/** For tf.loadLayersModel. */
export interface TfjsLoadHandler {
  load(): Promise<TfjsModel>;
}

/** For save of a tf.LayersModel; afterwards `saved` is what it was. */
export interface TfjsSaveHandler {
  save(
    artifacts: TfjsArtifacts,
  ): Promise<{ modelArtifactsInfo: { dateSaved: Date; modelTopologyType: "JSON" } }>;
  readonly saved: ReadModel | undefined;
}

/** Throws a RangeError with the reason if TensorFlow.js has no such model. */
export function tfjsLoadHandler(model: ModelFile): TfjsLoadHandler {
  const { artifacts } = toArtifacts(model);
  return { load: async () => artifacts };
}

/** `name` begins the messages of errors. */
export function tfjsSaveHandler(name = "model"): TfjsSaveHandler {
  let saved: ReadModel | undefined;
  return {
    async save(artifacts) {
      saved = fromArtifacts(artifacts, name);
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    },
    get saved() {
      return saved;
    },
  };
}

/** Throws a RangeError with the reason if TensorFlow.js has no such model. */
export function toArtifacts(model: ModelFile): Report & { artifacts: TfjsModel } {
  checkTensors(model.tensors, model.description, "the model");
  const modelTopology = topologyOf(model.description, "the model");
  const { tensors, mapped } = layOut(keras.layout(model.description, "the model"), model.tensors);
  const weightSpecs = [...tensors].map(([name, { shape }]): WeightSpec => {
    return { name, shape: [...shape], dtype: "float32" };
  });
  const parts = [...tensors.values()].map(
    ({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  const artifacts = {
    ...{ format: "layers-model", generatedBy: "wasm-lstm", convertedBy: null },
    ...{
      modelTopology,
      weightSpecs,
      weightData: joined(parts),
      userDefinedMetadata: ownMetadata(model, true),
    },
  };
  return { artifacts, mapped, notes: [] };
}

/** Throws a RangeError or TypeError that begins with `name` if this is no model here, with the reason. */
export function fromArtifacts(artifacts: TfjsArtifacts, name: string): ReadModel {
  const { format, modelTopology, weightSpecs, weightData } = artifacts;
  if (format !== undefined && format !== null && format !== "layers-model") {
    fail(name, `expected format "layers-model", got ${show(format)}: a graph model does not tell its layers`);
  }
  const weights = modelWeights(weightSpecs, weightData, name);
  const read = readTopology(modelTopology, (layer) => rowsOf(weights.tensors, layer, name), name);
  const metadata = readUserMetadata(artifacts.userDefinedMetadata);
  const description = withForgetBiases(read.description, metadata, name);
  const layout = keras.layout(read.description, name);
  const names = fileNames(read, weights.tensors, name);
  const zeros: Tensors = new Map();
  const renamed = layout.map((part) => {
    const own = names.get(part.name);
    if (own === undefined && part.name.endsWith("/bias")) {
      zeros.set(part.name, {
        shape: part.shape,
        data: new Float32Array(part.shape.reduce((a, b) => a * b, 1)),
      });
    }
    return own === undefined ? part : { ...part, name: own };
  });
  const taken = takeIn(renamed, new Map([...weights.tensors, ...zeros]), read.description, name);
  const out = takeOutForgetBias(description, taken, metadata[SPLIT_KEY], `${name}: ${SPLIT_KEY}`);
  return {
    model: { description: out.model, tensors: taken.tensors, metadata: foreignMetadata(metadata) },
    mapped: out.mapped,
    notes: [...read.notes, ...weights.notes],
  };
}

/** Tensors of the model; those of an optimizer come last, if there are any, and are left out. */
function modelWeights(specs: unknown, data: TfjsArtifacts["weightData"] = [], name: string): Weights {
  const buffers = data instanceof ArrayBuffer ? [data] : data;
  const ofModel = Array.isArray(specs) ? specs.filter((spec) => spec?.group !== "optimizer") : specs;
  const { stored, bytes } = readSpecs(ofModel, name);
  const all = joined(buffers.map((buffer) => new Uint8Array(buffer)));
  const rest = Array.isArray(specs) && specs.length > stored.length;
  if (
    rest ? specs[stored.length].group !== "optimizer" || all.byteLength < bytes : all.byteLength !== bytes
  ) {
    fail(
      name,
      `expected ${bytes} bytes of weights, and those of an optimizer only after them, got ${all.byteLength}`,
    );
  }
  return readWeights(stored, new Uint8Array(all, 0, bytes));
}

/** Names of the layout to those of the file: layer by layer, whatever scopes lie between. */
function fileNames(read: TopologyModel, tensors: Tensors, file: string): Map<string, string> {
  const most = 6 * read.recurrent.length + 4;
  if (tensors.size > most)
    fail(file, `expected at most ${most} weights for these layers, got ${tensors.size}`);
  const names = new Map<string, string>();
  const find = (layer: string, variable: string, way?: string) => {
    const found = [...tensors.keys()].filter((name) => {
      const tokens = name.replace(/:0$/, "").split("/");
      return (
        tokens[tokens.length - 1] === variable &&
        tokens.includes(layer) &&
        (way === undefined || tokens.some((token) => token.startsWith(`${way}_`)))
      );
    });
    if (found.length > 1)
      fail(file, `expected one ${variable} of layer ${quote(layer)}, got ${found.slice(0, 4).map(quote)}`);
    return found;
  };
  for (const [layer, own] of [
    [read.projection, DENSE.projection],
    [read.head, DENSE.head],
  ] as const) {
    if (layer === undefined) continue;
    for (const variable of ["kernel", "bias"]) {
      for (const name of find(layer, variable)) names.set(`${own}/${variable}`, name);
    }
  }
  for (const { layer, index, reverse } of directionsOf(read.description)) {
    const way = layer.bidirectional ? (reverse ? "backward" : "forward") : undefined;
    for (const variable of ["kernel", "recurrent_kernel", "bias"]) {
      for (const name of find(read.recurrent[index], variable, way)) {
        names.set(`${layerScope(layer, index, reverse)}/${variable}`, name);
      }
    }
  }
  return names;
}

function rowsOf(tensors: Tensors, layer: string, file: string): number {
  const own = [...tensors].find(([name]) => name.split("/").includes(layer) && /\/kernel(:0)?$/.test(name));
  if (own === undefined) fail(file, `expected a kernel of layer ${quote(layer)}, got none`);
  return own[1].shape[0];
}

/** The topology is what TensorFlow.js runs; our description of the same layers tells their forget biases. */
function withForgetBiases(
  model: ModelDescription,
  metadata: Record<string, string>,
  name: string,
): ModelDescription {
  if (metadata[MODEL_KEY] === undefined) return model;
  const said = parseDescription(metadata[MODEL_KEY], `${name}: ${MODEL_KEY}`);
  const shapes = (description: ModelDescription) => JSON.stringify([...tensorShapes(description)]);
  if (shapes(said) !== shapes(model)) return model;
  const layers = model.layers.map((layer, l) => ({ ...layer, forgetBias: said.layers[l].forgetBias }));
  return { ...model, layers };
}

/** Strings alone; what else the user has put there stays with TensorFlow.js. */
function readUserMetadata(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === "string"));
}

/** One run of bytes. */
export function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes.buffer;
}
