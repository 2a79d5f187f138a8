// What the layers do at every step: the reference's gates and cell states, beside what apply gives.

import { expect, test } from "vitest";
import { KINDS } from "./support/kinds.ts";
import {
  batchOf,
  expectWithin,
  lengthsOf,
  newModel,
  referenceOf,
  statesOf,
  tensorsOf,
  weights64,
} from "./support/models.ts";
import { forward, randomWeights } from "./support/reference/index.ts";

const COUNT = 7;

test.each(KINDS)("%s", async (_name, options) => {
  const model = await newModel(options);
  await model.setWeights(tensorsOf(model, randomWeights(referenceOf(model, 1), 3, 0.7)));
  const { timeSteps: T, layers } = model.config;
  const { x } = batchOf(model, COUNT);
  const lengths = lengthsOf(model, COUNT, 2);
  lengths.set([0, T], 2);
  const { initialState, initialStates } = statesOf(model, COUNT);
  const circumstances = [
    { given: {}, reference: {} },
    { given: { lengths, initialState }, reference: { lengths, initialStates } },
  ];
  for (const { given, reference } of circumstances) {
    const { cells, ...applied } = await model.trace(x, given);
    expect(applied).toEqual(await model.apply(x, given));
    const expected = forward(referenceOf(model, COUNT), await weights64(model), x, reference);
    const directions = expected.layers.flatMap(({ steps }, layer) =>
      steps.map((steps, d) => ({ layer, reversed: d === 1, steps })),
    );
    expect(cells.map(({ layer, reversed }) => ({ layer, reversed }))).toEqual(
      directions.map(({ layer, reversed }) => ({ layer, reversed })),
    );
    for (const [k, { layer, reversed, steps }] of directions.entries()) {
      const { gates, cellState } = cells[k];
      const { type, units: H } = layers[layer];
      const G = { lstm: 4, gru: 3, rnn: 1 }[type] * H;
      const [expectedGates, expectedStates] = [
        new Float64Array(COUNT * T * G),
        new Float64Array(COUNT * T * H),
      ];
      for (const [b, own] of steps.entries()) {
        for (const [s, step] of own.entries()) {
          const at = b * T + (reversed ? own.length - 1 - s : s);
          expectedGates.set(step.gates, at * G);
          if (type === "lstm") expectedStates.set(step.c, at * H);
        }
      }
      expectWithin(gates, expectedGates, 1e-5);
      expectWithin(cellState ?? [], type === "lstm" ? expectedStates : [], 1e-5);
      for (const [i, value] of expectedGates.entries()) if (value === 0) expect(gates[i]).toBe(0);
    }
  }
});
