import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeNpz } from "../../src/formats/npz.ts";
import { expectRefusal, FUZZ_RUNS, mutatedBytes } from "../support/mutations.ts";

const fromBase64 = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

// NumPy 2.4: np.savez and np.savez_compressed of x = float32 [0, 1, 2] and y = int64 [1, 0].
const STORED = fromBase64(
  "UEsDBC0AAAAAAAAAIQC2jIZT//////////8FABQAeC5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2Ny" +
    "JzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAg" +
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAgD8AAABAUEsDBC0AAAAAAAAAIQBx+zmr////" +
    "//////8FABQAeS5ucHkBABAAkAAAAAAAAACQAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxpOCcsICdmb3J0cmFuX29y" +
    "ZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
    "ICAgICAgICAgICAgICAgICAKAQAAAAAAAAAAAAAAAAAAAFBLAQItAy0AAAAAAAAAIQC2jIZTjAAAAIwAAAAFAAAAAAAAAAAA" +
    "AACAAQAAAAB4Lm5weVBLAQItAy0AAAAAAAAAIQBx+zmrkAAAAJAAAAAFAAAAAAAAAAAAAACAAcMAAAB5Lm5weVBLBQYAAAAA" +
    "AgACAGYAAACKAQAAAAA=",
);
const DEFLATED = fromBase64(
  "UEsDBC0AAAAIAAAAIQC2jIZT//////////8FABQAeC5ucHkBABAAjAAAAAAAAABLAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc" +
    "pG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GMGiwBxIOAFBLAwQtAAAACAAAACEA" +
    "cfs5q///////////BQAUAHkubnB5AQAQAJAAAAAAAAAASAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZf" +
    "VFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuRgZUAABQSwECLQMtAAAACAAAACEAtoyGU0sAAACMAAAABQAA" +
    "AAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAACAAAACEAcfs5q0gAAACQAAAABQAAAAAAAAAAAAAAgAGCAAAAeS5ucHlQ" +
    "SwUGAAAAAAIAAgBmAAAAAQEAAAAA",
);

const ARRAYS = new Map([
  ["x", { shape: [3], data: Float32Array.of(0, 1, 2) }],
  ["y", { shape: [2], data: Float64Array.of(1, 0) }],
]);

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await decodeNpz(bytes, "f.npz").then(
    () => new Error("expected a refusal, got none"),
    (reason) => reason,
  );
  expectRefusal(error, "f.npz");
  return error.message;
}

/** A copy with some bytes written over. */
function changed(bytes: Uint8Array, ...changes: [at: number, value: number][]): Uint8Array {
  const copy = bytes.slice();
  for (const [at, value] of changes) copy[at < 0 ? copy.length + at : at] = value;
  return copy;
}

/** Where the directory's entry for y begins: it is the last one, before 22 bytes of end. */
const ENTRY_Y = -22 - 51;

describe("decodeNpz", () => {
  test("reads what np.savez and np.savez_compressed write", async () => {
    expect(await decodeNpz(STORED, "f.npz")).toEqual(ARRAYS);
    expect(await decodeNpz(DEFLATED, "f.npz")).toEqual(ARRAYS);
  });

  test("reads an archive with a comment, from inside a buffer", async () => {
    const outer = new Uint8Array(DEFLATED.length + 12).fill(77);
    outer.set(DEFLATED, 4);
    outer[4 + DEFLATED.length - 2] = 3;
    expect(await decodeNpz(outer.subarray(4, 4 + DEFLATED.length + 3), "f.npz")).toEqual(ARRAYS);
  });

  test("reads an empty archive", async () => {
    expect(
      await decodeNpz(changed(new Uint8Array(22), [0, 0x50], [1, 0x4b], [2, 5], [3, 6]), "f.npz"),
    ).toEqual(new Map());
  });

  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(0), "expected a ZIP archive with a directory at its end, got 0 bytes"],
    [
      "a cut archive",
      STORED.subarray(0, -1),
      "expected a ZIP archive with a directory at its end, got 517 bytes",
    ],
    ["ZIP64", changed(STORED, [-12, 255], [-11, 255]), "expected no ZIP64 archive, got one"],
    [
      "a directory beyond the file",
      changed(STORED, [-3, 1]),
      "expected a directory of 2 files in 496 bytes, got 102 bytes from 16777610",
    ],
    [
      "more files than there is room for",
      changed(STORED, [-12, 3]),
      "expected a directory of 3 files in 496 bytes, got 102 bytes from 394",
    ],
    [
      "no entry where one should be",
      changed(STORED, [ENTRY_Y, 0]),
      "expected file 1 of the directory at byte 445, got something else",
    ],
    [
      "a path beyond the directory",
      changed(STORED, [ENTRY_Y + 29, 1]),
      "expected file 1 of the directory to end by byte 496, got 752",
    ],
    ["a file twice", changed(STORED, [ENTRY_Y + 46, 0x78]), 'expected each file once, got "x.npy" twice'],
    ["encryption", changed(STORED, [ENTRY_Y + 8, 1]), '"y.npy": expected no encryption'],
    [
      "another method",
      changed(STORED, [ENTRY_Y + 10, 12]),
      '"y.npy": expected method 0 (stored) or 8 (deflated), got 12',
    ],
    [
      "files that overlap",
      changed(STORED, [ENTRY_Y + 21, 2]),
      "expected files of at most 518 bytes, got 796",
    ],
    [
      "another size than stored",
      changed(STORED, [ENTRY_Y + 24, 1]),
      '"y.npy": 144 bytes cannot hold a file of 1',
    ],
    [
      "more than deflate can hold",
      changed(DEFLATED, [ENTRY_Y + 27, 1]),
      '"y.npy": 72 bytes cannot hold a file of 16777360',
    ],
    [
      "no file where one should be",
      changed(STORED, [ENTRY_Y + 42, 1]),
      '"y.npy": expected the file at byte 1, got something else',
    ],
    [
      "a file beyond the end",
      changed(
        STORED,
        [ENTRY_Y - 51 + 20, 0x80],
        [ENTRY_Y - 51 + 21, 1],
        [ENTRY_Y - 51 + 24, 0x80],
        [ENTRY_Y - 51 + 25, 1],
        [ENTRY_Y + 20, 0],
        [ENTRY_Y + 24, 0],
        [27, 1],
      ),
      '"x.npy": expected 384 bytes from 311, got a file of 518',
    ],
    [
      "data that are not deflated",
      changed(DEFLATED, [185, 0xff]),
      '"y.npy": expected deflated data, got something else',
    ],
    [
      "fewer bytes than said",
      changed(DEFLATED, [ENTRY_Y + 24, 0x91]),
      '"y.npy": expected 145 bytes inflated, got 144',
    ],
    [
      "more bytes than said",
      changed(DEFLATED, [ENTRY_Y + 24, 0x8f]),
      '"y.npy": expected 143 bytes inflated, got more',
    ],
    ["damaged data", changed(STORED, [190, 1]), '"x.npy": its CRC-32 is not that of the directory'],
    ["another CRC", changed(DEFLATED, [ENTRY_Y + 16, 1]), '"y.npy": its CRC-32 is not that of the directory'],
    [
      "a file that is no array",
      changed(STORED, [ENTRY_Y + 50, 0x7a]),
      'expected .npy files alone, got "y.npz"',
    ],
  ])("refuses %s", async (_, bytes, message) => {
    expect(await refusal(bytes)).toBe(`f.npz: ${message}`);
  });

  test(`gives arrays or a refusal, ${FUZZ_RUNS} times`, async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutatedBytes(STORED), mutatedBytes(DEFLATED)), async (bytes) => {
        try {
          for (const { shape, data } of (await decodeNpz(bytes, "f.npz")).values()) {
            expect(data).toHaveLength(shape.reduce((a, b) => a * b, 1));
          }
        } catch (error) {
          expectRefusal(error, "f.npz");
          refused++;
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(refused).toBeGreaterThan(FUZZ_RUNS / 10);
    expect(refused).toBeLessThan(FUZZ_RUNS);
  });
});
