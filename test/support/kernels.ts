// The kernels of a build as functions, and what tests of kernels share.

import { expect, test } from "vitest";
import { type Core, loadCore } from "../../src/core/load.ts";
import { compileBuild, KERNELS_FOLDER, type TestBuild } from "./builds.ts";
import { noted } from "./kernel-calls.ts";
import { randomNumbers } from "./reference/index.ts";
import { isTallied, tally } from "./tally.ts";

/** A kernel; its arguments are those of its text in assembly/kernels, pointers as byte addresses in `memory`. */
type Kernel = (...args: (number | boolean | bigint)[]) => void;

/** The exports of test/assembly/kernels.ts. */
export interface Kernels extends Core {
  gemm: Kernel;
  lstmForward: Kernel;
  lstmBackward: Kernel;
  lstmForwardExtended: Kernel;
  lstmBackwardExtended: Kernel;
  peepholeGradient: Kernel;
  gruForward: Kernel;
  gruBackward: Kernel;
  gruReset: Kernel;
  gruCandidate: Kernel;
  gruCandidateBackward: Kernel;
  gruResetBackward: Kernel;
  rnnForward: Kernel;
  rnnBackward: Kernel;
  sigmoids: Kernel;
  tanhs: Kernel;
  copyKept: Kernel;
  addKept: Kernel;
  activate: Kernel;
  itemLoss: Kernel;
  optimize: Kernel;
  squaredNorm(x: number, n: number): number;
  packPanel: Kernel;
  unpackPanel: Kernel;
  packTransposed: Kernel;
  copy: Kernel;
  add: Kernel;
  clear: Kernel;
  partStart(n: number, index: number, parts: number): number;
  exp64(x: number): number;
  log64(x: number): number;
  cos64(x: number): number;
  random64(seed: bigint, index: bigint): bigint;
  uniform(bits: bigint): number;
}

export async function loadKernels(build: TestBuild): Promise<Kernels | undefined> {
  const module = await compileBuild(KERNELS_FOLDER, build);
  if (module === undefined) return undefined;
  const kernels = (await loadCore(module)) as Kernels;
  return isTallied ? noted(kernels, build) : kernels;
}

/** The words of a buffer in place: unlike floats they keep the bits of a NaN. */
export function words(
  kernels: Kernels,
  buffer: { readonly address: number; readonly length: number },
): Uint32Array {
  return new Uint32Array(kernels.memory.buffer, buffer.address, buffer.length);
}

/** The float32 nearest to each of n numbers drawn evenly from [-scale, scale). */
export function randomFloats(n: number, seed: number, scale = 1): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length: n }, () => (2 * random() - 1) * scale);
}

/** Fails, naming the first difference, unless both hold the same bits. */
export function expectSameBits(actual: Uint32Array, expected: Uint32Array, what: () => string): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what()}: ${actual.length} words, expected ${expected.length}`);
  }
  tally("pairs of bits");
  for (let i = 0; i < actual.length; i++) {
    if (actual[i] !== expected[i]) {
      throw new Error(
        `${what()}: word ${i} is ${asFloat(actual[i])} (${hex(actual[i])}), ` +
          `expected ${asFloat(expected[i])} (${hex(expected[i])})`,
      );
    }
  }
}

function asFloat(word: number): number {
  return new Float32Array(Uint32Array.of(word).buffer)[0];
}

function hex(word: number): string {
  return `0x${word.toString(16).padStart(8, "0")}`;
}

/**
 * A test that the builds without fused operations give the same bits: `results` yields each output of its
 * cases, in the same order on every build.
 */
export async function expectBitsAcrossBuilds(
  results: (kernels: Kernels) => Iterable<[what: string, bits: Uint32Array]>,
): Promise<void> {
  const [scalar, ...others] = await Promise.all(
    (["scalar", "simd", "debug"] as const).map((build) => loadKernels(build)),
  );
  test("the scalar, simd and debug builds give the same bits", () => {
    const expected = Array.from(results(scalar!), ([what, bits]) => ({ what, bits: bits.slice() }));
    expect(expected.length).toBeGreaterThan(0);
    for (const kernels of others) {
      let i = 0;
      for (const [what, bits] of results(kernels!)) {
        expectSameBits(bits, expected[i++].bits, () => what);
      }
      expect(i).toBe(expected.length);
    }
  });
}
