// The forward pass: x -> projection -> layers -> head, one sequence and one direction at a time.

import { predictionsOf } from "./activations.ts";
import { type CellState, cellSteps, type Step } from "./cell.ts";
import {
  cellUnits,
  directions,
  headInputs,
  hiddenUnits,
  layerInputs,
  layerOutputs,
  type ReferenceModel,
} from "./model.ts";
import { addProduct, masked, row } from "./products.ts";
import { cellTensors, type Weights64 } from "./weights.ts";

export interface BatchOptions64 {
  /** Steps of each sequence, 0 to T; default all. Past its end the state stays as it is, and outputs are 0. */
  lengths?: ArrayLike<number>;
  /** By layer and direction, the states before step 0; default zero. Not trained: the gradient ends here. */
  initialStates?: readonly (readonly Partial<States64>[])[];
  /** [B], factors of the loss; default 1. */
  sampleWeights?: ArrayLike<number>;
  /** Of a training pass; default: nothing is dropped. */
  masks?: Masks64;
}

/** What dropout multiplies by: 0 or 1/(1-p), or any other factor. What is not given is 1. */
export interface Masks64 {
  /** By layer, of what both its directions read: of layer 0 [B,T,I], before the projection; then [B,T,X]. */
  inputs?: readonly (Float64Array | undefined)[];
  /** By layer and direction [B,R], of h in the recurrent product, the same at every step. */
  recurrent?: readonly (readonly (Float64Array | undefined)[])[];
  /** [B,F], or [B,T,F] if the head reads every step. */
  head?: Float64Array;
}

/** The states of a batch in one direction of one layer: h [B,R]; c [B,H] of an lstm, [B,0] of the others. */
export interface States64 {
  h: ArrayLike<number>;
  c: ArrayLike<number>;
}

export interface Forward64 {
  layers: LayerPass64[];
  /** [B,T,F] of the last layer; zero past a sequence's end. */
  outputs: Float64Array;
  /** By layer and direction, after each sequence's own last step. */
  finalStates: { h: Float64Array; c: Float64Array }[][];
  /** [B,F], or [B,T,F] if it reads every step: what the head multiplies. */
  headInput: Float64Array;
  /** [B,C], or [B,T,C] if the head reads every step; there zero past a sequence's end. */
  logits: Float64Array;
  /** As logits: their softmax, their sigmoid or, of a linear head, themselves. */
  predictions: Float64Array;
}

export interface LayerPass64 {
  /** [B,T,X], or [B,T,I] of layer 0: what the layer is given, after dropout. */
  given: Float64Array;
  /** [B,T,X], what its kernel multiplies: what it is given or, in layer 0, the projection of that. */
  input: Float64Array;
  /** [B,T,R], or [B,T,2R] of a bidirectional layer. */
  outputs: Float64Array;
  /** By direction and sequence, the steps in the order they were made. */
  steps: Step[][][];
}

/** x [B,T,I] -> logits and everything on the way to them. */
export function forward(
  model: ReferenceModel,
  weights: Weights64,
  x: ArrayLike<number>,
  options: BatchOptions64 = {},
): Forward64 {
  const layers: LayerPass64[] = [];
  const finalStates: Forward64["finalStates"] = [];
  let outputs: Float64Array = Float64Array.from(x);
  for (const l of model.layers.keys()) {
    const given = masked(outputs, options.masks?.inputs?.[l]);
    const input = l === 0 && model.projectionUnits > 0 ? project(model, weights, given) : given;
    const { states, ...pass } = forwardLayer(model, l, weights, input, options);
    layers.push({ given, input, ...pass });
    finalStates.push(states);
    outputs = pass.outputs;
  }

  // The head reads every step, or the final h of each direction side by side.
  const { batch: B } = model;
  const { everyStep, units: C } = model.head;
  const F = headInputs(model);
  const last = finalStates[finalStates.length - 1];
  const R = F / last.length;
  const read = everyStep ? outputs : new Float64Array(B * F);
  if (!everyStep) {
    for (let b = 0; b < B; b++) {
      for (const [d, { h }] of last.entries()) row(read, b, F).set(row(h, b, R), d * R);
    }
  }
  const headInput = masked(read, options.masks?.head);

  // logits = read · W + b
  const logits = new Float64Array((headInput.length / F) * C);
  for (const { index } of items(model, options)) {
    const logits_k = row(logits, index, C);
    logits_k.set(weights.get("head.bias")!);
    addProduct(logits_k, row(headInput, index, F), weights.get("head.kernel")!);
  }
  const predictions = new Float64Array(logits.length);
  for (const { index } of items(model, options)) {
    row(predictions, index, C).set(predictionsOf(model.head.type, row(logits, index, C)));
  }
  return { layers, outputs, finalStates, headInput, logits, predictions };
}

/** What the loss is the mean over: each sequence or each of its steps, and its row in logits. */
export function* items(
  model: ReferenceModel,
  options: BatchOptions64,
): Generator<{ b: number; index: number }> {
  const { batch: B, timeSteps: T, head } = model;
  for (let b = 0; b < B; b++) {
    if (!head.everyStep) yield { b, index: b };
    else for (let t = 0; t < lengthOf(model, options, b); t++) yield { b, index: b * T + t };
  }
}

export function lengthOf({ timeSteps }: ReferenceModel, { lengths }: BatchOptions64, b: number): number {
  return lengths ? lengths[b] : timeSteps;
}

/** Which step of a sequence direction `d` reads at its own step `s`: the reverse one begins at the end. */
export function readStep(d: number, length: number, s: number): number {
  return d === 0 ? s : length - 1 - s;
}

// p_t = x_t · W_in + b_in, [B,T,I] -> [B,T,P]
function project(model: ReferenceModel, weights: Weights64, x: Float64Array): Float64Array {
  const { batch: B, timeSteps: T, features: I, projectionUnits: P } = model;
  const p = new Float64Array(B * T * P);
  for (let step = 0; step < B * T; step++) {
    const p_t = row(p, step, P);
    p_t.set(weights.get("projection.bias")!);
    addProduct(p_t, row(x, step, I), weights.get("projection.kernel")!);
  }
  return p;
}

function forwardLayer(
  model: ReferenceModel,
  l: number,
  weights: Weights64,
  input: Float64Array,
  options: BatchOptions64,
) {
  const { batch: B, timeSteps: T } = model;
  const layer = model.layers[l];
  const X = layerInputs(model, l);
  const R = hiddenUnits(layer);
  const H = cellUnits(layer);
  const width = layerOutputs(layer);
  const outputs = new Float64Array(B * T * width);
  const states: Forward64["finalStates"][number] = [];
  const steps: Step[][][] = [];

  for (const [d, direction] of directions(layer).entries()) {
    const tensors = cellTensors(weights, l, direction);
    const initial = options.initialStates?.[l]?.[d];
    const h0 = Float64Array.from(initial?.h ?? new Float64Array(B * R));
    const c0 = Float64Array.from(initial?.c ?? new Float64Array(B * H));
    const mask = options.masks?.recurrent?.[l]?.[d];
    const final = { h: new Float64Array(B * R), c: new Float64Array(B * H) };
    steps[d] = [];
    for (let b = 0; b < B; b++) {
      const length = lengthOf(model, options, b);
      const factors = mask && row(mask, b, R);
      let state: CellState = { h: row(h0, b, R), c: row(c0, b, H) };
      steps[d][b] = [];
      for (let s = 0; s < length; s++) {
        const at = b * T + readStep(d, length, s);
        const step = cellSteps[layer.type](layer, tensors, row(input, at, X), state, factors);
        row(outputs, at, width).set(step.h, d * R);
        steps[d][b].push(step);
        state = step;
      }
      row(final.h, b, R).set(state.h);
      row(final.c, b, H).set(state.c);
    }
    states.push(final);
  }
  return { outputs, steps, states };
}
