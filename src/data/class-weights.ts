// Factors for the losses of classes that come unequally often.

import type { Dataset } from "./dataset.ts";

/**
 * One factor per class, for `classWeights`: items / (classes that come * items of the class), so that each class
 * counts alike; an item is a sequence, or a step everyStep. 1 for a class that does not come. Throws a RangeError
 * naming the dataset unless it has classes.
 */
export function balancedClassWeights(dataset: Dataset): number[] {
  const { name, truth, classes, count, timeSteps, everyStep, labels, lengths } = dataset;
  if (truth !== "classes") throw new RangeError(`${name}: class weights need classes, got ${truth}`);
  const counts = new Array<number>(classes).fill(0);
  for (let i = 0; i < count; i++) {
    const steps = everyStep ? (lengths?.[i] ?? timeSteps) : 1;
    for (let t = 0; t < steps; t++) counts[labels[everyStep ? i * timeSteps + t : i]]++;
  }
  const items = counts.reduce((sum, own) => sum + own, 0);
  const present = counts.filter((own) => own > 0).length;
  return counts.map((own) => (own > 0 ? items / (present * own) : 1));
}
