// wasm-lstm in a browser, with cores in .wasm files of their own.

import type { Checkpoint } from "../checkpoint-state.ts";
import type { ModelOptions } from "../config.ts";
import type { ModelFile } from "../formats/models/model-file.ts";
import { loadModelBy } from "../load-model.ts";
import type { PlaceOptions } from "../place.ts";
import type { Model } from "../public-model.ts";
import { resumeModelBy } from "../resume.ts";
import { createModelWith, files } from "./create-model.ts";
import { compileFrom } from "./separate-core.ts";

export * from "../library.ts";

export interface CoreOptions {
  /** Folder in which relaxed.wasm, simd.wasm and scalar.wasm lie; default: where the package or the bundler put them. */
  wasmFolder?: string | URL;
}

/** As `createModel`, with a core that is compiled while it arrives. */
export async function createModel(options: ModelOptions & PlaceOptions & CoreOptions): Promise<Model> {
  const { wasmFolder, ...others } = options ?? {};
  return createModelWith(compileFrom(wasmFolder), others);
}

/** See resume.ts. */
export function resumeModel(
  checkpoint: Checkpoint,
  overrides: Partial<ModelOptions & PlaceOptions & CoreOptions> = {},
  name?: string,
): Promise<Model> {
  return resumeModelBy(createModel, checkpoint, overrides, name);
}

/** See load-model.ts. */
export function loadModel(
  source: Uint8Array | ModelFile,
  overrides: Partial<ModelOptions & PlaceOptions & CoreOptions> = {},
  name?: string,
): Promise<Model> {
  return loadModelBy(createModel, files, source, overrides, name);
}
