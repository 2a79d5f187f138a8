// What an update costs: the operations that are reported against a count of every product, and the threads they are worth.

import { describe, expect, test } from "vitest";
import { type ModelConfig, modelConfig } from "../src/config.ts";
import { flops, threadsOf } from "../src/cost.ts";
import type { Host } from "../src/host.ts";
import { KINDS } from "./support/kinds.ts";
import { newModel, optionsOf } from "./support/models.ts";

/** Multiply-adds of one update, counted product by product; `folded` as the core does them, or as the model is written. */
function counted(config: ModelConfig, folded: boolean): number {
  const { batchSize: B, timeSteps: T, features: I, projectionUnits: P, layers, head } = config;
  let count = 0;
  /** of[rows, columns] = a[rows, depth] b[depth, columns], times so many. */
  const product = (rows: number, depth: number, columns: number, times = 1) => {
    for (let i = 0; i < times; i++) count += rows * depth * columns;
  };
  let X = P || I;
  if (!folded && P > 0) {
    // x W_in forward, and the gradient of W_in.
    for (let t = 0; t < T; t++) product(B, I, P, 2);
  }
  for (const [l, layer] of layers.entries()) {
    const { type, units: H, recurrentProjectionUnits, resetAfter, bidirectional } = layer;
    const R = recurrentProjectionUnits || H;
    const resetsBefore = type === "gru" && !resetAfter;
    const ofX = { lstm: 4, gru: 3, rnn: 1 }[type];
    // The candidate of a GRU that resets before has a product of its own.
    const ofH = resetsBefore ? 2 : ofX;
    for (let direction = 0; direction < (bidirectional ? 2 : 1); direction++) {
      for (let t = 0; t < T; t++) {
        const isFirst = folded && t === 0;
        for (let gate = 0; gate < ofX; gate++) {
          // Forward, and the gradient of the kernel; folded, layer 0 reads x itself, and a 1 for the bias.
          product(B, folded ? (l === 0 ? I : X) + 1 : X, H, 2);
          const hasInputGradient = folded ? l > 0 : l > 0 || P > 0;
          if (hasInputGradient) product(B, H, X);
        }
        // Forward, the gradient of the kernel, and of h; h before the first step is zero.
        for (let gate = 0; gate < ofH; gate++) if (!isFirst) product(B, R, H, 3);
        if (type === "lstm" && recurrentProjectionUnits > 0) product(B, H, R, 3);
        if (resetsBefore) product(B, H, H, isFirst ? 2 : 3);
      }
      if (folded && l === 0 && P > 0) {
        // F = [W_in; b_in] W; the gradients of W, and of W_in and b_in.
        for (let gate = 0; gate < ofX; gate++) product(I + 1, P, H, 3);
      }
    }
    X = R * (bidirectional ? 2 : 1);
  }
  for (let t = 0; t < (head.everyStep ? T : 1); t++) product(B, X, head.units, 3);
  return count;
}

describe("operations of an update", () => {
  test.each(KINDS)("%s", async (_name, options) => {
    const config = modelConfig(optionsOf(options));
    expect(flops(config)).toEqual({
      flopsPerUpdate: 2 * counted(config, true),
      naiveFlopsPerUpdate: 2 * counted(config, false),
    });
    expect((await newModel(options)).info).toMatchObject(flops(config));
  });

  test("of the reference model: folding halves them", () => {
    const { flopsPerUpdate, naiveFlopsPerUpdate } = flops(
      modelConfig({
        ...{ timeSteps: 28, features: 28, projectionUnits: 128, units: 128, classes: 10, batchSize: 128 },
      }),
    );
    expect(flopsPerUpdate / 1e9).toBeCloseTo(1.58, 2);
    expect(naiveFlopsPerUpdate / 1e9).toBeCloseTo(2.9, 1);
  });
});

describe("threads", () => {
  const hostOf = (cores: number) => ({ threads: { cores } }) as Host;
  const large = { timeSteps: 28, features: 28, units: 128, classes: 10, batchSize: 128 };

  test("auto takes a thread per core as long as each has enough to do", () => {
    const auto = (options: object, cores: number) =>
      threadsOf(modelConfig({ ...large, ...options, threads: "auto" }), hostOf(cores));
    expect(auto({}, 1)).toBe(1);
    expect(auto({}, 4)).toBe(4);
    // Small work, and few rows, are shared by fewer.
    expect(auto({ units: 4, features: 3 }, 64)).toBeLessThan(5);
    expect(auto({ units: 2, features: 1, timeSteps: 2 }, 64)).toBe(1);
    expect(auto({ batchSize: 3 }, 64)).toBe(3);
  });

  test("a number is taken as it is, but where threads cannot share memory", () => {
    const config = modelConfig({ ...large, threads: 7 });
    expect(threadsOf(config, hostOf(2))).toBe(7);
    expect(threadsOf(config, {} as Host)).toBe(1);
  });
});
