// A model -> an ONNX file of opset 14: x [batch, time, features] float32, and lengths [batch] int32 if asked for, ->
// output [batch, outputs], or [batch, time, outputs] from a head at every step, which is 0 past a sequence's end.
// Any batch; any number of steps unless the model knows how many. Dropout is for training and left out.

import type { LayerConfig } from "../../layers.ts";
import { checkTensors } from "../../tensor-shapes.ts";
import type { Tensors } from "../../types.ts";
import { MessageWriter } from "../protobuf.ts";
import { layOut } from "./layout.ts";
import type { ModelFile } from "./model-file.ts";
import { ownMetadata, type Report } from "./named-tensors.ts";
import { onnxLayout } from "./onnx-layout.ts";

export interface OnnxOptions {
  /** true: a second input `lengths` with the steps of each sequence, 0 to the number of steps; default false. */
  lengths?: boolean;
}

/** ONNX 1.9, May 2021: the first opset whose recurrent operators are the present ones but for number types. */
const OPSET = 14;
const IR_VERSION = 7;

const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;
const [INT_KIND, STRING_KIND] = [2, 3];
/** Attribute type of a list of whole numbers. */
const INTS_KIND = 7;

type Attributes = Record<string, number | string | readonly number[]>;

/** Throws a RangeError with the reason if ONNX's operators have no such model. */
export function encodeOnnx(model: ModelFile, options: OnnxOptions = {}): Report & { bytes: Uint8Array } {
  const { description } = model;
  checkTensors(model.tensors, description, "the model");
  const { tensors, mapped } = layOut(onnxLayout(description, "the model"), model.tensors);
  const graph = new GraphWriter(tensors);
  writeNodes(graph, model, options.lengths === true);
  const bytes = new MessageWriter()
    .int(1, IR_VERSION)
    .string(2, "wasm-lstm")
    .message(7, (message) => graph.writeInto(message))
    .message(8, (opset) => opset.string(1, "").int(2, OPSET));
  for (const [key, value] of Object.entries(ownMetadata(model, false))) {
    bytes.message(14, (entry) => entry.string(1, key).string(2, value));
  }
  return { bytes: bytes.finish(), mapped, notes: [] };
}

function writeNodes(graph: GraphWriter, { description }: ModelFile, lengths: boolean): void {
  const { timeSteps = "time", features, projectionUnits, layers, head } = description;
  graph.value(11, "x", FLOAT, ["batch", timeSteps, features]);
  if (lengths) graph.value(11, "lengths", INT32, ["batch"]);
  let data = "x";
  if (projectionUnits > 0) data = graph.dense("projection", data);
  data = graph.node("Transpose", [data], { perm: [1, 0, 2] }, "x_by_time");
  for (const [l, layer] of layers.entries()) {
    const { outputs, last } = recurrent(graph, layer, l, data, lengths);
    const isLast = l === layers.length - 1;
    if (!isLast || head.everyStep) data = steps(graph, layer, l, outputs);
    else data = lastState(graph, layer, l, last);
    if (isLast && !head.everyStep && lengths && layer.type === "rnn") data = zeroWithoutSteps(graph, data);
  }
  if (head.everyStep) data = graph.node("Transpose", [data], { perm: [1, 0, 2] }, "h_by_sequence");
  data = graph.dense("head", data);
  if (head.type !== "linear") {
    const softmax = head.type === "softmax";
    data = graph.node(softmax ? "Softmax" : "Sigmoid", [data], softmax ? { axis: -1 } : {}, "activated");
  }
  if (head.everyStep && lengths) data = graph.node("Mul", [data, mask(graph)], {}, "masked");
  graph.node("Identity", [data], {}, "output");
  graph.value(12, "output", FLOAT, ["batch", ...(head.everyStep ? [timeSteps] : []), head.units]);
}

/** Names of Y [time, D, batch, H] and Y_h [D, batch, H]. */
function recurrent(graph: GraphWriter, layer: LayerConfig, l: number, data: string, lengths: boolean) {
  const name = `layers.${l}`;
  const inputs = [data, `${name}.W`, `${name}.R`, `${name}.B`, lengths ? "lengths" : ""];
  if (layer.peepholes) inputs.push("", "", `${name}.P`);
  const outputs = { outputs: `${name}.Y`, last: `${name}.Y_h` };
  const attributes: Attributes = {
    hidden_size: layer.units,
    direction: layer.bidirectional ? "bidirectional" : "forward",
    ...(layer.type === "gru" ? { linear_before_reset: layer.resetAfter ? 1 : 0 } : {}),
  };
  graph.node(layer.type.toUpperCase(), inputs, attributes, outputs.outputs, outputs.last);
  return outputs;
}

/** Y as [time, batch, D*H]. */
function steps(graph: GraphWriter, layer: LayerConfig, l: number, outputs: string): string {
  const name = `layers.${l}.h`;
  if (!layer.bidirectional) return graph.node("Squeeze", [outputs, graph.ints("axis_1", [1])], {}, name);
  const sorted = graph.node("Transpose", [outputs], { perm: [0, 2, 1, 3] }, `${name}_by_sequence`);
  return graph.node("Reshape", [sorted, graph.ints("shape_steps", [0, 0, -1])], {}, name);
}

/** Y_h as [batch, D*H]. */
function lastState(graph: GraphWriter, layer: LayerConfig, l: number, last: string): string {
  const name = `layers.${l}.h_last`;
  if (!layer.bidirectional) return graph.node("Squeeze", [last, graph.ints("axis_0", [0])], {}, name);
  const sorted = graph.node("Transpose", [last], { perm: [1, 0, 2] }, `${name}_by_sequence`);
  return graph.node("Reshape", [sorted, graph.ints("shape_last", [0, -1])], {}, name);
}

/** [batch, time, 1]: 1 at the steps of a sequence, 0 past its end. */
function mask(graph: GraphWriter): string {
  const shape = graph.node("Shape", ["x"], {}, "x_shape");
  const time = graph.node("Gather", [shape, graph.scalar("one", 1)], {}, "time");
  const range = graph.node("Range", [graph.scalar("zero", 0), time, graph.scalar("one", 1)], {}, "step");
  const within = graph.node("Less", [range, lengthsColumn(graph)], {}, "within");
  const ones = graph.node("Cast", [within], { to: FLOAT }, "ones_within");
  return graph.node("Unsqueeze", [ones, graph.ints("axis_2", [2])], {}, "mask");
}

/** onnxruntime 1.30 leaves Y_h of an RNN unwritten where a sequence has no steps, whatever the memory holds. */
function zeroWithoutSteps(graph: GraphWriter, data: string): string {
  const column = graph.node("Cast", [lengthsColumn(graph)], { to: FLOAT }, "steps_of_each");
  const zero = graph.node("Cast", [graph.scalar("zero", 0)], { to: FLOAT }, "no_state");
  return graph.node(
    "Where",
    [graph.node("Greater", [column, zero], {}, "has_steps"), data, zero],
    {},
    "h_or_zero",
  );
}

/** [batch, 1] of int64. */
function lengthsColumn(graph: GraphWriter): string {
  const lengths = graph.node("Cast", ["lengths"], { to: INT64 }, "lengths_64");
  return graph.node("Unsqueeze", [lengths, graph.ints("axis_1", [1])], {}, "lengths_column");
}

/** Collects the parts of GraphProto. */
class GraphWriter {
  readonly #nodes: Uint8Array[] = [];
  readonly #values: [field: number, bytes: Uint8Array][] = [];
  readonly #tensors: Tensors;
  readonly #ints = new Map<string, { shape: number[]; values: readonly number[] }>();

  constructor(tensors: Tensors) {
    this.#tensors = tensors;
  }

  /** Adds an operation; gives the name of its first output. */
  node(type: string, inputs: readonly string[], attributes: Attributes, ...outputs: string[]): string {
    const node = new MessageWriter();
    const given = inputs.findLastIndex((input) => input !== "") + 1;
    for (const input of inputs.slice(0, given)) node.string(1, input);
    for (const output of outputs) node.string(2, output);
    node.string(3, outputs[0]).string(4, type);
    for (const [name, value] of Object.entries(attributes)) {
      node.message(5, (message) => {
        message.string(1, name);
        if (typeof value === "number") message.int(3, value).int(20, INT_KIND);
        else if (typeof value === "string") message.string(4, value).int(20, STRING_KIND);
        else {
          for (const item of value) message.int(8, item);
          message.int(20, INTS_KIND);
        }
      });
    }
    this.#nodes.push(node.finish());
    return outputs[0];
  }

  /** data · kernel + bias, over the last axis. */
  dense(name: string, data: string): string {
    const product = this.node("MatMul", [data, `${name}.kernel`], {}, `${name}.product`);
    return this.node("Add", [product, `${name}.bias`], {}, `${name}.sum`);
  }

  ints(name: string, values: readonly number[]): string {
    this.#ints.set(name, { shape: [values.length], values });
    return name;
  }

  scalar(name: string, value: number): string {
    this.#ints.set(name, { shape: [], values: [value] });
    return name;
  }

  /** An input (field 11) or output (12) of the graph. */
  value(field: number, name: string, type: number, shape: readonly (number | string)[]): void {
    const message = new MessageWriter().string(1, name).message(2, (own) =>
      own.message(1, (tensor) =>
        tensor.int(1, type).message(2, (axes) => {
          for (const axis of shape) {
            axes.message(1, (one) => (typeof axis === "number" ? one.int(1, axis) : one.string(2, axis)));
          }
        }),
      ),
    );
    this.#values.push([field, message.finish()]);
  }

  writeInto(graph: MessageWriter): void {
    for (const node of this.#nodes) graph.bytes(1, node);
    graph.string(2, "model");
    for (const [name, { shape, data }] of this.#tensors) {
      const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      graph.message(5, (tensor) => writeTensor(tensor, name, FLOAT, shape, raw));
    }
    for (const [name, { shape, values }] of this.#ints) {
      const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      graph.message(5, (tensor) => writeTensor(tensor, name, INT64, shape, raw));
    }
    for (const [field, bytes] of this.#values) graph.bytes(field, bytes);
  }
}

function writeTensor(
  tensor: MessageWriter,
  name: string,
  type: number,
  shape: readonly number[],
  raw: Uint8Array,
): void {
  for (const n of shape) tensor.int(1, n);
  tensor.int(2, type).string(8, name).bytes(9, raw);
}
