// What an update costs, and what that is worth.

import type { ModelConfig } from "./config.ts";
import type { Host } from "./host.ts";

// Below it an update is too short for the choice of a tile to pay.
export const FLOPS_WORTH_A_CHOICE = 2e7;

// "auto": a thread per core, as long as each has work for longer than the barriers of an update take.
const FLOPS_WORTH_A_THREAD = 4e6;

/** The threads a model of this configuration runs on; one where the host has none to share its memory with. */
export function threadsOf(config: ModelConfig, { threads }: Host): number {
  if (threads === undefined) return 1;
  if (config.threads !== "auto") return config.threads;
  const worth = Math.floor(flops(config).flopsPerUpdate / FLOPS_WORTH_A_THREAD);
  return Math.max(1, Math.min(threads.cores, worth, config.batchSize));
}

// Two operations a multiply-add. Folded: T steps of [I + 1] and T - 1 of [H] forward and in the weight gradient,
// T - 1 of dh. Naive: projection and cell forward, the same twice backward, less dx.
export function flops(c: ModelConfig): { flopsPerUpdate: number; naiveFlopsPerUpdate: number } {
  const { batchSize: B, timeSteps: T, features: I, projectionUnits: P, units: H, classes: C } = c;
  const X = P || I;
  const head = 3 * B * H * C;
  const cell = 2 * B * 4 * H * (T * (I + 1) + (T - 1) * H) + B * 4 * H * H * (T - 1);
  const fold = P > 0 ? 3 * (I + 1) * P * 4 * H : 0;
  const naive = B * T * (2 * I * P + 2 * 4 * H * (X + H) + 4 * H * (P > 0 ? X + H : H));
  return { flopsPerUpdate: 2 * (cell + fold + head), naiveFlopsPerUpdate: 2 * (naive + head) };
}
