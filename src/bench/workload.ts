// The models that are measured.

import { Random } from "../data/random.ts";
import type { LayerOptions, ModelOptions } from "../index.ts";
import type { Sizes } from "./protocol.ts";

/** The model of the tutorial that the project began with. */
export const REFERENCE: Sizes = {
  batchSize: 128,
  timeSteps: 28,
  features: 28,
  projectionUnits: 128,
  units: 128,
  classes: 10,
};

/** Other members of the family, of the reference model's sizes; what they cost is counted by the library. */
export const VARIANTS = {
  lstm: (units: number) => [{ units }],
  stack: (units: number) => [{ units }, { units }],
  bidirectional: (units: number) => [{ units, bidirectional: true }],
  lengths: (units: number) => [{ units }],
  gru: (units: number) => [{ units, type: "gru" }],
  "gru-before": (units: number) => [{ units, type: "gru", resetAfter: false }],
  rnn: (units: number) => [{ units, type: "rnn" }],
} satisfies Record<string, (units: number) => LayerOptions[]>;
export type Variant = keyof typeof VARIANTS;

/** A model's sizes as options of the library. */
export function modelOf({ units, ...sizes }: Sizes, forgetBias: number, variant?: Variant): ModelOptions {
  return { ...sizes, layers: variant ? VARIANTS[variant](units) : [{ units, forgetBias }] };
}

/** Lengths of a batch, from half of the steps to all of them; the first is of all. */
export function lengthsOf({ batchSize, timeSteps }: Sizes): Int32Array {
  const random = new Random(2);
  const half = Math.ceil(timeSteps / 2);
  return Int32Array.from({ length: batchSize }, (_, i) =>
    i === 0 ? timeSteps : half + random.below(timeSteps - half + 1),
  );
}
