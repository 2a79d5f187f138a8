// Random models of the family on the core: drawn, planned, and held against the float64 reference.

import fc from "fast-check";
import { expect } from "vitest";
import type { Core } from "../../src/core/load.ts";
import { DROPOUT_SEED, PlannedCore, type PlanOptions } from "./core.ts";
import { dropoutMasks } from "./dropout-masks.ts";
import {
  type BatchOptions64,
  closestDecision,
  type FamilyStart,
  type FamilyTrial,
  familyTrials,
  forward,
  type LossAndGradients64,
  lossAndGradients,
  randomNumbers,
  startFamily,
  type Weights64,
} from "./reference/index.ts";
import { tally, tallyLargest } from "./tally.ts";

export interface CoreTrial extends FamilyTrial {
  /** Rows of the plan beyond those of the batch. */
  spare: number;
}

/** `trials` with batches up to both sides of every tile, and plans larger than the batch. */
export function coreTrialsOf(trials: fc.Arbitrary<FamilyTrial>): fc.Arbitrary<CoreTrial> {
  return fc
    .record({
      trial: trials,
      more: fc.constantFrom(0, 0, 0, 8),
      spare: fc.constantFrom(0, 0, 0, 1, 2, 9),
    })
    .map(({ trial, more, spare }) => ({ ...withBatch(trial, trial.model.batch + more), spare }));
}

export const coreTrials: fc.Arbitrary<CoreTrial> = coreTrialsOf(familyTrials);

/** Those whose weights are small enough for float32 to follow over several updates. */
export const calmTrials = coreTrials.map((trial) => ({ ...trial, scale: Math.min(trial.scale, 0.5) }));

export function withBatch<T extends FamilyTrial>(trial: T, batch: number): T {
  return { ...trial, model: { ...trial.model, batch } };
}

/** Weights of up to 1.5 make a network chaotic: each step and layer multiplies what float32 errs. */
const isChaotic = ({ scale }: FamilyTrial) => scale > 1;

/** How clear a decision must be of a state to be clipped, or of an output to be right. */
const marginOf = (trial: FamilyTrial) => (isChaotic(trial) ? 1e-4 : 1e-5);

/** Whether float32 decides as float64 does. */
export function isDecided(trial: FamilyTrial, { weights, x }: FamilyStart, options: BatchOptions64): boolean {
  const pass = forward(trial.model, weights, x, options);
  return closestDecision(trial.model, pass, options) > marginOf(trial);
}

const starts = new WeakMap<FamilyTrial, FamilyStart>();

/** What a trial begins with, dropping what the core drops in its first update; drawn once, so not to be changed. */
export function startOf(trial: FamilyTrial): FamilyStart {
  const known = starts.get(trial);
  if (known) return known;
  const masks = dropoutMasks(trial.model, DROPOUT_SEED, 0);
  const start = startFamily(trial, { masks, margin: marginOf(trial) });
  starts.set(trial, start);
  return start;
}

/** A core with the trial's weights and batch in place. */
export function plan(core: Core, trial: CoreTrial, options: PlanOptions = {}): PlannedCore {
  const batchSize = trial.model.batch + trial.spare;
  return new PlannedCore(core, trial.model, { batchSize, ...options }).begin(startOf(trial));
}

interface Expected {
  reference: LossAndGradients64;
  /** The reference of weights and inputs two roundings of float32 away. */
  near: LossAndGradients64 | undefined;
}

const references = new WeakMap<FamilyTrial, Expected>();

// Worked out once for all builds.
function expectedOf(trial: FamilyTrial): Expected {
  const known = references.get(trial);
  if (known) return known;
  const { weights, x, targets, options } = startOf(trial);
  const reference = lossAndGradients(trial.model, weights, x, targets, options);
  const random = randomNumbers(trial.seed);
  const moved = (values: Float64Array) => values.map((v) => v * (1 + (random() < 0.5 ? 1 : -1) * 2 ** -22));
  const near = isChaotic(trial)
    ? lossAndGradients(trial.model, mapValues(weights, moved), moved(Float64Array.from(x)), targets, options)
    : undefined;
  references.set(trial, { reference, near });
  return { reference, near };
}

function mapValues(tensors: Weights64, map: (values: Float64Array) => Float64Array): Weights64 {
  return new Map([...tensors].map(([name, values]) => [name, map(values)]));
}

/** Fails unless loss, accuracy and gradients of the core's first update are the reference's. */
export function expectReference(core: PlannedCore, trial: FamilyTrial): void {
  const { reference, near } = expectedOf(trial);
  const share = isChaotic(trial) ? 5e-5 : 2e-6;
  expect(Math.abs(core.loss - reference.loss), "loss").toBeLessThan(share * (1 + reference.loss));
  expect(core.accuracy, "accuracy").toBe(reference.accuracy);
  expectGradients(core.gradients(), reference.gradients, near?.gradients);
  tally("models against the reference");
}

// What float32 may err: shares of the largest gradient of the tensor and, where terms cancel, of all tensors, and the
// rounding of probabilities. Of a chaotic network five times that, and thirty times what the reference itself moves by
// when weights and inputs move by two roundings. 20,000 random trials stayed within a fifth of all this, their losses
// within a sixth of theirs.
const OF_TENSOR = 2e-5;
const OF_ALL = 4e-6;
const OF_ONE = 5e-8;
const CHAOTIC = 5;
const OF_MOVED = 30;

/** Fails, naming the first gradient that is further from the reference than float32 explains. */
export function expectGradients(
  actual: Map<string, Float32Array>,
  expected: Weights64,
  near?: Weights64,
): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  let worst = 0;
  const largestOfAll = Math.max(...Array.from(expected.values(), largestOf));
  for (const [name, values] of expected) {
    const got = actual.get(name)!;
    const other = near?.get(name);
    const moved = other ? largestOf(values.map((g, k) => g - other[k])) : 0;
    const float32 = OF_TENSOR * largestOf(values) + OF_ALL * largestOfAll + OF_ONE;
    const bound = near ? CHAOTIC * float32 + OF_MOVED * moved : float32;
    for (let k = 0; k < values.length; k++) {
      if (!(Math.abs(got[k] - values[k]) <= bound)) {
        throw new Error(`gradient ${name}[${k}] is ${got[k]}, expected ${values[k]} within ${bound}`);
      }
      worst = Math.max(worst, Math.abs(got[k] - values[k]) / bound);
    }
  }
  tallyLargest("share of the tolerance", worst);
}

function largestOf(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
