// Each cell's step: by hand on one unit, and the layout of its tensors on several.

import { describe, expect, test } from "vitest";
import { expectClose } from "./expect-close.ts";
import {
  completeModel,
  forward,
  lossAndGradients,
  type ReferenceLayer,
  randomBatch,
  randomWeights,
} from "./index.ts";
import type { Weights64 } from "./weights.ts";

type Layer = Partial<ReferenceLayer>;
const CELLS: [string, Layer][] = [
  ["lstm", {}],
  ["lstm with peepholes and a clip", { peepholes: true, cellClip: 0.2 }],
  ["gru, reset after", { type: "gru" }],
  ["gru, reset before", { type: "gru", resetAfter: false }],
  ["rnn", { type: "rnn" }],
];
// sigmoid(LN3) = 3/4, sigmoid(-LN3) = 1/4, sigmoid(0) = 1/2
const LN3 = Math.log(3);
const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** One unit, one feature, one sequence: the outputs [T] of the given tensors. */
function oneUnit(layer: Layer, tensors: Record<string, number[]>, x: number[]) {
  const model = completeModel({
    ...{ batch: 1, timeSteps: x.length, features: 1 },
    layers: [{ units: 1, forgetBias: 0, ...layer }],
    head: { units: 1 },
  });
  const weights = randomWeights(model, 1, 0);
  for (const [name, values] of Object.entries(tensors)) {
    expect(weights.get(`layers.0.${name}`)).toHaveLength(values.length);
    weights.set(`layers.0.${name}`, Float64Array.from(values));
  }
  return { ...forward(model, weights, x), model, weights };
}

describe("lstm", () => {
  // All weights zero but those of g: every gate is one half.
  const G = { kernel: [0, 0, 1, 0], recurrent_kernel: [0, 0, 10, 0], bias: [0, 0, -1, 0] };

  test("two steps of one unit", () => {
    const { outputs, finalStates } = oneUnit({}, G, [2, 0]);
    const c0 = 0.5 * Math.tanh(1);
    const h0 = 0.5 * Math.tanh(c0);
    const c1 = 0.5 * c0 + 0.5 * Math.tanh(-1 + 10 * h0);
    expectClose(outputs, [h0, 0.5 * Math.tanh(c1)]);
    expectClose(finalStates[0][0].c, [c1]);
  });

  test("each gate has its place, and the forget bias goes to f only", () => {
    const bias = [LN3, 0, 0.3, -LN3];
    const { layers } = oneUnit({ forgetBias: -LN3 }, { bias }, [0]);
    expectClose(layers[0].steps[0][0][0].gates, [0.75, 0.25, Math.tanh(0.3), 0.25]);
  });

  test("peepholes: i and f see c before the step, o sees c after it", () => {
    const { layers } = oneUnit({ peepholes: true }, { ...G, peephole: [2, -3, 5] }, [2, 0]);
    const [first, second] = layers[0].steps[0][0];
    const c0 = 0.5 * Math.tanh(1);
    expectClose(first.gates, [0.5, 0.5, Math.tanh(1), sigmoid(5 * c0)]);
    const h0 = sigmoid(5 * c0) * Math.tanh(c0);
    const g = Math.tanh(-1 + 10 * h0);
    const c1 = sigmoid(-3 * c0) * c0 + sigmoid(2 * c0) * g;
    expectClose(second.gates, [sigmoid(2 * c0), sigmoid(-3 * c0), g, sigmoid(5 * c1)]);
    expectClose(second.c, [c1]);
  });

  test("the clipped c is what o, h and the next step see", () => {
    const cellClip = 0.25;
    const { layers, finalStates } = oneUnit(
      { cellClip, peepholes: true },
      { ...G, peephole: [0, 0, 5] },
      [2, 2],
    );
    const [first, second] = layers[0].steps[0][0];
    expectClose(first.unclipped!, [0.5 * Math.tanh(1)]);
    expectClose(first.c, [0.25]);
    const h = sigmoid(1.25) * Math.tanh(0.25);
    expectClose(first.h, [h]);
    expectClose(second.unclipped!, [0.5 * 0.25 + 0.5 * Math.tanh(1 + 10 * h)]);
    expectClose(finalStates[0][0].c, [0.25]);
    const { outputs } = oneUnit({ cellClip }, { ...G, bias: [0, 0, -3, 0] }, [0]);
    expectClose(outputs, [-0.5 * Math.tanh(0.25)]);
  });

  test("no gradient goes through a clipped c; o has its own", () => {
    const { model, weights } = oneUnit({ cellClip: 0.25 }, G, [2, 2]);
    const linear = { ...model, head: { ...model.head, type: "linear" as const } };
    weights.set("head.kernel", Float64Array.of(1));
    const { gradients } = lossAndGradients(linear, weights, [2, 2], [5]);
    const [i, f, g, o] = gradients.get("layers.0.kernel")!;
    expect([i, f, g].map(Math.abs)).toEqual([0, 0, 0]);
    expect(o).not.toBe(0);
  });

  test("the recurrent projection makes h of o tanh(c)", () => {
    const recurrent_kernel = [0, 0, 10, 0, 0, 0, 20, 0];
    const projection_kernel = [3, -4];
    const tensors = { ...G, recurrent_kernel, projection_kernel };
    const { outputs } = oneUnit({ recurrentProjectionUnits: 2 }, tensors, [2, 0]);
    const c0 = 0.5 * Math.tanh(1);
    const m0 = 0.5 * Math.tanh(c0);
    const c1 = 0.5 * c0 + 0.5 * Math.tanh(-1 + 10 * 3 * m0 - 20 * 4 * m0);
    const m1 = 0.5 * Math.tanh(c1);
    expectClose(outputs, [3 * m0, -4 * m0, 3 * m1, -4 * m1]);
  });

  test("and of each unit's own row of its kernel", () => {
    const model = completeModel({
      ...{ batch: 1, timeSteps: 1, features: 1 },
      layers: [{ units: 2, recurrentProjectionUnits: 2 }],
      head: { units: 1 },
    });
    const weights = randomWeights(model, 1, 0);
    weights.set("layers.0.bias", Float64Array.of(0, 0, 0, 0, 1, 2, 0, 0));
    weights.set("layers.0.projection_kernel", Float64Array.of(3, 5, 0, 0));
    const m = 0.5 * Math.tanh(0.5 * Math.tanh(1));
    expectClose(forward(model, weights, [0]).outputs, [3 * m, 5 * m]);
  });
});

describe("gru", () => {
  // z = 3/4 and r = 1/4 throughout; n alone is driven by x and h.
  const N = { kernel: [0, 0, 1], recurrent_kernel: [0, 0, 2] };

  test("reset after: r scales the recurrent product and its bias", () => {
    const bias = [LN3 + 1, -LN3, 0.5, -1, 0, 0.8];
    const { outputs } = oneUnit({ type: "gru" }, { ...N, bias }, [1, -1]);
    const h0 = 0.25 * Math.tanh(1 + 0.5 + 0.25 * 0.8);
    const h1 = 0.75 * h0 + 0.25 * Math.tanh(-1 + 0.5 + 0.25 * (2 * h0 + 0.8));
    expectClose(outputs, [h0, h1]);
  });

  test("reset before: r scales h, and there is one bias", () => {
    const bias = [LN3, -LN3, 0.5];
    const { outputs } = oneUnit({ type: "gru", resetAfter: false }, { ...N, bias }, [1, -1]);
    const h0 = 0.25 * Math.tanh(1 + 0.5);
    const h1 = 0.75 * h0 + 0.25 * Math.tanh(-1 + 0.5 + 2 * (0.25 * h0));
    expectClose(outputs, [h0, h1]);
  });

  test("each gate reads x and h by its own columns", () => {
    for (const resetAfter of [true, false]) {
      const bias = resetAfter ? [0, 0, 0, 0, 0, 0] : [0, 0, 0];
      const tensors = { kernel: [1, 2, 3], recurrent_kernel: [4, -5, 6], bias };
      const { layers } = oneUnit({ type: "gru", resetAfter }, tensors, [0.1, 0.2]);
      const [first, second] = layers[0].steps[0][0];
      expectClose(first.gates, [sigmoid(0.1), sigmoid(0.2), Math.tanh(0.3)]);
      const [h] = first.h;
      const r = sigmoid(0.4 - 5 * h);
      expectClose(second.gates, [sigmoid(0.2 + 4 * h), r, Math.tanh(0.6 + r * 6 * h)]);
    }
  });
});

// Two units: r must scale h before the product of the one form, the product's result in the other.
test("the two forms of the gru part by whose reset gate counts", () => {
  for (const resetAfter of [true, false]) {
    const model = completeModel({
      ...{ batch: 1, timeSteps: 1, features: 1 },
      layers: [{ type: "gru", units: 2, resetAfter }],
      head: { units: 1 },
    });
    const weights = randomWeights(model, 1, 0);
    // Unit 1's n reads unit 0's h; r is 3/4 of unit 0 and 1/4 of unit 1.
    weights.get("layers.0.recurrent_kernel")![5] = 2;
    weights.get("layers.0.bias")!.set([LN3, -LN3], 2);
    const initialStates = [[{ h: Float64Array.of(0.8, 0) }]];
    const { outputs } = forward(model, weights, [0], { initialStates });
    expectClose(outputs, [0.5 * 0.8, 0.5 * Math.tanh((resetAfter ? 0.25 : 0.75) * 2 * 0.8)]);
  }
});

test("rnn: two units, of which the first drives the second a step later", () => {
  const model = completeModel({
    ...{ batch: 1, timeSteps: 3, features: 1 },
    layers: [{ type: "rnn", units: 2 }],
    head: { units: 1 },
  });
  const weights = randomWeights(model, 1, 0);
  weights.set("layers.0.kernel", Float64Array.of(1, 0));
  weights.set("layers.0.recurrent_kernel", Float64Array.of(0, 3, 0, 0));
  weights.set("layers.0.bias", Float64Array.of(0, 0.5));
  const { outputs } = forward(model, weights, [2, 1, 0]);
  const second = [0.5, 0.5 + 3 * Math.tanh(2), 0.5 + 3 * Math.tanh(1)].map(Math.tanh);
  expectClose(outputs, [Math.tanh(2), second[0], Math.tanh(1), second[1], 0, second[2]]);
});

// Units whose recurrent weights lead only to themselves are as many models of one unit.
test.each(CELLS)("%s: unit j has column j of each gate", (_name, layer) => {
  const H = 3;
  const sizes = { batch: 2, timeSteps: 4, features: 2, head: { units: 1 } };
  const whole = completeModel({ ...sizes, layers: [{ units: H, ...layer }] });
  const alone = completeModel({ ...sizes, layers: [{ units: 1, ...layer }] });
  const weights = randomWeights(whole, 1, 1.5);
  const recurrent = weights.get("layers.0.recurrent_kernel")!;
  const columns = recurrent.length / H;
  for (let k = 0; k < recurrent.length; k++) {
    if (Math.floor(k / columns) !== k % H) recurrent[k] = 0;
  }
  const { x } = randomBatch(whole, 2);
  const { outputs, finalStates } = forward(whole, weights, x);
  for (let j = 0; j < H; j++) {
    const own: Weights64 = new Map(
      [...weights].map(([name, values]) => [name, values.filter((_, k) => k % H === j)]),
    );
    own.set(
      "layers.0.recurrent_kernel",
      recurrent.filter((_, k) => Math.floor(k / columns) === j && k % H === j),
    );
    own.set("head.kernel", Float64Array.of(0)).set("head.bias", Float64Array.of(0));
    const single = forward(alone, own, x);
    expectClose(
      outputs.filter((_, k) => k % H === j),
      single.outputs,
    );
    expectClose(
      finalStates[0][0].c.filter((_, k) => k % H === j),
      single.finalStates[0][0].c,
    );
  }
});

describe("what changes nothing", () => {
  const sizes = { batch: 3, timeSteps: 4, features: 5, projectionUnits: 2, head: { units: 3 } };
  const plain = completeModel({ ...sizes, layers: [{ units: 4 }] });
  const weights = randomWeights(plain, 1, 1);
  const { x, labels } = randomBatch(plain, 2);
  const expected = lossAndGradients(plain, weights, x, labels);

  function expectSame(layer: Layer, extra: Record<string, Float64Array>) {
    const model = completeModel({ ...sizes, layers: [{ units: 4, ...layer }] });
    const all: Weights64 = new Map([...weights, ...Object.entries(extra)]);
    const { loss, gradients } = lossAndGradients(model, all, x, labels);
    expect(loss).toBe(expected.loss);
    for (const [name, gradient] of expected.gradients) expect(gradients.get(name), name).toEqual(gradient);
  }

  test("peepholes of zero", () => {
    expectSame({ peepholes: true }, { "layers.0.peephole": new Float64Array(12) });
  });

  test("a clip out of reach", () => expectSame({ cellClip: 100 }, {}));

  test("a recurrent projection by the identity", () => {
    const identity = Float64Array.from({ length: 16 }, (_, k) => (k % 5 === 0 ? 1 : 0));
    expectSame({ recurrentProjectionUnits: 4 }, { "layers.0.projection_kernel": identity });
  });
});
