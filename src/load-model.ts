// The model that a file describes, wherever models are made.

import type { ModelOptions } from "./config.ts";
import type { ModelFile } from "./formats/models/model-file.ts";
import type { LoadFiles } from "./host.ts";
import type { PlaceOptions } from "./place.ts";
import type { Model } from "./public-model.ts";
import { resumeModelBy } from "./resume.ts";

type Options = ModelOptions & PlaceOptions;

/**
 * The model of a file of any format, or of what `decodeModel` made of one, with its weights; of a checkpoint also with
 * its optimiser. `overrides`: options to change, for example timeSteps, which some files do not say. Throws a RangeError
 * or TypeError beginning with `name` for a file that is none.
 */
export async function loadModelBy(
  create: (options: Options) => Promise<Model>,
  files: LoadFiles,
  source: Uint8Array | ModelFile,
  overrides: Partial<Options> = {},
  name = "model",
): Promise<Model> {
  if (!(source instanceof Uint8Array)) return modelOf(create, source, overrides, name);
  const { decodeModel } = await files();
  const { model, checkpoint } = await decodeModel(source, name);
  if (checkpoint) return resumeModelBy(create, checkpoint, overrides, name);
  return modelOf(create, model, overrides, name);
}

async function modelOf(
  create: (options: Options) => Promise<Model>,
  { description, tensors }: ModelFile,
  overrides: Partial<Options>,
  name: string,
): Promise<Model> {
  const timeSteps = overrides.timeSteps ?? description.timeSteps;
  if (timeSteps === undefined) {
    throw new RangeError(
      `${name}: expected timeSteps among the overrides, as the file does not say it, got none`,
    );
  }
  const model = await create({ ...description, ...overrides, timeSteps });
  try {
    await model.setWeights(tensors, name);
    return model;
  } catch (error) {
    model.close();
    throw error;
  }
}
