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
  const { timeSteps, features, lengths, labels, classes, classNames, count } = dataset;
  expect(labels).toHaveLength(count);
  expect(classNames).toHaveLength(classes);
  expect(classes).toBeGreaterThanOrEqual(2);
  expect(labels.every((label) => label >= 0 && label < classes)).toBe(true);
  const row = new Float32Array(timeSteps * features);
  for (let i = 0; i < count; i++) {
    dataset.copyRow(i, row, 0);
    expect(row.every(Number.isFinite)).toBe(true);
    expect(row.subarray((lengths?.[i] ?? timeSteps) * features).every((value) => value === 0)).toBe(true);
  }
}
