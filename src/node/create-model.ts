// Models in Node: the engine runs in the thread that asks for it.

import type { Checkpoint } from "../checkpoint-state.ts";
import type { ModelOptions } from "../config.ts";
import type { ModelFile } from "../formats/models/model-file.ts";
import { loadModelBy } from "../load-model.ts";
import { createModelOn } from "../model.ts";
import { type PlaceOptions, splitPlace } from "../place.ts";
import type { Model } from "../public-model.ts";
import { resumeModelBy } from "../resume.ts";
import { nodeHost } from "./host.ts";

/**
 * Makes a model with seeded weights. Throws a TypeError or RangeError naming the option that is wrong, and an
 * Error when no build of the core runs here.
 */
export async function createModel(options: ModelOptions & PlaceOptions): Promise<Model> {
  return createModelOn(nodeHost, splitPlace(options).model);
}

/** See resume.ts. */
export function resumeModel(
  checkpoint: Checkpoint,
  overrides: Partial<ModelOptions & PlaceOptions> = {},
  name?: string,
): Promise<Model> {
  return resumeModelBy(createModel, checkpoint, overrides, name);
}

/** See load-model.ts. */
export function loadModel(
  source: Uint8Array | ModelFile,
  overrides: Partial<ModelOptions & PlaceOptions> = {},
  name?: string,
): Promise<Model> {
  return loadModelBy(createModel, nodeHost.files, source, overrides, name);
}
