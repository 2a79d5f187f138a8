// Checkpoints as safetensors files: bytes <-> plain data, no file access.

import type { Checkpoint, OptimizerNumbers, TrainingState } from "./checkpoint-state.ts";
import { type ModelOptions, modelConfig } from "./config.ts";
import type { BatchesState } from "./data/batches.ts";
import { crc32 } from "./formats/crc32.ts";
import { fail } from "./formats/json-reader.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type IntegerTensor,
  type SafetensorsFile,
} from "./formats/safetensors.ts";
import type { Architecture } from "./layers.ts";
import { checkTensors } from "./tensor-shapes.ts";
import type { Tensor, Tensors } from "./types.ts";

/** Of the file. A later one is refused, every earlier one is read. */
const VERSION = 1;
const MODEL = "wasm-lstm.options";
const STATE = "wasm-lstm.checkpoint";
/** CRC-32, in hexadecimal digits, of all else in the file. */
const SUM = "wasm-lstm.crc32";
const FIRST = "optimizer.first_moment.";
const SECOND = "optimizer.second_moment.";
const BEST = "best.";
const ORDER = "batches.order";

interface State {
  version: number;
  optimizer: OptimizerNumbers;
  training?: Omit<TrainingState, "batches" | "bestWeights"> & { batches: Omit<BatchesState, "order"> };
}

/** A file that the safetensors library reads as well; the weights bear their native names. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { options, weights, firstMoment, secondMoment, optimizer, training, metadata } = checkpoint;
  const tensors = new Map<string, Tensor | IntegerTensor>(weights);
  add(tensors, FIRST, firstMoment);
  add(tensors, SECOND, secondMoment);
  const state: State = { version: VERSION, optimizer };
  if (training) {
    const { batches, bestWeights, ...rest } = training;
    const { order, ...cursor } = batches;
    state.training = { ...rest, batches: { ...cursor, random: Array.from(cursor.random) } };
    if (bestWeights) add(tensors, BEST, bestWeights);
    tensors.set(ORDER, { shape: [order.length], data: Uint32Array.from(order) });
  }
  const { [SUM]: _, ...own } = metadata;
  const all = { ...own, [MODEL]: JSON.stringify(options), [STATE]: JSON.stringify(state) };
  return encodeSafetensors(tensors, { ...all, [SUM]: sumOf(tensors, all) });
}

/** Whether a file's metadata are those of a checkpoint. */
export function isCheckpoint(metadata: Record<string, string>): boolean {
  return Object.hasOwn(metadata, STATE);
}

/** Throws a RangeError beginning with `name` for a file that is no whole checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array, name = "checkpoint"): Checkpoint {
  const file = decodeSafetensors(bytes, name);
  if (!isCheckpoint(file.metadata)) fail(name, "expected a checkpoint, got a file of weights alone");
  return checkpointOf(file, name);
}

/** The same of a file that was taken apart; its metadata are those of a checkpoint. */
export function checkpointOf({ tensors, integers, metadata }: SafetensorsFile, name: string): Checkpoint {
  const { [SUM]: sum, ...summed } = metadata;
  if (
    sum !== undefined &&
    sum !== sumOf(new Map<string, Tensor | IntegerTensor>([...tensors, ...integers]), summed)
  ) {
    fail(name, "expected a file as it was written, got one whose checksum is another");
  }
  const { [MODEL]: model, [STATE]: text, ...rest } = summed;
  const state = stateOf(json(text, STATE, name), name);
  const options = json(model ?? "null", MODEL, name) as ModelOptions;
  const architecture = architectureFrom(options, name);
  const weights: Tensors = new Map();
  const parts = new Map([FIRST, SECOND, BEST].map((prefix) => [prefix, new Map() as Tensors]));
  for (const [tensor, value] of tensors) {
    const prefix = [...parts.keys()].find((prefix) => tensor.startsWith(prefix));
    if (prefix === undefined) weights.set(tensor, value);
    else parts.get(prefix)!.set(tensor.slice(prefix.length), value);
  }
  const order = integers.get(ORDER)?.data;
  const { training } = state;
  if ((training === undefined) !== (order === undefined)) {
    fail(name, `expected ${ORDER} and the training's state together, got one of them`);
  }
  const best = parts.get(BEST)!;
  checkTensors(weights, architecture, name);
  checkTensors(parts.get(FIRST)!, architecture, `${name}: first moment`);
  checkTensors(parts.get(SECOND)!, architecture, `${name}: second moment`);
  if (best.size > 0) checkTensors(best, architecture, `${name}: best weights`);
  return {
    options,
    weights,
    firstMoment: parts.get(FIRST)!,
    secondMoment: parts.get(SECOND)!,
    optimizer: state.optimizer,
    ...(training && {
      training: {
        ...training,
        batches: { ...training.batches, order: order! },
        ...(best.size > 0 && { bestWeights: best }),
      },
    }),
    metadata: rest,
  };
}

/** Of names, shapes, values and metadata, in whatever order a file has them. */
function sumOf(
  tensors: ReadonlyMap<string, Tensor | IntegerTensor>,
  metadata: Record<string, string>,
): string {
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  let sum = crc32(text(Object.entries(metadata).sort(byName)));
  for (const [name, { shape, data }] of [...tensors].sort(byName)) {
    sum = crc32(text([name, shape]), sum);
    sum = crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), sum);
  }
  return sum.toString(16).padStart(8, "0");
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function add(tensors: Map<string, Tensor | IntegerTensor>, prefix: string, part: Tensors): void {
  for (const [name, tensor] of part) tensors.set(prefix + name, tensor);
}

function architectureFrom(options: ModelOptions, name: string): Architecture {
  try {
    return modelConfig(options);
  } catch (error) {
    fail(name, (error as Error).message);
  }
}

function json(text: string, key: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    fail(name, `expected JSON under ${key}, got ${text.slice(0, 40)}`);
  }
}

// Everything that is read later without a look; what Batches.restore checks is left to it.
function stateOf(value: unknown, name: string): State {
  const state = (value ?? {}) as State;
  const wrong = (what: string, got: unknown): never =>
    fail(name, `${STATE}: expected ${what}, got ${JSON.stringify(got)}`);
  if (!(Number.isInteger(state.version) && state.version >= 1 && state.version <= VERSION)) {
    wrong(`version 1 to ${VERSION}`, state.version);
  }
  const { updates, learningRate, beta1Power, beta2Power } = state.optimizer ?? {};
  if (!(Number.isSafeInteger(updates) && updates >= 0)) wrong("updates, a whole number from 0", updates);
  if (!(Number.isFinite(learningRate) && learningRate > 0)) wrong("learningRate, above 0", learningRate);
  for (const power of [beta1Power, beta2Power]) {
    if (!(typeof power === "number" && power >= 0 && power <= 1)) wrong("powers from 0 to 1", power);
  }
  const { training } = state;
  if (training !== undefined) {
    if (!(Number.isSafeInteger(training?.done) && training.done >= 0)) {
      wrong("training.done, a whole number from 0", training?.done);
    }
    if (typeof training.batches !== "object" || training.batches === null) {
      wrong("training.batches, an object", training.batches);
    }
    const { best } = training;
    if (best !== undefined && !(Number.isFinite(best?.loss) && Number.isSafeInteger(best.since))) {
      wrong("training.best, a loss and a count", best);
    }
  }
  return state;
}
