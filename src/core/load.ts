// A module to a running core. The only file that knows the loader.

import { instantiateSync } from "@assemblyscript/loader";
import { type Core, coreMemory } from "./core.ts";

export type { Core } from "./core.ts";

/** Instantiates a build on `memory`, a fresh one of its own unless given; shared if the build wants it so. */
export async function loadCore(module: WebAssembly.Module, memory = coreMemory(false)): Promise<Core> {
  // The loader's `instantiate` asks whether it was given a Response, which makes Node load all of fetch: 20 ms.
  const { exports } = instantiateSync<Record<string, unknown>>(module, { env: { memory } });
  return exports as unknown as Core;
}
