// An ONNX file -> a model: the weights of its LSTM, GRU and RNN operations, whoever wrote it.

import { LAYER_DEFAULTS, type LayerConfig, type LayerType, type ModelDescription } from "../../layers.ts";
import { shapeText } from "../../shown.ts";
import type { Tensors } from "../../types.ts";
import { fail, quote } from "../json-reader.ts";
import { checkDescription, parseDescription } from "./description.ts";
import { type Layout, takeIn } from "./layout.ts";
import { foreignMetadata, MODEL_KEY, type ReadModel } from "./named-tensors.ts";
import { type GraphDense, type GraphModel, readGraph } from "./onnx-graph.ts";
import { onnxLayout } from "./onnx-layout.ts";
import { decodeOnnx, type OnnxModel, type OnnxNode } from "./onnx-proto.ts";

const TYPES: Readonly<Record<string, LayerType>> = { LSTM: "lstm", GRU: "gru", RNN: "rnn" };
const ACTIVATIONS: Readonly<Record<LayerType, readonly string[]>> = {
  lstm: ["sigmoid", "tanh", "tanh"],
  gru: ["sigmoid", "tanh"],
  rnn: ["tanh"],
};

/** Throws a RangeError or TypeError that begins with `name`, the file's, if it is no model here, with the reason. */
export function decodeOnnxModel(bytes: Uint8Array, name: string): ReadModel {
  const onnx = decodeOnnx(bytes, name);
  return readOwn(onnx, name) ?? readForeign(onnx, bytes.length, name);
}

/** A file that says what it is, and still has the weights under the names that this library gives. */
function readOwn(onnx: OnnxModel, name: string): ReadModel | undefined {
  if (!Object.hasOwn(onnx.metadata, MODEL_KEY)) return undefined;
  const description = parseDescription(onnx.metadata[MODEL_KEY], `${name}: ${MODEL_KEY}`);
  const layout = onnxLayout(description, name);
  const tensors: Tensors = new Map();
  for (const part of layout) {
    const tensor = onnx.initializers.get(part.name);
    if (!(tensor?.data instanceof Float32Array)) return undefined;
    tensors.set(part.name, { shape: tensor.shape, data: tensor.data });
  }
  const taken = takeIn(layout, tensors, description, name);
  const model = { description, tensors: taken.tensors, metadata: foreignMetadata(onnx.metadata) };
  return { model, mapped: taken.mapped, notes: [] };
}

function readForeign(onnx: OnnxModel, fileBytes: number, name: string): ReadModel {
  const graph = readGraph(onnx, fileBytes, name);
  const tensors: Tensors = new Map();
  const names = new Map<string, string>();
  const notes = [...graph.notes];
  const take = (part: string, value: string, shape?: readonly number[]) => {
    const constant = value === "" ? undefined : graph.constants.floats(value);
    const own = constant === undefined ? `${part} (zeros)` : value;
    if (constant !== undefined) tensors.set(own, constant);
    else if (shape === undefined || value !== "")
      fail(name, `expected ${quote(value)} to be constant, as weights are`);
    else {
      tensors.set(own, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
      notes.push(`${part} is not in the file: it is zero`);
    }
    names.set(part, own);
    return tensors.get(own)!;
  };

  const layers = graph.recurrent.map((node, l): LayerConfig => {
    const where = `operation ${node.type} of ${quote(node.outputs[0] ?? "")}`;
    const type = TYPES[node.type];
    const bidirectional = checkOperation(node, type, `${name}: ${where}`);
    const W = take(`layers.${l}.W`, node.inputs[1] ?? "");
    const R = take(`layers.${l}.R`, node.inputs[2] ?? "");
    const [D, columns, H] = R.shape;
    if (R.shape.length !== 3 || W.shape.length !== 3 || [...R.shape, ...W.shape].some((n) => n < 1)) {
      fail(
        name,
        `${where}: expected weights of three axes, got ${shapeText(W.shape)} and ${shapeText(R.shape)}`,
      );
    }
    const B = take(`layers.${l}.B`, node.inputs[3] ?? "", [D, 2 * columns]);
    const peepholes = type === "lstm" && (node.inputs[7] ?? "") !== "";
    if (peepholes) take(`layers.${l}.P`, node.inputs[7]);
    return {
      ...{ ...LAYER_DEFAULTS, type, units: H, bidirectional, peepholes },
      forgetBias: type === "lstm" ? (forgetBiasOf(B.data, D, H) ?? 0) : LAYER_DEFAULTS.forgetBias,
      resetAfter: type !== "gru" || node.attributes.get("linear_before_reset") === 1,
    };
  });
  const { projection, head } = graph;
  const headShape = takeDense("head", head, take, name);
  const projectionShape = projection && takeDense("projection", projection, take, name);
  const description = checkDescription(
    {
      features: projectionShape?.[0] ?? tensors.get(names.get("layers.0.W")!)!.shape[2],
      ...{ projectionUnits: projectionShape?.[1] ?? 0, layers },
      head: { type: graph.type, units: headShape[1], everyStep: graph.everyStep },
    },
    name,
  );
  const layout = foreignLayout(description, graph, names, name);
  const taken = takeIn(layout, tensors, description, name);
  const model = { description, tensors: taken.tensors, metadata: foreignMetadata(onnx.metadata) };
  return { model, mapped: taken.mapped, notes };
}

/** The layout under the file's names. */
function foreignLayout(
  model: ModelDescription,
  graph: GraphModel,
  names: ReadonlyMap<string, string>,
  file: string,
): Layout {
  const transposed = { projection: graph.projection?.transposed ?? false, head: graph.head.transposed };
  return onnxLayout(model, file, transposed).map((part) => ({
    ...part,
    name: names.get(part.name) ?? part.name,
  }));
}

type Take = (part: string, value: string, shape?: readonly number[]) => { shape: readonly number[] };

/** Inputs and outputs. */
function takeDense(
  part: string,
  { kernel, bias, transposed }: GraphDense,
  take: Take,
  file: string,
): [number, number] {
  const { shape } = take(`${part}.kernel`, kernel);
  if (shape.length !== 2 || shape.some((n) => n < 1)) {
    fail(file, `${quote(kernel)}: expected a matrix of weights, got shape ${shapeText(shape)}`);
  }
  const [inputs, outputs] = transposed ? [shape[1], shape[0]] : shape;
  take(`${part}.bias`, bias ?? "", [outputs]);
  return [inputs, outputs];
}

/** Throws a RangeError with the reason unless the operation computes what a layer here does; gives its directions. */
function checkOperation({ attributes }: OnnxNode, type: LayerType, where: string): boolean {
  const direction = attributes.get("direction") ?? "forward";
  if (direction !== "forward" && direction !== "bidirectional") {
    fail(where, `expected direction forward or bidirectional, got ${quote(String(direction))}`);
  }
  if (attributes.has("clip"))
    fail(where, "expected no clip: it bounds the sums before the gates, which no layer here does");
  if ((attributes.get("input_forget") ?? 0) !== 0)
    fail(where, "expected input and forget gates of their own, got one for both");
  const given = attributes.get("activations");
  const usual = ACTIVATIONS[type];
  if (Array.isArray(given)) {
    const other = given.find((activation, k) => String(activation).toLowerCase() !== usual[k % usual.length]);
    if (other !== undefined)
      fail(where, `expected activations ${usual.join(", ")}, got ${quote(String(other))}`);
  }
  return direction === "bidirectional";
}

/** c if the second biases [D, 4H at 4H] of all directions are c at gate f, the third of i, o, f, c, and zero elsewhere. */
function forgetBiasOf(biases: Float32Array, D: number, H: number): number | undefined {
  const c = biases[6 * H];
  for (let d = 0; d < D; d++) {
    const second = biases.subarray((8 * d + 4) * H, 8 * (d + 1) * H);
    const holds = second.every((value, i) => value === (i >= 2 * H && i < 3 * H ? c : 0));
    if (!holds || second.length !== 4 * H) return undefined;
  }
  return Number.isFinite(c) ? c : undefined;
}
