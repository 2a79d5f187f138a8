// Models in Node: the engine runs in the thread that asks for it.

import type { ModelOptions } from "../config.ts";
import { createModelOn } from "../model.ts";
import { type PlaceOptions, splitPlace } from "../place.ts";
import type { Model } from "../public-model.ts";
import { nodeHost } from "./host.ts";

/**
 * Makes a model with seeded weights. Throws a TypeError or RangeError naming the option that is wrong, and an
 * Error when no build of the core runs here.
 */
export async function createModel(options: ModelOptions & PlaceOptions): Promise<Model> {
  return createModelOn(nodeHost, splitPlace(options).model);
}
