// Random models of the whole family, with all that a batch can bring: fast-check draws them, and shrinks them.

import fc from "fast-check";
import { type BatchOptions64, type Forward64, forward, items, type Masks64 } from "./forward.ts";
import { completeModel, type ModelOptions64, type ReferenceModel } from "./model.ts";
import { row } from "./products.ts";
import {
  randomBatch,
  randomMasks,
  randomNumbers,
  randomStates,
  randomTargets,
  randomWeights,
} from "./random.ts";
import type { Weights64 } from "./weights.ts";

export interface FamilyTrial {
  model: ReferenceModel;
  seed: number;
  /** Of the weights. */
  scale: number;
  /** What the batch brings besides x and targets. */
  lengths: "none" | "any" | "equal" | "zero" | "full";
  initialStates: boolean;
  sampleWeights: boolean;
}

/** What a trial begins with; masks are given wherever the model drops anything. */
export interface FamilyStart {
  weights: Weights64;
  x: Float64Array;
  /** As lossAndGradients takes them; labels past a sequence's end are -1. */
  targets: Int32Array | Float64Array;
  options: BatchOptions64;
}

const units = fc.oneof(fc.integer({ min: 1, max: 19 }), fc.integer({ min: 7, max: 9 }));
const rate = fc.constantFrom(0, 0, 0, 0.25, 0.6);
const ofEveryLayer = { units, bidirectional: fc.boolean(), dropout: rate, recurrentDropout: rate };

type LayerOptions = fc.Arbitrary<ModelOptions64["layers"][number]>;

export const lstmLayers: LayerOptions = fc.record({
  ...ofEveryLayer,
  forgetBias: fc.constantFrom(1, 0, -0.75),
  peepholes: fc.boolean(),
  cellClip: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0.5, 0.125),
  recurrentProjectionUnits: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 11 })),
});
export const gruLayers: LayerOptions = fc.record({
  ...ofEveryLayer,
  type: fc.constant("gru"),
  resetAfter: fc.boolean(),
});
export const rnnLayers: LayerOptions = fc.record({ ...ofEveryLayer, type: fc.constant("rnn") });

/** Models of 1 to 3 of the given layers, of small and odd sizes around 8. */
export function familyModels(
  layer: LayerOptions = fc.oneof(lstmLayers, lstmLayers, gruLayers, rnnLayers),
): fc.Arbitrary<ReferenceModel> {
  return fc
    .record({
      batch: fc.integer({ min: 1, max: 9 }),
      timeSteps: fc.integer({ min: 1, max: 5 }),
      features: fc.integer({ min: 1, max: 17 }),
      projectionUnits: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 })),
      layers: fc.array(layer, { minLength: 1, maxLength: 3 }),
      head: fc.record({
        type: fc.constantFrom("softmax", "sigmoid", "linear"),
        units: fc.integer({ min: 1, max: 9 }),
        everyStep: fc.boolean(),
        dropout: rate,
      }),
      weighted: fc.boolean(),
    })
    .map(({ weighted, ...options }) => {
      const { type, units: C } = options.head;
      const classWeights = Array.from({ length: C }, (_, k) => ((k + 2) % 4) / 2);
      return completeModel(weighted && type === "softmax" ? { ...options, classWeights } : options);
    });
}

export function trialsOf(models: fc.Arbitrary<ReferenceModel>): fc.Arbitrary<FamilyTrial> {
  return fc.record({
    model: models,
    seed: fc.nat(),
    scale: fc.constantFrom(0.5, 0.5, 0.1, 1.5),
    lengths: fc.constantFrom("none", "none", "any", "any", "equal", "zero", "full"),
    initialStates: fc.boolean(),
    sampleWeights: fc.boolean(),
  });
}

/** Every type of layer, head and batch. */
export const familyTrials: fc.Arbitrary<FamilyTrial> = trialsOf(familyModels());

/**
 * Draws weights and batch, and masks unless given; anew while the forward pass takes a decision closer than `margin`,
 * which float32 could take otherwise.
 */
export function startFamily(
  trial: FamilyTrial,
  { masks, margin = 1e-5 }: { masks?: Masks64; margin?: number } = {},
): FamilyStart {
  for (let seed = trial.seed; ; seed++) {
    const start = draw(trial, seed, masks);
    const pass = forward(trial.model, start.weights, start.x, start.options);
    // A number that is none is close to nothing, and for the tests to find.
    if (!(closestDecision(trial.model, pass, start.options) <= margin)) return start;
  }
}

/**
 * The least distance of a number from where something else would be decided by it: of c from ± cellClip, of the
 * largest logit from the second, of a sigmoid's logit from 0. Arithmetic less exact than this may decide otherwise.
 */
export function closestDecision(model: ReferenceModel, pass: Forward64, options: BatchOptions64): number {
  let closest = Number.POSITIVE_INFINITY;
  for (const [l, { cellClip }] of model.layers.entries()) {
    for (const { unclipped = [] } of pass.layers[l].steps.flat(2)) {
      for (const c of unclipped) closest = Math.min(closest, Math.abs(Math.abs(c) - cellClip));
    }
  }
  for (const { index } of items(model, options)) {
    const logits = row(pass.logits, index, model.head.units).slice().sort().reverse();
    if (model.head.type === "sigmoid") closest = Math.min(closest, ...logits.map(Math.abs));
    if (model.head.type === "softmax" && logits.length > 1)
      closest = Math.min(closest, logits[0] - logits[1]);
  }
  return closest;
}

function draw(trial: FamilyTrial, seed: number, masks = randomMasks(trial.model, seed + 5)): FamilyStart {
  const { model } = trial;
  const lengths = lengthsOf(trial, seed);
  const { x, labels } = randomBatch(model, seed + 1);
  const { timeSteps: T, head } = model;
  const past = (index: number) =>
    head.everyStep && lengths !== undefined && index % T >= lengths[Math.floor(index / T)];
  const targets =
    head.type === "softmax"
      ? labels.map((label, index) => (past(index) ? -1 : label))
      : randomTargets(model, seed + 2);
  const random = randomNumbers(seed + 3);
  const options: BatchOptions64 = {
    lengths,
    initialStates: trial.initialStates ? randomStates(model, seed + 4) : undefined,
    sampleWeights: trial.sampleWeights
      ? Array.from({ length: model.batch }, () => Math.floor(random() * 5) / 2)
      : undefined,
    masks,
  };
  return { weights: randomWeights(model, seed, trial.scale), x, targets, options };
}

function lengthsOf({ model, lengths }: FamilyTrial, seed: number): Int32Array | undefined {
  if (lengths === "none") return undefined;
  const { batch: B, timeSteps: T } = model;
  const random = randomNumbers(seed + 6);
  const below = (n: number) => Math.floor(random() * n);
  const one = below(T + 1);
  const length = { any: () => below(T + 1), equal: () => one, zero: () => 0, full: () => T }[lengths];
  return Int32Array.from({ length: B }, length);
}
