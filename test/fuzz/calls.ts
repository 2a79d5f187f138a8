// Calls with hostile arguments: each ends in what was asked for or in a refusal that names the argument, and allocates
// little.

import { expect, test } from "vitest";
import { takeAllocated } from "./allocations.ts";
import { OWN_ERROR } from "./hostile-values.ts";
import { Mutator } from "./mutator.ts";

/** Of npm run test:fuzz -- --cases N --seed S. */
const CASES = Number(process.env.FUZZ_CASES ?? 100_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** Bytes of arrays that a case may make by name. */
const MOST_BYTES = 4 * 2 ** 20;
const MOST_CHARACTERS = 2000;
/** How engines complain, V8's words: no refusal of the library's. */
const ENGINE =
  /is not a function|is not iterable|Cannot (read|convert|destructure|mix|set|assign|redefine)|is not defined|is not a constructor|Invalid (array|typed array) length|Invalid time|called on (incompatible|null)|allocation failed|out of bounds|Maximum call/;

export interface Called {
  what: string;
  /** Words of which a refusal has one: the names of what is given. */
  names: readonly string[];
  /** Other errors that are no fault. */
  allowed?(error: Error): boolean;
  /** Makes the arguments and the call; `shown` tells, for a fault's report, what was given. */
  call(mutator: Mutator, shown: (given: unknown) => void): unknown;
}

/** The share of calls that do as they are asked, neither none nor all, tells whether hostile values reach the checks. */
export function fuzzCalls({ what, names, allowed, call }: Called): void {
  test(`${what}: ${CASES} calls from seed ${SEED}`, { timeout: 3_600_000 }, async () => {
    let accepted = 0;
    for (let k = 0; k < CASES; k++) {
      let given: unknown;
      let error: unknown;
      takeAllocated();
      try {
        const result = call(new Mutator(SEED * 1_000_003 + k), (value) => {
          given = value;
        });
        if (result instanceof Promise) await result;
        accepted++;
      } catch (thrown) {
        error = thrown;
      }
      const allocated = takeAllocated();
      let fault =
        error === undefined || (error instanceof Error && allowed?.(error))
          ? undefined
          : faultOf(error, names);
      if (allocated > MOST_BYTES) fault ??= `${allocated} bytes`;
      if (fault !== undefined) {
        throw new Error(`${what}, seed ${SEED}, case ${k}: ${fault}\n${described(given)}`, { cause: error });
      }
    }
    expect(accepted).toBeGreaterThan(CASES / 1000);
    expect(accepted).toBeLessThan(CASES);
  });
}

// undefined for the caller's own error, and for a refusal: typed, short, naming the argument in words of the library.
function faultOf(error: unknown, names: readonly string[]): string | undefined {
  if (error === OWN_ERROR) return undefined;
  if (!(error instanceof RangeError || error instanceof TypeError))
    return `expected a typed error, got ${error}`;
  const { message } = error;
  if (message.length > MOST_CHARACTERS) return `expected a short message, got ${message.length} characters`;
  if (ENGINE.test(message)) return `expected words of the library, got ${message}`;
  return names.some((name) => message.includes(name))
    ? undefined
    : `expected the argument's name, got ${message}`;
}

// Whatever it is: nothing of it is called.
function described(value: unknown, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null)
    return typeof value === "bigint" ? `${value}n` : String(value);
  if (depth > 4) return "...";
  try {
    if (Array.isArray(value)) return `[${value.slice(0, 20).map((one) => described(one, depth + 1))}]`;
    const entries = Object.entries(Object.getOwnPropertyDescriptors(value)).slice(0, 40);
    const text = entries.map(
      ([key, own]) => `${key}: ${own.get ? "throws" : described(own.value, depth + 1)}`,
    );
    return `${Object.getPrototypeOf(value) === Object.prototype ? "" : Object.prototype.toString.call(value)}{ ${text.join(", ")} }`;
  } catch {
    return "a proxy that throws";
  }
}
