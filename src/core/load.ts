// Bytes to a running core. The only file that knows the loader.

import { instantiate } from "@assemblyscript/loader";

/** The exports of assembly/index.ts; addresses and plans are byte offsets into `memory`. */
export interface Core {
  readonly memory: WebAssembly.Memory;
  planBase(): number;
  layout(plan: number, B: number, T: number, I: number, P: number, H: number, C: number): number;
  at(plan: number, region: number): number;
  sizeOf(plan: number, region: number): number;
  setTile(plan: number, rows: number, wide: boolean): void;
  initialize(plan: number, seedLow: number, seedHigh: number): void;
  runPhase(plan: number, phase: number, n: number, worker: number, workers: number): void;
}

export async function loadCore(bytes: Uint8Array<ArrayBuffer>): Promise<Core> {
  const { exports } = await instantiate<Record<string, unknown>>(bytes);
  return exports as unknown as Core;
}
