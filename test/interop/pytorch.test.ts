// Models in the pytorch dialect run and train in PyTorch as they do here. PyTorch's answers are recorded by
// pytorch.py, which compares them where PyTorch is installed; what it read is compared with what is written now.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ModelFile } from "../../src/formats/models/model-file.ts";
import { toNamedTensors } from "../../src/formats/models/named-tensors.ts";
import { decodeNpzModel, encodeNpzModel } from "../../src/formats/models/npz-model.ts";
import { decodeOnnxModel } from "../../src/formats/models/onnx-read.ts";
import {
  decodeSafetensorsModel,
  encodeSafetensorsModel,
} from "../../src/formats/models/safetensors-model.ts";
import type { Tensors } from "../../src/types.ts";
import { predict64 } from "../support/predict64.ts";
import { bits } from "../support/model-files.ts";
import { CASES, inputs, labels, SIZES, TRAINING } from "./pytorch-cases.ts";

const FOLDER = new URL("../fixtures/pytorch/", import.meta.url);

interface Recorded {
  probabilities: number[];
  losses: number[];
  /** Of the state_dict after the updates. */
  weights: Record<string, number[]>;
}

describe.each([...CASES])("%s", (name, model) => {
  const { bytes } = encodeSafetensorsModel(model, "pytorch");
  const { bytes: npz } = encodeNpzModel(model, "pytorch");
  // RECORD=1 writes what pytorch.py --record then reads.
  if (process.env.RECORD) {
    writeFileSync(fixture(`${name}.safetensors`), bytes);
    writeFileSync(fixture(`${name}.npz`), npz);
  }

  test("is written as PyTorch has read it", () => {
    expect(Buffer.from(bytes).equals(readFileSync(fixture(`${name}.safetensors`)))).toBe(true);
    expect(Buffer.from(npz).equals(readFileSync(fixture(`${name}.npz`)))).toBe(true);
    expect(bits(decodeSafetensorsModel(bytes, name).model)).toEqual(bits(model));
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

// Equal means: the same loss and rule of Adam, epsilon beside the corrected moment, and the second biases frozen.
describe.each(["lstm", "projected-lstm"])("five updates of Adam of %s", (name) => {
  test("give PyTorch's losses and weights", async () => {
    const model = CASES.get(name)!;
    const trained = await train(model);
    expectWithin(trained.losses, recorded(name).losses, 2e-6);
    const { tensors } = toNamedTensors({ ...model, tensors: trained.weights }, "pytorch");
    expect([...tensors.keys()].sort()).toEqual(Object.keys(recorded(name).weights).sort());
    for (const [tensor, { data }] of tensors) expectWithin(data, recorded(name).weights[tensor], 1e-5);
    const moved = [...tensors].some(([tensor, { data }]) => {
      const before = toNamedTensors(model, "pytorch").tensors.get(tensor)!.data;
      return data.some((value, i) => Math.abs(value - before[i]) > 0.01);
    });
    expect(moved).toBe(true);
  });
});

async function train(model: ModelFile): Promise<{ losses: number[]; weights: Tensors }> {
  const { createModel } = await library();
  const { timeSteps, features, projectionUnits, layers, head } = model.description;
  const { updates, ...adam } = TRAINING;
  const own = await createModel({
    ...{ timeSteps, features, projectionUnits, units: layers[0].units, classes: head.units },
    ...{ forgetBias: layers[0].forgetBias, batchSize: SIZES.B, epsilonForm: "paper", ...adam },
  });
  own.setWeights(
    new Map([...model.tensors].map(([key, tensor]) => [key.replace("layers.0.", "lstm."), tensor])),
  );
  const losses: number[] = [];
  for (let k = 0; k < updates; k++) losses.push((await own.trainOnBatch(inputs(), labels(model))).loss);
  const weights = new Map(
    [...own.weights()].map(([key, tensor]) => [key.replace("lstm.", "layers.0."), tensor]),
  );
  own.close();
  return { losses, weights };
}

interface Library {
  createModel(options: Record<string, unknown>): Promise<{
    setWeights(weights: Tensors): void;
    weights(): Tensors;
    trainOnBatch(x: Float32Array, labels: Int32Array): Promise<{ loss: number }>;
    close(): void;
  }>;
}

function library(): Promise<Library> {
  return import(/* @vite-ignore */ new URL("../../dist/src/index.js", import.meta.url).href);
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
