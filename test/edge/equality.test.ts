// The edge core and the TypeScript host give the same bits: they are one text.

import fc from "fast-check";
import { expect, test } from "vitest";
import { EdgeArray, EdgePass, EdgeTensor, EdgeUse } from "../../assembly/edge/abi.ts";
import { Setting } from "../../assembly/regions.ts";
import type { ModelOptions } from "../../src/config.ts";
import { checked, type EdgeCore, edgeFloats, edgeInts, placeEdge } from "../../src/edge/edge-core.ts";
import { createModel, type Model } from "../../src/index.ts";
import { openEdge } from "../../src/node/edge-builds.ts";
import { anyModel, numbers } from "./architectures.ts";

const RUNS = 25;

for (const build of ["wasm-lstm", "wasm-lstm-scalar"]) {
  test(`${build}: weights, losses, gradients and outputs are the host's`, async () => {
    await fc.assert(
      fc.asyncProperty(anyModel, async (options) => {
        const { host, core, model } = await both(build, options, EdgeUse.Train);
        expect(parameters(core, model)).toEqual(await flat(host));
        const { batchSize: n, timeSteps: T, features: I, head } = host.config;
        core.wl_set(model, Setting.ClipNorm, options.clipNorm!);
        core.wl_set(model, Setting.DropoutSeed, options.seed!);
        for (let step = 0; step < 3; step++) {
          const rows = step === 1 ? Math.max(1, n - 1) : n;
          const x = numbers(rows * T * I, step + 1);
          const items = rows * (head.everyStep ? T : 1);
          const lengths =
            step === 2 ? Int32Array.from({ length: rows }, (_, b) => (b * 7) % (T + 1)) : undefined;
          const targets =
            head.type === "softmax"
              ? Array.from({ length: items }, (_, i) => i % head.units)
              : numbers(items * head.units, step + 9).map((y) => (head.type === "sigmoid" ? Math.abs(y) : y));
          const { loss } = await host.trainOnBatch(x, targets, lengths ? { lengths } : {});
          edgeFloats(core, model, EdgeArray.Input).set(x);
          if (head.type === "softmax") edgeInts(core, model, EdgeArray.Labels).set(targets);
          else edgeFloats(core, model, EdgeArray.Targets).set(targets);
          if (lengths) edgeInts(core, model, EdgeArray.Lengths).set(lengths);
          checked(core.wl_train(model, rows, lengths ? EdgePass.Lengths : 0), "wl_train");
          expect(core.wl_get(model, Setting.Loss)).toBe(loss);
          expect(edgeFloats(core, model, EdgeArray.Gradients)).toEqual(
            concat([...(await host.gradients()).values()].map(({ data }) => data)),
          );
        }
        expect(parameters(core, model)).toEqual(await flat(host));
        const x = numbers(n * T * I, 99);
        edgeFloats(core, model, EdgeArray.Input).set(x);
        checked(core.wl_forward(model, n, 0), "wl_forward");
        expect(edgeFloats(core, model, EdgeArray.Outputs)).toEqual((await host.predict(x)).values);
      }),
      { numRuns: RUNS, seed: 1 },
    );
  });

  test(`${build}: steps of a stream are the host's, and those of whole sequences`, async () => {
    const forward = anyModel.map(({ layers, head, ...rest }) => ({
      ...rest,
      layers: layers!.map((layer) => ({ ...layer, bidirectional: false })),
      head: { ...head!, everyStep: false },
    }));
    await fc.assert(
      fc.asyncProperty(forward, async (options) => {
        const { host, core, model } = await both(build, options, EdgeUse.Predict);
        const { batchSize: n, timeSteps: T, features: I } = host.config;
        const stream = await host.stream({ streams: n });
        const x = numbers(T * n * I, 5);
        let last = new Float32Array();
        for (let t = 0; t < T; t++) {
          const values = x.subarray(t * n * I, (t + 1) * n * I);
          edgeFloats(core, model, EdgeArray.Input).set(values);
          checked(core.wl_step(model, n), "wl_step");
          last = edgeFloats(core, model, EdgeArray.Outputs).slice();
          expect(last).toEqual((await stream.push(values)).values);
        }
        const state = edgeFloats(core, model, EdgeArray.State).slice();
        checked(core.wl_reset(model, -1), "wl_reset");
        expect(edgeFloats(core, model, EdgeArray.State).every((value) => value === 0)).toBe(true);
        edgeFloats(core, model, EdgeArray.Input).set(x);
        checked(core.wl_forward(model, n, EdgePass.TimeMajor | EdgePass.KeepState), "wl_forward");
        expect(edgeFloats(core, model, EdgeArray.Outputs)).toEqual(last);
        expect(edgeFloats(core, model, EdgeArray.State)).toEqual(state);
      }),
      { numRuns: RUNS, seed: 2 },
    );
  });

  test(`${build}: training the head alone is the host's`, async () => {
    const options = {
      timeSteps: 5,
      features: 3,
      units: 11,
      classes: 4,
      batchSize: 6,
      trainable: "head" as const,
    };
    const { host, core, model } = await both(build, options, EdgeUse.Train);
    const x = numbers(6 * 5 * 3, 1);
    const labels = [0, 1, 2, 3, 0, 1];
    for (let step = 0; step < 4; step++) {
      const { loss } = await host.trainOnBatch(x, labels);
      edgeFloats(core, model, EdgeArray.Input).set(x);
      edgeInts(core, model, EdgeArray.Labels).set(labels);
      checked(core.wl_train_head(model, 6, 0), "wl_train_head");
      expect(core.wl_get(model, Setting.Loss)).toBe(loss);
    }
    expect(parameters(core, model)).toEqual(await flat(host));
  });
}

test("a saved model goes on where it was, in a model of another batch and length", async () => {
  const options = { timeSteps: 5, features: 3, units: 11, classes: 4, batchSize: 6 };
  const { host, core, model } = await both("wasm-lstm", options, EdgeUse.Train);
  const other = Math.ceil((model + core.wl_bytes(model)) / 64) * 64;
  placeEdge(core, other, host.config, { batch: 7, steps: 9, use: EdgeUse.Train });
  const bytes = core.wl_saved_bytes(model);
  const blob = Math.ceil((other + core.wl_bytes(other)) / 64) * 64;
  core.memory.grow(1);
  const x = numbers(6 * 5 * 3, 1);
  const train = (at: number) => {
    edgeFloats(core, at, EdgeArray.Input).fill(0).set(x);
    edgeInts(core, at, EdgeArray.Labels).set([0, 1, 2, 3, 0, 1]);
    edgeInts(core, at, EdgeArray.Lengths).fill(5);
  };
  train(model);
  checked(core.wl_train(model, 6, 0), "wl_train");
  checked(core.wl_save(model, blob), "wl_save");
  checked(core.wl_restore(other, blob, bytes), "wl_restore");
  checked(core.wl_pack(other), "wl_pack");
  train(model);
  checked(core.wl_train(model, 6, 0), "wl_train");
  // Sequences of 5 steps in rows of 9.
  edgeFloats(core, other, EdgeArray.Input).fill(0);
  for (let b = 0; b < 6; b++)
    edgeFloats(core, other, EdgeArray.Input).set(x.subarray(b * 15, b * 15 + 15), b * 27);
  edgeInts(core, other, EdgeArray.Labels).set([0, 1, 2, 3, 0, 1]);
  edgeInts(core, other, EdgeArray.Lengths).fill(5);
  checked(core.wl_train(other, 6, EdgePass.Lengths), "wl_train");
  expect(core.wl_get(other, Setting.Updates)).toBe(2);
  expect(core.wl_get(other, Setting.Loss)).toBe(core.wl_get(model, Setting.Loss));
  expect(parameters(core, other)).toEqual(parameters(core, model));
});

async function both(
  build: string,
  options: ModelOptions,
  use: EdgeUse,
): Promise<{ host: Model; core: EdgeCore; model: number }> {
  const host = await createModel({ ...options, build: "simd" });
  const core = await openEdge(build);
  const model = core.wl_first_address();
  placeEdge(core, model, host.config, { batch: host.config.batchSize, use });
  const isNormal = host.config.kernelInitializer === "randomNormal" ? 1 : 0;
  checked(core.wl_randomize(model, host.config.seed, 0, isNormal), "wl_randomize");
  checked(core.wl_pack(model), "wl_pack");
  return { host, core, model };
}

// The tensors one by one; they are the block as well.
function parameters(core: EdgeCore, model: number): Float32Array {
  const tensors = Array.from({ length: checked(core.wl_parameter_count(model)) }, (_, i) => {
    const tell = (what: EdgeTensor) => checked(core.wl_parameter(model, i, what), "wl_parameter");
    const length = tell(EdgeTensor.Rows) * tell(EdgeTensor.Columns);
    return new Float32Array(core.memory.buffer, tell(EdgeTensor.Address), length);
  });
  const all = concat(tensors);
  expect(all).toEqual(edgeFloats(core, model, EdgeArray.Parameters));
  return all;
}

async function flat(host: Model): Promise<Float32Array> {
  return concat([...(await host.weights()).values()].map(({ data }) => data));
}

function concat(parts: Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
