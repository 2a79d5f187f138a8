// Every layout and tile of the product against a plain loop in float64, at sizes around the tiles.

import { expect, test } from "vitest";
import { Layout } from "../../assembly/regions.ts";
import { layOutGuarded } from "../support/guard.ts";
import { expectSameBits, type Kernels, loadKernels, randomFloats, words } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";

const PANEL = 8;
const LAYOUTS = [Layout.Rows, Layout.Panels, Layout.Columns].map((layout) => ({
  layout,
  name: Layout[layout],
}));

interface Case {
  layout: Layout;
  M: number;
  K: number;
  panels: number;
  accumulate: boolean;
}

interface Tile {
  rows: number;
  wide: boolean;
}

const TILES: Tile[] = [1, 2, 3, 4, 5, 6].flatMap((rows) => [
  { rows, wide: false },
  { rows, wide: true },
]);
const M_SIZES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 23, 24, 25, 26];
const K_SIZES: Record<Layout, number[]> = {
  [Layout.Rows]: [1, 2, 3, 4, 5, 7, 8, 9, 16, 17],
  [Layout.Panels]: [8, 16, 24],
  [Layout.Columns]: [1, 2, 3, 4, 5, 7, 8, 9, 16, 17],
};
const PANELS = [0, 1, 2, 3, 4, 5, 8];
const VALUES = randomFloats(10_007, 1);

function casesOf(layout: Layout): Case[] {
  return K_SIZES[layout].flatMap((K) =>
    M_SIZES.flatMap((M) =>
      PANELS.flatMap((panels) => [false, true].map((accumulate) => ({ layout, M, K, panels, accumulate }))),
    ),
  );
}

function describeCase({ layout, M, K, panels, accumulate }: Case, tile: Tile): string {
  return `${Layout[layout]}: M ${M} K ${K} panels ${panels}${accumulate ? " accumulate" : ""}, tile ${tile.rows}${tile.wide ? " wide" : ""}`;
}

// The operands in guarded memory, with gaps between rows and panels and addresses off the alignment. All that
// is not an element of an operand is NaN, so a wrong read spoils a sum and a wrong write changes a gap.
function place(kernels: Kernels, c: Case, salt: number) {
  const { layout, M, K, panels } = c;
  const N = panels * PANEL;
  const gap = salt % 3;
  const stride = [K, M * PANEL, M][layout] + gap;
  const outPanel = M * PANEL + ((salt >> 1) % 5);
  const bPanel = K * PANEL + ((salt >> 2) % 5);
  const aRows = [M, K / PANEL, K][layout];
  const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [
    { length: panels * outPanel, offset: salt & 3 },
    { length: aRows * stride, offset: (salt >> 2) & 3 },
    { length: panels * bPanel, offset: (salt >> 4) & 3 },
  ]);
  const [out, a, b] = guarded.buffers;
  const aIndex = (m: number, k: number) =>
    layout === Layout.Rows
      ? m * stride + k
      : layout === Layout.Columns
        ? k * stride + m
        : (k >> 3) * stride + m * PANEL + (k & 7);
  const outIndex = (m: number, n: number) => (n >> 3) * outPanel + m * PANEL + (n & 7);
  const bIndex = (k: number, n: number) => (n >> 3) * bPanel + k * PANEL + (n & 7);
  let next = salt;
  const value = () => VALUES[next++ % VALUES.length];
  const aFloats = a.floats;
  const bFloats = b.floats;
  const outFloats = out.floats;
  for (let m = 0; m < M; m++) for (let k = 0; k < K; k++) aFloats[aIndex(m, k)] = value();
  for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) bFloats[bIndex(k, n)] = value();
  if (c.accumulate)
    for (let n = 0; n < N; n++) for (let m = 0; m < M; m++) outFloats[outIndex(m, n)] = value();

  const before = words(kernels, out).slice();
  const inputs = [words(kernels, a).slice(), words(kernels, b).slice()];
  function run({ rows, wide }: Tile): Uint32Array {
    const result = words(kernels, out);
    result.set(before);
    const bytes = [outPanel * 4, stride * 4, bPanel * 4];
    kernels.gemm(
      layout,
      out.address,
      bytes[0],
      a.address,
      bytes[1],
      b.address,
      bytes[2],
      M,
      K,
      panels,
      c.accumulate,
      rows,
      wide,
    );
    guarded.assertIntact();
    return result;
  }
  function expectInputsKept(): void {
    expectSameBits(words(kernels, a), inputs[0], () => "a");
    expectSameBits(words(kernels, b), inputs[1], () => "b");
  }
  // Each of the K products and sums rounds once: the error is below K 2^-24 times the sum of magnitudes.
  function expectProduct(result: Uint32Array): void {
    const floats = new Float32Array(result.buffer, result.byteOffset, result.length);
    const start = new Float32Array(before.buffer);
    const isElement = new Uint8Array(result.length);
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        const o = outIndex(m, n);
        isElement[o] = 1;
        let sum = c.accumulate ? start[o] : 0;
        let magnitude = Math.abs(sum);
        for (let k = 0; k < K; k++) {
          const product = aFloats[aIndex(m, k)] * bFloats[bIndex(k, n)];
          sum += product;
          magnitude += Math.abs(product);
        }
        if (!(Math.abs(floats[o] - sum) <= (K + 1) * 2 ** -24 * magnitude)) {
          throw new Error(`out[${m}, ${n}] is ${floats[o]}, expected ${sum}`);
        }
      }
    }
    for (let o = 0; o < result.length; o++) {
      if (!isElement[o] && result[o] !== before[o]) throw new Error(`the gap at float ${o} was written`);
    }
  }
  return { run, expectProduct, expectInputsKept };
}

await overBuilds(loadKernels, (kernels, build) => {
  // The debug build is 20 times slower.
  const tiles = build === "debug" ? TILES.filter((_, i) => i % 5 === 0) : TILES;

  test.each(LAYOUTS)(
    "$name: every size and tile gives the product, every tile the same bits",
    ({ layout }) => {
      for (const [salt, c] of casesOf(layout).entries()) {
        const { run, expectProduct, expectInputsKept } = place(kernels, c, salt);
        let first: Uint32Array | undefined;
        for (const tile of tiles) {
          try {
            const result = run(tile);
            if (first) {
              expectSameBits(result, first, () => "against the first tile");
            } else {
              expectProduct(result);
              first = result.slice();
            }
          } catch (error) {
            throw new Error(`${describeCase(c, tile)}: ${(error as Error).message}`);
          }
        }
        expectInputsKept();
      }
    },
  );
});

const [scalar, simd, debug] = await Promise.all([
  loadKernels("scalar"),
  loadKernels("simd"),
  loadKernels("debug"),
]);

test.each(LAYOUTS)("$name: scalar, simd and debug builds give the same bits", ({ layout }) => {
  for (const [salt, c] of casesOf(layout).entries()) {
    const tile = TILES[salt % TILES.length];
    const expected = place(scalar!, c, salt).run(tile);
    for (const kernels of [simd!, debug!]) {
      expectSameBits(place(kernels, c, salt).run(tile), expected, () => describeCase(c, tile));
    }
  }
});

test("the debug build refuses what the kernel does not take", () => {
  const run = (layout: number, M: number, K: number, tileRows: number) => () => {
    debug!.gemm(layout, 0, 0, 0, 0, 0, 0, M, K, 1, false, tileRows, false);
  };
  expect(run(0, 1, 0, 4)).toThrow(WebAssembly.RuntimeError);
  expect(run(0, -1, 1, 4)).toThrow(WebAssembly.RuntimeError);
  expect(run(1, 1, 9, 4)).toThrow(WebAssembly.RuntimeError);
  expect(run(0, 1, 1, 0)).toThrow(WebAssembly.RuntimeError);
});
