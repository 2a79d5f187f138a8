// The wire format of protocol buffers: what is written is read, and lengths are not believed.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MessageWriter, readFields, readPacked } from "../../src/formats/protobuf.ts";
import { refusal } from "../support/mutations.ts";

const read = (...bytes: number[]) => [...readFields(Uint8Array.from(bytes), "m")];

describe("fields", () => {
  it("come back", () => {
    const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });
    const value = fc.oneof(
      fc.maxSafeInteger(),
      fc.constantFrom(0, -1, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 35),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(field, fc.oneof(value, fc.uint8Array()))), (fields) => {
        const writer = new MessageWriter();
        for (const [number, content] of fields) {
          if (typeof content === "number") writer.int(number, content);
          else writer.bytes(number, content);
        }
        const got = [...readFields(writer.finish(), "m")].map(({ number, int, bytes }) => [
          number,
          int ?? [...bytes],
        ]);
        expect(got).toEqual(
          fields.map(([number, content]) => [
            number,
            typeof content === "number" ? BigInt(content) : [...content],
          ]),
        );
      }),
    );
  });

  // The examples of protobuf.dev/programming-guides/encoding.
  it("are those of the documentation", () => {
    expect(read(0x08, 0x96, 0x01)).toEqual([{ number: 1, int: 150n, bytes: new Uint8Array() }]);
    expect(read(0x12, 0x07, ...Buffer.from("testing"))[0].bytes).toEqual(
      new Uint8Array(Buffer.from("testing")),
    );
    expect(readPacked(Uint8Array.of(0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05), "m")).toEqual([3n, 270n, 86942n]);
    expect(new MessageWriter().int(1, -2).finish()).toEqual(
      Uint8Array.of(0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
    );
    expect(new MessageWriter().message(3, (inner) => inner.int(1, 150)).finish()).toEqual(
      Uint8Array.of(0x1a, 0x03, 0x08, 0x96, 0x01),
    );
    expect(read(0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8).map(({ bytes }) => bytes.length)).toEqual([
      4, 8,
    ]);
  });

  it.each<[string, number[], string]>([
    ["a length beyond the end", [0x0a, 5, 1, 2], "expected 5 bytes at byte 2, got 2"],
    [
      "a length near 2^63",
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
      "expected 9223372036854776000 bytes",
    ],
    ["a length near 2^64", [0x0a, ...new Array(9).fill(0xff), 0x01], "expected 18446744073709552000 bytes"],
    ["a number that does not end", [0x08, 0x80, 0x80], "got the end"],
    [
      "a number of eleven bytes",
      [0x08, ...new Array(11).fill(0x80)],
      "at most ten bytes at byte 1, got more",
    ],
    ["groups", [0x0b], "expected a field of type 0, 1, 2 or 5, got 3"],
    ["field 0", [0x00, 0x01], "expected a field's number, got 0"],
    ["a field beyond 2^29", [0xf8, 0xff, 0xff, 0xff, 0xff, 0x01, 0], "expected a field's number"],
    ["a cut fixed number", [0x09, 1, 2, 3], "expected 8 bytes at byte 1, got 3"],
  ])("refuse %s", (_name, bytes, message) => {
    const said = refusal(() => read(...bytes));
    expect(said).toContain(message);
    expect(said.slice(0, 3)).toBe("m: ");
  });
});
