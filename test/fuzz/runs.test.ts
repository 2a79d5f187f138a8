// What a model is asked to do: batches, datasets and options of training, evaluation and prediction.

import type { ModelOptions } from "../../src/config.ts";
import { Dataset } from "../../src/data/dataset.ts";
import { createModelOn, type LstmModel } from "../../src/model.ts";
import { fuzzCalls } from "./calls.ts";
import { OWN_ERROR, spoilt } from "./hostile-values.ts";
import type { Mutator } from "./mutator.ts";
import { isTooLarge, smallHost } from "./small-host.ts";

/** Sequences of [T, I]. */
const [T, I] = [2, 2];
const MODELS: readonly ModelOptions[] = [
  { timeSteps: T, features: I, units: 2, classes: 3, batchSize: 2 },
  {
    timeSteps: T,
    features: I,
    layers: [{ type: "gru", units: 2 }],
    head: { type: "linear", units: 1, everyStep: true },
  },
  {
    ...{ timeSteps: T, features: I, batchSize: 4 },
    ...{ layers: [{ type: "rnn", units: 2, bidirectional: true }], head: { type: "sigmoid", units: 2 } },
  },
];
/** Updates after which a training that was accepted is left. */
const ENOUGH = 3;

/** n sequences and all that goes with them, for the model. */
function sequences({ config: { head } }: LstmModel, n: number) {
  const items = head.everyStep ? n * T : n;
  return {
    x: Float32Array.from({ length: n * T * I }, (_, i) => i / 8),
    truth:
      head.type === "softmax"
        ? Array.from({ length: n }, (_, i) => i % 3)
        : new Float32Array(items * head.units),
    lengths: Array.from({ length: n }, (_, i) => i % (T + 1)),
    sampleWeights: Array.from({ length: n }, () => 0.5),
  };
}

function states({ config: { layers } }: LstmModel, n: number) {
  return layers.flatMap(({ units, type, bidirectional }) =>
    Array.from({ length: bidirectional ? 2 : 1 }, () => ({
      h: new Float32Array(n * units),
      ...(type === "lstm" && { c: new Float32Array(n * units) }),
    })),
  );
}

function dataset(model: LstmModel): Dataset {
  const { x, truth, sampleWeights } = sequences(model, 3);
  const { head } = model.config;
  const own =
    head.type === "softmax"
      ? { labels: truth, classes: 3 }
      : { targets: truth as Float32Array, outputs: head.units, everyStep: head.everyStep };
  return Dataset.fromFloats({ values: x, timeSteps: T, features: I, sampleWeights, name: "data", ...own });
}

/** Arguments of a call that is all right. */
const CALLS: Record<string, (model: LstmModel, mutator: Mutator) => unknown[] | Promise<unknown[]>> = {
  trainOnBatch: batchArguments,
  evaluateOnBatch: batchArguments,
  predict: inputArguments,
  apply: inputArguments,
  trace: inputArguments,
  train: (model, mutator) => [dataset(model), trainOptions(model, mutator)],
  fit: (model, mutator) => [
    dataset(model),
    { ...trainOptions(model, mutator), updates: 1 + mutator.below(2) },
  ],
  evaluate: (model) => [dataset(model), { transfer: false, signal: new AbortController().signal }],
  stream: () => [{ streams: 2 }],
  setWeights: async (model) => [Object.fromEntries(await model.weights())],
  save: () => [{ dialect: "native", metadata: { a: "b" } }],
};
const NAMES = [
  ...[
    "x",
    "labels",
    "targets",
    "lengths",
    "sampleWeights",
    "initialState",
    "keepState",
    "transfer",
    "trained on",
    "evaluated",
  ],
  ...[
    "updates",
    "epochs",
    "shuffle",
    "seed",
    "resume",
    "validationData",
    "validateEvery",
    "patience",
    "restoreBest",
  ],
  ...[
    "onUpdate",
    "signal",
    "streams",
    "weights",
    "dialect",
    "metadata",
    "options",
    "unknown option",
    "data",
    "native",
    "bidirectional layer",
  ],
];

function batchArguments(model: LstmModel, mutator: Mutator): unknown[] {
  const n = 2;
  const { x, truth, lengths, sampleWeights } = sequences(model, n);
  const options = { lengths, sampleWeights, transfer: false };
  return [x, truth, mutator.chance(0.5) ? { ...options, initialState: states(model, n) } : options];
}

function inputArguments(model: LstmModel): unknown[] {
  const { x, lengths } = sequences(model, 3);
  return [x, { lengths, initialState: states(model, 3), transfer: false }];
}

function trainOptions(model: LstmModel, mutator: Mutator): object {
  const validation = { validationData: dataset(model), validateEvery: 1, patience: 2, restoreBest: true };
  return {
    ...{ shuffle: true, seed: 3, transfer: false, signal: new AbortController().signal, onUpdate: () => {} },
    ...(mutator.chance(0.5) ? { epochs: 1 } : { updates: 2 }),
    ...(mutator.chance(0.5) ? validation : {}),
  };
}

fuzzCalls({
  what: "calls of a model",
  names: NAMES,
  // A rate that the schedule or the data drive up may end in a loss that is not finite: told by a plain Error.
  allowed: (error) => isTooLarge(error) || error.message.startsWith("the loss at update "),
  async call(mutator, shown) {
    const model = await createModelOn(smallHost, mutator.pick(MODELS));
    const name = mutator.pick(Object.keys(CALLS)) as keyof LstmModel;
    const given = spoilt(mutator, await CALLS[name](model, mutator));
    const args = Array.isArray(given) ? given : [given];
    // Its tensors are spoilt as a plain object; its second argument is words for messages.
    if (name === "setWeights") args.splice(0, 9, args[0] instanceof Object ? mapOf(args[0]) : args[0]);
    // A training that the hostile value makes endless is the caller's wish: it is left after some updates.
    if (name === "fit" && isEndless(args[1])) args[1] = { ...args[1], updates: undefined, epochs: undefined };
    shown([name, ...args]);
    const before = await model.weights();
    try {
      const result = (model[name] as (...args: unknown[]) => unknown)(...args);
      if (name === "train") await some(result as AsyncGenerator);
      else await result;
    } catch (error) {
      if (name !== "fit" && name !== "train") await requireSame(model, before, error);
      throw error;
    } finally {
      model.close();
    }
  },
});

function mapOf(object: object): unknown {
  try {
    return new Map(Object.entries(object));
  } catch {
    return object;
  }
}

function isEndless(options: unknown): options is { updates?: number; epochs?: number } {
  try {
    const { updates, epochs } = options as { updates?: number; epochs?: number };
    return Math.max(updates ?? 0, epochs ?? 0) > ENOUGH;
  } catch {
    return false;
  }
}

async function some(training: AsyncGenerator): Promise<void> {
  let left = ENOUGH;
  for await (const _ of training) if (--left === 0) return;
}

/** A call that was refused has changed nothing. */
async function requireSame(
  model: LstmModel,
  before: Map<string, { data: Float32Array }>,
  cause: unknown,
): Promise<void> {
  const after = await model.weights();
  const isSame = [...before].every(([name, { data }]) =>
    data.every((value, i) => value === after.get(name)?.data[i]),
  );
  if (!isSame || model.updates !== 0) throw new Error("a refused call changed the model", { cause });
  if (cause === OWN_ERROR) return;
}
