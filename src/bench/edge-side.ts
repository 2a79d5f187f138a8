// The edge core as a contender: a packed model in linear memory. Option `build` names a build of it. A model of one step
// streams, as it would on a device; a longer one reads whole sequences.

import { modelConfig } from "../config.ts";
import { PackedRunner } from "../edge/packed-runner.ts";
import { decodePacked, type Precision } from "../formats/packed.ts";
import { openEdge } from "../node/edge-builds.ts";
import { packModel } from "../pack-model.ts";
import type { Tensors } from "../types.ts";
import type { Sizes, StartSide } from "./protocol.ts";
import { modelOf } from "./workload.ts";

// What int8 weights may change of a probability.
const INT8_TOLERANCE = 0.05;

export const start: StartSide = async ({ sizes, forgetBias, weights, options }) => {
  const isInt8 = options.build.includes("int8");
  const runner = await open(sizes, forgetBias, weights!, options.build, isInt8 ? "int8" : "f32");
  const run = (from: PackedRunner, x: Float32Array) =>
    sizes.timeSteps === 1 ? from.step(x) : from.predict(x);
  if (isInt8) {
    const exact = await open(sizes, forgetBias, weights!, "wasm-lstm", "f32");
    const x = new Float32Array(sizes.timeSteps * sizes.features).map((_, i) => ((i * 37) % 64) / 64);
    const expected = run(exact, x);
    const off = run(runner, x).findIndex((value, i) => !(Math.abs(value - expected[i]) <= INT8_TOLERANCE));
    if (off >= 0) throw new Error(`${options.build}: output ${off} is not near that of f32 weights`);
    runner.reset();
  }
  return {
    about: { name: `wasm-lstm, edge core ${options.build}` },
    predict: (x) => run(runner, x),
    linearBytes: () => runner.bytes,
  };
};

async function open(
  sizes: Sizes,
  forgetBias: number,
  weights: Tensors,
  build: string,
  precision: Precision,
): Promise<PackedRunner> {
  const file = packModel(modelConfig(modelOf(sizes, forgetBias)), weights, { precision });
  const streams = sizes.timeSteps === 1;
  return new PackedRunner(await openEdge(build), decodePacked(file, build), { batch: 1, streams });
}
