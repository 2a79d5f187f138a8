// Dropout by factors that are given, each kind shown by weights or inputs that bear the factors themselves.

import { expect, test } from "vitest";
import { expectClose } from "./expect-close.ts";
import {
  completeModel,
  forward,
  headInputs,
  hiddenUnits,
  layerInputs,
  lossAndGradients,
  type Masks64,
  randomBatch,
  randomNumbers,
  randomStates,
  randomWeights,
  type Weights64,
} from "./index.ts";

const layers = [
  { units: 3, bidirectional: true },
  { type: "gru", units: 4 },
  { type: "gru", units: 2, resetAfter: false, bidirectional: true },
  { type: "rnn", units: 3 },
  { units: 4, recurrentProjectionUnits: 2, peepholes: true },
] as const;
const model = completeModel({
  ...{ batch: 4, timeSteps: 5, features: 3, projectionUnits: 2 },
  layers,
  head: { units: 3, everyStep: true },
});
const { batch: B, timeSteps: T, features: I } = model;
const weights = randomWeights(model, 1);
const { x, labels } = randomBatch(model, 2);
const initialStates = randomStates(model, 3);
const widths = layers.map((_, l) => (l === 0 ? I : layerInputs(model, l)));
const random = randomNumbers(4);
const factors = (size: number) => Float64Array.from({ length: size }, () => 2 * random());
/** Rows of a matrix, each by its own factor. */
const scaled = (matrix: Float64Array, rows: Float64Array) =>
  matrix.map((v, k) => v * rows[Math.floor((k * rows.length) / matrix.length)]);
const repeated = (values: Float64Array, times: number) =>
  Float64Array.from({ length: values.length * times }, (_, k) => values[k % values.length]);
const logits = (given: Weights64, masks?: Masks64, input = x) =>
  forward(model, given, input, { initialStates, masks }).logits;

test("factors of 1 change nothing", () => {
  const masks = {
    inputs: widths.map((X) => new Float64Array(B * T * X).fill(1)),
    recurrent: model.layers.map((l) => [0, 1].map(() => new Float64Array(B * hiddenUnits(l)).fill(1))),
    head: new Float64Array(B * T * headInputs(model)).fill(1),
  };
  expect(lossAndGradients(model, weights, x, labels, { masks })).toEqual(
    lossAndGradients(model, weights, x, labels),
  );
});

test("of the input: of layer 0, factors of x itself", () => {
  const mask = factors(x.length);
  expect(logits(weights, { inputs: [mask] })).toEqual(
    logits(
      weights,
      {},
      x.map((v, k) => v * mask[k]),
    ),
  );
});

test.each([1, 2, 3, 4])(
  "of the input: of layer %i, the same at every step, factors of its kernels' rows",
  (l) => {
    const rows = factors(widths[l]);
    const masks = { inputs: widths.map((_, k) => (k === l ? repeated(rows, B * T) : undefined)) };
    const other = new Map(weights);
    for (const name of [`layers.${l}.kernel`, `layers.${l}.reverse.kernel`]) {
      if (weights.has(name)) other.set(name, scaled(weights.get(name)!, rows));
    }
    expectClose(logits(weights, masks), logits(other));
  },
);

test.each(layers.map((_, l) => l))("of h in layer %i: factors of the recurrent kernel's rows", (l) => {
  for (const [d, direction] of ["", "reverse."].entries()) {
    const name = `layers.${l}.${direction}recurrent_kernel`;
    if (!weights.has(name)) continue;
    const rows = factors(hiddenUnits(model.layers[l]));
    const recurrent = model.layers.map((_, k) =>
      k === l ? [0, 1].map((own) => (own === d ? repeated(rows, B) : undefined)) : [],
    );
    const changed = logits(weights, { recurrent });
    expectClose(changed, logits(new Map(weights).set(name, scaled(weights.get(name)!, rows))));
    expect(changed).not.toEqual(logits(weights));
  }
});

test("of what the head reads: factors of its kernel's rows", () => {
  const rows = factors(headInputs(model));
  const other = new Map(weights).set("head.kernel", scaled(weights.get("head.kernel")!, rows));
  expectClose(logits(weights, { head: repeated(rows, B * T) }), logits(other));
});

test("each sequence, and at inputs and head each step, has factors of its own", () => {
  const [b, t] = [2, 3];
  // Factors of 1, but 0 for one sequence of a mask [B,width], or one step of a mask [B,T,width].
  const dropping = (rows: number, width: number, row: number) =>
    new Float64Array(rows * width).fill(1).fill(0, row * width, (row + 1) * width);
  const plain = logits(weights);
  const changedSteps = (masks: Masks64) => {
    const changed = logits(weights, masks);
    const differs = (step: number) => [0, 1, 2].some((k) => changed[step * 3 + k] !== plain[step * 3 + k]);
    return Array.from({ length: B * T }, (_, step) => step).filter(differs);
  };
  const head = dropping(B * T, headInputs(model), b * T + t);
  expect(changedSteps({ head })).toEqual([b * T + t]);
  const input = dropping(B * T, widths[4], b * T + t);
  expect(changedSteps({ inputs: [undefined, undefined, undefined, undefined, input] })).toEqual([
    b * T + t,
    b * T + t + 1,
  ]);
  const recurrent = dropping(B, hiddenUnits(model.layers[4]), b);
  expect(changedSteps({ recurrent: [[], [], [], [], [recurrent]] })).toEqual(
    [0, 1, 2, 3, 4].map((s) => b * T + s),
  );
});

test("factors of 0 leave the biases, and without a gradient what would be multiplied", () => {
  const zeros = {
    inputs: widths.map((X) => new Float64Array(B * T * X)),
    recurrent: model.layers.map((l) => [0, 1].map(() => new Float64Array(B * hiddenUnits(l)))),
    head: new Float64Array(B * T * headInputs(model)),
  };
  expect(logits(weights, { head: zeros.head })).toEqual(repeated(weights.get("head.bias")!, B * T));
  const zero = (masks: Masks64) => {
    const { gradients } = lossAndGradients(model, weights, x, labels, { masks });
    return [...gradients].filter(([, gradient]) => gradient.every((g) => g === 0)).map(([name]) => name);
  };
  const names = [...weights.keys()];
  // Layer 0 reads the projection's bias.
  const kernels = names.filter((name) => /^layers\.[1-9].*\.kernel|^projection\.kernel/.test(name));
  expect(zero({ inputs: zeros.inputs }).filter((name) => kernels.includes(name))).toEqual(kernels);
  expect(zero({ recurrent: zeros.recurrent })).toEqual(names.filter((name) => /recurrent_kernel/.test(name)));
  expect(zero({ head: zeros.head })).toEqual(names.filter((name) => name !== "head.bias"));
});
