// Mutated files of one format: each ends in what the reader gives, checked, or in a refusal of its own words, and
// allocates no more than the file is worth.

import { describe, expect, test } from "vitest";
import { takeAllocated } from "./allocations.ts";
import { Mutator } from "./mutator.ts";

export const FILE = "the-file";

/** Of npm run test:fuzz -- --cases N --seed S. */
const CASES = Number(process.env.FUZZ_CASES ?? 100_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** Bytes of arrays that a reader may make for each byte of the file, and in any case. */
const PER_BYTE = 64;
const ANYWAY = 256 * 1024;

export interface Fuzzed {
  /** Those of one format share its cases. */
  format: string;
  name: string;
  /** A damaged file. */
  make(mutator: Mutator): Uint8Array;
  /** Reads it and checks what came of it. */
  read(bytes: Uint8Array): unknown;
}

/** The share of files that are read, which must be neither none nor all, tells whether the mutations reach the reader. */
export function fuzz(formats: readonly Fuzzed[]): void {
  describe.each(formats)("$format: $name", ({ format, name, make, read }) => {
    const cases = Math.ceil(CASES / formats.filter((other) => other.format === format).length);
    test(`${cases} mutated files from seed ${SEED}`, { timeout: 3_600_000 }, async () => {
      let accepted = 0;
      for (let k = 0; k < cases; k++) {
        // Every case has a seed of its own, so that it can be had without those before.
        const bytes = make(new Mutator(SEED * 1_000_003 + k));
        takeAllocated();
        let error: unknown;
        try {
          const result = read(bytes);
          if (result instanceof Promise) await result;
          accepted++;
        } catch (thrown) {
          error = thrown;
        }
        const allocated = takeAllocated();
        const fault =
          faultOf(error) ?? (allocated > PER_BYTE * bytes.length + ANYWAY ? `${allocated} bytes` : undefined);
        if (fault !== undefined) {
          const file = Buffer.from(bytes).toString("base64").slice(0, 4000);
          throw new Error(`${format}: ${name}, seed ${SEED}, case ${k}: ${fault}\n${file}`, { cause: error });
        }
      }
      expect(accepted).toBeGreaterThan(cases / 1000);
      expect(accepted).toBeLessThan(cases);
    });
  });
}

/** undefined for no error, and for a refusal: typed, short, and in the reader's words, not the engine's. */
function faultOf(error: unknown): string | undefined {
  if (error === undefined) return undefined;
  if (!(error instanceof RangeError || error instanceof TypeError))
    return `expected a typed error, got ${error}`;
  const { message } = error;
  if (!message.startsWith(`${FILE}: `)) return `expected the file's name first, got ${message.slice(0, 200)}`;
  return message.length > 2000 ? `expected a short message, got ${message.length} characters` : undefined;
}
