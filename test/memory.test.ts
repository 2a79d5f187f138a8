// A long training takes no more memory than a short one.

import v8 from "node:v8";
import vm from "node:vm";
import { expect, test } from "vitest";
import { type ModelOptions, modelConfig } from "../src/config.ts";
import { Engine } from "../src/engine.ts";
import type { Host } from "../src/host.ts";
import { LstmModel } from "../src/model.ts";
import { nodeHost } from "../src/node/host.ts";
import { randomNumbers } from "./support/reference/index.ts";

/** 10,000 updates moved heapUsed by less than 0.02 MB when this was written; a leak of 100 bytes an update would be 1 MB. */
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
  let memory: WebAssembly.Memory | undefined;
  const host: Host = {
    ...nodeHost,
    instantiate: (module, given) => {
      memory = given;
      return nodeHost.instantiate(module, given);
    },
  };
  const config = modelConfig({ ...options, build: "simd" });
  const model = new LstmModel(await Engine.start(host, config));
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
  const { buffer } = memory!;
  const before = await train(2000);
  const after = await train(10_000);
  expect(memory!.buffer).toBe(buffer);
  expect(buffer.byteLength).toBe(model.info.memoryBytes);
  expect(model.updates).toBe(12_000);
  expect(after - before).toBeLessThan(HEAP_BOUND);
});
