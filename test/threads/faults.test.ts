// A worker that dies, traps or hangs in any phase of a training: a clear error, no half-made weights, and from the last
// checkpoint another model ends at the weights of a training that nothing disturbed.

import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { Checkpoint, Dataset, Model } from "wasm-lstm";
import { batchOf, bitsOf, optionsOf, partsOf } from "../support/models.ts";
import { tally } from "../support/tally.ts";

const dist = (file: string) => new URL(`../../dist/src/${file}.js`, import.meta.url).href;
const [{ nodeHost }, { createModelOn }, library] = await Promise.all([
  import(dist("node/host")),
  import(dist("model")),
  import(dist("index")),
]);
const THREAD = new URL("../support/failing-thread.mjs", import.meta.url);

type How = "throw" | "exit" | "hang";

/** A host whose threads fail in their `at`-th phase; it waits for them for a moment only. */
function failingHost(how: How, at: number) {
  const start = async (order: object, onFailure: (reason: string) => void) => {
    const worker = new Worker(THREAD, { workerData: { how, at } });
    worker.on("error", ({ message }: Error) => onFailure(message));
    worker.once("exit", (code) => code !== 0 && onFailure(`it ended with code ${code}`));
    await new Promise((resolve) => {
      worker.once("message", resolve);
      worker.postMessage(order);
    });
    worker.unref();
  };
  return { ...nodeHost, threads: { cores: 2, start, patienceMs: how === "throw" ? 10_000 : 300 } };
}

const OPTIONS = optionsOf({
  layers: [
    { units: 9, bidirectional: true },
    { type: "gru", units: 7 },
  ],
  clipNorm: 1,
  threads: 2,
  build: "simd",
});
const UPDATES = 6;

async function trained(model: Model, data: Dataset, from?: Checkpoint): Promise<Checkpoint | undefined> {
  let last = from;
  if (from) await model.restore(from);
  const onUpdate = async ({ checkpoint }: { checkpoint(): Promise<Checkpoint> }) => {
    last = await checkpoint();
  };
  await model.fit(data, { updates: UPDATES, resume: from?.training, onUpdate }).catch((error) => {
    error.last = last;
    throw error;
  });
  return last;
}

const whole: Model = await createModelOn(nodeHost, OPTIONS);
const data = (library.Dataset as typeof Dataset).fromFloats(partsOf(whole, 20));
const { x, targets } = batchOf(whole, 3);
await trained(whole, data);
const expected = bitsOf(await whole.weights());
whole.close();

// An update of this model has six phases: two updates and a half, and more.
const PLACES = Array.from({ length: 15 }, (_, i) => i + 1);
const CASES = (["throw", "exit", "hang"] as const).flatMap((how) => PLACES.map((at) => [how, at] as const));

test.each(CASES)("%s in phase %i", async (how, at) => {
  const model: Model = await createModelOn(failingHost(how, at), OPTIONS);
  const failure = await trained(model, data).then(
    () => undefined,
    (error) => error,
  );
  const reason =
    how === "throw" ? /^a worker failed: unreachable$/ : /^a worker failed: a worker did not finish/;
  expect(failure?.message).toMatch(reason);
  // What may be half updated is not given away.
  const calls = [
    () => model.weights(),
    () => model.checkpoint(),
    () => model.save(),
    () => model.predict(x),
    () => model.trainOnBatch(x, targets),
    () => model.fit(data, { updates: 1 }),
  ];
  for (const call of calls) await expect(call()).rejects.toThrow(reason);
  model.close();
  const again: Model = await createModelOn(nodeHost, OPTIONS);
  await trained(again, data, failure.last);
  expect(bitsOf(await again.weights())).toEqual(expected);
  again.close();
  tally("workers that fail");
});
