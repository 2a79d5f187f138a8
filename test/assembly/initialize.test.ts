// The initial weights: one seed gives one model on every build, drawn from the distributions it promises.

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Region } from "../../assembly/regions.ts";
import type { Core } from "../../src/core/load.ts";
import { loadTestCore, PlannedCore } from "../support/core.ts";
import { overBuilds } from "../support/over-builds.ts";
import { cellInputs, type ReferenceShape, weightShapes } from "../support/reference.ts";

const SHAPE: ReferenceShape = {
  batch: 1,
  timeSteps: 1,
  features: 37,
  projectionUnits: 55,
  units: 41,
  classes: 67,
  forgetBias: 1,
};
/** Of the weights of SHAPE from seed 1, in the order of the forward pass. */
const SEED_1 = "513b714665e5de5d97b33f75ffd763921f99b58109d2edf6e1a0c94d9939011d";
const MASK = 2n ** 64n - 1n;

function initial(core: Core, seed: number, shape = SHAPE): PlannedCore {
  const planned = new PlannedCore(core, shape);
  core.initialize(planned.memory.plan, seed % 2 ** 32, Math.floor(seed / 2 ** 32));
  planned.assertContained();
  return planned;
}

function hash(weights: Map<string, Float32Array>): string {
  const sha = createHash("sha256");
  for (const values of weights.values()) sha.update(new Uint8Array(values.buffer));
  return sha.digest("hex");
}

function moments(values: Float32Array) {
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const central = (power: number) => values.reduce((sum, v) => sum + (v - mean) ** power, 0) / n;
  const variance = central(2);
  return { mean, variance, kurtosis: central(4) / variance ** 2 };
}

function correlation(a: Float32Array, b: Float32Array): number {
  const n = Math.min(a.length, b.length);
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    ab += a[i] * b[i];
    aa += a[i] ** 2;
    bb += b[i] ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

// SplitMix64 as a counter, and the polar method, as assembly/scalar64.ts and initialize.ts describe them.
function draws(seed: bigint, stream: bigint): (index: number) => number {
  const mix = (state: bigint) => {
    let z = state & MASK;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
  };
  const start = mix(seed);
  return (index) => {
    const bits = mix(start + ((stream << 40n) + BigInt(index) + 1n) * 0x9e3779b97f4a7c15n);
    return Number(bits >> 11n) * 2 ** -53;
  };
}

function normals(n: number, draw: (index: number) => number): number[] {
  const values: number[] = [];
  for (let index = 0; values.length < n; index += 2) {
    const u = 2 * draw(index) - 1;
    const v = 2 * draw(index + 1) - 1;
    const s = u * u + v * v;
    if (s < 1 && s > 0) values.push(...[u, v].map((x) => x * Math.sqrt((-2 * Math.log(s)) / s)));
  }
  return values.slice(0, n);
}

await overBuilds(loadTestCore, (core) => {
  test("one seed gives one model, on every build and engine", () => {
    expect(hash(initial(core, 1).weights())).toBe(SEED_1);
    expect(hash(initial(core, 1).weights())).toBe(SEED_1);
  });

  test("every bit of the seed counts", () => {
    const seeds = [0, 1, 2, 3, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52, 2 ** 53 - 1];
    const tensors = seeds.map((seed) => initial(core, seed).weights());
    for (const name of ["projection.kernel", "lstm.kernel", "lstm.recurrent_kernel", "head.kernel"]) {
      const first = tensors.map((weights) => weights.get(name)![0]);
      expect(new Set(first).size, name).toBe(seeds.length);
    }
  });

  test("biases: 0.1 in projection and head, 0 in the cell", () => {
    const weights = initial(core, 7).weights();
    for (const name of ["projection.bias", "head.bias"]) {
      expect(weights.get(name)!.every((b) => b === Math.fround(0.1))).toBe(true);
    }
    expect(weights.get("lstm.bias")!.every((b) => b === 0)).toBe(true);
  });

  test.each([55, 0])("Glorot's limit over the whole kernel, %i projection units", (projectionUnits) => {
    const shape = { ...SHAPE, projectionUnits };
    const weights = initial(core, 5, shape).weights();
    const limit = Math.sqrt(6 / (cellInputs(shape) + 5 * shape.units));
    for (const name of ["lstm.kernel", "lstm.recurrent_kernel"]) {
      const values = weights.get(name)!;
      const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      expect(most).toBeLessThanOrEqual(Math.fround(limit));
      expect(most).toBeGreaterThan(0.999 * limit);
      const { mean, variance, kurtosis } = moments(values);
      expect(Math.abs(mean)).toBeLessThan(0.02 * limit);
      expect(variance).toBeCloseTo(limit ** 2 / 3, 3);
      expect(Math.abs(kurtosis - 1.8)).toBeLessThan(0.05);
    }
  });

  test("N(0, 1) in projection and head: mean, variance, kurtosis, tails", () => {
    const weights = initial(core, 5, { ...SHAPE, features: 101, units: 101 }).weights();
    for (const name of ["projection.kernel", "head.kernel"]) {
      const values = weights.get(name)!;
      expect(values.length).toBeGreaterThan(5000);
      const { mean, variance, kurtosis } = moments(values);
      expect(Math.abs(mean), name).toBeLessThan(0.04);
      expect(Math.abs(variance - 1), name).toBeLessThan(0.05);
      expect(Math.abs(kurtosis - 3), name).toBeLessThan(0.25);
      const beyond = values.filter((v) => Math.abs(v) > 1.959964).length / values.length;
      expect(Math.abs(beyond - 0.05), name).toBeLessThan(0.01);
    }
  });

  test("tensors, and neighbours within one, do not repeat each other", () => {
    const weights = initial(core, 3).weights();
    const kernels = [...weights].filter(([name]) => name.endsWith("kernel")).map(([, values]) => values);
    for (const [i, a] of kernels.entries()) {
      for (const b of kernels.slice(i + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(0.08);
      expect(Math.abs(correlation(a, a.subarray(1)))).toBeLessThan(0.06);
      expect(Math.abs(correlation(a, a.subarray(2)))).toBeLessThan(0.06);
    }
  });

  test.each([0, 1, 2 ** 40 + 5])("seed %i draws what its description says", (seed) => {
    const shape = { ...SHAPE, features: 3, projectionUnits: 5, units: 3, classes: 3 };
    const planned = initial(core, seed, shape);
    const weights = planned.weights();
    const limit = Math.sqrt(6 / (5 + 5 * 3));
    // The streams are numbered by the region: see draw in initialize.ts.
    const stream = (region: number) => draws(BigInt(seed), BigInt(region));
    const close = (name: string, expected: number[]) => {
      const values = weights.get(name)!;
      expect(values).toHaveLength(expected.length);
      for (const [i, v] of values.entries()) expect(v, `${name}[${i}]`).toBeCloseTo(expected[i], 6);
    };

    close("projection.kernel", normals(15, stream(Region.ProjectionKernel)));
    close("head.kernel", normals(9, stream(Region.HeadKernel)));
    const whole = Array.from({ length: 8 * 12 }, (_, i) => (2 * stream(Region.Kernel)(i) - 1) * limit);
    close("lstm.kernel", whole.slice(0, 60));
    close("lstm.recurrent_kernel", whole.slice(60));
    expect([...weights.keys()]).toEqual([...weightShapes(shape).keys()]);
  });
});
