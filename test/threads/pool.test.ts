// The pool as the package ships it, workers and all: that it keeps going, ends, and says what went wrong.

import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { createModel } from "wasm-lstm";

const SHAPE = { timeSteps: 5, features: 7, units: 19, classes: 4, projectionUnits: 6, batchSize: 13 };

test("many updates in a row do not lose a worker", async () => {
  const model = await createModel({ ...SHAPE, threads: 3 });
  const x = new Float32Array(13 * 5 * 7).fill(0.25);
  const labels = new Int32Array(13);
  for (let step = 0; step < 1000; step++) await model.trainOnBatch(x, labels);
  expect(model.updates).toBe(1000);
  model.close();
});

test("a closed model's threads are not waited for", async () => {
  const model = await createModel({ ...SHAPE, threads: 2 });
  const [x, labels] = [new Float32Array(13 * 5 * 7), new Int32Array(13)];
  await model.trainOnBatch(x, labels);
  model.close();
  await expect(model.trainOnBatch(x, labels)).rejects.toThrow("the model is closed: its threads have ended");
  await expect(model.predict(x)).rejects.toThrow("the model is closed: its threads have ended");
});

test("auto takes one thread for a small model and names what it took", async () => {
  const model = await createModel({ ...SHAPE, threads: "auto" });
  expect(model.info.threads).toBe(1);
  expect(model.config.threads).toBe(1);
  model.close();
});

describe("the process", () => {
  function run(script: string): string {
    return execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 60_000,
    });
  }

  test("sleeping workers do not keep it alive", () => {
    const script = `
      import { createModel } from "wasm-lstm";
      const layers = [{ units: 5, bidirectional: true }, { type: "gru", units: 3 }];
      const { units, ...shape } = ${JSON.stringify(SHAPE)};
      const model = await createModel({ ...shape, layers, threads: 3 });
      await model.trainOnBatch(new Float32Array(${13 * 5 * 7}), new Int32Array(13));
      console.log("done");`;
    expect(run(script)).toBe("done\n");
  });

  test("neither do workers that a model has closed, many times", () => {
    const script = `
      import { createModel } from "wasm-lstm";
      for (let i = 0; i < 30; i++) {
        const model = await createModel({ ...${JSON.stringify(SHAPE)}, threads: 2 });
        await model.trainOnBatch(new Float32Array(${13 * 5 * 7}), new Int32Array(13));
        model.close();
      }
      console.log("done");`;
    expect(run(script)).toBe("done\n");
  });
});

describe("a worker that fails", () => {
  // (module (import "env" "memory" (memory 1 65536 shared)) (func (export "runPhase") (param i32 x 5) unreachable))
  const TRAPPING = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 9, 1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0],
    ...[2, 18, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 3, 1, 0x80, 0x80, 4],
    ...[3, 2, 1, 0],
    ...[7, 12, 1, 8, 0x72, 0x75, 0x6e, 0x50, 0x68, 0x61, 0x73, 0x65, 0, 0],
    ...[10, 5, 1, 3, 0, 0, 0x0b],
  ]);

  async function builtPool() {
    const dist = (file: string) => new URL(`../../dist/src/${file}.js`, import.meta.url).href;
    const { nodeHost } = await import(dist("node/host"));
    return { ...(await import(dist("threads/pool"))), start: nodeHost.threads.start };
  }

  test("is the call's error, and the next call's", async () => {
    const { Pool, start } = await builtPool();
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const calls: number[] = [];
    const core = { memory, runPhase: (_plan: number, phase: number) => calls.push(phase) };
    const pool = await Pool.start(core, 0, await WebAssembly.compile(TRAPPING), 3, start);
    expect(() => pool.run([0, 3, 4], 8)).toThrow(/a worker failed: unreachable/);
    expect(calls).toEqual([0, 3, 4]);
    expect(() => pool.run([0], 8)).toThrow(/a worker failed: unreachable/);
    pool.close();
  });

  test("to start is an error of the start", async () => {
    const { Pool, start } = await builtPool();
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 2, shared: true });
    const wrong = await WebAssembly.compile(TRAPPING);
    await expect(Pool.start({ memory }, 0, wrong, 2, start)).rejects.toThrow(
      /a worker could not start: .*memory/i,
    );
  });

  test("is the error of every call of the model's", async () => {
    const dist = (file: string) => new URL(`../../dist/src/${file}.js`, import.meta.url).href;
    const [{ nodeHost }, { createModelOn }] = await Promise.all([
      import(dist("node/host")),
      import(dist("model")),
    ]);
    // The workers get a module that traps in place of the core.
    const trapping = await WebAssembly.compile(TRAPPING);
    const start = (order: object, onFailure: unknown) =>
      nodeHost.threads.start({ ...order, module: trapping }, onFailure);
    const model = await createModelOn(
      { ...nodeHost, threads: { ...nodeHost.threads, start } },
      { ...SHAPE, threads: 2 },
    );
    const x = new Float32Array(13 * 5 * 7);
    const failed = /^a worker failed: unreachable/;
    await expect(model.trainOnBatch(x, new Int32Array(13))).rejects.toThrow(failed);
    await expect(model.predict(x)).rejects.toThrow(failed);
    await expect(model.evaluateOnBatch(x, new Int32Array(13))).rejects.toThrow(failed);
    model.close();
  });
});
