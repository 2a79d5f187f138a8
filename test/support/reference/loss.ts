// The loss of a batch, its accuracy, and its gradient by the logits.

import { logSumExp, sigmoid, softmax } from "./activations.ts";
import { type BatchOptions64, type Forward64, items } from "./forward.ts";
import type { ReferenceModel } from "./model.ts";
import { row } from "./products.ts";

export interface Loss64 {
  /** Sum of weight * loss over the items (sequences, or their steps) by their number; 0 without any. */
  loss: number;
  /** Share of right decisions, not weighted; 0 without items, NaN of a linear head. */
  accuracy: number;
  /** As logits. */
  dlogits: Float64Array;
}

interface ItemLoss {
  /** Not weighted. */
  loss: number;
  /** What the head decides: one class of a softmax head, C labels of a sigmoid one, nothing of a linear one. */
  decisions: number;
  /** Decisions that are right. */
  hits: number;
  /** [C] */
  dlogits: Float64Array;
}

/**
 * `targets`: labels [B], or [B,T] if the head reads every step, of a softmax head; values [B,C] or [B,T,C] of the
 * others. Those past a sequence's end are not read. `options`: those of the pass.
 */
export function lossOf(
  model: ReferenceModel,
  { logits }: Forward64,
  targets: ArrayLike<number>,
  options: BatchOptions64 = {},
): Loss64 {
  const { head, classWeights } = model;
  const C = head.units;
  const all = [...items(model, options)];
  const dlogits = new Float64Array(logits.length);
  let loss = 0;
  let hits = 0;
  let decisions = 0;
  for (const { b, index } of all) {
    const item = itemLoss(head.type, row(logits, index, C), targets, index);
    const classWeight = head.type === "softmax" ? (classWeights?.[targets[index]] ?? 1) : 1;
    const weight = (options.sampleWeights?.[b] ?? 1) * classWeight;
    loss += (weight * item.loss) / all.length;
    hits += item.hits;
    decisions += item.decisions;
    row(dlogits, index, C).set(item.dlogits.map((value) => (weight * value) / all.length));
  }
  const accuracy = head.type === "linear" ? Number.NaN : all.length > 0 ? hits / decisions : 0;
  return { loss, accuracy, dlogits };
}

function itemLoss(
  type: ReferenceModel["head"]["type"],
  logits: Float64Array,
  targets: ArrayLike<number>,
  index: number,
): ItemLoss {
  if (type === "softmax") return softmaxLoss(logits, targets[index]);
  const own = Float64Array.from(logits, (_, k) => targets[index * logits.length + k]);
  return type === "sigmoid" ? sigmoidLoss(logits, own) : linearLoss(logits, own);
}

/** -log softmax(logits)[label]. Of equal logits the first is the one decided for. */
function softmaxLoss(logits: Float64Array, label: number): ItemLoss {
  const dlogits = softmax(logits);
  dlogits[label] -= 1;
  const decided = logits.indexOf(Math.max(...logits));
  const hits = decided === label ? 1 : 0;
  return { loss: logSumExp(logits) - logits[label], decisions: 1, hits, dlogits };
}

/**
 * Mean of the binary cross-entropies -y log(p) - (1-y) log(1-p), with p the sigmoid of the logit; y from 0 to 1.
 * A decision is p > 1/2, and right if y > 1/2 too, or if neither is.
 */
function sigmoidLoss(logits: Float64Array, targets: ArrayLike<number>): ItemLoss {
  const C = logits.length;
  const dlogits = new Float64Array(C);
  let loss = 0;
  let hits = 0;
  for (let k = 0; k < C; k++) {
    const p = sigmoid(logits[k]);
    // log(p) = -log(1 + e^-z) = z + log(1 - p): the sum is (1 - y) z + log(1 + e^-z), here without overflow.
    const log1pExp = Math.max(-logits[k], 0) + Math.log1p(Math.exp(-Math.abs(logits[k])));
    loss += ((1 - targets[k]) * logits[k] + log1pExp) / C;
    if (p > 0.5 === targets[k] > 0.5) hits++;
    dlogits[k] = (p - targets[k]) / C;
  }
  return { loss, decisions: C, hits, dlogits };
}

/** Mean of (y - target)². */
function linearLoss(outputs: Float64Array, targets: ArrayLike<number>): ItemLoss {
  const C = outputs.length;
  const errors = outputs.map((y, k) => y - targets[k]);
  const loss = errors.reduce((sum, error) => sum + error * error, 0) / C;
  return { loss, decisions: 0, hits: 0, dlogits: errors.map((error) => (2 * error) / C) };
}
