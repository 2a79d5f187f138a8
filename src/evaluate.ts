// A whole dataset through a model, counted; and whether the two fit.

import { Region, Setting } from "../assembly/regions.ts";
import { checkDataset, checkEvaluateOptions } from "./call-options.ts";
import { Batches } from "./data/batches.ts";
import { Dataset } from "./data/dataset.ts";
import type { DataShape, Task } from "./data/shape.ts";
import type { Engine } from "./engine.ts";
import type { Architecture, HeadType } from "./layers.ts";
import { type Evaluation, Tally } from "./metrics.ts";
import { Turns } from "./turns.ts";
import type { EvaluateOptions } from "./types.ts";

export const TASKS: Record<HeadType, Task> = {
  softmax: "classes",
  sigmoid: "multi-label",
  linear: "regression",
};

export async function evaluate(
  engine: Engine,
  dataset: Dataset,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkEvaluateOptions(options);
  checkDataset("what is evaluated", dataset);
  const { signal } = options;
  checkFits(engine.config, dataset);
  const { head, timeSteps, batchSize } = engine.config;
  const tally = new Tally({
    task: TASKS[head.type],
    outputs: head.units,
    ...(head.everyStep ? { timeSteps } : {}),
  });
  if (dataset.count === 0) return tally.result();
  const { labels, targets, lengths } = engine.input;
  const [truth, predicted] =
    head.type === "softmax"
      ? [labels, engine.memory.ints(Region.ItemClass)]
      : [targets, engine.memory.floats(Region.Outputs)];
  const batches = new Batches(dataset, { shuffle: false });
  const turns = new Turns();
  for (let done = 0; done < dataset.count; ) {
    signal?.throwIfAborted();
    const n = Math.min(batchSize, dataset.count - done);
    engine.pull(batches, n);
    engine.evaluate(n);
    tally.add(truth, predicted, n, engine.memory.get(Setting.Loss), dataset.hasLengths ? lengths : undefined);
    done += n;
    await turns.give();
  }
  return tally.result();
}

/** Throws a RangeError naming both shapes unless the data's sequences, and what is known of them, fit the model. */
export function checkFits({ timeSteps, features, head }: Architecture, data: DataShape): void {
  if (data.timeSteps !== timeSteps || data.features !== features) {
    throw new RangeError(
      `${data.name} has sequences of [${data.timeSteps}, ${data.features}], the model takes [${timeSteps}, ${features}]`,
    );
  }
  const truth = head.type === "softmax" ? "classes" : "targets";
  const fits =
    data.truth === truth &&
    data.everyStep === head.everyStep &&
    (truth === "classes" ? data.outputs <= head.units : data.outputs === head.units);
  if (!fits) {
    throw new RangeError(
      `${data.name} has ${truthText(data.truth, data.outputs, data.everyStep)}, ` +
        `the model gives ${truthText(truth, head.units, head.everyStep)}`,
    );
  }
  if (head.type === "sigmoid" && data instanceof Dataset) data.checkTargets(0, 1);
}

function truthText(truth: DataShape["truth"], outputs: number, everyStep: boolean): string {
  if (truth === "none") return "neither labels nor targets";
  return `${outputs} ${truth} a ${everyStep ? "step" : "sequence"}`;
}
