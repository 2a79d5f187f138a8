// Models in a browser: the engine runs in a worker of its own unless told otherwise.

import type { Checkpoint } from "../checkpoint-state.ts";
import type { ModelOptions } from "../config.ts";
import type { ModelFile } from "../formats/models/model-file.ts";
import type { Host, LoadFiles } from "../host.ts";
import { loadModelBy } from "../load-model.ts";
import { type PlaceOptions, splitPlace } from "../place.ts";
import type { Model } from "../public-model.ts";
import { RemoteModel } from "../remote/remote-model.ts";
import { resumeModelBy } from "../resume.ts";
import { compileInlined } from "./inlined-core.ts";
import { startEngine } from "./start-engine.ts";

/** Loads what writes and reads models' files. */
export const files: LoadFiles = () => import("./model-files.js");

/** As `createModel` of Node, with `threads: "auto"` by default. */
export function createModel(options: ModelOptions & PlaceOptions): Promise<Model> {
  return createModelWith(compileInlined, options);
}

/** The same with cores from elsewhere. */
export async function createModelWith(
  compile: Host["compile"],
  options: ModelOptions & PlaceOptions,
): Promise<Model> {
  const { model, worker } = splitPlace(options);
  const isObject = typeof model === "object" && model !== null;
  const engine = await startEngine(worker);
  return RemoteModel.create(engine, isObject ? { ...model, threads: model.threads ?? "auto" } : model, {
    compile,
    files,
  });
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
  return loadModelBy(createModel, files, source, overrides, name);
}
