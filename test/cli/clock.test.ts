// A training by a clock that jumps by up to an hour, forward and back: it ends, with the same bits, and heeds signals.

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run, runByJumpingClock, writeImages } from "../support/cli.ts";
import { tally } from "../support/tally.ts";

let folder: string;
const at = (name: string) => join(folder, name);
const hash = (name: string) =>
  createHash("sha256")
    .update(readFileSync(at(name)))
    .digest("hex");

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "wasm-lstm-clock-")));
  writeImages(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Large enough that the tiles of its products are timed.
const train = (threads: number, more: string) =>
  `train --data ${folder} --batch 32 --hidden 96 --validation 20 --build simd --threads ${threads} ${more}`.split(
    " ",
  );

describe.each([1, 2])("on %i threads", (threads) => {
  test.each([1, 2, 3])("jumps of seed %i change nothing but times", async (seed) => {
    const save = (name: string) => train(threads, `--iterations 30 --save ${at(name)} --log ${at("log")}`);
    expect(await run(save("still.safetensors"))).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await runByJumpingClock(save("jumping.safetensors"), seed);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(hash("jumping.safetensors")).toBe(hash("still.safetensors"));
    expect(stdout).toContain("test accuracy");
    expect(stdout).not.toMatch(/NaN|undefined/);
    const lines = readFileSync(at("log"), "utf8").trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).step)).toEqual(lines.map((_, step) => step));
    for (const line of lines) expect(JSON.parse(line).ms).toBeGreaterThanOrEqual(0);
    tally("clocks that jump");
  });
});

test.skipIf(process.platform === "win32").each(["SIGINT", "SIGTERM"] as const)("%s ends it", async (name) => {
  let sent = false;
  const { code } = await runByJumpingClock(train(1, "--iterations 1000000"), 4, (child, stdout) => {
    if (sent || !/step +0\//.test(stdout)) return;
    sent = true;
    child.kill(name);
  });
  expect(code).toBe(name === "SIGINT" ? 130 : 143);
  tally("clocks that jump");
});
