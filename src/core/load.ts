// A module to a running core. The only file that knows the loader.

import { instantiate } from "@assemblyscript/loader";
import { type Core, coreMemory } from "./core.ts";

export type { Core } from "./core.ts";

/** Instantiates a build on `memory`, a fresh one of its own unless given; shared if the build wants it so. */
export async function loadCore(module: WebAssembly.Module, memory = coreMemory(false)): Promise<Core> {
  const { exports } = await instantiate<Record<string, unknown>>(module, { env: { memory } });
  return exports as unknown as Core;
}
