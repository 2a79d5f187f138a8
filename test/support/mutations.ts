// Damaged copies of good files, for fuzzing the readers of untrusted ones.

import fc from "fast-check";
import { expect } from "vitest";

/** Runs of the fuzz tests; each case of one is a file. */
export const FUZZ_RUNS = 5000;

/** One to four edits of `text`: tokens written over it or into it, parts cut out, doubled or moved. */
export function mutatedText(text: string, tokens: string[]): fc.Arbitrary<string> {
  const place = fc.nat({ max: text.length });
  const edit = fc.record({
    kind: fc.constantFrom("insert", "replace", "cut", "double", "end", "move"),
    at: place,
    length: fc.oneof(fc.nat({ max: 3 }), place),
    to: place,
    token: fc.constantFrom(...tokens),
  });
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let mutant = text;
    for (const { kind, at, length, to, token } of edits) {
      const part = mutant.slice(at, at + length);
      const rest = mutant.slice(0, at) + mutant.slice(at + length);
      if (kind === "insert") mutant = mutant.slice(0, at) + token + mutant.slice(at);
      else if (kind === "replace") mutant = mutant.slice(0, at) + token + mutant.slice(at + token.length);
      else if (kind === "cut") mutant = rest;
      else if (kind === "double") mutant = mutant.slice(0, at) + part + mutant.slice(at);
      else if (kind === "end") mutant = mutant.slice(0, at);
      else mutant = rest.slice(0, to) + part + rest.slice(to);
    }
    return mutant;
  });
}

/** One to four edits of `bytes`: bytes changed, the end cut off, zeros added. */
export function mutatedBytes(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    kind: fc.constantFrom("change", "change", "change", "end", "add"),
    at: fc.nat({ max: bytes.length - 1 }),
    byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
  });
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    let mutant = bytes.slice();
    for (const { kind, at, byte } of edits) {
      if (kind === "change" && at < mutant.length) mutant[at] = byte;
      else if (kind === "end") mutant = mutant.slice(0, at);
      else if (kind === "add") mutant = Uint8Array.from([...mutant, ...new Uint8Array(byte % 5)]);
    }
    return mutant;
  });
}

/** A reader's refusal: a RangeError that begins with the file's name and is short. */
export function expectRefusal(error: unknown, name: string): void {
  expect(error).toBeInstanceOf(RangeError);
  const { message } = error as Error;
  expect(message.startsWith(`${name}: `), message).toBe(true);
  expect(message.length).toBeLessThan(1500);
}

/** The message of the RangeError that `read` throws. */
export function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    return (error as Error).message;
  }
  throw new Error("expected a refusal, got none");
}
