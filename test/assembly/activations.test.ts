// sigmoid and tanh against the host's Math over dense ranges, and at the ends of the number line.

import { expect, test } from "vitest";
import type { TestBuild } from "../support/builds.ts";
import {
  expectBitsAcrossBuilds,
  expectSameBits,
  type Kernels,
  loadKernels,
  words,
} from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";

type Name = "sigmoid" | "tanh";

const EXACT: Record<Name, (x: number) => number> = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

interface Bounds {
  absolute: number;
  /** Of the exact value's binade; of the least normal number below it. */
  ulp: number;
}

// Measured on 2^20 points a range, rounded up. Fused madds make the relaxed build's tanh better where the
// engine fuses them, as every one with the instruction does.
const BASELINE: Record<Name, Bounds> = {
  sigmoid: { absolute: 9e-8, ulp: 3.3 },
  tanh: { absolute: 4e-7, ulp: 6.6 },
};
const BOUNDS: Record<TestBuild, Record<Name, Bounds>> = {
  scalar: BASELINE,
  simd: BASELINE,
  debug: BASELINE,
  relaxed: { ...BASELINE, tanh: { absolute: 2.9e-7, ulp: 4.8 } },
};

const POINTS = 1 << 15;
const RANGES: Record<Name, [from: number, to: number][]> = {
  sigmoid: [
    [-87.3, 100],
    [-20, 20],
    [-1, 1],
    [-1e-3, 1e-3],
  ],
  tanh: [
    [-20, 20],
    [-8, 8],
    [-1, 1],
    [-1e-3, 1e-3],
    [-1e-30, 1e-30],
  ],
};
const NAMES = Object.keys(RANGES) as Name[];

// In place, in a panel of 8 a row.
function run(kernels: Kernels, name: Name, x: ArrayLike<number>): Float32Array {
  const rows = Math.ceil(x.length / 8);
  const panel = kernels.planBase();
  const missing = panel + rows * 32 - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / 65536));
  new Float32Array(kernels.memory.buffer, panel, rows * 8).fill(0);
  new Float32Array(kernels.memory.buffer, panel, x.length).set(x);
  if (name === "sigmoid") kernels.sigmoids(panel, 0, rows);
  else kernels.tanhs(panel, panel, rows);
  return new Float32Array(kernels.memory.buffer, panel, x.length);
}

function pointsOf([from, to]: [number, number]): Float32Array {
  return Float32Array.from({ length: POINTS }, (_, i) => from + ((to - from) * i) / (POINTS - 1));
}

function ulp(x: number): number {
  return 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(x)))) - 23);
}

await overBuilds(loadKernels, (kernels, build) => {
  test.each(NAMES)("%s stays within its bounds", (name) => {
    const bounds = BOUNDS[build][name];
    for (const range of RANGES[name]) {
      const x = pointsOf(range);
      const y = run(kernels, name, x);
      for (let i = 0; i < x.length; i++) {
        const exact = EXACT[name](x[i]);
        const error = Math.abs(y[i] - exact);
        if (!(error <= bounds.absolute && error <= bounds.ulp * ulp(exact))) {
          throw new Error(`${name}(${x[i]}) = ${y[i]}, exactly ${exact}: ${error / ulp(exact)} ulp`);
        }
      }
    }
  });

  test("zeros and denormals", () => {
    expect([...run(kernels, "sigmoid", [0, -0, 1e-45, -1e-40])]).toEqual([0.5, 0.5, 0.5, 0.5]);
    const [zero, negative, small] = run(kernels, "tanh", [0, -0, 1e-40]);
    expect(zero).toBe(0);
    expect(negative).toBe(-0);
    expect(Math.abs(small - 1e-40)).toBeLessThan(1e-42);
  });

  test("sigmoid and tanh saturate, and never leave their range", () => {
    const ends = [88, 1e30, Number.POSITIVE_INFINITY];
    expect([...run(kernels, "sigmoid", ends)]).toEqual([1, 1, 1]);
    for (const y of run(kernels, "sigmoid", [-88, -1e30, Number.NEGATIVE_INFINITY])) {
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThan(1e-38);
    }
    const tanhEnds = [...run(kernels, "tanh", [...ends, ...ends.map((x) => -x)])];
    for (const [i, y] of tanhEnds.entries()) {
      expect(Math.abs(y - (i < 3 ? 1 : -1))).toBeLessThanOrEqual(BOUNDS[build].tanh.absolute);
    }
    for (const name of ["sigmoid", "tanh"] as const) {
      const y = run(kernels, name, pointsOf([-12, 12]));
      const [least, most] = [y.reduce((a, b) => Math.min(a, b)), y.reduce((a, b) => Math.max(a, b))];
      expect(least).toBeGreaterThanOrEqual(name === "tanh" ? -1 - 3e-7 : 0);
      expect(most).toBeLessThanOrEqual(name === "tanh" ? 1 + 3e-7 : 1);
    }
  });

  test("tanh is odd", () => {
    const x = pointsOf([0, 10]);
    const y = run(kernels, "tanh", x).slice();
    const negated = run(
      kernels,
      "tanh",
      x.map((value) => -value),
    );
    const bits = (values: Float32Array) => new Uint32Array(values.slice().buffer);
    expectSameBits(bits(negated), bits(y.map((value) => -value)), () => "tanh(-x)");
  });

  test.each(NAMES)("%s of NaN is NaN, in every lane", (name) => {
    for (let lane = 0; lane < 8; lane++) {
      const x = new Array<number>(8).fill(0);
      x[lane] = Number.NaN;
      expect([...run(kernels, name, x)].map(Number.isNaN)).toEqual(x.map(Number.isNaN));
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const name of NAMES) {
    for (const range of RANGES[name]) {
      const y = run(kernels, name, pointsOf(range));
      yield [`${name} over ${range}`, words(kernels, { address: y.byteOffset, length: y.length })];
    }
  }
});
