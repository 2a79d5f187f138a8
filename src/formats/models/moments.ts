// An optimiser's moments, or gradients, for a training that goes on in another tool: they are laid out like the weights.

import type { Tensor, Tensors } from "../../types.ts";
import { encodeSafetensors } from "../safetensors.ts";
import type { ModelFile } from "./model-file.ts";
import { type DialectName, toNamedCompanions } from "./named-tensors.ts";

/**
 * A safetensors file of both moments in a dialect: `first_moment.` and `second_moment.` before the names that the
 * weights have there. Throws a RangeError if the moments are not those of such a model, or the dialect has none.
 */
export function encodeMoments(
  description: ModelFile["description"],
  { firstMoment, secondMoment }: { firstMoment: Tensors; secondMoment: Tensors },
  dialect: DialectName,
): Uint8Array {
  const tensors = new Map<string, Tensor>();
  for (const [prefix, moments] of [
    ["first_moment.", firstMoment],
    ["second_moment.", secondMoment],
  ] as const) {
    for (const [name, tensor] of toNamedCompanions(description, moments, dialect)) {
      tensors.set(prefix + name, tensor);
    }
  }
  return encodeSafetensors(tensors, { dialect });
}
