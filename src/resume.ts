// A model of a checkpoint, wherever models are made.

import type { Checkpoint } from "./checkpoint-state.ts";
import type { ModelOptions } from "./config.ts";
import { defined } from "./layers.ts";
import type { PlaceOptions } from "./place.ts";
import type { Model } from "./public-model.ts";

type Options = ModelOptions & PlaceOptions;

/**
 * The model of a checkpoint, with its weights and its optimiser as they were. `overrides`: options to change, for
 * example threads or the batch size. Throws a RangeError beginning with `name` for a checkpoint that does not fit itself.
 */
export async function resumeModelBy(
  create: (options: Options) => Promise<Model>,
  checkpoint: Checkpoint,
  overrides: Partial<Options> = {},
  name = "checkpoint",
): Promise<Model> {
  const given = defined(overrides);
  const model = await create({ ...checkpoint.options, ...given });
  try {
    await model.restore(checkpoint, name);
    if (given.learningRate !== undefined) model.learningRate = given.learningRate;
    return model;
  } catch (error) {
    model.close();
    throw error;
  }
}
