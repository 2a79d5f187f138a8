// That random trials meet the whole family, and are decided clearly.

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  closestDecision,
  completeModel,
  familyTrials,
  forward,
  randomWeights,
  startFamily,
} from "./index.ts";

test("five hundred trials are of every kind, and all are clear of every decision", () => {
  const seen = new Set<string>();
  for (const trial of fc.sample(familyTrials, { numRuns: 500, seed: 1 })) {
    const { layers, head, classWeights, projectionUnits } = trial.model;
    const { weights, x, options, targets } = startFamily(trial);
    const pass = forward(trial.model, weights, x, options);
    expect(closestDecision(trial.model, pass, options)).toBeGreaterThan(1e-5);
    const see = (name: string, met: unknown) => met && seen.add(name);
    for (const layer of layers) {
      seen.add(layer.type);
      for (const [option, value] of Object.entries(layer)) see(`${layer.type} ${option}`, value);
      see("clip", Number.isFinite(layer.cellClip));
      see("reset before", layer.type === "gru" && !layer.resetAfter);
    }
    seen.add(`${head.type} ${head.everyStep ? "every step" : "last step"}`);
    seen.add(`${layers.length} layers`);
    seen.add(`lengths ${trial.lengths}`);
    see("projection", projectionUnits);
    see("class weights", classWeights);
    see("sample weights", options.sampleWeights);
    see("states", options.initialStates);
    see("label past the end", targets.includes(-1));
    see("mask of an input", options.masks?.inputs?.some(Boolean));
    see("mask of h", options.masks?.recurrent?.flat().some(Boolean));
    see("mask of the head", options.masks?.head);
  }
  const expected = [
    ...["lstm", "gru", "rnn"].flatMap((type) =>
      ["", " bidirectional", " dropout", " recurrentDropout"].map((option) => type + option),
    ),
    ...["peepholes", "recurrentProjectionUnits", "forgetBias"].map((option) => `lstm ${option}`),
    ...["clip", "reset before", "gru resetAfter", "1 layers", "2 layers", "3 layers"],
    ...["softmax", "sigmoid", "linear"].flatMap((type) => [`${type} every step`, `${type} last step`]),
    ...["none", "any", "equal", "zero", "full"].map((kind) => `lengths ${kind}`),
    ...["projection", "class weights", "sample weights", "states", "label past the end"],
    ...["mask of an input", "mask of h", "mask of the head"],
  ];
  expect(expected.filter((name) => !seen.has(name))).toEqual([]);
});

test("a trial starts the same way twice, with numbers of float32", () => {
  fc.assert(
    fc.property(familyTrials, (trial) => {
      const { weights, x, targets, options } = startFamily(trial);
      expect(startFamily(trial)).toEqual({ weights, x, targets, options });
      const masks = [options.masks!.inputs, options.masks!.recurrent!.flat(), [options.masks!.head]].flat();
      for (const values of [...weights.values(), x, targets, ...masks]) {
        for (const value of values ?? []) expect(Math.fround(value)).toBe(value);
      }
    }),
    { numRuns: 60 },
  );
});

test("the closest decision: a clip, two logits, a probability of one half", () => {
  const of = (
    type: "softmax" | "sigmoid" | "linear",
    logits: number[],
    cellClip = Number.POSITIVE_INFINITY,
  ) => {
    const model = completeModel({
      ...{ batch: 1, timeSteps: 1, features: 1, layers: [{ units: 1, cellClip }] },
      head: { type, units: logits.length },
    });
    const weights = randomWeights(model, 1, 0).set("head.bias", Float64Array.from(logits));
    const initialStates = [[{ c: [-2] }]];
    const pass = forward(model, weights, [0], { initialStates });
    return closestDecision(model, pass, { initialStates });
  };
  expect(of("softmax", [-12, 3, 10, 2])).toBe(7);
  expect(of("softmax", [5])).toBe(Number.POSITIVE_INFINITY);
  expect(of("sigmoid", [-3, 4])).toBe(3);
  expect(of("linear", [0, 0])).toBe(Number.POSITIVE_INFINITY);
  // c = -2 sigmoid(1)
  expect(of("linear", [0], 1.5)).toBeCloseTo(1.5 - 2 / (1 + Math.exp(-1)), 12);
});
