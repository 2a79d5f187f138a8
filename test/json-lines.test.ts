import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { JsonLines } from "../src/json-lines.ts";
import { failAt } from "./support/failing-files.ts";
import { tally } from "./support/tally.ts";

const hasFull = existsSync("/dev/full");
let folder: string;
let path: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "wasm-lstm-lines-")));
  path = join(folder, "file");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("JsonLines", () => {
  test("writes one object a line and empties what was there", () => {
    writeFileSync(path, "older and longer than what comes");
    const log = new JsonLines(path);
    log.write({ step: 0, loss: 2.5 });
    log.write({ step: 1, text: "a\nb" });
    log.close();
    expect(readFileSync(path, "utf8")).toBe('{"step":0,"loss":2.5}\n{"step":1,"text":"a\\nb"}\n');
  });

  test("has every line on the disk when write returns", () => {
    const log = new JsonLines(path);
    log.write({ a: 1 });
    expect(readFileSync(path, "utf8")).toBe('{"a":1}\n');
    log.close();
  });

  test.skipIf(!hasFull)("says when the disk is full", () => {
    const log = new JsonLines("/dev/full", "--log /dev/full");
    expect(() => log.write({})).toThrow("--log /dev/full cannot be written: no space left on device");
    log.close();
  });

  test.each(["ENOSPC", "EIO", "EACCES"])(
    "at any write that fails with %s it keeps the lines of before",
    (code) => {
      for (let n = 1; n <= 20; n++) {
        const disk = failAt({ call: "writeSync", n, code, path });
        const log = new JsonLines(path);
        let step = 0;
        try {
          expect(() => {
            for (; step < 20; step++) log.write({ step });
          }).toThrow(`${path} cannot be written: `);
          expect(step).toBe(n - 1);
        } finally {
          disk.restore();
          log.close();
        }
        const lines = readFileSync(path, "utf8").split("\n");
        expect(lines).toEqual([...Array.from({ length: n - 1 }, (_, step) => `{"step":${step}}`), ""]);
        tally("writes that fail");
      }
    },
  );

  test("says when it cannot be opened", () => {
    expect(() => new JsonLines(join(folder, "no", "x"))).toThrow(
      "x cannot be written: no such file or directory",
    );
  });

  describe("keeps the lines of before that are asked for", () => {
    const isBefore = (line: unknown) => (line as { step: number }).step < 2;
    test.each([
      [
        "up to the first that is not",
        '{"step":0}\n{"step":1}\n{"step":2}\n{"step":0}\n',
        '{"step":0}\n{"step":1}\n',
      ],
      ["up to one that is cut off", '{"step":0}\n{"step":1', '{"step":0}\n'],
      ["up to one that is no JSON", '{"step":0}\nstep 1\n{"step":1}\n', '{"step":0}\n'],
      ["none of an empty file", "", ""],
      ["all", '{"step":1}\n', '{"step":1}\n'],
    ])("%s", (_, before, kept) => {
      writeFileSync(path, before);
      const log = new JsonLines(path, path, isBefore);
      expect(readFileSync(path, "utf8")).toBe(kept);
      log.write({ step: 2 });
      log.write({ step: 3 });
      log.close();
      expect(readFileSync(path, "utf8")).toBe(`${kept}{"step":2}\n{"step":3}\n`);
    });

    test("where there is no file yet", () => {
      const log = new JsonLines(path, path, isBefore);
      log.write({ step: 2 });
      log.close();
      expect(readFileSync(path, "utf8")).toBe('{"step":2}\n');
    });
  });
});
