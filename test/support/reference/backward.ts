// The loss of a batch and its derivative by every weight: the forward pass upside down.

import {
  type BatchOptions64,
  type Forward64,
  forward,
  items,
  type LayerPass64,
  lengthOf,
  readStep,
} from "./forward.ts";
import { type Loss64, lossOf } from "./loss.ts";
import {
  cellUnits,
  directions,
  headInputs,
  hiddenUnits,
  layerInputs,
  layerOutputs,
  type ReferenceModel,
} from "./model.ts";
import { addOuter, addProductTransposed, addVector, masked, row } from "./products.ts";
import { cellTensors, makeWeights, type Weights64 } from "./weights.ts";

export interface LossAndGradients64 extends Pick<Loss64, "loss" | "accuracy"> {
  gradients: Weights64;
}

/** `targets`: as lossOf takes them. */
export function lossAndGradients(
  model: ReferenceModel,
  weights: Weights64,
  x: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: BatchOptions64 = {},
): LossAndGradients64 {
  const pass = forward(model, weights, x, options);
  const gradients = makeWeights(model, (size) => new Float64Array(size));
  const { loss, accuracy, dlogits } = lossOf(model, pass, targets, options);
  let { dOutputs, dFinal } = backwardHead(model, pass, weights, dlogits, gradients, options);
  for (let l = model.layers.length - 1; l >= 0; l--) {
    const dGiven = backwardLayer(model, l, pass.layers[l], weights, dOutputs, dFinal, gradients, options);
    dOutputs = masked(dGiven, options.masks?.inputs?.[l]);
    dFinal = undefined;
  }
  return { loss, accuracy, gradients };
}

// The gradients of the last layer's outputs [B,T,F], and of its final h [B,F].
function backwardHead(
  model: ReferenceModel,
  { headInput, outputs }: Forward64,
  weights: Weights64,
  dlogits: Float64Array,
  gradients: Weights64,
  options: BatchOptions64,
): { dOutputs: Float64Array; dFinal: Float64Array | undefined } {
  const { everyStep, units: C } = model.head;
  const F = headInputs(model);
  const dInput = new Float64Array(headInput.length);
  for (const { index } of items(model, options)) {
    const dlogits_k = row(dlogits, index, C);
    addOuter(gradients.get("head.kernel")!, row(headInput, index, F), dlogits_k);
    addVector(gradients.get("head.bias")!, dlogits_k);
    addProductTransposed(row(dInput, index, F), dlogits_k, weights.get("head.kernel")!);
  }
  const dRead = masked(dInput, options.masks?.head);
  return everyStep
    ? { dOutputs: dRead, dFinal: undefined }
    : { dOutputs: new Float64Array(outputs.length), dFinal: dRead };
}

// The gradient of what the layer was given, after dropout: [B,T,X], or [B,T,I] of layer 0.
function backwardLayer(
  model: ReferenceModel,
  l: number,
  { given, input, steps }: LayerPass64,
  weights: Weights64,
  dOutputs: Float64Array,
  dFinal: Float64Array | undefined,
  gradients: Weights64,
  options: BatchOptions64,
): Float64Array {
  const { batch: B, timeSteps: T } = model;
  const layer = model.layers[l];
  const R = hiddenUnits(layer);
  const width = layerOutputs(layer);
  const X = layerInputs(model, l);
  const dInput = new Float64Array(input.length);

  for (const [d, direction] of directions(layer).entries()) {
    const tensorGradients = cellTensors(gradients, l, direction);
    for (let b = 0; b < B; b++) {
      const length = lengthOf(model, options, b);
      // Steps past the sequence's end hand dh on as it is.
      let dh: Float64Array = new Float64Array(R);
      let dc: Float64Array = new Float64Array(cellUnits(layer));
      if (dFinal) dh.set(row(dFinal, b, width).subarray(d * R, (d + 1) * R));
      for (let s = length - 1; s >= 0; s--) {
        const at = b * T + readStep(d, length, s);
        addVector(dh, row(dOutputs, at, width).subarray(d * R, (d + 1) * R));
        const before = steps[d][b][s].backward(dh, dc, tensorGradients);
        addVector(row(dInput, at, X), before.dx);
        ({ dh, dc } = before);
      }
    }
  }
  return l === 0 && model.projectionUnits > 0
    ? backwardProjection(model, weights, given, dInput, gradients, options)
    : dInput;
}

// p_t = x_t · W_in + b_in
function backwardProjection(
  model: ReferenceModel,
  weights: Weights64,
  x: Float64Array,
  dp: Float64Array,
  gradients: Weights64,
  options: BatchOptions64,
): Float64Array {
  const { batch: B, timeSteps: T, features: I, projectionUnits: P } = model;
  const dx = new Float64Array(B * T * I);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < lengthOf(model, options, b); t++) {
      const step = b * T + t;
      const dp_t = row(dp, step, P);
      addOuter(gradients.get("projection.kernel")!, row(x, step, I), dp_t);
      addVector(gradients.get("projection.bias")!, dp_t);
      addProductTransposed(row(dx, step, I), dp_t, weights.get("projection.kernel")!);
    }
  }
  return dx;
}
