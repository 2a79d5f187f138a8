// The library as a contender, through its public API. Option `build` names the build, `variant` a member of the family.
// Loads no more than a user's program does.

import type { Build } from "../index.ts";
import type { StartSide } from "./protocol.ts";
import { lengthsOf, modelOf, type Variant } from "./workload.ts";

/** What `import "wasm-lstm"` gives. */
const PACKAGE = new URL("../node-bundle/index.js", import.meta.url).href;

export const start: StartSide = async ({ sizes, threads, learningRate, forgetBias, weights, options }) => {
  const build = options.build as Build;
  const variant = options.variant as Variant | undefined;
  const { createModel } = (await import(PACKAGE)) as typeof import("../index.ts");
  const model = await createModel({ ...modelOf(sizes, forgetBias, variant), threads, learningRate, build });
  // The order's weights are those of the reference model.
  if (weights && !variant) await model.setWeights(weights);
  const lengths = variant === "lengths" ? lengthsOf(sizes) : undefined;
  const { flopsPerUpdate, naiveFlopsPerUpdate, memoryBytes } = model.info;
  return {
    about: {
      name: `wasm-lstm, build ${model.info.build}`,
      flops: flopsPerUpdate,
      naiveFlops: naiveFlopsPerUpdate,
    },
    train: async ({ x, labels }) => (await model.trainOnBatch(x, labels, { lengths })).loss,
    predict: async (x) => (await model.predict(x)).probabilities,
    phases: async (count) => {
      const { timePhases } = await import("./phases.ts");
      const phases = await timePhases(sizes, build, count);
      const sum = phases.reduce((sum, { flops }) => sum + flops, 0);
      if (sum !== flopsPerUpdate) {
        throw new Error(`the phases have ${sum} operations, the update ${flopsPerUpdate}`);
      }
      return phases;
    },
    linearBytes: () => memoryBytes,
  };
};
