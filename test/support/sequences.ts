// What a dataset holds, as plain arrays to compare.

import { expect } from "vitest";
import type { Dataset } from "../../src/data/dataset.ts";

/** The steps of each sequence, each step an array of its features; padding left out. */
export function sequencesOf(dataset: Dataset): number[][][] {
  const { timeSteps, features, lengths } = dataset;
  const row = new Float32Array(timeSteps * features);
  return Array.from({ length: dataset.count }, (_, i) => {
    dataset.copyRow(i, row, 0);
    return Array.from({ length: lengths?.[i] ?? timeSteps }, (_, step) => [
      ...row.subarray(step * features, (step + 1) * features),
    ]);
  });
}

/** The name of each sequence's class. */
export function labelsOf(dataset: Dataset): string[] {
  return Array.from(dataset.labels, (label) => dataset.classNames![label]);
}

/** Whole, finite and padded with zeros, whatever it was read from. */
export function expectSound(dataset: Dataset): void {
  const { timeSteps, features, lengths, labels, targets, classNames, targetNames, count } = dataset;
  const { truth, everyStep, outputs } = dataset;
  const rows = everyStep ? count * timeSteps : count;
  const lengthOf = (row: number) => lengths?.[row] ?? timeSteps;
  if (truth === "classes") {
    expect(labels).toHaveLength(rows);
    expect(classNames).toHaveLength(outputs);
    expect(outputs).toBeGreaterThanOrEqual(2);
    for (const [i, label] of labels.entries()) {
      const ended = everyStep && i % timeSteps >= lengthOf(Math.floor(i / timeSteps));
      if (ended) expect(label).toBe(-1);
      else expect(label >= 0 && label < outputs).toBe(true);
    }
  } else {
    expect(targets).toHaveLength(rows * outputs);
    expect(targetNames).toHaveLength(outputs);
    expect(targets.every(Number.isFinite)).toBe(true);
  }
  const row = new Float32Array(timeSteps * features);
  for (let i = 0; i < count; i++) {
    dataset.copyRow(i, row, 0);
    expect(row.every(Number.isFinite)).toBe(true);
    expect(row.subarray(lengthOf(i) * features).every((value) => value === 0)).toBe(true);
  }
}
