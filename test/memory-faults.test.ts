// The n-th memory that cannot grow: an error that says how much was wanted, and all that was there before goes on.

import { afterEach, describe, expect, test } from "vitest";
import type { Model } from "wasm-lstm";
import type { Host } from "../src/host.ts";
import { KINDS } from "./support/kinds.ts";
import { batchOf, bitsOf, optionsOf } from "./support/models.ts";
import { tally } from "./support/tally.ts";

const dist = (file: string) => new URL(`../dist/src/${file}.js`, import.meta.url).href;
const [{ nodeHost }, { createModelOn }] = await Promise.all([
  import(dist("node/host")),
  import(dist("model")),
]);

const open: { close(): void }[] = [];
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

/** Node's, but the n-th growth of a memory fails as the engine lets it. */
function meagreHost(n: number): { host: Host; growths(): number } {
  let growths = 0;
  const host: Host = {
    ...nodeHost,
    async instantiate(module, memory) {
      const core = await nodeHost.instantiate(module, memory);
      const grow = memory.grow.bind(memory);
      memory.grow = (pages) => {
        if (++growths === n)
          throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
        return grow(pages);
      };
      return core;
    },
  };
  return { host, growths: () => growths };
}

const REFUSED = /^this model needs \d+\.\d [MG]iB of memory, the engine would not give as much$/;

/** Two models and two streams, one after another; each that fails is tried again, and must then be as if none had. */
async function useAll(host: Host, options: Parameters<typeof optionsOf>[0]) {
  let refused = 0;
  async function persistent<T extends { close(): void }>(make: () => Promise<T>): Promise<T> {
    const made = await make().catch((error) => {
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toMatch(REFUSED);
      refused++;
      return make();
    });
    open.push(made);
    return made;
  }
  const results: unknown[] = [];
  const train = async (model: Model) => {
    const { x, targets } = batchOf(model, 3);
    results.push(await model.trainOnBatch(x, targets), bitsOf(await model.weights()));
  };
  const first: Model = await persistent(() => createModelOn(host, optionsOf(options)));
  await train(first);
  const forward = first.config.layers.every(({ bidirectional }) => !bidirectional);
  if (forward) {
    const stream = await persistent(() => first.stream({ streams: 500 }));
    results.push(await stream.push(new Float32Array(500 * first.config.features).fill(0.5)));
  }
  const second: Model = await persistent(() => createModelOn(host, optionsOf({ ...options, seed: 7 })));
  await train(second);
  await train(first);
  return { results, refused };
}

describe.each([1, 2])("on %i threads", (threads) => {
  test.each(KINDS)("%s", async (_name, kind) => {
    const options = { ...kind, threads, batchSize: 500 };
    const plenty = meagreHost(0);
    const { results: expected } = await useAll(plenty.host, options);
    const growths = plenty.growths();
    expect(growths).toBeGreaterThanOrEqual(2);
    for (let n = 1; n <= growths; n++) {
      const { results, refused } = await useAll(meagreHost(n).host, options);
      expect(refused).toBe(1);
      expect(results).toEqual(expected);
      tally("growths that fail");
    }
  });
});
