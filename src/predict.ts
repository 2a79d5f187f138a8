// Predictions for any number of sequences, in passes of a batch.

import { Region } from "../assembly/regions.ts";
import { copyFinalState, copyLogits, copyOutputs, copyTrace } from "./core/states.ts";
import type { Engine } from "./engine.ts";
import { gateCount, layerWidth } from "./layers.ts";
import { Turns } from "./turns.ts";
import type { Applied, CellTrace, InitialStateOption, LengthsOption, Prediction, Trace } from "./types.ts";

type Options = LengthsOption & InitialStateOption;

export async function predict(engine: Engine, x: ArrayLike<number>, options: Options): Promise<Prediction> {
  const count = engine.input.countOf(x, options);
  const prediction = emptyPrediction(engine, count);
  await eachPart(engine, x, count, options, (first, n) => copyPrediction(engine, prediction, first, n));
  return prediction;
}

/** As predict, with logits, the last layer's outputs and the final state. */
export async function apply(engine: Engine, x: ArrayLike<number>, options: Options): Promise<Applied> {
  const count = engine.input.countOf(x, options);
  const applied = emptyApplied(engine, count);
  await eachPart(engine, x, count, options, (first, n) => copyApplied(engine, applied, first, n));
  return applied;
}

/** As apply, with the gates and cell states of every step. */
export async function trace(engine: Engine, x: ArrayLike<number>, options: Options): Promise<Trace> {
  const { memory, config } = engine;
  const count = engine.input.countOf(x, options);
  const applied = emptyApplied(engine, count);
  const cells = memory.cells.map(
    ({ layer, reversed, units, config: { type } }): CellTrace => ({
      layer,
      reversed,
      gates: new Float32Array(count * config.timeSteps * gateCount({ type }) * units),
      ...(type === "lstm" ? { cellState: new Float32Array(count * config.timeSteps * units) } : {}),
    }),
  );
  const take = (first: number, n: number) => {
    copyApplied(engine, applied, first, n);
    copyTrace(memory, config, n, cells, first);
  };
  await eachPart(engine, x, count, options, take, (n) => engine.trace(n));
  return { ...applied, cells };
}

function emptyApplied(engine: Engine, count: number): Applied {
  const { memory, config } = engine;
  const prediction = emptyPrediction(engine, count);
  return {
    ...prediction,
    logits: new Float32Array(prediction.values.length),
    outputs: new Float32Array(count * config.timeSteps * layerWidth(config.layers[config.layers.length - 1])),
    finalState: memory.cells.map(({ config, units, outputs }) => ({
      h: new Float32Array(count * outputs),
      ...(config.type === "lstm" ? { c: new Float32Array(count * units) } : {}),
    })),
  };
}

function copyApplied(engine: Engine, applied: Applied, first: number, n: number): void {
  const { memory, config } = engine;
  const { logits, outputs, finalState } = applied;
  const width = layerWidth(config.layers[config.layers.length - 1]);
  copyPrediction(engine, applied, first, n);
  copyLogits(memory, config, n, logits.subarray(first * itemsEach(engine) * config.head.units));
  copyOutputs(memory, config, n, outputs.subarray(first * config.timeSteps * width));
  copyFinalState(memory, config, n, finalState, first);
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
  pass = (n: number) => engine.predict(n),
): Promise<void> {
  const turns = new Turns();
  const values = engine.input.checkedValues(x);
  for (let first = 0; first < count; ) {
    const n = Math.min(engine.config.batchSize, count - first);
    engine.takePart(values, first, n, count, options);
    pass(n);
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
