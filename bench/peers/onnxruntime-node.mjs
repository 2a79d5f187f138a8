// onnxruntime-node (native, its cpu execution provider) as a contender: inference only.

import * as ort from "onnxruntime-node";
import { onnxModel } from "./onnx-model.mjs";

export async function start(order) {
  const { timeSteps: T, features: I } = order.sizes;
  const session = await ort.InferenceSession.create(onnxModel(order), {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: order.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    about: { name: `onnxruntime-node ${ort.env.versions.node}, cpu` },
    async predict(x) {
      const input = new ort.Tensor("float32", x, [x.length / (T * I), T, I]);
      const { probabilities } = await session.run({ x: input });
      return probabilities.data;
    },
  };
}
