// Describing a model to the edge core: bad input gives an error code, and never a trap.

import { beforeEach, describe, expect, test } from "vitest";
import {
  ABI_VERSION,
  EdgeArray,
  EdgeError,
  EdgeLayerFlag,
  EdgePass,
  EdgeUse,
} from "../../assembly/edge/abi.ts";
import { CellType, HeadType } from "../../assembly/regions.ts";
import { type EdgeCore, edgeMemory } from "../../src/edge/edge-core.ts";
import { createModel } from "../../src/index.ts";
import { C, SmallModel } from "./small-model.ts";

const { POSITIVE_INFINITY, NaN: NOT } = Number;

let small: SmallModel;
let core: EdgeCore;
let model: number;

async function open(build?: string): Promise<void> {
  small = await SmallModel.open(build);
  ({ core, model } = small);
}

beforeEach(() => open());

describe("describing a model", () => {
  test("another version of the interface", () => {
    expect(small.begin(model, ABI_VERSION + 1)).toBe(EdgeError.Version);
    expect(core.wl_bytes(model)).toBe(EdgeError.Model);
  });

  test("addresses that are not aligned, outside memory or the core's own", () => {
    const bytes = core.memory.buffer.byteLength;
    for (const at of [model + 4, model + 32, 0, model - 64, bytes, bytes - 64, -64, 2 ** 31 - 64]) {
      expect([at, small.begin(at)]).toEqual([at, EdgeError.Address]);
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
      expect([sizes, small.begin(model, ABI_VERSION, ...sizes)]).toEqual([sizes, EdgeError.Argument]);
    }
    expect(small.begin(model, ABI_VERSION, 1, 1, 1, 0, 2)).toBe(EdgeError.Argument);
    expect(small.begin()).toBe(EdgeError.Ok);
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
    expect(small.lstm()).toBe(EdgeError.Ok);
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
    expect(small.begin()).toBe(EdgeError.Ok);
    for (let l = 0; l < 32; l++) expect(small.lstm()).toBe(EdgeError.Ok);
    expect(small.lstm()).toBe(EdgeError.Argument);
  });

  test("a layer that memory has no room to describe", () => {
    const at = core.memory.buffer.byteLength - 1024;
    expect(small.begin(at)).toBe(EdgeError.Ok);
    const add = () => core.wl_add_layer(at, 0, 5, 0, 0, 1, POSITIVE_INFINITY, 0, 0);
    expect(add()).toBe(EdgeError.Memory);
    expect(core.wl_set_head(at, 0, C, 0, 0)).toBe(EdgeError.Order);
  });

  test("a model that is larger than memory, or than 2 GiB", () => {
    small.begin(model, ABI_VERSION, 64, 64, 64);
    small.lstm(64);
    small.head();
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
      small.begin(model, ABI_VERSION, units === 8 ? 2 ** 20 : 1, steps, 1);
      small.lstm(units);
      small.head();
      expect(core.wl_bytes(model)).toBe(EdgeError.TooLarge);
      expect(core.wl_init(model)).toBe(EdgeError.TooLarge);
    }
  });

  test("calls in the wrong order", () => {
    expect(small.lstm()).toBe(EdgeError.Model);
    small.begin();
    expect(core.wl_bytes(model)).toBe(EdgeError.Order);
    expect(core.wl_init(model)).toBe(EdgeError.Order);
    expect(core.wl_address(model, EdgeArray.Input)).toBe(EdgeError.Order);
    small.lstm();
    small.head();
    expect(small.lstm()).toBe(EdgeError.Order);
    expect(small.head()).toBe(EdgeError.Order);
    expect(core.wl_pack(model)).toBe(EdgeError.Order);
    core.wl_init(model);
    expect(core.wl_forward(model, 1, 0)).toBe(EdgeError.Order);
    expect(core.wl_train(model, 1, 0)).toBe(EdgeError.Order);
  });

  test("what a build does not carry", async () => {
    await open("wasm-lstm-inference");
    expect(small.begin()).toBe(EdgeError.Unsupported);
    expect(small.begin(model, ABI_VERSION, 1, 1, 1, 4, EdgeUse.Predict)).toBe(EdgeError.Unsupported);
    expect(small.begin(model, ABI_VERSION, 1, 1, 1, 0, EdgeUse.Predict)).toBe(EdgeError.Ok);
    expect(core.wl_add_layer(model, CellType.Gru, 5, 0, 0, 1, POSITIVE_INFINITY, 0, 0)).toBe(
      EdgeError.Unsupported,
    );
    expect(small.lstm(5, EdgeLayerFlag.Bidirectional)).toBe(EdgeError.Unsupported);
    expect(small.lstm(5, EdgeLayerFlag.Peepholes)).toBe(EdgeError.Unsupported);
    expect(core.wl_add_layer(model, 0, 5, 0, 0, 1, POSITIVE_INFINITY, 0.5, 0)).toBe(EdgeError.Unsupported);
    expect(small.lstm()).toBe(EdgeError.Ok);
    expect(small.lstm()).toBe(EdgeError.Unsupported);
    expect(small.head(HeadType.Sigmoid)).toBe(EdgeError.Unsupported);
    expect(core.wl_set_head(model, 0, C, 1, 0)).toBe(EdgeError.Unsupported);
    expect(small.head()).toBe(EdgeError.Ok);
    expect(core.wl_init(model)).toBe(EdgeError.Ok);
    expect(core.wl_address(model, EdgeArray.Labels)).toBe(EdgeError.Unsupported);
    expect(core.wl_pack(model)).toBe(EdgeError.Ok);
    expect(core.wl_forward(model, 1, EdgePass.Lengths)).toBe(EdgeError.Unsupported);
    expect(core.wl_forward(model, 1, 0)).toBe(EdgeError.Ok);
  });
});

test("what a device needs is told without laying a model out", async () => {
  await open("wasm-lstm");
  const { config } = await createModel({ timeSteps: 25, features: 6, units: 16, classes: 6 });
  const need = edgeMemory(core, config, { batch: 1, steps: 1, use: EdgeUse.Predict });
  expect(need.core).toBe(core.wl_first_address());
  expect(need.core + need.model).toBeLessThan(64 * 1000);
  const training = edgeMemory(core, config, { batch: 16, use: EdgeUse.Train });
  expect(training.model).toBeGreaterThan(need.model);
  expect(core.memory.buffer.byteLength).toBe(65536);
});

test("a streaming classifier of 16 units and 6 features takes less than 64 kB, the core's own part included", async () => {
  await open("wasm-lstm");
  small.begin(model, ABI_VERSION, 1, 1, 6, 0, EdgeUse.Predict);
  small.lstm(16);
  core.wl_set_head(model, HeadType.Softmax, 6, 0, 0);
  expect(model + core.wl_bytes(model)).toBeLessThan(64 * 1000);
  expect(core.wl_init(model)).toBe(EdgeError.Ok);
  expect(core.wl_pack(model)).toBe(EdgeError.Ok);
  expect(core.wl_step(model, 1)).toBe(EdgeError.Ok);
  expect(core.memory.buffer.byteLength).toBe(65536);
});
