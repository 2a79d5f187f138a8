// The model as the bytes of an ONNX file: projection, LSTM, head, softmax. Field numbers as in onnx.proto3 of
// github.com/onnx/onnx; wire format as in protobuf.dev/programming-guides/encoding.

const FLOAT = 1;
const INT64 = 7;
const OPSET = 14;
const IR_VERSION = 8;

/** Input x [batch, timeSteps, features], output probabilities [batch, classes]. */
export function onnxModel({ sizes, weights, forgetBias }) {
  const { timeSteps: T, features: I, projectionUnits: P, units: H, classes: C } = sizes;
  const W = weights.get("layers.0.kernel");
  const U = weights.get("layers.0.recurrent_kernel");
  const bias = new Float32Array(8 * H); // input's, then recurrent
  bias.set(weights.get("layers.0.bias").data);
  for (let k = H; k < 2 * H; k++) bias[k] += forgetBias;
  bias.set(onnxGates(bias.slice(0, 4 * H), 4 * H, H));

  const floats = [
    ["W", [1, 4 * H, W.shape[0]], onnxGates(transposed(W), 4 * H * W.shape[0], H * W.shape[0])],
    ["R", [1, 4 * H, H], onnxGates(transposed(U), 4 * H * H, H * H)],
    ["B", [1, 8 * H], bias],
    ["head.kernel", [H, C], weights.get("head.kernel").data],
    ["head.bias", [C], weights.get("head.bias").data],
  ];
  const nodes = [node("Transpose", ["x"], ["steps"], [ints("perm", [1, 0, 2])])];
  if (P > 0) {
    floats.push(["projection.kernel", [I, P], weights.get("projection.kernel").data]);
    floats.push(["projection.bias", [P], weights.get("projection.bias").data]);
    nodes.push(node("MatMul", ["steps", "projection.kernel"], ["product"]));
    nodes.push(node("Add", ["product", "projection.bias"], ["projected"]));
  }
  nodes.push(
    node("LSTM", [P > 0 ? "projected" : "steps", "W", "R", "B"], ["", "last"], [integer("hidden_size", H)]),
    node("Reshape", ["last", "rows"], ["h"]),
    node("Gemm", ["h", "head.kernel", "head.bias"], ["logits"]),
    node("Softmax", ["logits"], ["probabilities"], [integer("axis", 1)]),
  );
  const initializers = [
    ...floats.map(([name, shape, data]) => tensor(name, shape, FLOAT, bytesOf(data))),
    tensor("rows", [2], INT64, bytesOf(new BigInt64Array([-1n, BigInt(H)]))),
  ];
  const graph = [
    ...nodes.map((bytes) => field(1, bytes)),
    field(2, text("lstm")),
    ...initializers.map((bytes) => field(5, bytes)),
    field(11, value("x", ["batch", T, I])),
    field(12, value("probabilities", ["batch", C])),
  ];
  const opset = field(2, OPSET);
  return Buffer.concat([field(1, IR_VERSION), field(7, Buffer.concat(graph)), field(8, opset)]);
}

// [rows, columns] -> [columns, rows]
function transposed({ data, shape: [rows, columns] }) {
  return Float32Array.from(data, (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]);
}

// Four blocks of `size` in the order i, f, g, o -> i, o, f, g, as ONNX has them.
function onnxGates(data, length, size) {
  const result = new Float32Array(length);
  for (const [to, from] of [0, 3, 1, 2].entries()) {
    result.set(data.subarray(from * size, (from + 1) * size), to * size);
  }
  return result;
}

function node(type, inputs, outputs, attributes = []) {
  return Buffer.concat([
    ...inputs.map((name) => field(1, text(name))),
    ...outputs.map((name) => field(2, text(name))),
    field(4, text(type)),
    ...attributes.map((bytes) => field(5, bytes)),
  ]);
}

function integer(name, number) {
  return Buffer.concat([field(1, text(name)), field(3, number), field(20, 2)]);
}

function ints(name, numbers) {
  return Buffer.concat([field(1, text(name)), ...numbers.map((n) => field(8, n)), field(20, 7)]);
}

function tensor(name, shape, type, data) {
  return Buffer.concat([
    ...shape.map((n) => field(1, n)),
    field(2, type),
    field(8, text(name)),
    field(9, data),
  ]);
}

function value(name, shape) {
  const dimensions = shape.map((n) => field(1, typeof n === "string" ? field(2, text(n)) : field(1, n)));
  const type = field(1, Buffer.concat([field(1, FLOAT), field(2, Buffer.concat(dimensions))]));
  return Buffer.concat([field(1, text(name)), field(2, type)]);
}

// A number is a varint (wire type 0), bytes are length-delimited (2).
function field(number, content) {
  if (typeof content === "number") return Buffer.concat([varint(number * 8), varint(content)]);
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function varint(number) {
  const bytes = [];
  for (let rest = number; ; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) return Buffer.from(bytes);
  }
}

function text(string) {
  return Buffer.from(string, "utf8");
}

function bytesOf(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}
