// A long training takes no more memory than a short one.

import v8 from "node:v8";
import vm from "node:vm";
import { expect, test } from "vitest";
import { modelConfig } from "../src/config.ts";
import { ModelMemory } from "../src/core/memory.ts";
import { TileChoice } from "../src/core/tiles.ts";
import { LstmModel } from "../src/model.ts";
import { nodeHost } from "../src/node/host.ts";
import { SerialRunner } from "../src/runner.ts";
import { loadTestCore } from "./support/core.ts";
import { batchOf, lengthsOf, OPTIONS } from "./support/models.ts";

/** 10,000 updates moved heapUsed by -0.14 MB when this was written; a leak of 100 bytes an update would be 1 MB. */
const HEAP_BOUND = 500_000;

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc") as () => void;

test("10,000 updates grow neither WebAssembly's memory nor the heap", async () => {
  const core = (await loadTestCore("simd"))!;
  const config = { ...modelConfig({ ...OPTIONS, clipNorm: 1 }), build: "simd" as const, threads: 1 };
  const memory = new ModelMemory(core, config);
  core.initialize(memory.plan, 1, 0);
  const model = new LstmModel(
    config,
    memory,
    new SerialRunner(core, memory.plan),
    new TileChoice(core, memory.plan, "simd"),
    nodeHost,
  );
  const { x, labels } = batchOf(model, 5);
  const lengths = lengthsOf(model, 5);
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
