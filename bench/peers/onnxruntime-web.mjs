// onnxruntime-web (its wasm execution provider) as a contender: inference only.

import * as ort from "onnxruntime-web";
import { onnxModel } from "./onnx-model.mjs";

export async function start(order) {
  const { timeSteps: T, features: I } = order.sizes;
  ort.env.wasm.numThreads = order.threads;
  ort.env.logLevel = "error";
  const session = await ort.InferenceSession.create(onnxModel(order), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  if (ort.env.wasm.numThreads !== order.threads) {
    throw new Error(`it runs ${ort.env.wasm.numThreads} of ${order.threads} threads`);
  }
  return {
    about: { name: `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common}, wasm` },
    async predict(x) {
      const input = new ort.Tensor("float32", x, [x.length / (T * I), T, I]);
      const { probabilities } = await session.run({ x: input });
      return probabilities.data;
    },
  };
}
