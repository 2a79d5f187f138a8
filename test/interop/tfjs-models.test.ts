// Models go to TensorFlow.js and come from it by its own loading and saving, and predict the same on both sides.

import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeModel } from "../../src/formats/models/convert.ts";
import { checkDescription } from "../../src/formats/models/description.ts";
import type { ModelFile } from "../../src/formats/models/model-file.ts";
import { tfjsLoadHandler, tfjsSaveHandler } from "../../src/formats/models/tfjs.ts";
import type { NpyArray } from "../../src/formats/npy.ts";
import { encodeNpz } from "../../src/formats/npz.ts";
import type { LayerConfig } from "../../src/layers.ts";
import { bits, describedAs, modelFile } from "../support/model-files.ts";
import { predict64 } from "../support/predict64.ts";
import { randomNumbers } from "../support/reference/index.ts";
import { library } from "./built-library.ts";

const BOUND = 1e-5;
const [B, T, I] = [4, 6, 3];

const CASES: [string, Partial<LayerConfig>[]][] = [
  ["lstm", [{}]],
  ["lstm with another forget bias", [{ forgetBias: -0.3 }]],
  [
    "stacked lstm",
    [
      { units: 5, dropout: 0.5, recurrentDropout: 0.2 },
      { units: 4, dropout: 0.2 },
    ],
  ],
  ["lstm of both directions", [{ bidirectional: true }, { bidirectional: true, units: 2 }]],
  ["gru", [{ type: "gru", resetAfter: false }]],
  ["gru of both directions", [{ type: "gru", resetAfter: false, bidirectional: true }]],
  ["rnn", [{ type: "rnn" }]],
  ["all kinds", [{ bidirectional: true }, { type: "gru", resetAfter: false, units: 4 }, { type: "rnn" }]],
];

beforeAll(() => tf.setBackend("cpu"));

describe("TensorFlow.js loads what was written", () => {
  describe.each(CASES)("%s", (_name, layers) => {
    test.each(["softmax", "sigmoid", "linear"] as const)("%s head", async (type) => {
      for (const [projectionUnits, everyStep] of [
        [0, false],
        [2, true],
        [2, false],
        [0, true],
      ] as const) {
        const head = { type, units: 4, everyStep, dropout: 0.1 };
        const model = modelFile(describedAs({ timeSteps: T, features: I, projectionUnits, layers, head }), 5);
        const theirs = await load(model);
        expectClose(answer(theirs, values(B * T * I)), predict64(model, values(B * T * I), T));
        theirs.dispose();
      }
    });
  });

  test("any number of steps where the model does not say", async () => {
    const model = modelFile(describedAs({ features: I, layers: [{ bidirectional: true }, {}] }));
    const theirs = await load(model);
    for (const steps of [1, 9]) {
      expectClose(
        answer(theirs, values(B * steps * I), steps),
        predict64(model, values(B * steps * I), steps),
      );
    }
  });

  test.each(CASES)("and the library answers the same from the same weights: %s", async (_name, layers) => {
    const description = describedAs({
      timeSteps: T,
      features: I,
      projectionUnits: 5,
      layers,
      head: { units: 3 },
    });
    const model = modelFile(description, 7);
    const theirs = await load(model);
    const { createModel } = await library();
    const { features, projectionUnits, layers: complete, head } = description;
    const ours = await createModel({ timeSteps: T, features, projectionUnits, layers: [...complete], head });
    await ours.setWeights(model.tensors);
    expectClose((await ours.predict(values(B * T * I))).values, answer(theirs, values(B * T * I)));
    ours.close();
    theirs.dispose();
  });
});

describe("what TensorFlow.js saves is read", () => {
  const recurrent = { recurrentActivation: "sigmoid", recurrentInitializer: "glorotUniform" } as const;
  const { bidirectional, dense, dropout, gru, lstm, simpleRNN, timeDistributed } = layers.layers;
  const models: [string, () => layers.layers.Layer[]][] = [
    [
      "lstm",
      () => [
        lstm({ units: 5, inputShape: [T, I], ...recurrent }),
        dense({ units: 3, activation: "softmax" }),
      ],
    ],
    [
      "a projection, gru of both directions at every step",
      () => [
        timeDistributed({ layer: dense({ units: 4 }), inputShape: [T, I] }),
        bidirectional({
          layer: gru({ units: 3, returnSequences: true, ...recurrent }) as layers.RNN,
          mergeMode: "concat",
        }),
        dense({ units: 2, activation: "sigmoid" }),
      ],
    ],
    [
      "a stack with dropout, without biases, and a last activation",
      () => [
        dropout({ rate: 0.5, inputShape: [T, I] }),
        lstm({ units: 5, returnSequences: true, useBias: false, ...recurrent }),
        simpleRNN({ units: 4, recurrentInitializer: "glorotUniform", biasInitializer: "randomNormal" }),
        dense({ units: 2 }),
        layers.layers.activation({ activation: "softmax" }),
      ],
    ],
  ];

  test.each(models)("%s", async (_name, make) => {
    const theirs = layers.sequential({ layers: make() });
    const handler = tfjsSaveHandler();
    await theirs.save(handler as Parameters<typeof theirs.save>[0]);
    const { model } = handler.saved!;
    expectClose(answer(theirs, values(B * T * I)), predict64(model, values(B * T * I), T));
  });

  test("with an optimizer that has worked, and the model is still the same", async () => {
    const theirs = layers.sequential({ layers: models[0][1]() });
    theirs.compile({ optimizer: tf.train.adam(0.1), loss: "categoricalCrossentropy" });
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], "int32"), 3);
    await theirs.fit(tf.tensor3d(values(B * T * I), [B, T, I]), labels, { epochs: 2, verbose: 0 });
    const handler = tfjsSaveHandler();
    await theirs.save(handler as Parameters<typeof theirs.save>[0], { includeOptimizer: true } as never);
    expectClose(answer(theirs, values(B * T * I)), predict64(handler.saved!.model, values(B * T * I), T));
  });

  test("hard sigmoids, its default, are refused", async () => {
    const theirs = layers.sequential({
      layers: [lstm({ units: 5, inputShape: [T, I], recurrentInitializer: "zeros" }), dense({ units: 3 })],
    });
    const saving = theirs.save(tfjsSaveHandler() as Parameters<typeof theirs.save>[0]);
    await expect(saving).rejects.toThrow('expected recurrent_activation "sigmoid", got "hard_sigmoid"');
  });
});

// np.savez(file, *model.get_weights()) of Keras names arrays by their place in the same list that TensorFlow.js gives.
test("the list of a model's weights in an .npz archive is read with a description", async () => {
  const recurrent = { recurrentActivation: "sigmoid", recurrentInitializer: "glorotUniform" } as const;
  const { bidirectional, dense, gru, lstm } = layers.layers;
  const theirs = layers.sequential({
    layers: [
      dense({ units: 4, inputShape: [T, I] }),
      bidirectional({
        layer: lstm({ units: 3, returnSequences: true, ...recurrent }) as layers.RNN,
        mergeMode: "concat",
      }),
      gru({ units: 5, ...recurrent }),
      dense({ units: 2, activation: "softmax" }),
    ],
  });
  const arrays = theirs
    .getWeights()
    .map((tensor, k): [string, NpyArray] => [
      `arr_${k}`,
      { shape: tensor.shape, data: tensor.dataSync() as Float32Array },
    ]);
  const description = checkDescription(
    {
      ...{ features: I, projectionUnits: 4, head: { units: 2 } },
      layers: [
        { units: 3, bidirectional: true },
        { type: "gru", units: 5, resetAfter: false },
      ],
    },
    "description",
  );
  const { model } = await decodeModel(encodeNpz(new Map(arrays)), "weights.npz", { description });
  expectClose(answer(theirs, values(B * T * I)), predict64(model, values(B * T * I), T));
});

test("there and back gives the same bits, forget bias and all", async () => {
  const description = describedAs({
    ...{
      timeSteps: T,
      features: I,
      projectionUnits: 2,
      head: { type: "sigmoid", everyStep: true, dropout: 0.5 },
    },
    layers: [
      { bidirectional: true, dropout: 0.5, forgetBias: 0.3 },
      { type: "gru", resetAfter: false },
    ],
  });
  const model = modelFile(description);
  const theirs = await load(model);
  const handler = tfjsSaveHandler();
  await theirs.save(handler as Parameters<typeof theirs.save>[0]);
  expect(bits(handler.saved!.model)).toEqual(bits(model));
});

function load(model: ModelFile): Promise<layers.LayersModel> {
  return layers.loadLayersModel(tfjsLoadHandler(model) as Parameters<typeof layers.loadLayersModel>[0]);
}

function answer(model: layers.LayersModel, x: Float32Array, steps = T): Float32Array {
  return tf.tidy(() => {
    const input = tf.tensor3d(x, [x.length / (steps * I), steps, I]);
    return (model.predict(input) as tf.Tensor).dataSync().slice() as Float32Array;
  });
}

function values(count: number): Float32Array {
  const random = randomNumbers(3);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  const farthest = Math.max(...Array.from(expected, (value, i) => Math.abs(value - got[i])));
  expect(farthest).toBeLessThanOrEqual(BOUND);
}
