// ONNX files come back to the bit, by their description or by the graph alone; what computes something else is refused.
// Whether onnxruntime and PyTorch agree is for test/interop to show.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeOnnxModel } from "../../../src/formats/models/onnx-read.ts";
import { encodeOnnx } from "../../../src/formats/models/onnx-write.ts";
import { MessageWriter, readFields } from "../../../src/formats/protobuf.ts";
import { bits, describedAs, modelFile, modelFiles } from "../../support/model-files.ts";
import { refusal } from "../../support/mutations.ts";

const WITHOUT = { cellClip: true, recurrentProjection: true };
const [NODE, INITIALIZER, ATTRIBUTE] = [1, 5, 5];

const file = (description = describedAs({ projectionUnits: 2, layers: [{ bidirectional: true }, {}] })) =>
  encodeOnnx(modelFile(description)).bytes;

describe("a file", () => {
  it("comes back to the bit", () => {
    fc.assert(
      fc.property(modelFiles(WITHOUT), fc.boolean(), (model, lengths) => {
        const { model: read, mapped } = decodeOnnxModel(encodeOnnx(model, { lengths }).bytes, "m");
        expect(bits(read)).toEqual(bits(model));
        expect(mapped.every(({ exact }) => exact)).toBe(true);
      }),
    );
  });

  it("comes back to the bit by its graph alone, as far as a graph tells", () => {
    fc.assert(
      fc.property(modelFiles(WITHOUT), (model) => {
        const { description } = decodeOnnxModel(undescribed(encodeOnnx(model).bytes), "m").model;
        const { tensors } = decodeOnnxModel(undescribed(encodeOnnx(model).bytes), "m").model;
        const told = model.description.layers.map((layer) => ({
          ...{ ...layer, dropout: 0, recurrentDropout: 0, forgetBias: Math.fround(layer.forgetBias) },
        }));
        const { timeSteps: _, ...rest } = model.description;
        const expected = { ...rest, layers: told, head: { ...rest.head, dropout: 0 } };
        expect(bits({ description, tensors, metadata: {} })).toEqual(
          bits({ ...model, description: expected, metadata: {} }),
        );
      }),
    );
  });

  it("has its weights from constants and what moves them", () => {
    const model = modelFile(describedAs({ layers: [{ units: 2 }] }), 3);
    const plain = undescribed(encodeOnnx(model).bytes);
    // W = Concat of a Slice and the rest of a Transpose of what W is.
    const moved = withNodes(renamed(plain, "layers.0.W", "layers.0.V"), [
      node("Transpose", ["layers.0.V"], "t", [["perm", [2, 1, 0]]]),
      node("Transpose", ["t"], "back", [["perm", [2, 1, 0]]]),
      node("Slice", ["back"], "a", [
        ["axes", [1]],
        ["starts", [0]],
        ["ends", [3]],
      ]),
      node("Slice", ["back"], "b", [
        ["axes", [-2]],
        ["starts", [-5]],
        ["ends", [Number.MAX_SAFE_INTEGER]],
      ]),
      node("Concat", ["a", "b"], "c", [["axis", 1]]),
      node("Squeeze", ["c"], "s", [["axes", [0]]]),
      node("Unsqueeze", ["s"], "u", [["axes", [0]]]),
      node("Identity", ["u"], "layers.0.W", []),
    ]);
    expect(decodeOnnxModel(moved, "m").model.tensors).toEqual(model.tensors);
  });
});

describe("refuses to write", () => {
  it.each([
    ["clipped cells", { cellClip: 1 }, "ONNX's LSTM clips the sums before the gates and not the cell state"],
    ["recurrent projections", { recurrentProjectionUnits: 1 }, "ONNX's LSTM has no recurrent projection"],
  ])("%s", (_name, layer, reason) => {
    expect(refusal(() => file(describedAs({ layers: [{}, layer] })))).toContain(
      `layers[1] has no form in onnx: ${reason}`,
    );
  });
});

describe("refuses to read", () => {
  const read = (bytes: Uint8Array) => refusal(() => decodeOnnxModel(undescribed(bytes), "m"));

  it("operations that are no part of a model", () => {
    expect(read(replaced(file(), "Softmax", "Hardmax"))).toContain('cannot take Hardmax of "activated"');
    expect(read(replaced(file(), "Squeeze", "Dropsie"))).toContain("Dropsie");
    expect(read(replaced(file(), "MatMul", "MatSum"))).toContain(
      "expected a product with weights, and a bias added",
    );
  });

  it("directions of their own, clips, coupled gates and other activations", () => {
    const lstm = file(describedAs({}));
    expect(read(replaced(lstm, "forward", "reverse"))).toContain('forward or bidirectional, got "reverse"');
    const withAttribute = (write: (attribute: MessageWriter) => void) =>
      read(withField(lstm, "LSTM", (lstm) => lstm.message(ATTRIBUTE, write)));
    expect(withAttribute((clip) => clip.string(1, "clip").int(3, 1).int(20, 2))).toContain(
      "expected no clip",
    );
    expect(withAttribute((own) => own.string(1, "input_forget").int(3, 1).int(20, 2))).toContain(
      "one for both",
    );
    const hard = withAttribute((own) => {
      for (const name of ["HardSigmoid", "Tanh", "Tanh"]) own.string(9, name);
      own.string(1, "activations").int(20, 8);
    });
    expect(hard).toContain('expected activations sigmoid, tanh, tanh, got "HardSigmoid"');
  });

  it("weights that are no constants, or elsewhere", () => {
    expect(read(renamed(file(), "layers.0.W", "layers.0.V"))).toContain(
      'expected "layers.0.W" to be constant',
    );
    const external = withField(file(), "layers.0.R", (tensor) => tensor.int(14, 1), INITIALIZER);
    expect(read(external)).toContain("a reference to another one: save it as one file");
  });

  it("graphs without an end, without a beginning, and in circles", () => {
    expect(read(new MessageWriter().message(7, () => {}).finish())).toContain(
      "expected an output of the graph, got none",
    );
    expect(read(new Uint8Array())).toContain("without a graph");
    const circle = withNodes(withoutInputs(file()), [
      node("Identity", ["circle"], "x", []),
      node("Identity", ["x"], "circle", []),
    ]);
    expect(read(withoutInputs(file()))).toContain('expected "x" to come from an input of the graph');
    expect(read(circle)).toContain("to come from an input of the graph");
  });

  it("operations that multiply weights", () => {
    const doubled = Array.from({ length: 40 }, (_, k) =>
      node(
        "Concat",
        [k === 0 ? "layers.0.V" : `d${k}`, k === 0 ? "layers.0.V" : `d${k}`],
        k === 39 ? "layers.0.W" : `d${k + 1}`,
        [["axis", 1]],
      ),
    );
    const message = read(withNodes(renamed(file(), "layers.0.W", "layers.0.V"), doubled));
    expect(message).toContain("operations that multiply them");
  });

  it("chains without end", () => {
    const chain = Array.from({ length: 5000 }, (_, k) =>
      node("Identity", [k === 0 ? "layers.0.V" : `d${k}`], k === 4999 ? "layers.0.W" : `d${k + 1}`, []),
    );
    expect(read(withNodes(renamed(file(), "layers.0.W", "layers.0.V"), chain))).toContain(
      "at most 64 operations",
    );
  });
});

/** The file without its metadata. */
function undescribed(bytes: Uint8Array): Uint8Array {
  return rewritten(bytes, (field) => (field.number === 14 ? undefined : field.bytes));
}

type Field = { number: number; int: bigint | undefined; bytes: Uint8Array };

function rewritten(
  bytes: Uint8Array,
  change: (field: Field) => Uint8Array | undefined,
  add: (message: MessageWriter) => void = () => {},
): Uint8Array {
  const message = new MessageWriter();
  for (const field of readFields(bytes, "good")) {
    if (field.int !== undefined) message.int(field.number, Number(field.int));
    else {
      const changed = change(field);
      if (changed !== undefined) message.bytes(field.number, changed);
    }
  }
  add(message);
  return message.finish();
}

const inGraph = (bytes: Uint8Array, change: (graph: Uint8Array) => Uint8Array) =>
  rewritten(bytes, ({ number, bytes }) => (number === 7 ? change(bytes) : bytes));

const withoutInputs = (bytes: Uint8Array) =>
  inGraph(bytes, (graph) => rewritten(graph, ({ number, bytes }) => (number === 11 ? undefined : bytes)));

const contains = (bytes: Uint8Array, text: string) => Buffer.from(bytes).includes(text);

/** All of `from` become `to`, of equal length. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  if (from.length !== to.length || !contains(bytes, from)) throw new Error(`${from} for ${to}`);
  return new Uint8Array(Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll(from, to), "latin1"));
}

/** An initializer under another name of equal length; operations keep asking for the old one. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return inGraph(bytes, (graph) =>
    rewritten(graph, ({ number, bytes }) =>
      number === INITIALIZER && contains(bytes, from) ? replaced(bytes, from, to) : bytes,
    ),
  );
}

/** Fields added to the operations of a type, or to the initializers of a name. */
function withField(
  bytes: Uint8Array,
  text: string,
  add: (message: MessageWriter) => void,
  field = NODE,
): Uint8Array {
  return inGraph(bytes, (graph) =>
    rewritten(graph, ({ number, bytes }) =>
      number === field && contains(bytes, text) ? rewritten(bytes, (own) => own.bytes, add) : bytes,
    ),
  );
}

function withNodes(bytes: Uint8Array, nodes: Uint8Array[]): Uint8Array {
  return inGraph(bytes, (graph) =>
    rewritten(
      graph,
      (own) => own.bytes,
      (message) => {
        for (const own of nodes) message.bytes(NODE, own);
      },
    ),
  );
}

function node(
  type: string,
  inputs: string[],
  output: string,
  attributes: [string, number | number[]][],
): Uint8Array {
  const message = new MessageWriter();
  for (const input of inputs) message.string(1, input);
  message.string(2, output).string(4, type);
  for (const [name, value] of attributes) {
    message.message(ATTRIBUTE, (attribute) => {
      attribute.string(1, name).int(20, Array.isArray(value) ? 7 : 2);
      if (!Array.isArray(value)) attribute.int(3, value);
      else for (const item of value) attribute.int(8, item);
    });
  }
  return message.finish();
}
