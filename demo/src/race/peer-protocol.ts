// What the page and a worker of TensorFlow.js say to each other; types only.

import type { Tensors } from "wasm-lstm";

export interface PeerOrder {
  backend: "wasm" | "cpu";
  form: "tuned" | "layers";
  sizes: { timeSteps: number; features: number; projectionUnits: number; units: number; classes: number };
  /** Native names. */
  weights: Tensors;
  learningRate: number;
  forgetBias: number;
}

/** To make itself ready, or to make an update. */
export type PeerQuestion = { order: PeerOrder } | { x: Float32Array; labels: Int32Array };

/** The loss before the update; NaN when it is ready. */
export type PeerAnswer = { loss: number } | { error: string };
