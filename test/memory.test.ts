// A model's memory is known when it is made, and a long training takes no more of it than a short one.

import v8 from "node:v8";
import vm from "node:vm";
import { describe, expect, test } from "vitest";
import type { Core } from "../src/core/core.ts";
import type { ModelOptions } from "../src/index.ts";
import { createModelOn, type LstmModel } from "../src/model.ts";
import { nodeHost } from "../src/node/host.ts";
import { KINDS } from "./support/kinds.ts";
import { batchOf, closedAfterwards, datasetOf, lengthsOf, optionsOf } from "./support/models.ts";

/** Updates moved heapUsed by less than 0.15 MB when this was written; a leak of 100 bytes an update would be 1 MB. */
const HEAP_BOUND = 500_000;

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc") as () => void;

interface Made {
  model: LstmModel;
  core: Core;
  /** The same, then those of its streams. */
  cores: Core[];
}

/** A model, and the core that it was made on. */
async function modelWithMemory(options: Partial<ModelOptions>): Promise<Made> {
  const cores: Core[] = [];
  const host: typeof nodeHost = {
    ...nodeHost,
    instantiate: async (...given) => {
      const core = await nodeHost.instantiate(...given);
      cores.push(core);
      return core;
    },
  };
  const model = await createModelOn(host, optionsOf(options));
  closedAfterwards(model);
  return { model, core: cores[0], cores };
}

test.each(KINDS)("%s: its bytes are known before anything is done, and stay", async (_name, options) => {
  const { model, core } = await modelWithMemory(options);
  const { buffer } = core.memory;
  expect(model.info.memoryBytes).toBe(buffer.byteLength);
  const { x, targets } = batchOf(model, 5);
  await model.fit(datasetOf(model, 12), {
    updates: 3,
    validationData: datasetOf(model, 7),
    restoreBest: true,
  });
  await model.trainOnBatch(x, targets, { lengths: lengthsOf(model, 5) });
  await model.apply(batchOf(model, 13).x);
  await model.setWeights(await model.weights());
  await model.restore(await model.checkpoint());
  expect(core.memory.buffer).toBe(buffer);
  expect(model.info.memoryBytes).toBe(buffer.byteLength);
});

test("a stream has memory of its own, with no place for gradients", async () => {
  const sizes = { features: 100, units: 200, batchSize: 1, timeSteps: 1 };
  const { model, cores } = await modelWithMemory(sizes);
  (await model.stream()).close();
  const [own, ofStream] = cores.map(({ memory }) => memory.buffer.byteLength);
  // Gradients and both moments are left out, but for the rest of a page.
  expect(ofStream).toBeLessThan(own - 3 * 4 * model.info.parameters + 65536);
});

describe("10,000 updates grow neither WebAssembly's memory nor the heap", () => {
  test.each<[string, Partial<ModelOptions>]>([
    ["one lstm", { clipNorm: 1 }],
    [
      "bidirectional layers with dropout, labels at every step",
      {
        layers: [
          { units: 9, bidirectional: true, dropout: 0.2 },
          { type: "gru", units: 7, bidirectional: true, recurrentDropout: 0.2 },
        ],
        head: { type: "sigmoid", units: 3, everyStep: true, dropout: 0.2 },
      },
    ],
  ])("%s", async (_name, options) => {
    const { model, core } = await modelWithMemory(options);
    const { x, targets } = batchOf(model, 5);
    const lengths = lengthsOf(model, 5);
    const sampleWeights = Float32Array.of(0, 1, 2, 0.5, 1);
    const forward = model.config.layers.every(({ bidirectional }) => !bidirectional);
    const train = async (updates: number) => {
      for (let i = 0; i < updates; i++) {
        await model.trainOnBatch(x, targets, {
          keepState: forward && i % 3 > 0,
          lengths: i % 2 ? lengths : undefined,
          sampleWeights: i % 5 ? sampleWeights : undefined,
        });
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const { buffer } = core.memory;
    const before = await train(2000);
    const after = await train(10_000);
    expect(core.memory.buffer).toBe(buffer);
    expect(buffer.byteLength).toBe(model.info.memoryBytes);
    expect(model.updates).toBe(12_000);
    expect(after - before).toBeLessThan(HEAP_BOUND);
  });

  test("and so does a training on a dataset, one result at a time", async () => {
    const { model, core } = await modelWithMemory({});
    const data = datasetOf(model, 12, 1, { lengths: lengthsOf(model, 12) });
    const train = async (updates: number) => {
      for await (const { loss } of model.train(data, { updates, validationData: data, validateEvery: 10 })) {
        if (!Number.isFinite(loss)) throw new Error(`loss ${loss}`);
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const { buffer } = core.memory;
    const before = await train(2000);
    const after = await train(10_000);
    expect(core.memory.buffer).toBe(buffer);
    expect(after - before).toBeLessThan(HEAP_BOUND);
  });
});
