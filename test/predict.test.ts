// Predictions of any number of sequences: the reference's numbers, and for each sequence the bits it gets alone.

import { describe, expect, test } from "vitest";
import type { Applied, CellState, Model, ModelOptions, Prediction } from "../src/index.ts";
import { FORWARD_KINDS, KINDS } from "./support/kinds.ts";
import {
  batchOf,
  expectWithin,
  lengthsOf,
  newModel,
  referenceOf,
  rowsOf,
  statesOf,
  stepsOf,
  tensorsOf,
  timeMajorOf,
  weights64,
} from "./support/models.ts";
import { forward, randomWeights } from "./support/reference/index.ts";

/** Sequences; no multiple of the batch size. */
const COUNT = 13;

/** With weights large enough for every gate to move. */
async function newPredictor(options: Partial<ModelOptions>): Promise<Model> {
  const model = await newModel(options);
  await model.setWeights(tensorsOf(model, randomWeights(referenceOf(model, 1), 3, 0.7)));
  return model;
}

/** Lengths of which some are 0 and some full, and states to begin from, or neither. */
function circumstances(model: Model) {
  const lengths = lengthsOf(model, COUNT, 2);
  lengths.set([0, model.config.timeSteps], 3);
  const { initialState, initialStates } = statesOf(model, COUNT);
  return [
    { given: {}, reference: {} },
    { given: { lengths }, reference: { lengths } },
    { given: { initialState }, reference: { initialStates } },
    { given: { lengths, initialState }, reference: { lengths, initialStates } },
  ];
}

describe.each(KINDS)("%s", (_name, options) => {
  test.each([false, true])("apply agrees with the reference, time-major %o", async (timeMajor) => {
    const model = await newPredictor({ ...options, timeMajor });
    const { timeSteps: T, head } = model.config;
    const { x } = batchOf(model, COUNT);
    for (const { given, reference } of circumstances(model)) {
      const applied = await model.apply(timeMajor ? timeMajorOf(model, x) : x, given);
      const expected = forward(referenceOf(model, COUNT), await weights64(model), x, reference);
      expectWithin(applied.outputs, expected.outputs, 1e-5);
      expectWithin(applied.logits, expected.logits, 2e-5);
      expectWithin(applied.values, expected.predictions, 1e-5);
      const finalStates = expected.finalStates.flat();
      expect(applied.finalState).toHaveLength(finalStates.length);
      for (const [k, { h, c }] of finalStates.entries()) {
        expectWithin(applied.finalState[k].h, h, 1e-5);
        expectWithin(applied.finalState[k].c ?? [], c, 1e-5);
      }
      // Behind a sequence's end everything is zero, and no class.
      const lengthOf = (b: number) => given.lengths?.[b] ?? T;
      const width = applied.outputs.length / (COUNT * T);
      for (let b = 0; b < COUNT; b++) {
        const ended = (values: ArrayLike<number>, each: number) =>
          Array.from(values).slice((b * T + lengthOf(b)) * each, (b + 1) * T * each);
        expect(ended(applied.outputs, width).every((v) => v === 0)).toBe(true);
        if (!head.everyStep) continue;
        for (const values of [applied.values, applied.logits]) {
          expect(ended(values, head.units).every((v) => v === 0)).toBe(true);
        }
        if (head.type === "softmax") expect(ended(applied.classes, 1).every((c) => c === -1)).toBe(true);
      }
      expect([...applied.classes]).toEqual(classesOf(applied, model, lengthOf));
    }
  });

  test("any count gives each sequence the bits it gets alone, whatever the batch size", async () => {
    const model = await newPredictor(options);
    const larger = await newModel({ ...options, batchSize: 16 });
    await larger.setWeights(await model.weights());
    const { x } = batchOf(model, COUNT);
    for (const { given } of circumstances(model)) {
      const alone: Applied[] = [];
      for (let b = 0; b < COUNT; b++) {
        alone.push(await model.apply(rowsOf(x, model, b, b + 1), partOf(given, b, b + 1)));
      }
      for (const count of [1, 4, 5, 6, 10, COUNT]) {
        const part = partOf(given, 0, count);
        const applied = await model.apply(rowsOf(x, model, 0, count), part);
        for (const key of ["values", "classes", "logits", "outputs"] as const) {
          expect([...applied[key]], key).toEqual(alone.slice(0, count).flatMap((one) => [...one[key]]));
        }
        for (const k of applied.finalState.keys()) {
          for (const key of ["h", "c"] as const) {
            expect([...(applied.finalState[k][key] ?? [])], `${key} of cell ${k}`).toEqual(
              alone.slice(0, count).flatMap(({ finalState }) => [...(finalState[k][key] ?? [])]),
            );
          }
        }
        expect(await larger.apply(rowsOf(x, model, 0, count), part)).toEqual(applied);
        expect(await model.predict(rowsOf(x, model, 0, count), part)).toEqual(predictionOf(applied));
      }
    }
  });

  test("time-major input gives the same bits", async () => {
    const [model, timeMajor] = [
      await newPredictor(options),
      await newPredictor({ ...options, timeMajor: true }),
    ];
    const { x } = batchOf(model, COUNT);
    for (const { given } of circumstances(model)) {
      expect(await timeMajor.apply(timeMajorOf(model, x), given)).toEqual(await model.apply(x, given));
    }
  });
});

test.each(FORWARD_KINDS)(
  "%s: a second half begins from the state in which the first ended",
  async (_, options) => {
    const model = await newPredictor(options);
    const T = model.config.timeSteps;
    const whole = await newModel({ ...options, timeSteps: 2 * T });
    await whole.setWeights(await model.weights());
    const { x } = batchOf(whole, COUNT);
    const first = await model.apply(stepsOf(x, whole, 0, T));
    const second = await model.apply(stepsOf(x, whole, T, 2 * T), { initialState: first.finalState });
    expect(second.finalState).toEqual((await whole.apply(x)).finalState);
  },
);

test("no sequences, no predictions", async () => {
  const model = await newModel();
  const none = new Float32Array(0);
  expect(await model.predict([])).toEqual({ values: none, probabilities: none, classes: new Int32Array(0) });
  const { finalState, outputs, logits } = await model.apply(none);
  expect({ finalState, outputs, logits }).toEqual({
    finalState: [{ h: none, c: none }],
    outputs: none,
    logits: none,
  });
});

test("what a head gives has the names that fit it", async () => {
  const names = async (type: "softmax" | "sigmoid" | "linear") => {
    const model = await newModel({ head: { type, units: 3 } });
    const { values, probabilities, classes } = await model.predict(batchOf(model, 7).x);
    expect(values).toHaveLength(21);
    return {
      probabilities: probabilities === values ? "values" : probabilities.length,
      classes: classes.length,
    };
  };
  expect(await names("softmax")).toEqual({ probabilities: "values", classes: 7 });
  expect(await names("sigmoid")).toEqual({ probabilities: "values", classes: 0 });
  expect(await names("linear")).toEqual({ probabilities: 0, classes: 0 });
});

test("plain arrays are taken, nothing given is changed, and what was given stays", async () => {
  const model = await newModel();
  const { x } = batchOf(model, 7);
  const lengths = lengthsOf(model, 7);
  const { initialState } = statesOf(model, 7);
  const before = structuredClone({ x, lengths, initialState });
  const first = await model.apply(x, { lengths, initialState });
  const kept = structuredClone(first);
  expect(await model.apply([...x], { lengths: [...lengths], initialState })).toEqual(kept);
  expect({ x, lengths, initialState }).toEqual(before);
  await model.apply(batchOf(model, 7, 5).x);
  expect(first).toEqual(kept);
});

test("a pass leaves nothing behind for the next one", async () => {
  const [used, fresh] = [await newPredictor({}), await newPredictor({})];
  const { x, targets } = batchOf(used, 5);
  const { initialState } = statesOf(used, 5);
  await used.apply(x, { lengths: [6, 0, 3, 1, 5], initialState });
  await used.evaluateOnBatch(x, targets, { keepState: true, sampleWeights: [0, 1, 2, 3, 4] });
  const lengths = [0, 0, 0, 0, 0];
  for (const options of [{ lengths }, {}, { lengths: [0, 1, 2, 3, 4] }]) {
    expect(await used.apply(x, options)).toEqual(await fresh.apply(x, options));
    expect(await used.evaluateOnBatch(x, targets, options)).toEqual(
      await fresh.evaluateOnBatch(x, targets, options),
    );
  }
});

function predictionOf({ values, probabilities, classes }: Applied): Prediction {
  return { values, probabilities, classes };
}

// The first largest logit of each item.
function classesOf({ logits }: Applied, { config }: Model, lengthOf: (b: number) => number): number[] {
  const { head, timeSteps: T } = config;
  if (head.type !== "softmax") return [];
  const items = logits.length / head.units;
  return Array.from({ length: items }, (_, i) => {
    if (head.everyStep && i % T >= lengthOf(Math.floor(i / T))) return -1;
    const row = Array.from(logits.subarray(i * head.units, (i + 1) * head.units));
    return row.indexOf(Math.max(...row));
  });
}

interface Given {
  lengths?: Int32Array;
  initialState?: CellState[];
}

// Of sequences [from, to).
function partOf({ lengths, initialState }: Given, from: number, to: number): Given {
  const part = (values: Float32Array) => {
    const width = values.length / COUNT;
    return values.slice(from * width, to * width);
  };
  return {
    lengths: lengths?.slice(from, to),
    initialState: initialState?.map(({ h, c }) => ({ h: part(h), ...(c && { c: part(c) }) })),
  };
}
