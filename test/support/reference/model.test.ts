// Names, order and shapes of the weights.

import { expect, test } from "vitest";
import { completeModel, headInputs, layerInputs, lstmModel, weightShapes } from "./index.ts";

test("every tensor of a model with everything", () => {
  const model = completeModel({
    ...{ batch: 1, timeSteps: 1, features: 3, projectionUnits: 5 },
    layers: [
      { units: 7, peepholes: true, recurrentProjectionUnits: 2, bidirectional: true },
      { type: "gru", units: 6, bidirectional: true },
      { type: "gru", units: 3, resetAfter: false },
      { type: "rnn", units: 8 },
      { units: 9 },
    ],
    head: { units: 11 },
  });
  expect([...weightShapes(model)].map(([name, shape]) => `${name} ${shape}`)).toEqual([
    "projection.kernel 3,5",
    "projection.bias 5",
    "layers.0.kernel 5,28",
    "layers.0.recurrent_kernel 2,28",
    "layers.0.bias 28",
    "layers.0.peephole 3,7",
    "layers.0.projection_kernel 7,2",
    "layers.0.reverse.kernel 5,28",
    "layers.0.reverse.recurrent_kernel 2,28",
    "layers.0.reverse.bias 28",
    "layers.0.reverse.peephole 3,7",
    "layers.0.reverse.projection_kernel 7,2",
    "layers.1.kernel 4,18",
    "layers.1.recurrent_kernel 6,18",
    "layers.1.bias 2,18",
    "layers.1.reverse.kernel 4,18",
    "layers.1.reverse.recurrent_kernel 6,18",
    "layers.1.reverse.bias 2,18",
    "layers.2.kernel 12,9",
    "layers.2.recurrent_kernel 3,9",
    "layers.2.bias 9",
    "layers.3.kernel 3,8",
    "layers.3.recurrent_kernel 8,8",
    "layers.3.bias 8",
    "layers.4.kernel 8,36",
    "layers.4.recurrent_kernel 9,36",
    "layers.4.bias 36",
    "head.kernel 9,11",
    "head.bias 11",
  ]);
});

test("one LSTM layer in the words of its shape", () => {
  const shape = {
    batch: 2,
    timeSteps: 3,
    features: 4,
    projectionUnits: 0,
    units: 5,
    classes: 6,
    forgetBias: 0.5,
  };
  const model = lstmModel(shape);
  expect(model).toMatchObject({ batch: 2, timeSteps: 3, features: 4, projectionUnits: 0 });
  expect(model.layers).toHaveLength(1);
  expect(model.layers[0]).toMatchObject({ type: "lstm", units: 5, forgetBias: 0.5, bidirectional: false });
  expect(model.head).toEqual({ type: "softmax", units: 6, everyStep: false, dropout: 0 });
  expect([layerInputs(model, 0), headInputs(model)]).toEqual([4, 5]);
  expect(layerInputs(lstmModel({ ...shape, projectionUnits: 7 }), 0)).toBe(7);
});
