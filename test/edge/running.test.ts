// Running a model of the edge core: bad input gives an error code, nothing changes, and nothing traps.

import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { EdgeArray, EdgeError, EdgeLayerFlag, EdgePass, EdgeTensor } from "../../assembly/edge/abi.ts";
import { HeadType, Setting } from "../../assembly/regions.ts";
import { type EdgeCore, edgeFloats, edgeInts } from "../../src/edge/edge-core.ts";
import { B, C, I, SmallModel, T } from "./small-model.ts";

const { POSITIVE_INFINITY, NaN: NOT } = Number;

let small: SmallModel;
let core: EdgeCore;
let model: number;

async function open(build?: string): Promise<void> {
  small = await SmallModel.open(build);
  ({ core, model } = small);
}

beforeEach(() => open());

describe("running a model", () => {
  // Everything the model takes, but for what the test wrote.
  const memory = () => new Uint8Array(core.memory.buffer, model, core.wl_bytes(model)).slice();

  function refused(error: EdgeError, ...calls: (() => number)[]): void {
    const before = memory();
    for (const call of calls) expect([call(), call.toString()]).toEqual([error, call.toString()]);
    expect(Buffer.compare(memory(), before)).toBe(0);
  }

  beforeEach(() => small.place());

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
    small.place(HeadType.Sigmoid);
    for (const y of [1.5, -0.5, NOT]) {
      edgeFloats(core, model, EdgeArray.Targets)[4] = y;
      refused(EdgeError.Target, ...each(B).slice(1));
    }
    small.place(HeadType.Linear);
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
    small.begin();
    small.lstm(6);
    small.head();
    core.wl_init(model);
    refused(EdgeError.Saved, () => restore());
  });

  test("a model whose layer reads backwards does not stream", () => {
    small.begin();
    small.lstm(5, EdgeLayerFlag.Bidirectional);
    small.head();
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
