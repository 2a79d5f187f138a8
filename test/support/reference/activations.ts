// From pre-activations to activations: what gates and heads put behind their products.

import type { ReferenceHead } from "./model.ts";

export function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** log of the sum of exp; the maximum is taken out first, so that no exponential overflows. */
export function logSumExp(values: Float64Array): number {
  const max = Math.max(...values);
  return max + Math.log(values.reduce((sum, value) => sum + Math.exp(value - max), 0));
}

export function softmax(values: Float64Array): Float64Array {
  const log = logSumExp(values);
  return values.map((value) => Math.exp(value - log));
}

/** logits [C] -> probabilities [C], or the logits themselves of a linear head. */
export function predictionsOf(type: ReferenceHead["type"], logits: Float64Array): Float64Array {
  if (type === "softmax") return softmax(logits);
  return type === "sigmoid" ? logits.map(sigmoid) : logits.slice();
}
