// Rows of floats that are copied, added or cleared, and the even split over workers.

import { expect, test } from "vitest";
import { layOutGuarded } from "../support/guard.ts";
import { loadKernels, randomFloats } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";

await overBuilds(loadKernels, (kernels) => {
  test("copy, add and clear work on n floats at any alignment", () => {
    for (let n = 0; n <= 21; n++) {
      for (let offset = 0; offset < 16; offset++) {
        const guarded = layOutGuarded(
          kernels.memory,
          kernels.planBase(),
          [offset & 3, offset >> 2, (offset + 1) & 3, offset & 3].map((floats) => ({
            length: n,
            offset: floats,
          })),
        );
        const [to, from, sum, cleared] = guarded.buffers;
        const [values, start] = [randomFloats(n, n), randomFloats(n, n + 1)];
        from.floats.set(values);
        sum.floats.set(start);
        kernels.copy(to.address, from.address, n);
        kernels.add(sum.address, from.address, n);
        kernels.clear(cleared.address, n);
        guarded.assertIntact();
        expect(to.floats).toEqual(values);
        expect(sum.floats).toEqual(start.map((value, k) => value + values[k]));
        expect(cleared.floats).toEqual(new Float32Array(n));
        expect(from.floats).toEqual(values);
      }
    }
  });

  test("the parts of a range follow each other, cover it and differ by one at most", () => {
    for (const n of [0, 1, 2, 3, 7, 8, 100, 127, 1_000_003, 2 ** 31 - 1]) {
      for (const parts of [1, 2, 3, 5, 8, 64]) {
        const starts = Array.from({ length: parts + 1 }, (_, i) => kernels.partStart(n, i, parts));
        const sizes = starts.slice(1).map((start, i) => start - starts[i]);
        expect(starts[0]).toBe(0);
        expect(starts[parts]).toBe(n);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }
    }
  });
});
