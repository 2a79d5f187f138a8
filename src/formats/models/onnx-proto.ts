// The bytes of an ONNX model -> its graph: the messages of onnx/onnx.proto3 as far as weights need them.
// Field numbers are those of that file.

import { fail, quote } from "../json-reader.ts";
import { type Field, readFields, readPacked } from "../protobuf.ts";
import { type OnnxTensor, readTensor, wholeOf } from "./onnx-tensor.ts";

export type OnnxAttribute = number | string | readonly number[] | readonly string[] | OnnxTensor;

export interface OnnxNode {
  readonly type: string;
  /** "" where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly metadata: Record<string, string>;
}

/** Any more than this is a graph of something else. */
const MAX_NODES = 100_000;
const MAX_LIST = 10_000;

const decoder = new TextDecoder();
const text = ({ bytes }: Field): string => decoder.decode(bytes);

/** Reads a file. Nothing is run, and subgraphs are not looked into. */
export function decodeOnnx(bytes: Uint8Array, file: string): OnnxModel {
  let graph: Uint8Array | undefined;
  const metadata: [string, string][] = [];
  for (const field of readFields(bytes, file)) {
    if (field.number === 7 && field.int === undefined) graph = field.bytes;
    else if (field.number === 14) metadata.push(readEntry(field.bytes, file));
  }
  if (graph === undefined) fail(file, `expected an ONNX model, got ${bytes.length} bytes without a graph`);
  const nodes: OnnxNode[] = [];
  const initializers = new Map<string, OnnxTensor>();
  const inputs: string[] = [];
  const outputs: string[] = [];
  for (const { number, bytes } of readFields(graph, `${file}: graph`)) {
    if (number === 1 && nodes.push(readNode(bytes, file)) > MAX_NODES) {
      fail(file, `expected at most ${MAX_NODES} operations, got more`);
    } else if (number === 5) {
      const tensor = readTensor(bytes, file);
      if (tensor === undefined) continue;
      if (initializers.has(tensor.name))
        fail(file, `expected each weight once, got ${quote(tensor.name)} twice`);
      initializers.set(tensor.name, tensor);
    } else if (number === 11) inputs.push(readName(bytes, file));
    else if (number === 12) outputs.push(readName(bytes, file));
  }
  const all = { nodes, initializers, outputs, metadata: Object.fromEntries(metadata) };
  return { ...all, inputs: inputs.filter((name) => !initializers.has(name)) };
}

function readEntry(bytes: Uint8Array, file: string): [string, string] {
  let key = "";
  let value = "";
  for (const field of readFields(bytes, `${file}: metadata`)) {
    if (field.number === 1) key = text(field);
    else if (field.number === 2) value = text(field);
  }
  return [key, value];
}

function readName(bytes: Uint8Array, file: string): string {
  for (const field of readFields(bytes, `${file}: value`)) if (field.number === 1) return text(field);
  return "";
}

function readNode(bytes: Uint8Array, file: string): OnnxNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  let type = "";
  let domain = "";
  for (const field of readFields(bytes, `${file}: node`)) {
    if (field.number === 1) inputs.push(text(field));
    else if (field.number === 2) outputs.push(text(field));
    else if (field.number === 4) type = text(field);
    else if (field.number === 7) domain = text(field);
    else if (field.number === 5) {
      const [name, value] = readAttribute(field.bytes, file);
      if (value !== undefined) attributes.set(name, value);
    }
  }
  return {
    type: domain === "" || domain === "ai.onnx" ? type : `${domain}.${type}`,
    inputs,
    outputs,
    attributes,
  };
}

/** The value of the kind that the attribute says it has; undefined for graphs and what else is not needed. */
function readAttribute(bytes: Uint8Array, file: string): [string, OnnxAttribute | undefined] {
  const where = `${file}: attribute`;
  let name = "";
  let single: OnnxAttribute | undefined;
  const list: (number | string)[] = [];
  let isList = false;
  for (const field of readFields(bytes, where)) {
    const { number, int, bytes: own } = field;
    if (list.length > MAX_LIST) fail(where, `expected at most ${MAX_LIST} values, got more`);
    if (number === 1) name = text(field);
    else if (number === 2) single = floatOf(own, where);
    else if (number === 3) single = wholeOf(int, where);
    else if (number === 4) single = text(field);
    else if (number === 5) single = readTensor(own, file);
    else if (number === 7) {
      for (let at = 0; at < own.length; at += 4) list.push(floatOf(own.subarray(at, at + 4), where));
    } else if (number === 8) {
      for (const value of int === undefined ? readPacked(own, where) : [int])
        list.push(wholeOf(value, where));
    } else if (number === 9) list.push(text(field));
    else if (number === 20) isList = int !== undefined && int >= 6n;
  }
  return [name, isList ? (list as number[] | string[]) : single];
}

function floatOf(bytes: Uint8Array, where: string): number {
  if (bytes.length !== 4) fail(where, `expected a float32, got ${bytes.length} bytes`);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
}
