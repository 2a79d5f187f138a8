// The constants of an ONNX graph: initialisers, and what moves them around on the way to an operation. Nothing is
// computed but new places for values, and no more of them than a few times the file's.

import { fail, quote } from "../json-reader.ts";
import type { OnnxAttribute, OnnxModel, OnnxNode } from "./onnx-proto.ts";
import type { OnnxTensor } from "./onnx-tensor.ts";

type Constant = Omit<OnnxTensor, "name">;

/** Longest chain of operations that is followed; a recursion each. */
const MAX_DEPTH = 64;
const MAX_AXES = 8;

export class Constants {
  readonly producers = new Map<string, OnnxNode>();
  readonly #model: OnnxModel;
  readonly #file: string;
  readonly #known = new Map<string, Constant | undefined>();
  /** Values that may still be made. */
  #budget: number;

  /** Throws a RangeError unless each value of the graph has one origin. */
  constructor(model: OnnxModel, budget: number, file: string) {
    this.#model = model;
    this.#budget = budget;
    this.#file = file;
    for (const node of model.nodes) {
      for (const output of node.outputs) {
        if (output === "") continue;
        if (this.producers.has(output) || model.initializers.has(output)) {
          fail(file, `expected one origin of each value, got two of ${quote(output)}`);
        }
        this.producers.set(output, node);
      }
    }
  }

  /** The value of that name if it is constant. */
  get(name: string, depth = 0): Constant | undefined {
    if (this.#known.has(name)) return this.#known.get(name);
    if (depth > MAX_DEPTH) fail(this.#file, `expected at most ${MAX_DEPTH} operations on a weight, got more`);
    this.#known.set(name, undefined); // a cycle is no constant
    const value = this.#model.initializers.get(name) ?? this.#made(this.producers.get(name), depth);
    this.#known.set(name, value);
    return value;
  }

  /** Of float32 values. */
  floats(name: string): { shape: readonly number[]; data: Float32Array } | undefined {
    const constant = this.get(name);
    return constant?.data instanceof Float32Array
      ? { shape: constant.shape, data: constant.data }
      : undefined;
  }

  /** Of whole numbers: an attribute, or an input from a later opset on. */
  ints(node: OnnxNode, attribute: string, input: number): number[] | undefined {
    const own = node.attributes.get(attribute);
    if (Array.isArray(own)) return own as number[];
    const constant = this.get(node.inputs[input] ?? "");
    return Array.isArray(constant?.data) ? constant.data : undefined;
  }

  #made(node: OnnxNode | undefined, depth: number): Constant | undefined {
    if (node === undefined) return undefined;
    const { type, attributes } = node;
    if (type === "Constant") return fromAttributes(attributes);
    if (type === "Concat") return this.#concat(node, depth);
    if (!["Identity", "Transpose", "Squeeze", "Unsqueeze", "Reshape", "Slice"].includes(type))
      return undefined;
    const input = this.get(node.inputs[0] ?? "", depth + 1);
    if (input === undefined) return undefined;
    const { shape, data } = input;
    const rank = shape.length;
    if (type === "Identity") return input;
    if (type === "Transpose") {
      const perm =
        (attributes.get("perm") as number[] | undefined) ?? shape.map((_, axis) => rank - 1 - axis);
      const sorted = [...perm].sort((a, b) => a - b);
      if (perm.length !== rank || sorted.some((axis, k) => axis !== k)) this.#refuse(node);
      return this.#gather(
        data,
        perm.map((axis) => shape[axis]),
        perm.map((axis) => strides(shape)[axis]),
        0,
      );
    }
    if (type === "Slice") return this.#slice(node, input);
    const axes = this.ints(node, type === "Reshape" ? "shape" : "axes", 1);
    const size = data.length;
    if (type === "Reshape") {
      if (axes === undefined || axes.length > MAX_AXES) this.#refuse(node);
      const kept = axes.map((n, axis) => (n === 0 ? (shape[axis] ?? 0) : n));
      const known = kept.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
      return this.#shaped(
        node,
        data,
        kept.map((n) => (n === -1 ? size / known : n)),
      );
    }
    if (type === "Squeeze") {
      const gone = axes?.map((axis) => (axis < 0 ? axis + rank : axis));
      return this.#shaped(
        node,
        data,
        shape.filter((n, axis) => !(gone?.includes(axis) ?? n === 1)),
      );
    }
    if (axes === undefined || rank + axes.length > MAX_AXES) this.#refuse(node);
    const ones = new Set(axes.map((axis) => (axis < 0 ? axis + rank + axes.length : axis)));
    const rest = [...shape];
    const widened = Array.from({ length: rank + axes.length }, (_, axis) =>
      ones.has(axis) ? 1 : (rest.shift() ?? 1),
    );
    return this.#shaped(node, data, widened);
  }

  #shaped(node: OnnxNode, data: Constant["data"], shape: number[]): Constant {
    const good = shape.every((n) => Number.isSafeInteger(n) && n >= 0);
    if (!good || shape.reduce((a, b) => a * b, 1) !== data.length) this.#refuse(node);
    return { shape, data };
  }

  #slice(node: OnnxNode, { shape, data }: Constant): Constant {
    const starts = this.ints(node, "starts", 1);
    const ends = this.ints(node, "ends", 2);
    const axes = this.ints(node, "axes", 3) ?? starts?.map((_, axis) => axis);
    const steps = this.ints(node, "steps", 4);
    if (starts === undefined || starts.length !== ends?.length || starts.length !== axes?.length)
      this.#refuse(node);
    if (steps?.some((step) => step !== 1)) this.#refuse(node);
    const sliced = [...shape];
    let first = 0;
    for (const [k, given] of axes.entries()) {
      const axis = given < 0 ? given + shape.length : given;
      const n = shape[axis];
      if (n === undefined) this.#refuse(node);
      const within = (at: number) => Math.max(0, Math.min(n, at < 0 ? at + n : at));
      const start = within(starts[k]);
      sliced[axis] = Math.max(0, within(ends[k]) - start);
      first += start * strides(shape)[axis];
    }
    return this.#gather(data, sliced, strides(shape), first);
  }

  #concat(node: OnnxNode, depth: number): Constant | undefined {
    const parts: Constant[] = [];
    for (const input of node.inputs) {
      const part = this.get(input, depth + 1);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    const [first] = parts;
    const given = node.attributes.get("axis");
    if (first === undefined || typeof given !== "number") this.#refuse(node);
    const axis = given < 0 ? given + first.shape.length : given;
    const like = ({ shape }: Constant) =>
      shape.length === first.shape.length && shape.every((n, k) => k === axis || n === first.shape[k]);
    if (first.shape[axis] === undefined || !parts.every(like)) this.#refuse(node);
    const shape = first.shape.map((n, k) =>
      k === axis ? parts.reduce((sum, part) => sum + part.shape[k], 0) : n,
    );
    const out = this.#allocate(
      first.data,
      shape.reduce((a, b) => a * b, 1),
    );
    const run = (own: readonly number[]) => own.slice(axis).reduce((a, b) => a * b, 1);
    let begin = 0;
    for (const part of parts) {
      const length = run(part.shape);
      for (let at = 0, to = begin; at < part.data.length; at += length, to += run(shape)) {
        for (let i = 0; i < length; i++) out[to + i] = part.data[at + i];
      }
      begin += length;
    }
    return { shape, data: out };
  }

  /** The values at first + the sum of index times stride. */
  #gather(
    data: Constant["data"],
    shape: readonly number[],
    step: readonly number[],
    first: number,
  ): Constant {
    const out = this.#allocate(
      data,
      shape.reduce((a, b) => a * b, 1),
    );
    const index = shape.map(() => 0);
    let at = first;
    for (let i = 0; i < out.length; i++) {
      out[i] = data[at];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        at += step[axis];
        if (++index[axis] < shape[axis]) break;
        at -= shape[axis] * step[axis];
        index[axis] = 0;
      }
    }
    return { shape, data: out };
  }

  #allocate(like: Constant["data"], size: number): Constant["data"] {
    this.#budget -= size;
    if (!(this.#budget >= 0))
      fail(this.#file, "expected weights of the file's size, got operations that multiply them");
    return like instanceof Float32Array ? new Float32Array(size) : new Array(size).fill(0);
  }

  #refuse(node: OnnxNode): never {
    fail(
      this.#file,
      `operation ${node.type} of ${quote(node.outputs[0] ?? "")}: cannot follow it from the weights on`,
    );
  }
}

function fromAttributes(attributes: ReadonlyMap<string, OnnxAttribute>): Constant | undefined {
  const [[name, value] = ["", undefined]] = attributes;
  if (typeof value === "object" && "data" in value) return value;
  const list = Array.isArray(value) ? value : [value];
  const shape = Array.isArray(value) ? [list.length] : [];
  if (name === "value_int" || name === "value_ints") return { shape, data: list as number[] };
  if (name === "value_float" || name === "value_floats")
    return { shape, data: Float32Array.from(list as number[]) };
  return undefined;
}

function strides(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
}
