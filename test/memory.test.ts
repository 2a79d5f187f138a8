// A long training takes no more memory than a short one.

import v8 from "node:v8";
import vm from "node:vm";
import { expect, test } from "vitest";
import { type ModelOptions, modelConfig } from "../src/config.ts";
import { ModelMemory } from "../src/core/memory.ts";
import { TileChoice } from "../src/core/tiles.ts";
import { LstmModel } from "../src/model.ts";
import { nodeHost } from "../src/node/host.ts";
import { SerialRunner } from "../src/runner.ts";
import { loadTestCore } from "./support/core.ts";
import { randomNumbers } from "./support/reference/index.ts";

/** 10,000 updates moved heapUsed by NN MB when this was written; a leak of 100 bytes an update would be 1 MB. */
const HEAP_BOUND = 500_000;
const SIZES = { timeSteps: 4, features: 4, batchSize: 5, clipNorm: 1 };
const MODELS: ModelOptions[] = [
  { ...SIZES, projectionUnits: 3, units: 11, classes: 5 },
  {
    ...SIZES,
    layers: [
      { type: "gru", units: 5, recurrentDropout: 0.1 },
      { units: 3, peepholes: true, recurrentProjectionUnits: 2 },
    ],
    head: { units: 5, everyStep: true, dropout: 0.1 },
  },
];

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc") as () => void;

test.each(MODELS)("10,000 updates grow neither WebAssembly's memory nor the heap", async (options) => {
  const core = (await loadTestCore("simd"))!;
  const config = { ...modelConfig(options), build: "simd" as const, threads: 1 };
  const memory = new ModelMemory(core, config);
  core.initialize(memory.plan, 1, 0, 1);
  const model = new LstmModel(
    config,
    memory,
    new SerialRunner(core, memory.plan),
    new TileChoice(core, memory.plan, "simd"),
    nodeHost,
  );
  const { batchSize: n, timeSteps: T, features, head } = config;
  const random = randomNumbers(1);
  const x = Float32Array.from({ length: n * T * features }, random);
  const labels = Int32Array.from({ length: head.everyStep ? n * T : n }, () =>
    Math.floor(random() * head.units),
  );
  const lengths = Int32Array.from({ length: n }, () => Math.floor(random() * (T + 1)));
  const train = async (updates: number) => {
    for (let i = 0; i < updates; i++) {
      await model.trainOnBatch(x, labels, { keepState: i % 3 > 0, lengths: i % 2 ? lengths : undefined });
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const buffer = core.memory.buffer;
  const before = await train(2000);
  const after = await train(10_000);
  expect(core.memory.buffer).toBe(buffer);
  expect(buffer.byteLength).toBe(model.info.memoryBytes);
  expect(model.updates).toBe(12_000);
  expect(after - before).toBeLessThan(HEAP_BOUND);
});
