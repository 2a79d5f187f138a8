// What a model file answers by the float64 reference.

import type { ModelFile } from "../../src/formats/models/model-file.ts";
import { forward } from "./reference/index.ts";

/** x [B,T,I] -> [B,C], or [B,T,C] from a head at every step, zero past a sequence's end; lengths 0 to T. */
export function predict64(
  { description, tensors }: ModelFile,
  x: ArrayLike<number>,
  timeSteps: number,
  lengths?: ArrayLike<number>,
): Float64Array {
  const batch = x.length / (timeSteps * description.features);
  const weights = new Map([...tensors].map(([name, { data }]) => [name, Float64Array.from(data)]));
  return forward({ ...description, batch, timeSteps }, weights, x, { lengths }).predictions;
}
