// What an update costs, and what that is worth.

import type { ModelConfig } from "./config.ts";
import type { Host } from "./host.ts";
import { type LayerConfig, layerWidth, outputUnits } from "./layers.ts";

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

// Two operations a multiply-add. Folded: the projection is part of the first layer's input kernel; a bias is one more
// input; the state before step 0 is zero, so its products are left out. Naive: every product as the model is written.
export function flops(c: ModelConfig): { flopsPerUpdate: number; naiveFlopsPerUpdate: number } {
  const { batchSize: B, timeSteps: T, features: I, projectionUnits: P, head } = c;
  const headOperations =
    3 * B * (head.everyStep ? T : 1) * layerWidth(c.layers[c.layers.length - 1]) * head.units;
  let folded = headOperations;
  let naive = headOperations + (P > 0 ? 2 * B * T * I * P : 0);
  for (const [l, layer] of c.layers.entries()) {
    const { x, h, inner } = groups(layer);
    const { units: H } = layer;
    const R = outputUnits(layer);
    const X = l > 0 ? layerWidth(c.layers[l - 1]) : P || I;
    const hasInputGradient = l > 0 || P > 0;
    const directions = layer.bidirectional ? 2 : 1;
    const read = l > 0 ? X : I;
    const forward = T * (read + 1) * x * H + (T - 1) * R * h * H;
    const backward = (T - 1) * R * h * H + (l > 0 ? T * X * x * H : 0);
    const fold = l === 0 && P > 0 ? 3 * (I + 1) * P * x * H : 0;
    // A GRU's own product is of r h, which is zero at step 0.
    const innerTimes = layer.type === "gru" ? 3 * T - 1 : 3 * T;
    folded += directions * (B * (2 * forward + backward + innerTimes * inner) + fold);
    naive +=
      directions *
      B *
      T *
      (2 * (X * x + R * h) * H + (hasInputGradient ? X * x : 0) * H + R * h * H + 3 * inner);
  }
  return { flopsPerUpdate: 2 * folded, naiveFlopsPerUpdate: 2 * naive };
}

// Gates that x goes into, gates that h goes into, and multiply-adds a step of a product of their own.
function groups(layer: LayerConfig): { x: number; h: number; inner: number } {
  const { type, units: H, recurrentProjectionUnits, resetAfter } = layer;
  if (type === "lstm") return { x: 4, h: 4, inner: H * recurrentProjectionUnits };
  if (type === "rnn") return { x: 1, h: 1, inner: 0 };
  return resetAfter ? { x: 3, h: 3, inner: 0 } : { x: 3, h: 2, inner: H * H };
}
