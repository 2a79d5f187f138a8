// ZIP archives that are written: what is in them comes back, and every byte of the format is where it belongs.

import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readZip, writeZip } from "../../src/formats/zip.ts";

describe("writeZip", () => {
  it("is read by readZip", async () => {
    const path = fc.string({ minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(path, fc.uint8Array({ maxLength: 300 })), async (files) => {
        const written = new Map(Object.entries(files));
        expect(await readZip(writeZip(written), "z")).toEqual(written);
      }),
    );
  });

  it("gives the same bytes for the same files, and those that other tools write", () => {
    const bytes = Buffer.from(writeZip(new Map([["a", new Uint8Array(Buffer.from("hi"))]])));
    // CRC-32 of "hi" is d8932aac; local header, data, directory, end.
    const shared =
      "1400" + "0008" + "0000" + "0000" + "2100" + "ac2a93d8" + "02000000" + "02000000" + "0100" + "0000";
    const directory = `504b01021400${shared}000000000000000000000000000061`;
    const end = "504b0506000000000100010030000000210000000000".slice(0, 24);
    expect(bytes.toString("hex")).toBe(
      `504b0304${shared}616869${directory}${end}${"2f000000" + "21000000"}0000`,
    );
  });

  it("refuses what needs ZIP64", () => {
    const files = new Map(Array.from({ length: 0xffff }, (_, i) => [String(i), new Uint8Array(0)]));
    expect(() => writeZip(files)).toThrow(RangeError);
  });
});

describe("readZip", () => {
  it("refuses archives that inflate to a great many bytes", async () => {
    const zeros = deflateRawSync(new Uint8Array(80 * 2 ** 20));
    const archive = writeZip(new Map([["z", new Uint8Array(zeros)]]));
    const view = new DataView(archive.buffer);
    const directoryAt = 30 + 1 + zeros.length;
    for (const [method, size] of [
      [8, 22],
      [directoryAt + 10, directoryAt + 24],
    ]) {
      view.setUint16(method, 8, true);
      view.setUint32(size, 80 * 2 ** 20, true);
    }
    await expect(readZip(archive, "z")).rejects.toThrow(
      /^z: expected at most \d+ bytes inflated from \d+, got 83886080$/,
    );
  });
});
