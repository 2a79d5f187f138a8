// What an evaluation found, for each task; plain numbers in, plain numbers out.

import type { Task } from "./data/shape.ts";
import {
  ClassCounter,
  type Counter,
  ErrorCounter,
  MarkCounter,
  overall,
  type RegressionScore,
} from "./metrics/counters.ts";
import type { GroupedHits } from "./metrics/intervals.ts";
import type { ClassScore } from "./metrics/scores.ts";

export type { RegressionScore } from "./metrics/counters.ts";
export { wilsonInterval } from "./metrics/intervals.ts";
export { type ClassScore, type Confused, classScores, worstConfused } from "./metrics/scores.ts";

/** What every evaluation says; the task tells the kinds apart. */
interface Evaluated {
  /** Sequences evaluated. */
  count: number;
  /** What was judged: as many as sequences, or, everyStep, their valid steps. */
  items: number;
  /**
   * Mean of the items' losses: cross-entropy in nats, or squared error; times the weights of classes and sequences, as in
   * training, where there are any.
   */
  loss: number;
  /** Share of decisions that are right, 0 to 1; NaN where numbers are predicted. */
  accuracy: number;
  /**
   * 95 % interval of the accuracy: Wilson's score interval. Decisions on one sequence are alike, so where there are
   * several the interval is as wide as the differences between sequences make it. NaN where numbers are predicted.
   */
  interval: [low: number, high: number];
}

/** A decision is right when the most probable class is the label. */
export interface ClassEvaluation extends Evaluated {
  task: "classes";
  /** confusion[label][predicted] counts items. */
  confusion: number[][];
}

/** Each output of each item is a decision: right when probability and mark are on the same side of one half. */
export interface MarkEvaluation extends Evaluated {
  task: "multi-label";
  /** Of each output. */
  outputs: ClassScore[];
}

/** Errors over all outputs; r2 is the mean of theirs. NaN when nothing was evaluated. */
export interface RegressionEvaluation extends Evaluated, RegressionScore {
  task: "regression";
  /** Of each output. */
  outputs: RegressionScore[];
}

export type Evaluation = ClassEvaluation | MarkEvaluation | RegressionEvaluation;

export interface TallyShape {
  task: Task;
  /** Classes, or numbers of a row. */
  outputs: number;
  /** Every step is judged: a sequence has so many rows of truth and prediction. Absent: it has one. */
  timeSteps?: number;
}

/** Gathers batches of an evaluation. */
export class Tally {
  readonly #counter: Counter;
  readonly #found: () => Evaluation;
  readonly #timeSteps: number | undefined;
  #count = 0;
  #items = 0;
  #loss = 0;

  constructor({ task, outputs, timeSteps }: TallyShape) {
    this.#timeSteps = timeSteps;
    if (task === "classes") {
      const counter = new ClassCounter(outputs);
      this.#counter = counter;
      this.#found = () => ({ task, ...this.#common(counter.hits), confusion: counter.confusion() });
    } else if (task === "multi-label") {
      const counter = new MarkCounter(outputs);
      this.#counter = counter;
      this.#found = () => ({ task, ...this.#common(counter.hits), outputs: counter.scores() });
    } else {
      const counter = new ErrorCounter(outputs);
      this.#counter = counter;
      this.#found = () => {
        const scores = counter.scores();
        return { task, ...this.#common(), ...overall(scores), outputs: scores };
      };
    }
  }

  /**
   * Adds the first n sequences of a batch with the mean loss of their items. Truth: labels [n], or targets [n, outputs];
   * prediction: classes [n], or probabilities or numbers [n, outputs]; everyStep all of them [n, timeSteps, ...], of
   * which the first lengths[i] steps count, all when there are no lengths.
   */
  add(
    truth: ArrayLike<number>,
    predicted: ArrayLike<number>,
    n: number,
    meanLoss: number,
    lengths?: ArrayLike<number>,
  ): void {
    const T = this.#timeSteps;
    let items = 0;
    for (let i = 0; i < n; i++) {
      const own = T === undefined ? 1 : (lengths?.[i] ?? T);
      this.#counter.add(truth, predicted, i * (T ?? 1), own);
      items += own;
    }
    this.#count += n;
    this.#items += items;
    this.#loss += meanLoss * items;
  }

  result(): Evaluation {
    return this.#found();
  }

  #common(hits?: GroupedHits): Evaluated {
    return {
      count: this.#count,
      items: this.#items,
      loss: this.#items === 0 ? 0 : this.#loss / this.#items,
      accuracy: hits?.share ?? Number.NaN,
      interval: hits?.interval ?? [Number.NaN, Number.NaN],
    };
  }
}
