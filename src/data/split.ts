// Parts of a dataset to train on and to hold out. Where each sequence has a class, every class has its share in
// both; else all sequences are alike. Each part keeps the order of the dataset and shares its values; the same seed
// gives the same parts.

import type { Dataset } from "./dataset.ts";
import { Random } from "./random.ts";

export interface Split {
  train: Dataset;
  held: Dataset;
}

/**
 * Holds out `fraction` of the sequences: of each class its share, rounded down or up so that all together are as many
 * as asked for, but at least one, and one to train on. Sequences without a class of their own (a label or targets for
 * each step, targets, nothing) are one group.
 */
export function stratifiedSplit(dataset: Dataset, fraction: number, seed: number): Split {
  const { name, count } = dataset;
  if (!(fraction > 0 && fraction < 1)) {
    throw new RangeError(`${name}: fraction must be a number above 0 and below 1, got ${fraction}`);
  }
  const members = shuffledGroups(dataset, seed, 2, "the two parts of a split");
  const shares = members.map((own) => fraction * own.length);
  const heldOf = shares.map(Math.floor);
  // What rounding down left over goes to the groups that lost most by it.
  let left = Math.round(fraction * count) - heldOf.reduce((a, b) => a + b, 0);
  const byLoss = [...shares.keys()].sort((a, b) => shares[b] - heldOf[b] - (shares[a] - heldOf[a]) || a - b);
  for (const i of byLoss) if (left-- > 0) heldOf[i]++;

  const isHeld = new Uint8Array(count);
  for (const [i, own] of members.entries()) {
    const n = Math.min(Math.max(heldOf[i], 1), own.length - 1);
    for (const index of own.subarray(0, n)) isHeld[index] = 1;
  }
  return splitBy(dataset, (index) => isHeld[index] === 1);
}

/** Holds out each of `k` parts in turn: every sequence is held exactly once, every group in equal shares. */
export function kFold(dataset: Dataset, k: number, seed: number): Split[] {
  const { name, count } = dataset;
  if (!Number.isInteger(k) || k < 2 || k > count) {
    throw new RangeError(`${name}: k must be a whole number from 2 to ${count} sequences, got ${k}`);
  }
  const foldOf = new Uint32Array(count);
  // Dealt like cards, one group after another without starting anew: the folds are of equal size, too.
  let dealt = 0;
  for (const own of shuffledGroups(dataset, seed, k, `${k} folds`)) {
    for (const index of own) foldOf[index] = dealt++ % k;
  }
  return Array.from({ length: k }, (_, fold) => splitBy(dataset, (index) => foldOf[index] === fold));
}

/** The sequences of each class that has any, or all of them where they have none, in random order. */
function shuffledGroups(dataset: Dataset, seed: number, least: number, what: string): Uint32Array[] {
  const { name, count, classNames } = dataset;
  const byClass = dataset.truth === "classes" && !dataset.everyStep;
  const groupOf = byClass ? dataset.labels : new Uint8Array(count);
  const needed = `${what} need at least ${least} sequences${byClass ? " of every class" : ""}`;
  if (count === 0) throw new RangeError(`${name}: ${needed}, got none`);
  const random = new Random(seed);
  const sizes = new Map<number, number>();
  for (const group of groupOf) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const present = [...sizes.keys()].sort((a, b) => a - b);
  const rare = present.find((group) => sizes.get(group)! < least);
  if (rare !== undefined) {
    const className = classNames === undefined ? "" : ` (${JSON.stringify(classNames[rare])})`;
    const place = byClass ? ` of class ${rare}${className}` : "";
    throw new RangeError(`${name}: ${needed}, got ${sizes.get(rare)}${place}`);
  }
  const members = new Map(present.map((group) => [group, new Uint32Array(sizes.get(group)!)]));
  for (let i = count - 1; i >= 0; i--) {
    const left = sizes.get(groupOf[i])! - 1;
    members.get(groupOf[i])![left] = i;
    sizes.set(groupOf[i], left);
  }
  for (const own of members.values()) random.shuffle(own);
  return [...members.values()];
}

function splitBy(dataset: Dataset, isHeld: (index: number) => boolean): Split {
  const all = Uint32Array.from({ length: dataset.count }, (_, index) => index);
  return {
    train: dataset.select(all.filter((index) => !isHeld(index))),
    held: dataset.select(all.filter(isHeld)),
  };
}
