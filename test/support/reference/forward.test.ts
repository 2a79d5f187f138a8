// How steps make sequences, and layers a stack: lengths, directions and states, each shown by a model that goes
// another way.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectClose } from "./expect-close.ts";
import {
  type BatchOptions64,
  completeModel,
  type FamilyTrial,
  familyTrials,
  forward,
  headInputs,
  hiddenUnits,
  layerInputs,
  lossAndGradients,
  type ReferenceModel,
  randomBatch,
  randomStates,
  randomWeights,
  startFamily,
  weightShapes,
} from "./index.ts";

const CELLS = [
  { type: "lstm", peepholes: true, cellClip: 0.3, recurrentProjectionUnits: 2 },
  { type: "lstm" },
  { type: "gru", resetAfter: true },
  { type: "gru", resetAfter: false },
  { type: "rnn" },
] as const;
const SIZES = { batch: 4, timeSteps: 5, features: 3, head: { units: 3 } };
const LENGTHS = [5, 0, 3, 1];

function over(numRuns: number, body: (trial: FamilyTrial) => void): void {
  fc.assert(fc.property(familyTrials, body), { numRuns });
}

/** The rows of `width` of all steps of sequence b of x [B,T,width] whose number is in `steps`. */
function stepsOf(x: Float64Array, width: number, T: number, b: number, steps: number[]): Float64Array {
  return Float64Array.from(
    steps.flatMap((t) => [...x.subarray((b * T + t) * width, (b * T + t + 1) * width)]),
  );
}

const upTo = (length: number) => Array.from({ length }, (_, t) => t);

describe("lengths", () => {
  test("all of them T, or one for all, is what sequences of that many steps give", () => {
    over(100, (trial) => {
      const { model } = trial;
      const { batch: B, timeSteps: T, features: I } = model;
      const still = { ...model, layers: model.layers.map((l) => ({ ...l, dropout: 0 })) };
      const own = { ...still, head: { ...model.head, everyStep: false, dropout: 0 } };
      const { weights, x, targets, options } = startFamily({ ...trial, model: own });
      for (const length of [T, Math.ceil(T / 2)]) {
        const cut = Float64Array.from(upTo(B).flatMap((b) => [...stepsOf(x, I, T, b, upTo(length))]));
        const short = { ...own, timeSteps: length };
        const lengths = new Array(B).fill(length);
        expect(lossAndGradients(own, weights, x, targets, { ...options, lengths })).toEqual(
          lossAndGradients(short, weights, cut, targets, { ...options, lengths: undefined }),
        );
      }
    });
  });

  test("each sequence gives what it gives alone, cut off at its end", () => {
    over(100, (trial) => {
      const quiet = { ...trial, model: withoutDropout(trial.model) };
      const { model } = quiet;
      const { timeSteps: T, features: I, head } = model;
      const { weights, x, options } = startFamily(quiet);
      const F = headInputs(model);
      const whole = forward(model, weights, x, options);
      for (const b of upTo(model.batch)) {
        const length = options.lengths?.[b] ?? T;
        const own = { ...model, batch: 1, timeSteps: length };
        const initialStates = sliceStates(model, options.initialStates, b);
        const alone = forward(own, weights, stepsOf(x, I, T, b, upTo(length)), { initialStates });
        expectClose(stepsOf(whole.outputs, F, T, b, upTo(length)), alone.outputs);
        expect(stepsOf(whole.outputs, F, T, b, upTo(T).slice(length)).every((v) => v === 0)).toBe(true);
        expect(sliceStates(model, whole.finalStates, b)).toEqual(alone.finalStates);
        const rows = head.everyStep ? T : 1;
        const logits = stepsOf(whole.logits, head.units, rows, b, upTo(head.everyStep ? length : 1));
        expectClose(logits, alone.logits);
      }
    });
  });

  test("of length 0, the head reads the initial state, and past its end is zero", () => {
    const model = completeModel({
      ...SIZES,
      layers: [
        { units: 2, bidirectional: true },
        { type: "gru", units: 2 },
      ],
    });
    const weights = randomWeights(model, 1);
    const { x, labels } = randomBatch(model, 2);
    const initialStates = randomStates(model, 3);
    const options = { lengths: [0, 0, 0, 0], initialStates };
    const { finalStates, logits, outputs } = forward(model, weights, x, options);
    expect(finalStates).toEqual(initialStates);
    expect(outputs.every((v) => v === 0)).toBe(true);
    const kernel = weights.get("head.kernel")!;
    const { h } = initialStates[1][0];
    const [bias] = weights.get("head.bias")!;
    expect(logits[3]).toBeCloseTo(bias + h![2] * kernel[0] + h![3] * kernel[3], 14);
    for (const [name, gradient] of lossAndGradients(model, weights, x, labels, options).gradients) {
      expect(
        gradient.some((g) => g !== 0),
        name,
      ).toBe(name.startsWith("head"));
    }
    const every = { ...model, head: { ...model.head, everyStep: true } };
    const nothing = lossAndGradients(every, weights, x, new Int32Array(20).fill(-1), options);
    expect([nothing.loss, nothing.accuracy]).toEqual([0, 0]);
    for (const gradient of nothing.gradients.values()) expect(gradient.every((g) => g === 0)).toBe(true);
  });
});

describe("directions", () => {
  test.each(CELLS)("the reverse one is a forward one of the sequences turned round: %o", (cell) => {
    const both = completeModel({ ...SIZES, layers: [{ units: 3, bidirectional: true, ...cell }] });
    const one = completeModel({ ...SIZES, layers: [{ units: 3, ...cell }] });
    const { batch: B, timeSteps: T, features: I } = SIZES;
    const R = hiddenUnits(both.layers[0]);
    const weights = randomWeights(both, 1, 1);
    const reverse = new Map([...weights].map(([name, w]) => [name.replace("reverse.", ""), w]));
    const { x } = randomBatch(both, 2);
    const initialStates = randomStates(both, 3);
    for (const lengths of [LENGTHS, undefined]) {
      const whole = forward(both, weights, x, { lengths, initialStates });
      const turn = (values: Float64Array, width: number) =>
        Float64Array.from(
          upTo(B).flatMap((b) => {
            const length = lengths?.[b] ?? T;
            const order = upTo(T).map((t) => (t < length ? length - 1 - t : t));
            return [...stepsOf(values, width, T, b, order)];
          }),
        );
      const half = (d: number) => whole.outputs.filter((_, k) => Math.floor((k % (2 * R)) / R) === d);
      const ahead = forward(one, weights, x, { lengths, initialStates: [[initialStates[0][0]]] });
      const back = forward(one, reverse, turn(x, I), { lengths, initialStates: [[initialStates[0][1]]] });
      expectClose(half(0), ahead.outputs);
      expectClose(half(1), turn(back.outputs, R));
      expect(whole.finalStates[0]).toEqual([ahead.finalStates[0][0], back.finalStates[0][0]]);
      // The head reads both final states side by side.
      const read = upTo(B).flatMap((b) =>
        [ahead, back].flatMap(({ finalStates }) => [...finalStates[0][0].h.subarray(b * R, (b + 1) * R)]),
      );
      expectClose(whole.headInput, read);
    }
  });
});

test("a stack is each layer on the outputs of the one below", () => {
  over(100, (trial) => {
    const quiet = { ...trial, model: withoutDropout(trial.model) };
    const { model } = quiet;
    const { weights, x, options } = startFamily(quiet);
    const whole = forward(model, weights, x, options);
    let below: Float64Array = x;
    let top = whole;
    for (const [l, layer] of model.layers.entries()) {
      const first = l === 0;
      const own = {
        ...model,
        features: first ? model.features : layerInputs(model, l),
        projectionUnits: first ? model.projectionUnits : 0,
        layers: [layer],
      };
      const names = [...weightShapes(own).keys()];
      // The head of a layer that is not the last one reads what it does not fit, and is not looked at.
      const tensors = new Map(
        names.map((name) => [name, weights.get(name.replace("layers.0.", `layers.${l}.`))!]),
      );
      const initialStates = options.initialStates && [options.initialStates[l]];
      top = forward(own, tensors, below, { ...options, initialStates });
      expect(top.finalStates[0]).toEqual(whole.finalStates[l]);
      below = top.outputs;
    }
    expect(top.logits).toEqual(whole.logits);
  });
});

test("two halves, the second from the states of the first, give the whole", () => {
  for (const cell of CELLS) {
    const layers = [
      { units: 3, ...cell },
      { type: "rnn" as const, units: 2 },
    ];
    const model = completeModel({ ...SIZES, projectionUnits: 2, layers });
    const { batch: B, timeSteps: T, features: I } = model;
    const weights = randomWeights(model, 1);
    const { x } = randomBatch(model, 2);
    const part = (from: number, to: number) =>
      Float64Array.from(upTo(B).flatMap((b) => [...stepsOf(x, I, T, b, upTo(T).slice(from, to))]));
    const whole = forward(model, weights, x);
    const first = forward({ ...model, timeSteps: 2 }, weights, part(0, 2));
    const options = { initialStates: first.finalStates };
    const second = forward({ ...model, timeSteps: 3 }, weights, part(2, 5), options);
    expect(second.logits).toEqual(whole.logits);
    expect(second.finalStates).toEqual(whole.finalStates);
  }
});

function withoutDropout(model: ReferenceModel): ReferenceModel {
  return {
    ...model,
    layers: model.layers.map((layer) => ({ ...layer, dropout: 0, recurrentDropout: 0 })),
    head: { ...model.head, dropout: 0 },
  };
}

function sliceStates(model: ReferenceModel, states: BatchOptions64["initialStates"], b: number) {
  const part = (values: ArrayLike<number>) => {
    const width = values.length / model.batch;
    return Float64Array.from(values).subarray(b * width, (b + 1) * width);
  };
  return states?.map((layer) => layer.map(({ h, c }) => ({ h: part(h!), c: part(c!) })));
}
