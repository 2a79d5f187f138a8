// Models in the pytorch dialect run and train in PyTorch as they do here. PyTorch's answers are recorded by
// pytorch.py, which compares them where PyTorch is installed; what it read is compared with what is written now.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Checkpoint } from "../../src/checkpoint-state.ts";
import { decodeModel } from "../../src/formats/models/convert.ts";
import type { ModelFile } from "../../src/formats/models/model-file.ts";
import { encodeMoments } from "../../src/formats/models/moments.ts";
import { toNamedCompanions, toNamedTensors } from "../../src/formats/models/named-tensors.ts";
import { decodeNpzModel, encodeNpzModel } from "../../src/formats/models/npz-model.ts";
import { decodeOnnxModel } from "../../src/formats/models/onnx-read.ts";
import { encodeSafetensorsModel } from "../../src/formats/models/safetensors-model.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { bits } from "../support/model-files.ts";
import { predict64 } from "../support/predict64.ts";
import { library } from "./built-library.ts";
import { CASES, inputs, labels, SIZES, TRAINING } from "./pytorch-cases.ts";

const FOLDER = new URL("../fixtures/pytorch/", import.meta.url);

interface Recorded {
  probabilities: number[];
  losses: number[];
  /** Of the state_dict after the updates. */
  weights: Record<string, number[]>;
  /** Of the optimizer after the updates, for what is trained. */
  exp_avg: Record<string, number[]>;
  exp_avg_sq: Record<string, number[]>;
}

describe.each([...CASES])("%s", (name, model) => {
  const { bytes } = encodeSafetensorsModel(model, "pytorch");
  const { bytes: npz } = encodeNpzModel(model, "pytorch");
  // RECORD=1 writes what pytorch.py --record then reads.
  if (process.env.RECORD) {
    writeFileSync(fixture(`${name}.safetensors`), bytes);
    writeFileSync(fixture(`${name}.npz`), npz);
  }

  test("is written as PyTorch has read it", async () => {
    for (const [file, written] of [
      [`${name}.safetensors`, bytes],
      [`${name}.npz`, npz],
    ] as const) {
      const read = await decodeModel(readFileSync(fixture(file)), file);
      expect(bits(read.model)).toEqual(bits(model));
      expect(read.mapped).toEqual((await decodeModel(written, file)).mapped);
    }
  });

  test("is read from numpy.savez of PyTorch's state_dict, which holds weights alone", async () => {
    const { model: read } = await decodeNpzModel(readFileSync(fixture(`${name}.state.npz`)), name);
    expect(read.description.layers).toEqual(model.description.layers);
    expect(bits({ ...read, description: model.description })).toEqual(bits(model));
  });

  test("PyTorch answers as the formulas do", () => {
    expectWithin(recorded(name).probabilities, predict64(model, inputs(), SIZES.T), 1e-6);
  });
});

// ONNX has no recurrent projection, and so has no export of PyTorch's.
const EXPORTED = [...CASES].filter(([name]) => name !== "recurrent-projection");
describe.each(EXPORTED)("PyTorch's own ONNX export of %s", (name, model) => {
  test("is read as what it was made from", () => {
    const { model: read } = decodeOnnxModel(readFileSync(fixture(`${name}.onnx`)), name);
    const { type, ...head } = model.description.head;
    expect(read.description).toMatchObject({ layers: model.description.layers, head: { ...head, type } });
    expect(bits({ ...read, description: model.description })).toEqual(bits(model));
  });
});

// Equal means: the mean cross-entropy, Adam with epsilon beside the corrected moment (epsilonForm "paper"), and the
// second biases of LSTM and RNN frozen in PyTorch, where they would be trained a second time.
describe.each([...CASES])("five updates of Adam of %s", (name, model) => {
  test("give PyTorch's losses, weights and moments", async () => {
    const { losses, checkpoint } = await train(model, TRAINING.updates);
    const { weights: theirs, losses: theirLosses, exp_avg, exp_avg_sq } = recorded(name);
    expectWithin(losses, theirLosses, 2e-6);
    const { tensors } = toNamedTensors({ ...model, tensors: checkpoint.weights }, "pytorch");
    expect([...tensors.keys()].sort()).toEqual(Object.keys(theirs).sort());
    for (const [tensor, { data }] of tensors) expectWithin(data, theirs[tensor], 1e-5);
    const before = toNamedTensors(model, "pytorch").tensors;
    const moved = [...tensors].filter(([tensor, { data }]) =>
      data.some((value, i) => Math.abs(value - before.get(tensor)!.data[i]) > 0.01),
    );
    expect(moved.map(([tensor]) => tensor).sort()).toEqual(Object.keys(exp_avg).sort());

    for (const [ours, moments, bound] of [
      [checkpoint.firstMoment, exp_avg, 1e-6],
      [checkpoint.secondMoment, exp_avg_sq, 1e-7],
    ] as const) {
      const laidOut = toNamedCompanions(model.description, ours, "pytorch");
      for (const [tensor, values] of Object.entries(moments)) {
        expectWithin(laidOut.get(tensor)!.data, values, bound);
      }
    }
  });
});

// pytorch.py makes the other updates, and ends where it does when it has made all.
test.each(["lstm", "mixed"])(
  "%s, trained here for a while, is what PyTorch has gone on with",
  async (name) => {
    const model = CASES.get(name)!;
    const { checkpoint } = await train(model, TRAINING.here);
    const weights = encodeSafetensorsModel({ ...model, tensors: checkpoint.weights }, "pytorch").bytes;
    const moments = encodeMoments(model.description, checkpoint, "pytorch");
    for (const [file, bytes] of [
      [`goes-on/${name}.safetensors`, weights],
      [`goes-on/${name}.moments.safetensors`, moments],
    ] as const) {
      if (process.env.RECORD) writeFileSync(fixture(file), bytes);
      const [ours, theirs] = [bytes, readFileSync(fixture(file))].map(
        (own) => decodeSafetensors(own, file).tensors,
      );
      expect([...ours.keys()]).toEqual([...theirs.keys()]);
      for (const [tensor, { data }] of ours) expectWithin(data, theirs.get(tensor)!.data, 1e-6);
    }
  },
);

async function train(
  model: ModelFile,
  updates: number,
): Promise<{ losses: number[]; checkpoint: Checkpoint }> {
  const { createModel } = await library();
  const { features, projectionUnits, layers, head } = model.description;
  const { updates: _, here: __, ...adam } = TRAINING;
  const own = await createModel({
    ...{ timeSteps: SIZES.T, features, projectionUnits, layers: [...layers], head },
    ...{ batchSize: SIZES.B, epsilonForm: "paper", ...adam },
  });
  await own.setWeights(model.tensors);
  const losses: number[] = [];
  for (let k = 0; k < updates; k++) losses.push((await own.trainOnBatch(inputs(), labels(model))).loss);
  const checkpoint = await own.checkpoint();
  own.close();
  return { losses, checkpoint };
}

function fixture(file: string): string {
  return fileURLToPath(new URL(file, FOLDER));
}

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(fixture(`${name}.json`), "utf8"));
}

function expectWithin(got: ArrayLike<number>, expected: ArrayLike<number>, bound: number): void {
  expect(got.length).toBe(expected.length);
  const farthest = Math.max(...Array.from(expected, (value, i) => Math.abs(value - got[i])));
  expect(farthest).toBeLessThanOrEqual(bound);
}
