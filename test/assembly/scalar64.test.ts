// exp, log, cos and the generator in f64: their accuracy, and that the generator is SplitMix64.

import { expect, test } from "vitest";
import { loadKernels } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";
import { randomNumbers } from "../support/reference/index.ts";
import { random64 } from "../support/split-mix.ts";

const MASK = 2n ** 64n - 1n;

await overBuilds(loadKernels, (kernels) => {
  const draw = (seed: bigint, index: bigint) => BigInt.asUintN(64, kernels.random64(seed, index));

  test("exp64 to 1e-15, relative, over the whole range of a float64", () => {
    let worst = 0;
    for (let i = 0; i <= 50_000; i++) {
      const x = -708 + (1416 * i) / 50_000;
      worst = Math.max(worst, Math.abs(kernels.exp64(x) / Math.exp(x) - 1));
    }
    expect(worst).toBeLessThan(1e-15);
    expect(kernels.exp64(0)).toBe(1);
    expect(kernels.exp64(1)).toBeCloseTo(Math.E, 14);
    expect(kernels.exp64(-708.001)).toBe(0);
    expect(kernels.exp64(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(kernels.exp64(Number.NaN)).toBeNaN();
  });

  test("log64 to 1e-15, relative, around 1 and over the whole range", () => {
    const random = randomNumbers(1);
    let worst = 0;
    for (let i = 0; i < 50_000; i++) {
      for (const x of [0.5 + random(), 2 ** (2000 * random() - 1000)]) {
        worst = Math.max(worst, Math.abs(kernels.log64(x) / Math.log(x) - 1));
      }
    }
    expect(worst).toBeLessThan(1e-15);
    expect(kernels.log64(1)).toBe(0);
    for (const x of [2 ** -1022, 1 - 2 ** -53, 1 + 2 ** -52, Math.SQRT1_2, Math.SQRT2, Number.MAX_VALUE]) {
      expect(Math.abs(kernels.log64(x) / Math.log(x) - 1), String(x)).toBeLessThan(1e-15);
    }
  });

  test("cos64 to 2e-15 over [-π, π]", () => {
    let worst = 0;
    for (let i = 0; i <= 50_000; i++) {
      const x = -Math.PI + (2 * Math.PI * i) / 50_000;
      worst = Math.max(worst, Math.abs(kernels.cos64(x) - Math.cos(x)));
    }
    expect(worst).toBeLessThan(2e-15);
    expect(kernels.cos64(0)).toBe(1);
    expect(kernels.cos64(Math.PI)).toBeCloseTo(-1, 14);
  });

  test("seed 0 gives SplitMix64's published sequence", () => {
    const drawn = [0n, 1n, 2n, 3n, 4n].map((index) => draw(0n, index));
    expect(drawn).toEqual([
      0xe220a8397b1dcdafn,
      0x6e789e6aa1b965f4n,
      0x06c45d188009454fn,
      0xf88bb8a8724c81ecn,
      0x1b39896a51a8749bn,
    ]);
  });

  test("any seed gives SplitMix64 started at the mixed seed, at any index", () => {
    for (const seed of [0n, 1n, 2n, 0xffffffffn, 2n ** 53n - 1n, MASK]) {
      for (const index of [0n, 1n, 1000n, 2n ** 40n, 2n ** 40n * 7n + 3n]) {
        expect(draw(seed, index)).toBe(random64(seed, index));
      }
    }
  });

  test("uniform takes the upper 53 bits: 0 <= u < 1", () => {
    expect(kernels.uniform(0n)).toBe(0);
    expect(kernels.uniform(2047n)).toBe(0);
    expect(kernels.uniform(2048n)).toBe(2 ** -53);
    expect(kernels.uniform(2n ** 63n)).toBe(0.5);
    expect(kernels.uniform(MASK)).toBe(1 - 2 ** -53);
  });
});
