// The page's models: made of settings, of a checkpoint, or of a file's weights.

import { type Checkpoint, createModel, type Model, type ModelOptions, resumeModel } from "wasm-lstm";
import { CLASSES, SIDE } from "../images-protocol.ts";
import type { Settings } from "../settings.ts";

/** What is the machine's and not the model's. */
function engineOf({ build, threads }: Settings) {
  return { build: build === "auto" ? undefined : build, threads };
}

/** A fresh model. */
export function newModel(
  settings: Settings,
  engine: Partial<ModelOptions> = engineOf(settings),
): Promise<Model> {
  return createModel({
    timeSteps: SIDE,
    features: SIDE,
    layers: [{ type: settings.layer, units: settings.units }],
    classes: CLASSES,
    batchSize: settings.batch,
    learningRate: settings.rate,
    seed: settings.seed,
    ...engine,
  });
}

/** The model of a checkpoint, on the engine that is set. */
export async function modelOf(checkpoint: Checkpoint, settings: Settings): Promise<Model> {
  const model = await resumeModel(checkpoint, { ...engineOf(settings), batchSize: settings.batch });
  model.learningRate = settings.rate;
  return model;
}

/** The settings that a checkpoint was made with. Throws a RangeError if its model does not read this page's images. */
export function settingsOf({ options, optimizer }: Checkpoint, settings: Settings): Settings {
  const { timeSteps, features, layers, units, head, classes = head?.units, batchSize, seed } = options;
  const [layer, ...others] = layers ?? [{ units }];
  const reads = timeSteps === SIDE && features === SIDE;
  const answers = classes === CLASSES && (head?.type ?? "softmax") === "softmax" && !head?.everyStep;
  if (!reads || !answers || others.length > 0 || layer.bidirectional || options.timeMajor) {
    throw new RangeError("expected one layer that reads 28 rows of 28 pixels and names one of 10 digits");
  }
  return {
    ...settings,
    layer: layer.type ?? "lstm",
    units: layer.units!,
    batch: batchSize ?? settings.batch,
    rate: optimizer.learningRate,
    seed: seed ?? settings.seed,
  };
}
