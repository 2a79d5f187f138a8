// A model judged on the test images, image by image, so that its mistakes can be shown.

import { type Model, wilsonInterval } from "wasm-lstm";
import { valuesOf } from "../images.ts";
import { CLASSES, type Images } from "../images-protocol.ts";

export interface Mistake {
  /** Index of the test image. */
  image: number;
  label: number;
  taken: number;
  /** What the model gave for `taken`. */
  probability: number;
}

export interface TestResult {
  count: number;
  accuracy: number;
  /** 95 % interval of the accuracy. */
  interval: [low: number, high: number];
  /** Mean cross-entropy, nats. */
  loss: number;
  /** [label][taken] counts images. */
  confusion: number[][];
  /** The surest first. */
  mistakes: Mistake[];
}

/** Images of a call: the page converts them in a millisecond or two. */
const PART = 500;
/** What log takes at least. */
const TINY = 1e-30;

export async function testModel(model: Model, { labels, pixels }: Images): Promise<TestResult> {
  const confusion = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  const mistakes: Mistake[] = [];
  let loss = 0;
  for (let first = 0; first < labels.length; first += PART) {
    const n = Math.min(PART, labels.length - first);
    const { probabilities, classes } = await model.predict(valuesOf(pixels, first, n), { transfer: true });
    for (let i = 0; i < n; i++) {
      const label = labels[first + i];
      const taken = classes[i];
      confusion[label][taken]++;
      loss -= Math.log(Math.max(TINY, probabilities[i * CLASSES + label]));
      if (taken === label) continue;
      mistakes.push({ image: first + i, label, taken, probability: probabilities[i * CLASSES + taken] });
    }
  }
  const count = labels.length;
  mistakes.sort((a, b) => b.probability - a.probability);
  const hits = count - mistakes.length;
  return {
    count,
    accuracy: hits / count,
    interval: wilsonInterval(hits, count),
    loss: loss / count,
    confusion,
    mistakes,
  };
}
