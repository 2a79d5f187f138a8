// Random models for tests that compare one way of running them with another.

import fc from "fast-check";
import type { ModelOptions } from "../../src/config.ts";

const lstm = fc.record({
  type: fc.constant("lstm" as const),
  units: fc.integer({ min: 1, max: 19 }),
  bidirectional: fc.boolean(),
  forgetBias: fc.constantFrom(0, 1, 0.5),
  peepholes: fc.boolean(),
  cellClip: fc.constantFrom(Number.POSITIVE_INFINITY, 0.5),
  recurrentProjectionUnits: fc.constantFrom(0, 0, 3),
  dropout: fc.constantFrom(0, 0.25),
  recurrentDropout: fc.constantFrom(0, 0.25),
});
const gru = fc.record({
  type: fc.constant("gru" as const),
  units: fc.integer({ min: 1, max: 17 }),
  bidirectional: fc.boolean(),
  resetAfter: fc.boolean(),
});
const rnn = fc.record({ type: fc.constant("rnn" as const), units: fc.integer({ min: 1, max: 40 }) });

/** Models of every kind, small. */
export const anyModel: fc.Arbitrary<ModelOptions> = fc.record({
  timeSteps: fc.integer({ min: 1, max: 6 }),
  features: fc.integer({ min: 1, max: 9 }),
  projectionUnits: fc.constantFrom(0, 0, 5),
  layers: fc.array(fc.oneof(lstm, gru, rnn), { minLength: 1, maxLength: 3 }),
  head: fc.record({
    type: fc.constantFrom("softmax" as const, "sigmoid" as const, "linear" as const),
    units: fc.integer({ min: 1, max: 11 }),
    everyStep: fc.boolean(),
    dropout: fc.constantFrom(0, 0.25),
  }),
  batchSize: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer({ min: 1, max: 1000 }),
  clipNorm: fc.constantFrom(Number.POSITIVE_INFINITY, 0.1),
  kernelInitializer: fc.constantFrom("glorotUniform" as const, "randomNormal" as const),
});

/** n numbers from -1 to 1 that follow from `seed`. */
export function numbers(n: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}
