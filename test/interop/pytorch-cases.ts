// The models that are compared with PyTorch, and the batch that they see; both sides make the same from this.

import type { ModelFile } from "../../src/formats/models/model-file.ts";
import { describedAs, modelFile } from "../support/model-files.ts";

export const SIZES = { B: 4, T: 5, I: 3 };
const { T, I } = SIZES;

/** By the name of the fixtures. */
export const CASES: ReadonlyMap<string, ModelFile> = new Map(
  [
    ["lstm", describedAs({ timeSteps: T, features: I, layers: [{ units: 4 }], head: { units: 3 } })],
    [
      "projected-lstm",
      describedAs({
        ...{ timeSteps: T, features: I, projectionUnits: 5 },
        ...{ layers: [{ units: 4, forgetBias: 0.5 }], head: { units: 3 } },
      }),
    ],
    [
      "stacked-bidirectional-lstm",
      describedAs({
        ...{ timeSteps: T, features: I, head: { units: 3 } },
        layers: [
          { units: 4, bidirectional: true },
          { units: 4, bidirectional: true },
        ],
      }),
    ],
    [
      "recurrent-projection",
      describedAs({ features: I, layers: [{ units: 4, recurrentProjectionUnits: 2 }], head: { units: 3 } }),
    ],
    [
      "stacked-gru",
      describedAs({
        ...{ timeSteps: T, features: I, head: { units: 3, everyStep: true } },
        layers: [
          { type: "gru", units: 4 },
          { type: "gru", units: 4 },
        ],
      }),
    ],
    [
      "bidirectional-rnn",
      describedAs({
        features: I,
        layers: [{ type: "rnn", units: 4, bidirectional: true }],
        head: { units: 3 },
      }),
    ],
    [
      "mixed",
      describedAs({
        ...{ timeSteps: T, features: I, projectionUnits: 2, head: { units: 3 } },
        layers: [{ units: 4 }, { type: "gru", units: 3, bidirectional: true }, { type: "rnn", units: 2 }],
      }),
    ],
  ].map(([name, description]) => [
    name as string,
    modelFile(description as ReturnType<typeof describedAs>, 11),
  ]),
);

/** x [B,T,I]: a sequence of numbers that are equal in both languages. */
export function inputs(): Float32Array {
  const { B } = SIZES;
  return Float32Array.from({ length: B * T * I }, (_, k) => ((k * 7919) % 1000) / 500 - 1);
}

/** A class for each sequence, or for each of its steps. */
export function labels(model: ModelFile): Int32Array {
  const { units, everyStep } = model.description.head;
  return Int32Array.from({ length: SIZES.B * (everyStep ? T : 1) }, (_, k) => (k * 5 + 1) % units);
}

/** Of Adam, as both sides run it; `here` is after how many of the updates PyTorch takes over where it does. */
export const TRAINING = { updates: 5, here: 3, learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
