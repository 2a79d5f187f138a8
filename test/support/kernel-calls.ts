// Notes, for test/trust, at which sizes and off which alignment each kernel has been called: `gemm simd M 5 @8` says
// that a call with M = 5 wrote 8 bytes past a multiple of 16. What should be called and is not stays at 0.

import type { TestBuild } from "./builds.ts";
import { tally } from "./tally.ts";

interface Dimension {
  name: string;
  /** Number of the argument. */
  argument: number;
  /** Sizes are covered from `least` to twice this, and one more: once below, at and above each tile. */
  tile: number;
  least: number;
}

interface KernelShape {
  /** Number of the argument that says where it writes. */
  out: number;
  dimensions: readonly Dimension[];
}

const dimension = (name: string, argument: number, tile: number, least = 0): Dimension => ({
  ...{ name, argument, tile, least },
});
/** Rows of 8 units; two vectors a row, so the tile is a row. Sizes go on to nine rows all the same. */
const rows = (argument: number) => [dimension("rows", argument, 4)];

/** The arguments of assembly/kernels. */
const KERNEL_SHAPES: Record<string, KernelShape> = {
  gemm: { out: 1, dimensions: [dimension("M", 7, 6), dimension("K", 8, 1, 1), dimension("panels", 9, 2)] },
  lstmForward: { out: 0, dimensions: rows(11) },
  lstmBackward: { out: 0, dimensions: rows(9) },
  lstmForwardExtended: { out: 0, dimensions: rows(14) },
  lstmBackwardExtended: { out: 0, dimensions: rows(13) },
  peepholeGradient: { out: 0, dimensions: [...rows(3), dimension("units", 4, 3, 1)] },
  gruForward: { out: 0, dimensions: rows(8) },
  gruBackward: { out: 0, dimensions: rows(7) },
  gruReset: { out: 0, dimensions: rows(8) },
  gruCandidate: { out: 0, dimensions: rows(7) },
  gruCandidateBackward: { out: 0, dimensions: rows(7) },
  gruResetBackward: { out: 0, dimensions: rows(7) },
  rnnForward: { out: 0, dimensions: rows(6) },
  rnnBackward: { out: 0, dimensions: rows(4) },
  sigmoids: { out: 0, dimensions: rows(2) },
  tanhs: { out: 0, dimensions: rows(2) },
  copyKept: { out: 0, dimensions: [dimension("n", 2, 4)] },
  addKept: { out: 0, dimensions: [dimension("n", 2, 4)] },
  activate: { out: 1, dimensions: [dimension("C", 6, 8, 1)] },
  itemLoss: { out: 3, dimensions: [dimension("C", 13, 8, 1)] },
  optimize: { out: 1, dimensions: [dimension("n", 5, 8)] },
  squaredNorm: { out: 0, dimensions: [dimension("n", 1, 8)] },
  packPanel: { out: 0, dimensions: [dimension("rows", 3, 1), dimension("columns", 5, 8, 1)] },
  unpackPanel: { out: 0, dimensions: [dimension("rows", 3, 1), dimension("columns", 5, 8, 1)] },
  packTransposed: { out: 0, dimensions: [dimension("rows", 4, 8), dimension("columns", 6, 8, 1)] },
  copy: { out: 0, dimensions: [dimension("n", 2, 8)] },
  add: { out: 0, dimensions: [dimension("n", 2, 8)] },
  clear: { out: 0, dimensions: [dimension("n", 1, 8)] },
};

/** Bytes past a multiple of a vector's 16. */
const OFFSETS = [0, 4, 8, 12];

/** The same exports, each call of a kernel noted, and all that are expected. */
export function noted<Exports extends object>(kernels: Exports, build: TestBuild): Exports {
  for (const key of callsToExpect(build)) tally(key, 0);
  const wrapped = Object.entries(KERNEL_SHAPES).map(([name, { out, dimensions }]) => {
    const kernel = (kernels as Record<string, (...args: unknown[]) => unknown>)[name];
    const call = (...args: unknown[]) => {
      const result = kernel(...args);
      tally("calls of kernels");
      for (const { name: size, argument } of dimensions) {
        tally(keyOf(name, build, size, Number(args[argument]), Number(args[out]) % 16));
      }
      return result;
    };
    return [name, call];
  });
  return Object.assign(Object.create(kernels), Object.fromEntries(wrapped));
}

/** What must have been called on a build, each with every offset. */
function callsToExpect(build: TestBuild): string[] {
  return Object.entries(KERNEL_SHAPES).flatMap(([name, { dimensions }]) =>
    dimensions.flatMap(({ name: size, tile, least }) =>
      Array.from({ length: 2 * tile + 2 - least }, (_, i) => least + i).flatMap((value) =>
        OFFSETS.map((offset) => keyOf(name, build, size, value, offset)),
      ),
    ),
  );
}

function keyOf(kernel: string, build: string, size: string, value: number, offset: number): string {
  return `${kernel} ${build} ${size} ${value} @${offset}`;
}
