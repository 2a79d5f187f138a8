// Bytes to a running core. The only file that knows the loader.

import { instantiate } from "@assemblyscript/loader";

/** The exports of assembly/index.ts; addresses and plans are byte offsets into `memory`. */
export interface Core {
  readonly memory: WebAssembly.Memory;
  planBase(): number;
  layout(plan: number, B: number, T: number, I: number, P: number, H: number, C: number): number;
  at(plan: number, region: number): number;
  sizeOf(plan: number, region: number): number;
  setTile(plan: number, layout: number, rows: number, wide: boolean): void;
  probe(plan: number, layout: number, n: number): void;
  initialize(plan: number, seedLow: number, seedHigh: number): void;
  runPhase(plan: number, phase: number, n: number, worker: number, workers: number): void;
}

/** Instantiates a build on `memory`, a fresh one of its own unless given; shared if the build wants it so. */
export async function loadCore(module: WebAssembly.Module, memory = coreMemory(false)): Promise<Core> {
  const { exports } = await instantiate<Record<string, unknown>>(module, { env: { memory } });
  return exports as unknown as Core;
}

/** One page now, grown once to what the plan needs; `shared`: threads can share it. */
export function coreMemory(shared: boolean): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
}
