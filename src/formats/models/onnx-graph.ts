// The way of the data through an ONNX graph, from its output back to its input: recurrent operations, dense layers,
// and what only moves values between them. All else on the way is refused, as no model here would compute the same.

import { fail, quote } from "../json-reader.ts";
import { Constants } from "./onnx-constants.ts";
import type { OnnxModel, OnnxNode } from "./onnx-proto.ts";

export interface GraphDense {
  readonly kernel: string;
  /** undefined: none. */
  readonly bias: string | undefined;
  /** The kernel is [out, in]. */
  readonly transposed: boolean;
}

export interface GraphModel {
  readonly projection: GraphDense | undefined;
  /** First layer first. */
  readonly recurrent: readonly OnnxNode[];
  readonly head: GraphDense;
  readonly type: "softmax" | "sigmoid" | "linear";
  readonly everyStep: boolean;
  readonly constants: Constants;
  readonly notes: readonly string[];
}

const RECURRENT = ["LSTM", "GRU", "RNN"];
/** These pass values on, in other places or shapes at most. */
const MOVES = ["Identity", "Dropout", "Cast", "Transpose", "Squeeze", "Unsqueeze", "Reshape", "Flatten"];
const HEADS: ReadonlyMap<string, GraphModel["type"]> = new Map([
  ["Softmax", "softmax"],
  ["LogSoftmax", "softmax"],
  ["Sigmoid", "sigmoid"],
]);

export function readGraph(model: OnnxModel, budget: number, file: string): GraphModel {
  const walk = new Walk(model, new Constants(model, budget, file), file);
  walk.run();
  return walk.result();
}

class Walk {
  readonly #model: OnnxModel;
  readonly #constants: Constants;
  readonly #file: string;
  readonly #notes: string[] = [];
  readonly #recurrent: OnnxNode[] = [];
  #type: GraphModel["type"] | undefined;
  #head: GraphDense | undefined;
  #projection: GraphDense | undefined;
  #everyStep: boolean | undefined;
  /** The last of what lies along an axis is taken before the head. */
  #takesLast = false;
  /** Both directions' last states are taken and joined: those of the one layer, or the last two of many. */
  #bothEnds: "" | "0,1" | "-2,-1" = "";

  constructor(model: OnnxModel, constants: Constants, file: string) {
    this.#model = model;
    this.#constants = constants;
    this.#file = file;
  }

  run(): void {
    const { inputs, outputs, nodes } = this.#model;
    if (outputs.length === 0) fail(this.#file, "expected an output of the graph, got none");
    if (outputs.length > 1) this.#notes.push(`outputs besides ${quote(outputs[0])} are left out`);
    let at = outputs[0];
    for (let steps = 0; !inputs.includes(at); steps++) {
      const node = this.#constants.producers.get(at);
      if (node === undefined || steps > nodes.length) {
        fail(this.#file, `expected ${quote(at)} to come from an input of the graph`);
      }
      at = this.#back(node, at);
    }
  }

  result(): GraphModel {
    if (this.#recurrent.length === 0) fail(this.#file, "expected an LSTM, GRU or RNN, got none");
    if (this.#head === undefined)
      fail(this.#file, "expected a dense layer after the recurrent ones, got none");
    return {
      ...{ projection: this.#projection, recurrent: this.#recurrent, head: this.#head, notes: this.#notes },
      ...{ type: this.#type ?? "linear", everyStep: this.#everyStep === true, constants: this.#constants },
    };
  }

  /** The name of what the data came from before this operation. */
  #back(node: OnnxNode, output: string): string {
    const { type, inputs } = node;
    if (RECURRENT.includes(type)) return this.#recurrence(node, output);
    if (MOVES.includes(type)) return inputs[0] ?? "";
    const head = HEADS.get(type);
    if (head !== undefined && this.#head === undefined && this.#type === undefined) {
      if (type === "LogSoftmax")
        this.#notes.push("LogSoftmax is taken for Softmax: the outputs are probabilities here");
      this.#type = head;
      return inputs[0] ?? "";
    }
    if (type === "Gather" || type === "Slice") return this.#last(node);
    if (type === "Concat") return this.#joined(node);
    if (type === "Gemm" || type === "MatMul" || type === "Add") return this.#dense(node);
    fail(this.#file, `cannot take ${type} of ${quote(output)} for a part of a model`);
  }

  /** One end of an axis, between the last recurrent layer and the head. */
  #last(node: OnnxNode): string {
    const constants = this.#constants;
    const index = constants.get(node.inputs[1] ?? "");
    const gathers = node.type === "Gather" && index?.data.length === 1 && index.data[0] === -1;
    const starts = node.type === "Slice" ? constants.ints(node, "starts", 1) : undefined;
    const slices = starts?.length === 1 && starts[0] === -1;
    if (this.#recurrent.length > 0 || this.#takesLast || !(gathers || slices)) {
      fail(this.#file, `cannot take ${node.type} of ${quote(node.outputs[0] ?? "")} for the last step`);
    }
    this.#takesLast = true;
    return node.inputs[0] ?? "";
  }

  /** The last states of all layers, of which the last one's is taken; or those of both directions of it. */
  #joined({ inputs, outputs }: OnnxNode): string {
    const producers = inputs.map((input) => this.#constants.producers.get(input));
    if (this.#takesLast || this.#bothEnds === "-2,-1") return inputs[inputs.length - 1] ?? "";
    const indices = producers.map((node) => {
      const index = node?.type === "Gather" ? this.#constants.get(node.inputs[1] ?? "") : undefined;
      return index?.data.length === 1 ? index.data[0] : undefined;
    });
    const source = producers[0]?.inputs[0] ?? "";
    const same = producers.every((node) => node?.inputs[0] === source);
    const ends = (["-2,-1", "0,1"] as const).find((pair) => pair === String(indices));
    if (this.#recurrent.length > 0 || this.#bothEnds || !same || ends === undefined) {
      fail(
        this.#file,
        `cannot take Concat of ${quote(outputs[0] ?? "")} for the last states of both directions`,
      );
    }
    this.#bothEnds = ends;
    return source;
  }

  #recurrence(node: OnnxNode, output: string): string {
    const way = node.outputs.indexOf(output);
    const where = `operation ${node.type} of ${quote(output)}`;
    const bidirectional = node.attributes.get("direction") === "bidirectional";
    if (way > 1) fail(this.#file, `${where}: expected its outputs to be read, got the cell state`);
    if (this.#recurrent.length === 0) {
      this.#everyStep = way === 0 && !this.#takesLast;
      if (this.#takesLast && bidirectional) {
        fail(this.#file, `${where}: expected the last states of both directions, got one end of its outputs`);
      }
      if (this.#bothEnds && !(bidirectional && way === 1)) {
        fail(this.#file, `${where}: expected the last states of two directions, got others`);
      }
    } else if (way !== 0) {
      fail(this.#file, `${where}: expected the next layer to read every step, got the last state`);
    }
    for (const state of node.inputs.slice(5, node.type === "LSTM" ? 7 : 6)) this.#initial(state, where);
    this.#recurrent.unshift(node);
    return node.inputs[0] ?? "";
  }

  /** An initial state is left out, zero, or given from outside. */
  #initial(name: string, where: string): void {
    let at = name;
    for (let steps = 0; at !== "" && steps <= this.#model.nodes.length; steps++) {
      if (this.#model.inputs.includes(at)) {
        this.#notes.push(`the initial state ${quote(at)} is an input there, zero unless given here`);
        return;
      }
      if (this.#constants.get(at)?.data.every((value: number) => value === 0)) return;
      const node = this.#constants.producers.get(at);
      if (node?.type === "ConstantOfShape") {
        const value = node.attributes.get("value");
        const zero =
          value === undefined || (typeof value === "object" && "data" in value && value.data[0] === 0);
        if (zero) return;
      }
      at = ["Expand", "Slice", ...MOVES].includes(node?.type ?? "") ? (node!.inputs[0] ?? "") : "";
      if (at === "") fail(this.#file, `${where}: expected an initial state of zeros, got ${quote(name)}`);
    }
  }

  #dense(node: OnnxNode): string {
    const constants = this.#constants;
    const where = `operation ${node.type} of ${quote(node.outputs[0] ?? "")}`;
    const refuse = (): never =>
      fail(this.#file, `${where}: expected a product with weights, and a bias added`);
    let dense: GraphDense;
    let data: string;
    if (node.type === "Gemm") {
      const number = (name: string, usual: number) => node.attributes.get(name) ?? usual;
      if (number("alpha", 1) !== 1 || number("beta", 1) !== 1 || number("transA", 0) !== 0) refuse();
      const [input = "", kernel = "", bias] = node.inputs;
      dense = { kernel, bias: bias || undefined, transposed: number("transB", 0) === 1 };
      data = input;
    } else {
      const adds = node.type === "Add";
      const [a = "", b = ""] = node.inputs;
      const [product, bias] = !adds ? [node, undefined] : constants.get(b) ? [a, b] : [b, a];
      const multiply = typeof product === "string" ? constants.producers.get(product) : product;
      if (multiply?.type !== "MatMul" || (bias !== undefined && constants.floats(bias) === undefined))
        return refuse();
      dense = { kernel: multiply.inputs[1] ?? "", bias, transposed: false };
      data = multiply.inputs[0] ?? "";
    }
    if (constants.floats(dense.kernel) === undefined) refuse();
    if (dense.bias !== undefined && constants.floats(dense.bias) === undefined) refuse();
    if (this.#recurrent.length === 0 && this.#head === undefined) this.#head = dense;
    else if (this.#recurrent.length > 0 && this.#projection === undefined) this.#projection = dense;
    else fail(this.#file, `${where}: expected one dense layer before the recurrent ones and one after them`);
    return data;
  }
}
