// Bad input to the edge core: an error code, nothing changed, never a trap.

import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ABI_VERSION,
  EdgeArray,
  EdgeError,
  EdgeLayerFlag,
  EdgePass,
  EdgeTensor,
  EdgeUse,
} from "../../assembly/edge/abi.ts";
import { CellType, HeadType, Setting } from "../../assembly/regions.ts";
import { type EdgeCore, edgeFloats, edgeInts, edgeMemory } from "../../src/edge/edge-core.ts";
import { createModel } from "../../src/index.ts";
import { openEdge } from "../../src/node/edge-builds.ts";
import { numbers } from "./architectures.ts";

const B = 3;
const T = 4;
const I = 2;
const C = 3;
const { POSITIVE_INFINITY, NaN: NOT } = Number;

let core: EdgeCore;
let model: number;

const begin = (at = model, abi = ABI_VERSION, ...sizes: number[]) => {
  const [batch = B, steps = T, features = I, projection = 0, use = EdgeUse.Train] = sizes;
  return core.wl_begin(at, abi, batch, steps, features, projection, use);
};
const lstm = (units = 5, flags = 0) =>
  core.wl_add_layer(model, CellType.Lstm, units, flags, 0, 1, POSITIVE_INFINITY, 0, 0);
const head = (type = HeadType.Softmax) => core.wl_set_head(model, type, C, 0, 0);

function place(type = HeadType.Softmax): void {
  for (const result of [
    begin(),
    lstm(),
    head(type),
    core.wl_init(model),
    core.wl_randomize(model, 1, 0, 0),
  ]) {
    expect(result).toBe(EdgeError.Ok);
  }
  expect(core.wl_pack(model)).toBe(EdgeError.Ok);
  edgeFloats(core, model, EdgeArray.Input).set(numbers(B * T * I, 1));
  if (type === HeadType.Softmax) edgeInts(core, model, EdgeArray.Labels).set([0, 1, 2]);
}

beforeEach(async () => {
  core = await openEdge();
  model = core.wl_first_address();
});

describe("describing a model", () => {
  test("another version of the interface", () => {
    expect(begin(model, ABI_VERSION + 1)).toBe(EdgeError.Version);
    expect(core.wl_bytes(model)).toBe(EdgeError.Model);
  });

  test("addresses that are not aligned, outside memory or the core's own", () => {
    const bytes = core.memory.buffer.byteLength;
    for (const at of [model + 4, model + 32, 0, model - 64, bytes, bytes - 64, -64, 2 ** 31 - 64]) {
      expect([at, begin(at)]).toEqual([at, EdgeError.Address]);
    }
  });

  test("arguments out of range", () => {
    for (const sizes of [
      [0],
      [-1],
      [2 ** 20 + 1],
      [1, 0],
      [1, 1, 0],
      [1, 1, 1, -1],
      [1, 1, 1, 2 ** 20 + 1],
    ]) {
      expect([sizes, begin(model, ABI_VERSION, ...sizes)]).toEqual([sizes, EdgeError.Argument]);
    }
    expect(begin(model, ABI_VERSION, 1, 1, 1, 0, 2)).toBe(EdgeError.Argument);
    expect(begin()).toBe(EdgeError.Ok);
    const add = (type: number, units: number, flags: number, projection: number, ...rest: number[]) => {
      const [bias = 1, clip = POSITIVE_INFINITY, dropout = 0, recurrent = 0] = rest;
      return core.wl_add_layer(model, type, units, flags, projection, bias, clip, dropout, recurrent);
    };
    const bad: [type: number, units: number, flags: number, projection: number, ...rest: number[]][] = [
      [3, 5, 0, 0],
      [-1, 5, 0, 0],
      [0, 0, 0, 0],
      [0, 2 ** 20 + 1, 0, 0],
      [0, 5, 8, 0],
      [0, 5, 0, -1],
      [CellType.Gru, 5, EdgeLayerFlag.Peepholes, 0],
      [CellType.Gru, 5, 0, 3],
      [CellType.Lstm, 5, EdgeLayerFlag.ResetBefore, 0],
      [0, 5, 0, 0, NOT],
      [0, 5, 0, 0, 1, 0],
      [0, 5, 0, 0, 1, NOT],
      [0, 5, 0, 0, 1, POSITIVE_INFINITY, 1],
      [0, 5, 0, 0, 1, POSITIVE_INFINITY, NOT],
      [0, 5, 0, 0, 1, POSITIVE_INFINITY, 0, -0.1],
    ];
    for (const layer of bad) expect([layer, add(...layer)]).toEqual([layer, EdgeError.Argument]);
    expect(core.wl_set_head(model, 0, C, 0, 0)).toBe(EdgeError.Order);
    expect(lstm()).toBe(EdgeError.Ok);
    const heads = [
      [3, C, 0, 0],
      [0, 0, 0, 0],
      [0, C, 2, 0],
      [0, C, 0, 1],
    ];
    for (const [type, outputs, everyStep, dropout] of heads) {
      const result = core.wl_set_head(model, type, outputs, everyStep, dropout);
      expect([type, outputs, everyStep, dropout, result]).toEqual([
        type,
        outputs,
        everyStep,
        dropout,
        EdgeError.Argument,
      ]);
    }
  });

  test("33 layers", () => {
    expect(begin()).toBe(EdgeError.Ok);
    for (let l = 0; l < 32; l++) expect(lstm()).toBe(EdgeError.Ok);
    expect(lstm()).toBe(EdgeError.Argument);
  });

  test("a layer that memory has no room to describe", () => {
    const at = core.memory.buffer.byteLength - 1024;
    expect(begin(at)).toBe(EdgeError.Ok);
    const add = () => core.wl_add_layer(at, 0, 5, 0, 0, 1, POSITIVE_INFINITY, 0, 0);
    expect(add()).toBe(EdgeError.Memory);
    expect(core.wl_set_head(at, 0, C, 0, 0)).toBe(EdgeError.Order);
  });

  test("a model that is larger than memory, or than 2 GiB", () => {
    begin(model, ABI_VERSION, 64, 64, 64);
    lstm(64);
    head();
    const bytes = core.wl_bytes(model);
    expect(bytes).toBeGreaterThan(65536);
    expect(core.wl_init(model)).toBe(EdgeError.Memory);
    core.memory.grow(Math.ceil(bytes / 65536));
    expect(core.wl_init(model)).toBe(EdgeError.Ok);
    for (const [units, steps] of [
      [2 ** 20, 1],
      [8, 2 ** 20],
      [20000, 1],
    ]) {
      begin(model, ABI_VERSION, units === 8 ? 2 ** 20 : 1, steps, 1);
      lstm(units);
      head();
      expect(core.wl_bytes(model)).toBe(EdgeError.TooLarge);
      expect(core.wl_init(model)).toBe(EdgeError.TooLarge);
    }
  });

  test("calls in the wrong order", () => {
    expect(lstm()).toBe(EdgeError.Model);
    begin();
    expect(core.wl_bytes(model)).toBe(EdgeError.Order);
    expect(core.wl_init(model)).toBe(EdgeError.Order);
    expect(core.wl_address(model, EdgeArray.Input)).toBe(EdgeError.Order);
    lstm();
    head();
    expect(lstm()).toBe(EdgeError.Order);
    expect(head()).toBe(EdgeError.Order);
    expect(core.wl_pack(model)).toBe(EdgeError.Order);
    core.wl_init(model);
    expect(core.wl_forward(model, 1, 0)).toBe(EdgeError.Order);
    expect(core.wl_train(model, 1, 0)).toBe(EdgeError.Order);
  });

  test("what a build does not carry", async () => {
    core = await openEdge("wasm-lstm-inference");
    model = core.wl_first_address();
    expect(begin()).toBe(EdgeError.Unsupported);
    expect(begin(model, ABI_VERSION, 1, 1, 1, 4, EdgeUse.Predict)).toBe(EdgeError.Unsupported);
    expect(begin(model, ABI_VERSION, 1, 1, 1, 0, EdgeUse.Predict)).toBe(EdgeError.Ok);
    expect(core.wl_add_layer(model, CellType.Gru, 5, 0, 0, 1, POSITIVE_INFINITY, 0, 0)).toBe(
      EdgeError.Unsupported,
    );
    expect(lstm(5, EdgeLayerFlag.Bidirectional)).toBe(EdgeError.Unsupported);
    expect(lstm(5, EdgeLayerFlag.Peepholes)).toBe(EdgeError.Unsupported);
    expect(core.wl_add_layer(model, 0, 5, 0, 0, 1, POSITIVE_INFINITY, 0.5, 0)).toBe(EdgeError.Unsupported);
    expect(lstm()).toBe(EdgeError.Ok);
    expect(lstm()).toBe(EdgeError.Unsupported);
    expect(head(HeadType.Sigmoid)).toBe(EdgeError.Unsupported);
    expect(core.wl_set_head(model, 0, C, 1, 0)).toBe(EdgeError.Unsupported);
    expect(head()).toBe(EdgeError.Ok);
    expect(core.wl_init(model)).toBe(EdgeError.Ok);
    expect(core.wl_address(model, EdgeArray.Labels)).toBe(EdgeError.Unsupported);
    expect(core.wl_pack(model)).toBe(EdgeError.Ok);
    expect(core.wl_forward(model, 1, EdgePass.Lengths)).toBe(EdgeError.Unsupported);
    expect(core.wl_forward(model, 1, 0)).toBe(EdgeError.Ok);
  });
});

describe("running a model", () => {
  // Everything the model takes, but for what the test wrote.
  const memory = () => new Uint8Array(core.memory.buffer, model, core.wl_bytes(model)).slice();

  function refused(error: EdgeError, ...calls: (() => number)[]): void {
    const before = memory();
    for (const call of calls) expect([call(), call.toString()]).toEqual([error, call.toString()]);
    expect(Buffer.compare(memory(), before)).toBe(0);
  }

  beforeEach(() => place());

  const passes = [
    (n: number, flags: number) => core.wl_forward(model, n, flags),
    (n: number, flags: number) => core.wl_evaluate(model, n, flags),
    (n: number, flags: number) => core.wl_train(model, n, flags),
    (n: number, flags: number) => core.wl_train_head(model, n, flags),
  ];
  const each = (n: number, flags = 0) => passes.map((pass) => () => pass(n, flags));

  test("n and flags out of range", () => {
    refused(
      EdgeError.Argument,
      ...[0, -1, B + 1, 2 ** 30].flatMap((n) => each(n)),
      ...each(1, 8),
      ...each(1, -1),
    );
    refused(
      EdgeError.Argument,
      () => core.wl_step(model, 0),
      () => core.wl_step(model, B + 1),
    );
    refused(
      EdgeError.Argument,
      () => core.wl_reset(model, B),
      () => core.wl_reset(model, -2),
    );
  });

  test.each([NOT, POSITIVE_INFINITY, -POSITIVE_INFINITY])("%s in a sample", (value) => {
    edgeFloats(core, model, EdgeArray.Input)[1] = value;
    refused(EdgeError.NotFinite, ...each(1), () => core.wl_step(model, 1));
    // A row that is not of the batch counts for nothing.
    edgeFloats(core, model, EdgeArray.Input)[1] = 0;
    edgeFloats(core, model, EdgeArray.Input)[T * I] = value;
    expect(core.wl_forward(model, 1, 0)).toBe(EdgeError.Ok);
  });

  test("labels, weights and lengths out of range", () => {
    const labels = edgeInts(core, model, EdgeArray.Labels);
    for (const label of [-1, C, 2 ** 31 - 1]) {
      labels[1] = label;
      refused(EdgeError.Target, ...each(B).slice(1));
    }
    labels[1] = 0;
    for (const array of [EdgeArray.SampleWeights, EdgeArray.ClassWeights]) {
      for (const weight of [-1, NOT]) {
        edgeFloats(core, model, array)[0] = weight;
        refused(EdgeError.Target, ...each(B).slice(1));
      }
      edgeFloats(core, model, array)[0] = 1;
    }
    for (const length of [-1, T + 1]) {
      edgeInts(core, model, EdgeArray.Lengths).set([T, length, T]);
      refused(EdgeError.Target, ...each(B, EdgePass.Lengths));
    }
  });

  test("targets of a sigmoid and of a linear head", () => {
    place(HeadType.Sigmoid);
    for (const y of [1.5, -0.5, NOT]) {
      edgeFloats(core, model, EdgeArray.Targets)[4] = y;
      refused(EdgeError.Target, ...each(B).slice(1));
    }
    place(HeadType.Linear);
    edgeFloats(core, model, EdgeArray.Targets)[4] = 1.5;
    expect(core.wl_train(model, B, 0)).toBe(EdgeError.Ok);
    edgeFloats(core, model, EdgeArray.Targets)[4] = POSITIVE_INFINITY;
    refused(EdgeError.Target, ...each(B).slice(1));
  });

  test("weights that are not finite", () => {
    edgeFloats(core, model, EdgeArray.Parameters)[3] = NOT;
    expect(core.wl_pack(model)).toBe(EdgeError.NotFinite);
    expect(core.wl_forward(model, 1, 0)).toBe(EdgeError.Order);
  });

  test("a loss that is not finite changes no weight and no state", () => {
    edgeFloats(core, model, EdgeArray.Parameters).fill(3e38);
    core.wl_pack(model);
    edgeFloats(core, model, EdgeArray.Input).fill(1);
    const before = edgeFloats(core, model, EdgeArray.Parameters).slice();
    expect(core.wl_train(model, B, EdgePass.KeepState)).toBe(EdgeError.Loss);
    expect(edgeFloats(core, model, EdgeArray.Parameters)).toEqual(before);
    expect(edgeFloats(core, model, EdgeArray.State).every((value) => value === 0)).toBe(true);
    expect(core.wl_get(model, Setting.Updates)).toBe(0);
  });

  test("arrays, tensors and settings that there are not", () => {
    for (const array of [-1, 11, 2 ** 30]) {
      refused(
        EdgeError.Argument,
        () => core.wl_address(model, array),
        () => core.wl_size(model, array),
      );
    }
    refused(
      EdgeError.Argument,
      () => core.wl_parameter(model, -1, EdgeTensor.Address),
      () => core.wl_parameter(model, 5, EdgeTensor.Address),
      () => core.wl_parameter(model, 0, 3),
      () => core.wl_randomize(model, 1, 0, 2),
      () => core.wl_set(model, Setting.LearningRate, 0),
      () => core.wl_set(model, Setting.LearningRate, NOT),
      () => core.wl_set(model, Setting.Beta1, 1),
      () => core.wl_set(model, Setting.ClipNorm, 0),
      () => core.wl_set(model, Setting.Optimizer, 3),
      () => core.wl_set(model, Setting.Optimizer, 0.5),
      () => core.wl_set(model, Setting.ScheduleSteps, 0),
      () => core.wl_set(model, Setting.Loss, 1),
      () => core.wl_set(model, -1, 1),
    );
    expect(core.wl_get(model, -1)).toBeNaN();
    expect(core.wl_get(model, Setting.Count)).toBeNaN();
    expect(core.wl_get(model + 64, Setting.LearningRate)).toBeNaN();
    expect(core.wl_get(model, Setting.LearningRate)).toBe(0.001);
  });

  test("saved models that are cut short, changed, misplaced or of another model", () => {
    core.memory.grow(2);
    const bytes = core.wl_saved_bytes(model);
    const blob = 2 * 65536;
    expect(core.wl_save(model, blob)).toBe(EdgeError.Ok);
    const saved = new Uint8Array(core.memory.buffer, blob, bytes);
    const restore = (from = blob, length = bytes) => core.wl_restore(model, from, length);
    refused(EdgeError.Saved, ...[0, 39, bytes - 4, bytes + 4].map((length) => () => restore(blob, length)));
    const end = core.memory.buffer.byteLength;
    refused(
      EdgeError.Address,
      ...[blob + 4, model, model + 64, end, end - 64, 0].map((at) => () => restore(at)),
    );
    refused(EdgeError.Address, ...[blob + 4, model, end - 64, 0].map((at) => () => core.wl_save(model, at)));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes - 1 }), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        saved[at] ^= bits;
        expect([EdgeError.Saved, EdgeError.Checksum]).toContain(restore());
        saved[at] ^= bits;
      }),
      { numRuns: 200, seed: 3 },
    );
    expect(restore()).toBe(EdgeError.Ok);
    begin();
    lstm(6);
    head();
    core.wl_init(model);
    refused(EdgeError.Saved, () => restore());
  });

  test("a model whose layer reads backwards does not stream", () => {
    begin();
    lstm(5, EdgeLayerFlag.Bidirectional);
    head();
    core.wl_init(model);
    core.wl_pack(model);
    refused(EdgeError.Unsupported, () => core.wl_step(model, 1), ...each(1, EdgePass.KeepState));
  });

  test("nothing traps, whatever the arguments", () => {
    const number = fc.oneof(
      fc.integer({ min: -3, max: 70 }),
      fc.integer({ min: 0, max: 40 }).map((k) => model + 64 * k),
      fc.constantFrom(2 ** 31 - 1, -(2 ** 31), 2 ** 20, 65536),
    );
    const real = fc.oneof(fc.constantFrom(0, 1, NOT, POSITIVE_INFINITY, -1), fc.double());
    const calls = Object.entries(core).filter(([, f]) => typeof f === "function") as [
      string,
      (...a: number[]) => number,
    ][];
    fc.assert(
      fc.property(
        fc.nat(calls.length - 1),
        fc.array(fc.oneof(number, real), { minLength: 9, maxLength: 9 }),
        (i, a) => {
          const [, call] = calls[i];
          // Half of the calls are for the model itself.
          call(...(a[8] > 0 ? [model, ...a] : a));
        },
      ),
      { numRuns: 20000, seed: 4 },
    );
  });
});

test("what a device needs is told without laying a model out", async () => {
  core = await openEdge("wasm-lstm");
  const { config } = await createModel({ timeSteps: 25, features: 6, units: 16, classes: 6 });
  const need = edgeMemory(core, config, { batch: 1, steps: 1, use: EdgeUse.Predict });
  expect(need.core).toBe(core.wl_first_address());
  expect(need.core + need.model).toBeLessThan(64 * 1000);
  const training = edgeMemory(core, config, { batch: 16, use: EdgeUse.Train });
  expect(training.model).toBeGreaterThan(need.model);
  expect(core.memory.buffer.byteLength).toBe(65536);
});

test("a streaming classifier of 16 units and 6 features takes less than 64 kB, the core's own part included", async () => {
  core = await openEdge("wasm-lstm");
  model = core.wl_first_address();
  begin(model, ABI_VERSION, 1, 1, 6, 0, EdgeUse.Predict);
  lstm(16);
  core.wl_set_head(model, HeadType.Softmax, 6, 0, 0);
  expect(model + core.wl_bytes(model)).toBeLessThan(64 * 1000);
  expect(core.wl_init(model)).toBe(EdgeError.Ok);
  expect(core.wl_pack(model)).toBe(EdgeError.Ok);
  expect(core.wl_step(model, 1)).toBe(EdgeError.Ok);
  expect(core.memory.buffer.byteLength).toBe(65536);
});
