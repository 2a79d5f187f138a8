// The initial weights: one seed gives one model on every build, drawn from the distributions it promises.

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Core } from "../../src/core/load.ts";
import { loadTestCore, PlannedCore } from "../support/core.ts";
import { overBuilds } from "../support/over-builds.ts";
import { completeModel, type ReferenceModel, weightShapes } from "../support/reference/index.ts";
import { random64 } from "../support/split-mix.ts";

/** Every kind of tensor there is. */
const MODEL = modelOf(37, 55, [41, 29, 37, 31], 67);
/** Of the weights of MODEL from seed 1, in the order of weightShapes. */
const NORMAL_1 = "0e01fb924b3e278b2349785d73a7544f932f41fef8cb2bacab6c9e943f7b50b0";
const GLOROT_1 = "d7e95dc1fd65d6eb093d46ffb9800717ed3b7ab7e4cf40b45a1366e2856a4f58";

function modelOf(
  features: number,
  projectionUnits: number,
  units: number[],
  classes: number,
): ReferenceModel {
  return completeModel({
    ...{ batch: 1, timeSteps: 1, features, projectionUnits },
    layers: [
      { units: units[0], bidirectional: true, peepholes: true, recurrentProjectionUnits: units[1] },
      { type: "gru", units: units[2], bidirectional: true },
      { type: "rnn", units: units[3] },
    ],
    head: { units: classes },
  });
}

function initial(core: Core, seed: number, normal = true, model = MODEL): Map<string, Float32Array> {
  const planned = new PlannedCore(core, model);
  core.initialize(planned.memory.plan, seed % 2 ** 32, Math.floor(seed / 2 ** 32), normal ? 1 : 0);
  planned.assertContained();
  return planned.weights();
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

/** Glorot's limit of a tensor; a cell's kernels are the parts of one [X + R, G H]. */
function limitOf(model: ReferenceModel, name: string): number {
  const shapes = weightShapes(model);
  const [rows, columns] = shapes.get(name)!;
  if (name.endsWith("peephole")) return Math.sqrt(6 / (columns + 1));
  const other = name.endsWith("recurrent_kernel")
    ? name.replace("recurrent_kernel", "kernel")
    : name.replace(/\.kernel$/, ".recurrent_kernel");
  const otherRows = other === name ? 0 : (shapes.get(other)?.[0] ?? 0);
  return Math.sqrt(6 / (rows + otherRows + columns));
}

const isBias = (name: string) => name.endsWith("bias");
const isDense = (name: string) => /^(projection|head)\./.test(name);
const KERNELS = [...weightShapes(MODEL).keys()].filter((name) => !isBias(name));

// The polar method, as initialize.ts describes it.
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
    expect(hash(initial(core, 1))).toBe(NORMAL_1);
    expect(hash(initial(core, 1))).toBe(NORMAL_1);
    expect(hash(initial(core, 1, false))).toBe(GLOROT_1);
  });

  test("every bit of the seed counts", () => {
    const seeds = [0, 1, 2, 3, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52, 2 ** 53 - 1];
    const tensors = seeds.map((seed) => initial(core, seed));
    for (const name of KERNELS) {
      expect(new Set(tensors.map((weights) => weights.get(name)![0])).size, name).toBe(seeds.length);
    }
  });

  test.each([true, false])(
    "biases: 0 in cells; in projection and head 0.1 beside normal kernels (%s), else 0",
    (normal) => {
      for (const [name, values] of initial(core, 7, normal)) {
        const expected = isDense(name) && normal ? Math.fround(0.1) : 0;
        if (isBias(name))
          expect(
            values.every((b) => b === expected),
            name,
          ).toBe(true);
      }
    },
  );

  test.each([55, 0])("Glorot's limit, %i projection units", (projectionUnits) => {
    const model = { ...MODEL, projectionUnits };
    for (const normal of [true, false]) {
      for (const [name, values] of initial(core, 5, normal, model)) {
        if (isBias(name) || (isDense(name) && normal)) continue;
        const limit = limitOf(model, name);
        const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
        expect(most, name).toBeLessThanOrEqual(Math.fround(limit));
        expect(most, name).toBeGreaterThan((1 - 10 / values.length) * limit);
        // Within five standard deviations of the mean of n draws.
        const { mean, variance, kurtosis } = moments(values);
        const n = Math.sqrt(values.length);
        expect(Math.abs(mean), name).toBeLessThan((5 * 0.58 * limit) / n);
        expect(Math.abs(variance / limit ** 2 - 1 / 3), name).toBeLessThan((5 * 0.3) / n);
        expect(Math.abs(kurtosis - 1.8), name).toBeLessThan(6 / n);
      }
    }
  });

  test("N(0, 1) in projection and head: mean, variance, kurtosis, tails", () => {
    const weights = initial(core, 5, true, modelOf(101, 55, [3, 2, 3, 101], 67));
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
    for (const normal of [true, false]) {
      const weights = initial(core, 3, normal);
      const kernels = KERNELS.map((name) => weights.get(name)!);
      for (const [i, a] of kernels.entries()) {
        for (const b of kernels.slice(i + 1)) {
          expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(Math.min(a.length, b.length)));
        }
        for (const distance of [1, 2]) {
          expect(Math.abs(correlation(a, a.subarray(distance)))).toBeLessThan(5 / Math.sqrt(a.length));
        }
      }
    }
  });

  test.each([0, 1, 2 ** 40 + 5])("seed %i draws what its description says", (seed) => {
    const model = modelOf(3, 5, [3, 2, 3, 3], 3);
    const shapes = weightShapes(model);
    // Streams are numbered: projection 0, head 1, then four for each cell, its kernels, peepholes and inner kernel.
    const draws = (stream: number) => (index: number) =>
      Number(random64(BigInt(seed), (BigInt(stream) << 40n) + BigInt(index)) >> 11n) * 2 ** -53;
    const cells = ["layers.0.", "layers.0.reverse.", "layers.1.", "layers.1.reverse.", "layers.2."];
    const sizeOf = (name: string) => shapes.get(name)!.reduce((a, b) => a * b, 1);
    for (const normal of [true, false]) {
      const weights = initial(core, seed, normal, model);
      expect([...weights.keys()]).toEqual([...shapes.keys()]);
      const check = (name: string, stream: number, from = 0) => {
        if (!shapes.has(name)) return;
        const limit = limitOf(model, name);
        const draw = draws(stream);
        const symmetric = () =>
          Array.from({ length: sizeOf(name) }, (_, i) => (2 * draw(from + i) - 1) * limit);
        const expected = isDense(name) && normal ? normals(sizeOf(name), draw) : symmetric();
        for (const [i, v] of weights.get(name)!.entries())
          expect(v, `${name}[${i}]`).toBeCloseTo(expected[i], 6);
      };
      check("projection.kernel", 0);
      check("head.kernel", 1);
      for (const [k, cell] of cells.entries()) {
        check(`${cell}kernel`, 4 * k + 2);
        check(`${cell}recurrent_kernel`, 4 * k + 2, sizeOf(`${cell}kernel`));
        check(`${cell}peephole`, 4 * k + 3);
        check(`${cell}projection_kernel`, 4 * k + 4);
      }
    }
  });
});
