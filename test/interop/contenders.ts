// The sides this project answers for, as trainees: the float64 reference and the library as it is published.

import {
  Adam64,
  forward,
  type LstmShape,
  lossAndGradients,
  lstmModel,
  type Weights64,
  weightShapes,
} from "../support/reference/index.ts";
import { library } from "./built-library.ts";
import type { AdamOptions, Start } from "./trainee.ts";

/** What the library does when not told otherwise; it is compared under these. */
export const FORGET_BIAS = 1;
export const ADAM: AdamOptions = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

export const startReference: Start = async (shape, given, options) => {
  const weights: Weights64 = new Map([...given].map(([name, values]) => [name, values.slice()]));
  const adam = new Adam64(options);
  return {
    probabilities: async (x) => forward(lstmModel(shape), weights, x).predictions,
    train: async (x, labels) => {
      const trained = lossAndGradients(lstmModel(shape), weights, x, labels);
      adam.step(weights, trained.gradients);
      return trained;
    },
    weights: async () => weights,
    close: () => {},
  };
};

export const startLibrary: Start = async (shape, weights, { learningRate }) => {
  const { createModel } = await library();
  const { batch: batchSize, timeSteps, features, projectionUnits, units, classes, forgetBias } = shape;
  const sizes = { timeSteps, features, projectionUnits, classes, batchSize };
  const model = await createModel({ ...sizes, layers: [{ units, forgetBias }], learningRate });
  await model.setWeights(tensors(shape, weights));
  return {
    probabilities: async (x) => (await model.predict(x)).values,
    train: async (x, labels) => {
      const { loss, accuracy } = await model.trainOnBatch(x, labels);
      return { loss, accuracy, gradients: values(await model.gradients()) };
    },
    weights: async () => values(await model.weights()),
    close: () => model.close(),
  };
};

type Tensors = Map<string, { shape: readonly number[]; data: Float32Array }>;

function tensors(shape: LstmShape, weights: Weights64): Tensors {
  return new Map(
    [...weightShapes(lstmModel(shape))].map(([name, dimensions]) => [
      name,
      { shape: dimensions, data: Float32Array.from(weights.get(name)!) },
    ]),
  );
}

// Copies: the library may hand out views of memory that the next step overwrites.
function values(tensors: Tensors): Map<string, Float32Array> {
  return new Map([...tensors].map(([name, { data }]) => [name, data.slice()]));
}
