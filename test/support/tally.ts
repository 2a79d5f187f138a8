// Counts what tests have done, for test/trust: the file that WASM_LSTM_TALLY names gets a line of JSON for each file of
// tests, with sums and largest values. Without the variable nothing is written.

import { appendFileSync } from "node:fs";
import { afterAll } from "vitest";

const path = process.env.WASM_LSTM_TALLY;
/** Whether anybody reads the counts. */
export const isTallied = path !== undefined;
const sums: Record<string, number> = {};
const largest: Record<string, number> = {};

/** `count` more of what `name` says. */
export function tally(name: string, count = 1): void {
  sums[name] = (sums[name] ?? 0) + count;
}

/** A value of which only the largest is of interest. */
export function tallyLargest(name: string, value: number): void {
  largest[name] = Math.max(largest[name] ?? 0, value);
}

if (path !== undefined) afterAll(() => appendFileSync(path, `${JSON.stringify({ sums, largest })}\n`));
