// An order from the benchmark with its files read, for contenders that run in Node.

import { readFileSync } from "node:fs";
import { decodeSafetensors } from "../formats/safetensors.ts";
import type { Batch, Order, SideOrder } from "./protocol.ts";

export function readOrder(order: Order): { sideOrder: SideOrder; batches: Batch[] } {
  const { weights: path, data, ...rest } = order;
  const weights = path === null ? null : decodeSafetensors(readFileSync(path), path).tensors;
  const bytes = readFileSync(data.path);
  const { batchSize, timeSteps, features } = order.sizes;
  const row = timeSteps * features;
  const x = new Float32Array(bytes.buffer, bytes.byteOffset, data.batches * data.rows * row);
  const labels = new Int32Array(bytes.buffer, bytes.byteOffset + x.byteLength, data.batches * data.rows);
  const batches = Array.from({ length: data.batches }, (_, i) => {
    const first = i * data.rows;
    return {
      x: x.slice(first * row, (first + batchSize) * row),
      labels: labels.slice(first, first + batchSize),
    };
  });
  return { sideOrder: { ...rest, weights }, batches };
}
