// The curves of loss and accuracy while a run goes on.

import { Chart, type Line } from "../chart.ts";
import { percent, short } from "../figures.ts";
import { paced } from "../paced.ts";
import { History } from "./history.ts";
import type { Updates } from "./run.ts";
import type { TestResult } from "./test-model.ts";

/** Milliseconds between two drawings. */
const PACE_MS = 120;
/** Updates that a chart has room for at first. */
const SPAN = 100;
/** Below these the scales end. */
const LEAST_LOSS = 1e-4;
const LEAST_ERROR = 0.004;

const LINES: Line[] = [
  { label: "a batch", colour: "blue-pale", width: 1 },
  { label: "smoothed", colour: "blue", width: 2 },
  { label: "test images", colour: "orange", width: 1.5, points: true },
];

export class Curves {
  readonly loss = new History();
  /** Of what is wrong: the scale is that of accuracies, stretched towards 100 %. */
  readonly error = new History();
  readonly #places: HTMLElement[];
  readonly #paint: () => void;

  /** `onPoint` is told what is under the pointer, in words. */
  constructor(lossPlace: HTMLElement, accuracyPlace: HTMLElement, onPoint: (text: string) => void) {
    this.#places = [lossPlace, accuracyPlace];
    const point = (at: number | undefined) => onPoint(at === undefined ? "" : this.#at(at));
    const lossChart = new Chart(lossPlace, {
      lines: LINES,
      span: SPAN,
      range: (low, high) => [Math.min(0.1, 0.8 * (low || 0.1)), Math.max(2.5, high || 0)],
      marks: [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
      text: String,
      onPoint: point,
    });
    const accuracyChart = new Chart(accuracyPlace, {
      lines: LINES,
      span: SPAN,
      range: (low) => [Math.min(0.02, low || 1), 1],
      marks: [0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005],
      text: (error) => `${(100 * (1 - error)).toFixed(error < 0.01 ? 1 : 0)} %`,
      upsideDown: true,
      onPoint: point,
    });
    this.#paint = paced(() => {
      for (const [chart, { x, batch, smooth, tested }] of [
        [lossChart, this.loss],
        [accuracyChart, this.error],
      ] as const) {
        chart.set([x, batch, smooth, tested]);
      }
    }, PACE_MS);
  }

  add({ first, loss, accuracy }: Updates): void {
    this.loss.add(
      first,
      loss.map((value) => Math.max(LEAST_LOSS, value)),
    );
    this.error.add(
      first,
      accuracy.map((value) => Math.max(LEAST_ERROR, 1 - value)),
    );
    this.#paint();
  }

  test({ loss, accuracy }: TestResult, made: number): void {
    this.loss.test(made, Math.max(LEAST_LOSS, loss));
    this.error.test(made, Math.max(LEAST_ERROR, 1 - accuracy));
    const [lossPlace, accuracyPlace] = this.#places;
    lossPlace.ariaLabel = `Curve of the loss: ${short(loss)} on test images after update ${made}`;
    accuracyPlace.ariaLabel = `Curve of the accuracy: ${percent(accuracy)} on test images after update ${made}`;
    this.#paint();
  }

  rewind(made: number): void {
    this.loss.rewind(made);
    this.error.rewind(made);
    this.#paint();
  }

  #at(index: number): string {
    const { x, smooth, tested } = this.loss;
    const parts = [`update ${x[index]}`];
    const [loss, error] = [smooth[index], this.error.smooth[index]];
    if (loss != null && error != null) parts.push(`loss ${short(loss)}, accuracy ${percent(1 - error)}`);
    const [testLoss, testError] = [tested[index], this.error.tested[index]];
    if (testLoss != null && testError != null) {
      parts.push(`test loss ${short(testLoss)}, accuracy ${percent(1 - testError)}`);
    }
    return parts.join(" · ");
  }
}
