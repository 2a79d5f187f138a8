// Weights that other tools named: what they are is found by names and shapes, or refused with what is missing.

import { describe, expect, it } from "vitest";
import {
  type DialectName,
  fromNamedTensors,
  toNamedTensors,
} from "../../../src/formats/models/named-tensors.ts";
import type { LayerConfig } from "../../../src/layers.ts";
import type { Tensors } from "../../../src/types.ts";
import { bits, describedAs, modelFile } from "../../support/model-files.ts";
import { refusal } from "../../support/mutations.ts";

const FILE = "weights";

/** The tensors of a random model in a dialect, under other names. */
function renamed(
  dialect: DialectName,
  description: ReturnType<typeof describedAs>,
  rename: (name: string) => string,
): { tensors: Tensors; model: ReturnType<typeof modelFile> } {
  const model = modelFile(description);
  const { tensors } = toNamedTensors(model, dialect);
  return { tensors: new Map([...tensors].map(([name, tensor]) => [rename(name), tensor])), model };
}

const read = (tensors: Tensors, metadata = {}, options = {}) =>
  fromNamedTensors({ tensors, metadata }, FILE, options);
const refused = (tensors: Tensors, metadata = {}) => refusal(() => read(tensors, metadata));

const layers = (...given: Partial<LayerConfig>[]) => describedAs({ layers: given });
const without = (tensors: Tensors, name: string): Tensors => {
  const rest = new Map(tensors);
  if (!rest.delete(name)) throw new Error(`no ${name} in ${[...tensors.keys()]}`);
  return rest;
};

describe("keras", () => {
  const keras2: [RegExp, string][] = [
    [/^lstm_0\/(.*)/, "lstm/lstm_cell/$1:0"],
    [/^lstm_1\/(.*)/, "lstm_1/lstm_cell_1/$1:0"],
    [/^bidirectional_2\/(forward|backward)_gru_2\/(.*)/, "bidirectional/$1_gru/gru_cell_4/$2:0"],
    [/^projection\/(.*)/, "dense/$1:0"],
    [/^head\/(.*)/, "dense_1/$1:0"],
  ];
  const keras3 = (name: string) => `sequential/${apply(keras2, name).replace(":0", "")}`;

  it("of Keras 2's variable names", () => {
    const { tensors, model } = renamed("keras", layers({ forgetBias: 0 }, { forgetBias: 0 }), (name) =>
      apply(keras2, name),
    );
    expect([...tensors.keys()]).toContain("lstm_1/lstm_cell_1/recurrent_kernel:0");
    expect(bits(read(tensors).model)).toEqual(bits(model));
  });

  it("of Keras 3's variable paths", () => {
    const description = { ...layers({ forgetBias: 0 }), projectionUnits: 3 };
    const { tensors, model } = renamed("keras", description, keras3);
    expect([...tensors.keys()]).toContain("sequential/lstm/lstm_cell/recurrent_kernel");
    expect(bits(read(tensors).model)).toEqual(bits(model));
  });

  it("of both directions and both biases", () => {
    const description = layers({ type: "rnn" }, { type: "rnn" }, { type: "gru", bidirectional: true });
    const { tensors, model } = renamed("keras", description, (name) =>
      apply(keras2, name).replace("bidirectional/", "bidirectional_5/"),
    );
    expect(bits(read(tensors).model)).toEqual(bits(model));
  });

  it("without biases, which are zeros", () => {
    const { tensors } = renamed("keras", layers({ type: "gru", resetAfter: false }), (name) => name);
    const { model, notes } = read(without(without(tensors, "gru_0/bias"), "head/bias"));
    expect([...model.tensors.get("layers.0.bias")!.data]).toEqual(new Array(9).fill(0));
    expect(notes).toEqual([
      "gru_0/bias is not in the file: it is zero",
      "head/bias is not in the file: it is zero",
    ]);
  });

  it("with the forget bias in the bias, as its LSTM has it", () => {
    const { tensors, model } = renamed("keras", layers({}), (name) => name);
    const { description, tensors: own } = read(tensors).model;
    expect(description.layers[0].forgetBias).toBe(0);
    const forget = (values: Tensors) => [...values.get("layers.0.bias")!.data.subarray(3, 6)];
    expect(forget(own)).toEqual(forget(model.tensors).map((value) => Math.fround(value + 1)));
  });

  it("refuses kinds whose order nothing tells, and directions without their other one", () => {
    const { tensors } = renamed("keras", layers({}, { type: "gru" }), (name) => name.replace(/_[01]/, ""));
    expect(refused(tensors)).toBe(
      'weights: expected recurrent layers whose numbers tell their order, got "gru", "lstm"',
    );
    const { tensors: both } = renamed("keras", layers({ bidirectional: true }), (name) => name);
    const half = new Map([...both].filter(([name]) => !name.includes("forward")));
    expect(refused(half)).toContain("expected recurrent layers");
  });
});

describe("numbered arrays of get_weights", () => {
  const description = { ...layers({ bidirectional: true }, { type: "gru" }), projectionUnits: 3 };
  const { tensors, model } = renamed("keras", description, (name) => name);
  const numbered: Tensors = new Map([...tensors.values()].map((tensor, k) => [`arr_${k}`, tensor]));

  it("are read as what the description says", () => {
    const read64 = read(numbered, {}, { description }).model;
    expect(read64.description.layers.map(({ forgetBias }) => forgetBias)).toEqual([0, 1]);
    expect([...read64.tensors.get("layers.1.bias")!.data]).toEqual([
      ...model.tensors.get("layers.1.bias")!.data,
    ]);
  });

  it("are refused without one, or with another", () => {
    expect(refused(numbered)).toContain("expected a description of the model");
    const other = { ...description, projectionUnits: 0 };
    expect(refusal(() => read(numbered, {}, { description: other }))).toContain(
      'tensor "arr_0": expected shape',
    );
  });
});

describe("pytorch", () => {
  const torch = (name: string) => name.replace("rnn.", "encoder.lstm.").replace("head.", "fc.");

  it("of any module's names", () => {
    const description = layers(
      { units: 2, recurrentProjectionUnits: 1 },
      { units: 2, recurrentProjectionUnits: 1 },
    );
    const { tensors, model } = renamed("pytorch", description, torch);
    expect([...tensors.keys()]).toContain("encoder.lstm.weight_hr_l1");
    expect(bits(read(tensors).model)).toEqual(bits(model));
  });

  it("adds two biases that both say something, and says where that rounds", () => {
    const { tensors } = renamed("pytorch", layers({}), (name) => name);
    const first = tensors.get("rnn.bias_ih_l0")!.data;
    const second = tensors.get("rnn.bias_hh_l0")!.data;
    first.fill(0.1);
    second.fill(0);
    second[3] = 0.2;
    second[7] = 3;
    const { model, mapped } = read(tensors);
    expect(model.description.layers[0].forgetBias).toBe(0);
    const [a, b, c] = [0.1, 0.2, 3].map(Math.fround);
    expect([...model.tensors.get("layers.0.bias")!.data].slice(3, 8)).toEqual(
      [a + b, a, a, a, a + c].map(Math.fround),
    );
    expect(mapped.find(({ to }) => to === "layers.0.bias")).toMatchObject({
      from: ["rnn.bias_ih_l0", "rnn.bias_hh_l0"],
      transformation: "as it is; both biases added",
      exact: false,
    });
  });

  it("takes a second bias that is the same at gate f and zero elsewhere for the forget bias", () => {
    const { tensors, model } = renamed(
      "pytorch",
      layers({ forgetBias: 0.5, bidirectional: true }),
      (name) => name,
    );
    expect(bits(read(tensors).model)).toEqual(bits(model));
    tensors.get("rnn.bias_hh_l0_reverse")!.data.fill(0);
    expect(read(tensors).model.description.layers[0].forgetBias).toBe(0);
  });

  it("without biases, which are zeros", () => {
    const { tensors } = renamed("pytorch", layers({ type: "rnn" }), (name) => name);
    const bare = ["rnn.bias_ih_l0", "rnn.bias_hh_l0", "head.bias"].reduce(without, tensors);
    const { model, notes } = read(bare);
    expect([...model.tensors.get("layers.0.bias")!.data]).toEqual([0, 0, 0]);
    expect(notes.length).toBe(3);
    expect(refused(without(tensors, "rnn.bias_ih_l0"))).toContain('"rnn.bias_ih_l0"');
  });

  it("tells the dense layers apart by shape, else by name", () => {
    const description = describedAs({
      features: 3,
      projectionUnits: 3,
      layers: [{ units: 3 }],
      head: { units: 3 },
    });
    const names = (projection: string, head: string) =>
      renamed("pytorch", description, (name) => name.replace("projection", projection).replace("head", head));
    for (const [projection, head] of [
      ["in_proj", "out"],
      ["fc.0", "fc.1"],
      ["fc1", "fc2"],
    ]) {
      const { tensors, model } = names(projection, head);
      expect(bits(read(tensors).model), projection).toEqual(bits(model));
    }
    expect(refused(names("embed", "classify").tensors)).toContain(
      "names that tell the dense layer before from the one after",
    );
    const { tensors, model } = renamed(
      "pytorch",
      { ...description, features: 2, projectionUnits: 5 },
      (name) => name.replace("projection", "z").replace("head", "a"),
    );
    expect(bits(read(tensors).model)).toEqual(bits(model));
  });

  it("refuses modules in no order, other tensors, and a layer that is missing", () => {
    const { tensors } = renamed("pytorch", layers({}, { type: "gru" }), (name) =>
      name.replace("rnn.0", "first").replace("rnn.1", "second"),
    );
    expect(refused(tensors)).toContain(
      'recurrent modules whose numbers tell their order, got "first.", "second."',
    );
    const { tensors: one } = renamed("pytorch", layers({}, {}), (name) => name);
    const extra = new Map([...one, ["norm.running_mean", { shape: [1], data: new Float32Array(1) }]]);
    expect(refused(extra)).toContain('got "norm.running_mean"');
    const gap = new Map([...one].filter(([name]) => !name.endsWith("_l0")));
    expect(refused(gap)).toContain("numbered from 0");
  });
});

describe("tf1", () => {
  it("of any scope", () => {
    const description = layers({ peepholes: true }, { type: "gru", resetAfter: false });
    const { tensors, model } = renamed("tf1", description, (name) => `model/${name}:0`);
    expect([...tensors.keys()]).toContain("model/rnn/multi_rnn_cell/cell_0/lstm_cell/w_f_diag:0");
    expect(bits(read(tensors).model)).toEqual(bits(model));
  });

  it("refuses stacks of one direction each, whose layers do not see the other's", () => {
    const { tensors } = renamed("tf1", layers({ bidirectional: true }, { bidirectional: true }), (name) =>
      name.replace(
        /stack_bidirectional_rnn\/cell_(\d)\/bidirectional_rnn\/(fw|bw)/,
        "bidirectional_rnn/$2/multi_rnn_cell/cell_$1",
      ),
    );
    expect(refused(tensors)).toContain("do not see the other's");
  });
});

describe("a dialect", () => {
  const wide = { cellClip: 2, peepholes: true, recurrentProjectionUnits: 2 };
  it.each<[DialectName, Partial<LayerConfig>[], string]>([
    [
      "tf1",
      [{ type: "gru" }],
      "layers[0] has no form in tf1: GRUCell of TensorFlow 1 resets the state before",
    ],
    [
      "tf1",
      [{}, { bidirectional: true }],
      "layers[1] has no form in tf1: the layers of a TensorFlow 1 stack",
    ],
    ["keras", [{}, wide], "layers[1] has no form in keras: Keras' LSTM has no peepholes"],
    ["keras", [{ cellClip: 2 }], "Keras' LSTM does not clip the cell state"],
    ["keras", [{ recurrentProjectionUnits: 2 }], "Keras' LSTM has no recurrent projection"],
    ["pytorch", [{ peepholes: true }], "torch.nn.LSTM has no peepholes"],
    ["pytorch", [{ cellClip: 2 }], "torch.nn.LSTM does not clip the cell state"],
    ["pytorch", [{ type: "gru", resetAfter: false }], "torch.nn.GRU resets the state after the product"],
  ])("%s refuses with the reason", (dialect, given, reason) => {
    expect(refusal(() => toNamedTensors(modelFile(layers(...given)), dialect))).toContain(reason);
  });

  it("is the one that the metadata names", () => {
    const { tensors } = renamed("native", layers({}), (name) => name);
    expect(refused(tensors, { dialect: "keras" })).toContain("weights: ");
    expect(refused(tensors, { dialect: "jax" })).toContain(
      'expected dialect native, tf1, keras, pytorch, got "jax"',
    );
  });

  it("is one, and has no other tensors", () => {
    const { tensors } = renamed("native", layers({}), (name) => name);
    const { tensors: others } = renamed("tf1", layers({}), (name) => name);
    expect(refused(new Map([...tensors, ...others]))).toContain("expected the tensors of one dialect");
    expect(refused(new Map())).toContain("got none");
    expect(refused(new Map([...tensors, ["extra", { shape: [1], data: new Float32Array(1) }]]))).toContain(
      'got "extra"',
    );
  });

  it("must agree with the description that the reader was given", () => {
    const { tensors } = renamed("native", layers({}), (name) => name);
    const message = refusal(() => read(tensors, {}, { description: layers({ units: 4 }) }));
    expect(message).toBe('weights: tensor "layers.0.kernel": expected shape [2,16], got [2,12]');
    const { tensors: foreign } = renamed("keras", layers({}), (name) => `model/${name}`);
    const other = refusal(() => read(foreign, {}, { description: layers({ units: 4 }) }));
    expect(other).toBe("weights: expected layers.0.kernel of shape [2,16] as described, got [2,12]");
  });
});

function apply(rules: [RegExp, string][], name: string): string {
  const rule = rules.find(([pattern]) => pattern.test(name));
  return rule === undefined ? name : name.replace(rule[0], rule[1]);
}
