// Models to files and back. The formats are loaded when they are wanted.

import { type Checkpoint, createModel, decodeCheckpoint, encodeCheckpoint, type Model } from "wasm-lstm";
import type { ModelDescription } from "wasm-lstm/models";
import { SIDE } from "../images-protocol.ts";

/** No model of this page's comes near it. */
const MOST_BYTES = 64 * 2 ** 20;

export function trainingFile(checkpoint: Checkpoint): Uint8Array {
  return encodeCheckpoint(checkpoint);
}

export async function weightsFile(model: Model, format: "native" | "onnx"): Promise<Uint8Array> {
  const { checkDescription, convert } = await import("wasm-lstm/models");
  const { timeSteps, features, projectionUnits, layers, head } = model.config;
  const description = checkDescription({ timeSteps, features, projectionUnits, layers, head }, "the model");
  return convert({ description, tensors: await model.weights(), metadata: {} }, format).bytes;
}

/** A training, or weights to begin one from, of a file in any format. Throws an Error that says what is wrong with it. */
export async function readFile(file: File): Promise<Checkpoint> {
  if (file.size > MOST_BYTES)
    throw new RangeError(`${file.name} has ${file.size} bytes, which no model for this page has`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { decodeModel, detectContainer } = await import("wasm-lstm/models");
  let isTraining = false;
  if (detectContainer(bytes, file.name) === "safetensors") {
    try {
      return decodeCheckpoint(bytes, file.name);
    } catch (error) {
      isTraining = !/weights alone/.test((error as Error).message);
      if (isTraining) throw error;
    }
  }
  const { model } = await decodeModel(bytes, file.name);
  return untrained(model.description, model.tensors);
}

async function untrained(
  description: ModelDescription,
  tensors: Map<string, never> | Parameters<Model["setWeights"]>[0],
) {
  const { timeSteps = SIDE, features, projectionUnits, layers, head } = description;
  const model = await createModel({
    timeSteps,
    features,
    projectionUnits,
    layers: [...layers],
    head,
    threads: 1,
  });
  try {
    await model.setWeights(tensors);
    return await model.checkpoint();
  } finally {
    model.close();
  }
}

export function download(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
