// Predictions for any number of sequences, in passes of a batch.

import { Region } from "../assembly/regions.ts";
import { copyFinalState, copyLogits, copyOutputs } from "./core/states.ts";
import type { Engine } from "./engine.ts";
import { layerWidth } from "./layers.ts";
import { Turns } from "./turns.ts";
import type { Applied, CellState, InitialStateOption, LengthsOption, Prediction } from "./types.ts";

type Options = LengthsOption & InitialStateOption;

export async function predict(engine: Engine, x: ArrayLike<number>, options: Options): Promise<Prediction> {
  const count = engine.input.countOf(x, options);
  const prediction = emptyPrediction(engine, count);
  await eachPart(engine, x, count, options, (first, n) => copyPrediction(engine, prediction, first, n));
  return prediction;
}

/** As predict, with logits, the last layer's outputs and the final state. */
export async function apply(engine: Engine, x: ArrayLike<number>, options: Options): Promise<Applied> {
  const { memory, config } = engine;
  const { timeSteps, layers, head } = config;
  const count = engine.input.countOf(x, options);
  const size = timeSteps * layerWidth(layers[layers.length - 1]);
  const prediction = emptyPrediction(engine, count);
  const logits = new Float32Array(prediction.values.length);
  const each = itemsEach(engine) * head.units;
  const outputs = new Float32Array(count * size);
  const finalState = memory.cells.map(
    ({ config, units, outputs }): CellState => ({
      h: new Float32Array(count * outputs),
      ...(config.type === "lstm" ? { c: new Float32Array(count * units) } : {}),
    }),
  );
  await eachPart(engine, x, count, options, (first, n) => {
    copyPrediction(engine, prediction, first, n);
    copyLogits(memory, config, n, logits.subarray(first * each));
    copyOutputs(memory, config, n, outputs.subarray(first * size));
    copyFinalState(memory, config, n, finalState, first);
  });
  return { ...prediction, logits, outputs, finalState };
}

/** What one pass over n rows, just run, gave. */
export function predictionOf(engine: Engine, n: number): Prediction {
  const prediction = emptyPrediction(engine, n);
  copyPrediction(engine, prediction, 0, n);
  return prediction;
}

async function eachPart(
  engine: Engine,
  x: ArrayLike<number>,
  count: number,
  options: Options,
  take: (first: number, n: number) => void,
): Promise<void> {
  const turns = new Turns();
  const values = engine.input.checkedValues(x);
  for (let first = 0; first < count; ) {
    const n = Math.min(engine.config.batchSize, count - first);
    engine.takePart(values, first, n, count, options);
    engine.predict(n);
    take(first, n);
    first += n;
    await turns.give();
  }
}

function itemsEach({ config: { head, timeSteps } }: Engine): number {
  return head.everyStep ? timeSteps : 1;
}

function emptyPrediction(engine: Engine, count: number): Prediction {
  const { head } = engine.config;
  const items = count * itemsEach(engine);
  const values = new Float32Array(items * head.units);
  return {
    values,
    probabilities: head.type === "linear" ? new Float32Array(0) : values,
    classes: new Int32Array(head.type === "softmax" ? items : 0),
  };
}

// What the pass over n rows gave, to rows `first` on.
function copyPrediction(engine: Engine, { values, classes }: Prediction, first: number, n: number): void {
  const { memory, config } = engine;
  const items = itemsEach(engine);
  const each = items * config.head.units;
  values.set(memory.floats(Region.Outputs).subarray(0, n * each), first * each);
  if (config.head.type === "softmax") {
    classes.set(memory.ints(Region.ItemClass).subarray(0, n * items), first * items);
  }
}
