import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkFolder, checkReplaceable, checkWritable, readWhole, writeWhole } from "../src/files.ts";
import { failAt } from "./support/failing-files.ts";
import { tally } from "./support/tally.ts";

const NOBODY = 65534;
let folder: string;
let path: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "wasm-lstm-files-")));
  path = join(folder, "file");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("writeWhole", () => {
  test("writes a file, replaces one, and leaves nothing else", () => {
    writeWhole(path, Uint8Array.of(1, 2, 3));
    writeWhole(path, Uint8Array.of(4));
    expect([...readFileSync(path)]).toEqual([4]);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("writes an empty file", () => {
    writeWhole(path, new Uint8Array());
    expect(readFileSync(path)).toHaveLength(0);
  });

  test("replaces the file behind a link, not the link", () => {
    const link = join(folder, "link");
    writeFileSync(path, "old");
    symlinkSync("file", link);
    writeWhole(link, Buffer.from("new"));
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  test("puts the bytes in another file, so that a reader of the old one is not disturbed", () => {
    writeFileSync(path, "old");
    const before = lstatSync(path).ino;
    writeWhole(path, Buffer.from("new"));
    expect(lstatSync(path).ino).not.toBe(before);
  });

  test("takes the longest name a folder takes", () => {
    const long = join(folder, "x".repeat(255));
    writeWhole(long, Buffer.from("new"));
    expect(readdirSync(folder)).toEqual(["x".repeat(255)]);
  });
});

describe("what a writer that was killed has left", () => {
  const left = (pid: number, of = "file") => `.${of}.${pid}.0123abcd.tmp`;

  test("goes before the next one begins, and nothing else does", () => {
    const dead = 2 ** 22 + 1; // above the largest number that Linux gives a process
    const others = [left(process.pid), left(dead, "other"), ".file.tmp", `.file.${dead}.tmp`];
    for (const name of [left(dead), ...others]) writeFileSync(join(folder, name), "");
    checkReplaceable(path);
    expect(readdirSync(folder).sort()).toEqual(others.sort());
  });
});

describe("a disk that fails", () => {
  const OLD = Buffer.from("old");
  const REASONS: Record<string, string> = {
    ...{ ENOSPC: "no space left on device", EIO: "i/o error", EACCES: "permission denied" },
  };
  const NEW = Buffer.from("new and longer");
  const CALLS = ["openSync", "writeSync", "fsyncSync", "closeSync", "renameSync"] as const;
  const cases = CALLS.flatMap((call) => Object.keys(REASONS).map((code) => [call, code] as const));

  test.each(cases)(
    "at any %s with %s leaves the old file or the new one, whole, and says so",
    (call, code) => {
      const found: string[] = [];
      for (let n = 1; ; n++) {
        writeFileSync(path, OLD);
        const disk = failAt({ call, n, code });
        let failure: unknown;
        try {
          writeWhole(path, NEW, "--save x");
        } catch (error) {
          failure = error;
        } finally {
          disk.restore();
        }
        if (!disk.hasFailed()) {
          expect(failure).toBeUndefined();
          break;
        }
        expect(failure).toEqual(new Error(`--save x cannot be written: ${REASONS[code]}`));
        tally("writes that fail");
        expect(readdirSync(folder)).toEqual(["file"]);
        found.push(readFileSync(path, "utf8"));
      }
      expect(found.length).toBeGreaterThan(0);
      for (const content of found) expect([String(OLD), String(NEW)]).toContain(content);
      // Only what comes after the file took its place may leave the new one.
      if (call === "writeSync" || call === "renameSync") expect(found).toEqual(found.map(() => String(OLD)));
    },
  );
});

describe.each([
  ["writeWhole", (path: string) => writeWhole(path, Uint8Array.of(1))],
  ["checkReplaceable", checkReplaceable],
  ["checkWritable", checkWritable],
])("%s refuses", (_, act) => {
  test("a folder that does not exist", () => {
    const missing = join(folder, "no", "file");
    expect(() => act(missing)).toThrow(
      `${missing} cannot be written: the folder ${folder}/no does not exist`,
    );
  });

  test("a folder that is a file", () => {
    writeFileSync(path, "");
    expect(() => act(join(path, "x"))).toThrow(`${path}/x cannot be written: ${path} is not a folder`);
  });

  test("a folder", () => {
    expect(() => act(folder)).toThrow(`${folder} is a folder, expected a file`);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a folder without permission", () => {
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o555 });
    // The superuser may write anywhere.
    const isRoot = process.getuid?.() === 0;
    if (isRoot) {
      chmodSync(folder, 0o755);
      process.seteuid?.(NOBODY);
    }
    try {
      expect(() => act(join(closed, "x"))).toThrow("closed/x cannot be written: permission denied");
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test("a name that is too long", () => {
    expect(() => act(join(folder, "x".repeat(300)))).toThrow("cannot be written: name too long");
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe.each([
  ["checkReplaceable", checkReplaceable],
  ["checkWritable", checkWritable],
])("%s leaves", (_, act) => {
  test("nothing behind where nothing was", () => {
    act(path);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a file as it was", () => {
    writeFileSync(path, "kept");
    act(path);
    expect(readFileSync(path, "utf8")).toBe("kept");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  test("errors under the name it is given", () => {
    expect(() => act(folder, "--save x")).toThrow("--save x is a folder");
  });
});

describe.skipIf(process.platform === "win32")("a pipe", () => {
  beforeEach(() => execFileSync("mkfifo", [path]));

  test("is not replaced by a file", () => {
    expect(() => checkReplaceable(path)).toThrow(`${path} is a device or pipe, expected a file`);
    expect(() => writeWhole(path, new Uint8Array(1))).toThrow("is a device or pipe");
    expect(lstatSync(path).isFIFO()).toBe(true);
  });
});

test("readWhole reads, or says what is in the way", () => {
  writeFileSync(path, "abc");
  expect(Buffer.from(readWhole(path)).toString()).toBe("abc");
  expect(() => readWhole(folder)).toThrow(`${folder} is a folder, expected a file`);
  expect(() => readWhole(join(folder, "no"), "--init no")).toThrow(
    "--init no cannot be read: no such file or dir",
  );
});

test("checkFolder wants a folder", () => {
  writeFileSync(path, "");
  checkFolder(folder);
  expect(() => checkFolder(path, "--data x")).toThrow("--data x is not a folder");
  expect(() => checkFolder(join(folder, "no"))).toThrow("no does not exist");
});
