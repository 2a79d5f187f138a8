// The pool as the package ships it: workers are files of dist/, so this imports the built package by its name.

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { createModel, type ModelOptions } from "wasm-lstm";

const SHAPE = { timeSteps: 5, features: 7, units: 19, classes: 4, projectionUnits: 6, batchSize: 13 };

// Three updates and a prediction; the weights' and the probabilities' bits.
async function bits(options: Partial<ModelOptions>): Promise<string> {
  const model = await createModel({ ...SHAPE, ...options });
  const { timeSteps, features, classes, batchSize } = model.config;
  const results: unknown[] = [];
  for (let step = 0; step < 3; step++) {
    const n = step === 1 ? Math.max(1, batchSize - 2) : batchSize;
    const x = Float32Array.from({ length: n * timeSteps * features }, (_, i) =>
      Math.fround(Math.sin(i + step)),
    );
    const labels = Int32Array.from({ length: n }, (_, i) => (i * 7 + step) % classes);
    results.push(await model.trainOnBatch(x, labels), (await model.predict(x)).probabilities);
  }
  results.push(...[...(await model.weights())].map(([name, { data }]) => [name, ...data]));
  model.close();
  return JSON.stringify(results);
}

test.each([
  { batchSize: 1 },
  { batchSize: 3 },
  { batchSize: 13 },
  { batchSize: 32, units: 40, projectionUnits: 0 },
])("1, 2, 3 and 5 threads give the same bits: $batchSize rows", async (shape) => {
  const one = await bits({ ...shape, threads: 1 });
  for (const threads of [2, 3, 5]) expect(await bits({ ...shape, threads }), `${threads} threads`).toBe(one);
});

// Batches of random lengths, a state kept from the second on, and outputs of every step.
async function raggedBits(options: Partial<ModelOptions>): Promise<string> {
  const model = await createModel({ ...SHAPE, ...options });
  const { timeSteps: T, features, classes, batchSize: n } = model.config;
  const results: unknown[] = [];
  for (let step = 0; step < 4; step++) {
    const x = Float32Array.from({ length: n * T * features }, (_, i) => Math.fround(Math.sin(i + step)));
    const labels = Int32Array.from({ length: n }, (_, i) => (i * 7 + step) % classes);
    const lengths = Int32Array.from({ length: n }, (_, i) => (i * 5 + step) % (T + 1));
    results.push(await model.trainOnBatch(x, labels, { lengths, keepState: step > 0 }));
    const { outputs, finalState } = await model.apply(x, { lengths });
    results.push(
      [...outputs],
      [...finalState.c],
      [...(await model.gradients()).values()].map(({ data }) => [...data]),
    );
  }
  results.push(...[...(await model.weights())].map(([name, { data }]) => [name, ...data]));
  model.close();
  return JSON.stringify(results);
}

test.each<Partial<ModelOptions>>([
  {},
  { clipNorm: 0.1, clipValue: 0.05, optimizer: "adamw", units: 45 },
  { clipNorm: 0.1, trainable: "head", optimizer: "sgd", momentum: 0.9, nesterov: true },
  { optimizer: "rmsprop", schedule: { type: "cosine", steps: 3, warmup: 2 }, batchSize: 3 },
])(
  "lengths, a kept state and every rule give the same bits on 1, 2, 3 and 5 threads: %o",
  async (options) => {
    const one = await raggedBits({ ...options, threads: 1 });
    for (const threads of [2, 3, 5]) expect(await raggedBits({ ...options, threads })).toBe(one);
  },
);

test("every build gives on two threads what it gives on one", async () => {
  for (const build of ["scalar", "simd"] as const) {
    expect(await bits({ build, threads: 2 })).toBe(await bits({ build, threads: 1 }));
  }
  expect(await bits({ build: "simd", threads: 2 })).toBe(await bits({ build: "scalar", threads: 1 }));
});

test("many updates in a row do not lose a worker", async () => {
  const model = await createModel({ ...SHAPE, threads: 3 });
  const x = new Float32Array(13 * 5 * 7).fill(0.25);
  const labels = new Int32Array(13);
  for (let step = 0; step < 3000; step++) await model.trainOnBatch(x, labels);
  expect(model.updates).toBe(3000);
  model.close();
});

test("auto takes one thread for a small model and names what it took", async () => {
  const model = await createModel({ ...SHAPE, threads: "auto" });
  expect(model.info.threads).toBe(1);
  model.close();
});

function run(script: string): string {
  return execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
}

test("sleeping workers do not keep the process alive", () => {
  const script = `
    import { createModel } from "wasm-lstm";
    const model = await createModel({ ...${JSON.stringify(SHAPE)}, threads: 3 });
    await model.trainOnBatch(new Float32Array(${13 * 5 * 7}), new Int32Array(13));
    console.log("done");`;
  expect(run(script)).toBe("done\n");
});

test("a hundred models, closed or dropped, one after another", () => {
  const script = `
    import { createModel } from "wasm-lstm";
    for (let i = 0; i < 100; i++) {
      const model = await createModel({ ...${JSON.stringify(SHAPE)}, threads: 2 });
      await model.trainOnBatch(new Float32Array(${13 * 5 * 7}), new Int32Array(13));
      model.close();
    }
    console.log("done");`;
  expect(run(script)).toBe("done\n");
});

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

test("a worker's failure is the call's error, and the next call's", async () => {
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

test("a worker that cannot start is an error of the start", async () => {
  const { Pool, start } = await builtPool();
  const memory = new WebAssembly.Memory({ initial: 0, maximum: 2, shared: true });
  const wrong = await WebAssembly.compile(TRAPPING);
  await expect(Pool.start({ memory }, 0, wrong, 2, start)).rejects.toThrow(
    /a worker could not start: .*memory/i,
  );
});
