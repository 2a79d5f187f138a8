// Checkpoints as files: what comes back, and that a damaged one is refused or still whole.

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../src/formats/safetensors.ts";
import {
  type Checkpoint,
  createModel,
  decodeCheckpoint,
  encodeCheckpoint,
  loadModel,
  resumeModel,
  type Tensors,
} from "../src/index.ts";
import { closedAfterwards, datasetOf, newModel, optionsOf } from "./support/models.ts";
import { expectRefusal, mutatedBytes, refusal } from "./support/mutations.ts";

const STATE = "wasm-lstm.checkpoint";
const MODEL = "wasm-lstm.options";
const SUM = "wasm-lstm.crc32";

const OPTIONS = optionsOf({
  layers: [
    { units: 3, dropout: 0.5, cellClip: 4 },
    { type: "gru", units: 2 },
  ],
  ...{ optimizer: "rmsprop", momentum: 0.5, classWeights: [1, 2, 1, 1, 0] },
  schedule: { type: "exponential", steps: 3 },
});

/** Of a training in its third update, with best weights. */
let checkpoint: Checkpoint;
let bytes: Uint8Array;
beforeAll(async () => {
  const model = await newModel(OPTIONS);
  const data = datasetOf(model, 12);
  const options = { updates: 9, validationData: data, validateEvery: 1, restoreBest: true };
  for await (const result of model.train(data, options)) {
    if (result.step !== 2) continue;
    checkpoint = { ...(await result.checkpoint()), metadata: { note: "mine" } };
    break;
  }
  bytes = encodeCheckpoint(checkpoint);
});

/** The file with other tensors or metadata, as if someone had written it so. */
function rewritten(
  change: (tensors: Map<string, unknown>, metadata: Record<string, string>) => void,
): Uint8Array {
  const { tensors, integers, metadata } = decodeSafetensors(bytes, "");
  const all = new Map<string, unknown>([...tensors, ...integers]);
  delete metadata[SUM];
  change(all, metadata);
  return encodeSafetensors(all as Tensors, metadata);
}

const withState = (change: (state: never) => unknown) =>
  rewritten((_, metadata) => {
    const state = JSON.parse(metadata[STATE]);
    change(state as never);
    metadata[STATE] = JSON.stringify(state);
  });

test("everything comes back, from whatever number of bytes the file begins at", () => {
  const read = decodeCheckpoint(bytes);
  const { training, ...rest } = checkpoint;
  const { training: readTraining, ...readRest } = read;
  // JSON has no Infinity: leaving an option out means the same.
  expect(JSON.parse(JSON.stringify(readRest.options))).toEqual(JSON.parse(JSON.stringify(rest.options)));
  expect({ ...readRest, options: 0 }).toEqual({ ...rest, options: 0 });
  expect({ ...readTraining, batches: { ...readTraining!.batches, random: 0, order: 0 } }).toEqual({
    ...training,
    batches: { ...training!.batches, random: 0, order: 0 },
  });
  for (const key of ["random", "order"] as const) {
    expect(Array.from(readTraining!.batches[key])).toEqual(Array.from(training!.batches[key]));
  }
  expect([...readTraining!.bestWeights!.keys()]).toEqual([...checkpoint.weights.keys()]);
  expect(encodeCheckpoint(read)).toEqual(bytes);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  expect(decodeCheckpoint(shifted.subarray(3))).toEqual(read);
});

test("the file makes the model again, and its optimiser", async () => {
  const model = closedAfterwards(await loadModel(bytes));
  expect(model.updates).toBe(3);
  expect({ ...(await model.checkpoint()), options: 0 }).toEqual({
    ...checkpoint,
    ...{ options: 0, training: undefined, metadata: {} },
  });
  await expect(loadModel(bytes, { features: 3 }, "run")).rejects.toThrow(/^run: .*projection\.kernel/);
});

test("it is a safetensors file whose weights bear their native names", () => {
  const { tensors, metadata } = decodeSafetensors(bytes, "file");
  expect([...tensors.keys()].slice(0, checkpoint.weights.size)).toEqual([...checkpoint.weights.keys()]);
  expect(metadata.note).toBe("mine");
});

describe("a file is refused", () => {
  const read = (file: Uint8Array) => refusal(() => decodeCheckpoint(file, "run"));

  test("that is cut short, at any place", () => {
    for (let length = 0; length < bytes.length; length += length < 4000 ? 41 : 997) {
      expect(read(bytes.subarray(0, length))).toMatch(/^run: /);
    }
    expect(read(bytes.subarray(0, bytes.length - 1))).toMatch(/^run: /);
  });

  test("that holds weights alone", async () => {
    const model = await newModel();
    expect(read(await model.save())).toBe("run: expected a checkpoint, got a file of weights alone");
  });

  test("of a version that is not known", () => {
    for (const version of [0, 2, 1.5, "1", undefined]) {
      const file = withState((state: { version: unknown }) => {
        state.version = version;
      });
      expect(read(file)).toBe(`run: ${STATE}: expected version 1 to 1, got ${JSON.stringify(version)}`);
    }
  });

  test("whose bytes are not those that were written", () => {
    const spoilt = bytes.slice();
    spoilt[spoilt.length - 7] ^= 1;
    expect(read(spoilt)).toMatch(/^run: .*checksum/);
  });

  test.each([
    ["optimizer.first_moment.layers.0.kernel", /^run: first moment: .*"layers\.0\.kernel"/],
    ["optimizer.second_moment.head.bias", /^run: second moment: .*"head\.bias"/],
    ["best.layers.1.bias", /^run: best weights: .*"layers\.1\.bias"/],
    ["layers.1.kernel", /^run: .*"layers\.1\.kernel"/],
    ["batches.order", /^run: expected batches\.order and the training's state together, got one of them$/],
  ])("that lacks %s", (name, message) => {
    expect(read(rewritten((tensors) => tensors.delete(name)))).toMatch(message);
  });

  test("with a moment too many, or of another shape", () => {
    const more = rewritten((tensors) => tensors.set("best.tail", { shape: [1], data: new Float32Array(1) }));
    expect(read(more)).toMatch(/^run: best weights: expected only tensors .*"tail"/);
    const other = rewritten((tensors) =>
      tensors.set("optimizer.first_moment.head.bias", { shape: [6], data: new Float32Array(6) }),
    );
    expect(read(other)).toMatch(/^run: first moment: tensor "head\.bias": expected shape \[5\], got \[6\]/);
  });

  test.each([
    "head.bias",
    "optimizer.first_moment.head.bias",
    "optimizer.second_moment.head.bias",
    "best.head.bias",
  ])("whose %s is not finite", (name) => {
    const file = rewritten((tensors) =>
      tensors.set(name, { shape: [5], data: Float32Array.of(0, 1, Number.NaN, 2, 3) }),
    );
    expect(read(file)).toMatch(/^run: .*tensor "head\.bias": expected finite values, got NaN at \[2\]$/);
  });

  test.each<[string, (state: never) => unknown, string]>([
    [
      "updates",
      (s: { optimizer: { updates: unknown } }) => (s.optimizer.updates = -1),
      "expected updates, a whole number from 0, got -1",
    ],
    [
      "learningRate",
      (s: { optimizer: { learningRate: unknown } }) => (s.optimizer.learningRate = 0),
      "expected learningRate, above 0, got 0",
    ],
    [
      "beta1Power",
      (s: { optimizer: { beta1Power: unknown } }) => (s.optimizer.beta1Power = 2),
      "expected powers from 0 to 1, got 2",
    ],
    [
      "optimizer",
      (s: { optimizer?: unknown }) => delete s.optimizer,
      "expected updates, a whole number from 0, got undefined",
    ],
    [
      "done",
      (s: { training: { done: unknown } }) => (s.training.done = 0.5),
      "expected training.done, a whole number from 0, got 0.5",
    ],
    [
      "batches",
      (s: { training: { batches: unknown } }) => (s.training.batches = 5),
      "expected training.batches, an object, got 5",
    ],
    [
      "best",
      (s: { training: { best: unknown } }) => (s.training.best = { loss: null }),
      'expected training.best, a loss and a count, got {"loss":null}',
    ],
  ])("whose %s is none", (_name, change, message) => {
    expect(read(withState(change))).toBe(`run: ${STATE}: ${message}`);
  });

  test("whose options are no model's", () => {
    const options = (change: (options: Record<string, unknown>) => unknown) =>
      rewritten((_, metadata) => {
        const own = JSON.parse(metadata[MODEL]);
        change(own);
        metadata[MODEL] = JSON.stringify(own);
      });
    expect(read(options((own) => (own.timeSteps = 0)))).toBe(
      "run: timeSteps must be a whole number from 1 to 1048576, got 0",
    );
    expect(read(options((own) => (own.unit = 3)))).toMatch(
      /^run: unknown option unit; did you mean units\?$/,
    );
    expect(read(rewritten((_, metadata) => (metadata[MODEL] = "{")))).toBe(
      `run: expected JSON under ${MODEL}, got {`,
    );
    expect(read(rewritten((_, metadata) => delete metadata[MODEL]))).toMatch(
      /^run: model options must be an object/,
    );
  });

  test("when it makes another model than its weights are for", async () => {
    const { weights, firstMoment, secondMoment } = checkpoint;
    for (const part of ["weights", "firstMoment", "secondMoment"] as const) {
      const parts = { weights, firstMoment, secondMoment, [part]: new Map([...weights].slice(1)) };
      const refused = resumeModel({ ...checkpoint, ...parts }, {}, "mine");
      await expect(refused).rejects.toThrow(/^mine: .*projection\.kernel/);
      await expect(refused).rejects.toBeInstanceOf(RangeError);
    }
  });
});

/** What is read of a file, or undefined if it is refused as it should be. */
function readOf(file: Uint8Array): Checkpoint | undefined {
  try {
    return decodeCheckpoint(file, "run");
  } catch (error) {
    expectRefusal(error, "run");
    return undefined;
  }
}

describe("damaged bytes", () => {
  test("are refused by the file's name, or change nothing", () => {
    const expected = decodeCheckpoint(bytes);
    fc.assert(
      fc.property(mutatedBytes(bytes), (mutant) => {
        const read = readOf(mutant);
        // A change of the checksum's own name leaves it out.
        if (read && Object.keys(read.metadata).length === 1) expect(read).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  // Without the checksum a change can go unseen: then what is read is whole all the same.
  test("of a file without a checksum are refused, or make a model that trains", async () => {
    const plain = rewritten(() => {});
    const data = datasetOf(await newModel(OPTIONS), 12);
    let whole = 0;
    const check = async (mutant: Uint8Array) => {
      const read = readOf(mutant);
      if (!read) return;
      const model = await resumeModel(read).catch((error) => expectRefusal(error, "checkpoint"));
      if (!model) return;
      whole++;
      const trained = model.fit(data, { updates: 3, resume: read.training }).catch((error: unknown) => {
        // Another shape than the data's, another order of sequences, or weights that overflow.
        expect((error as Error).message).toMatch(
          /^(dataset|order|cursor|epochs|shuffle|random|the loss|unknown|resume)/,
        );
      });
      await trained;
      model.close();
    };
    await fc.assert(fc.asyncProperty(mutatedBytes(plain), check), { numRuns: 400 });
    expect(whole).toBeGreaterThan(10);
  });
});

test("options keep all that JSON can, and Infinity by leaving it out", async () => {
  const model = await newModel(OPTIONS);
  const again = await createModel(decodeCheckpoint(encodeCheckpoint(await model.checkpoint())).options);
  expect({ ...again.config, build: "simd" }).toEqual(model.config);
  again.close();
});
