// How much memory a model takes, known before it is made.

import { type ModelOptions, modelConfig } from "./config.ts";
import { pickBuild } from "./core/builds.ts";
import { coreMemory } from "./core/core.ts";
import { plannedBytes } from "./core/memory.ts";
import type { Host } from "./host.ts";

/** Bytes of linear memory, fixed while the model lives; the host's own arrays and datasets come on top. */
export interface MemoryNeeds {
  /** To train, and to predict with the same model. */
  training: number;
  /** To predict with a model that never trains. */
  inference: number;
  /** Of one stream that reads step by step; absent where a layer reads backwards, too. */
  streaming?: number;
}

/** Throws as `createModel` does for options that are wrong. */
export async function memoryNeedsOn(host: Host, options: ModelOptions): Promise<MemoryNeeds> {
  const config = modelConfig(options);
  const module = await host.compile(pickBuild(config.build, config.reproducible), false);
  const bytes = async (own: Partial<ModelOptions>, trains: boolean) =>
    plannedBytes(await host.instantiate(module, coreMemory(false)), { ...config, ...own } as typeof config, {
      trains,
    });
  const readsForward = config.layers.every(({ bidirectional }) => !bidirectional);
  return {
    training: await bytes({}, true),
    inference: await bytes({}, false),
    ...(readsForward && { streaming: await bytes({ timeSteps: 1, batchSize: 1 }, false) }),
  };
}
