// SIGINT and SIGTERM at any time, from the start of the process on: a clean stop, and what lies on the disk is whole.

import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodeCheckpoint } from "../../src/index.ts";
import { runFromStart, writeImages } from "../support/cli.ts";
import { randomNumbers } from "../support/reference/index.ts";
import { tally } from "../support/tally.ts";
import { trialCount } from "../support/trial-count.ts";

const SIGNALS = trialCount(12);
const CODES = { SIGINT: 130, SIGTERM: 143 };

test.skipIf(process.platform === "win32")(
  `${SIGNALS} signals at random moments`,
  async () => {
    const random = randomNumbers(SIGNALS);
    for (let i = 0; i < SIGNALS; i++) {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "wasm-lstm-signals-")));
      const at = (name: string) => join(folder, name);
      writeImages(folder);
      const name = i % 2 === 0 ? "SIGINT" : "SIGTERM";
      const args =
        `train --data ${folder} --batch 32 --hidden 16 --projection 8 --validation 20 --threads ${1 + (i % 3)} ` +
        `--iterations 1000000 --checkpoint ${at("run.ckpt")} --every 2 --keep 2 --log ${at("log")}`;
      const delay = 1500 * random();
      const { code, signal } = await runFromStart(args.split(" "), (child) => {
        setTimeout(() => child.kill(name), delay);
      });
      // Before the program listens for signals, the system ends it.
      if (signal !== null) expect(signal).toBe(name);
      else expect(code).toBe(CODES[name]);
      const files = readdirSync(folder).filter((file) => !file.includes("ubyte"));
      expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([]);
      const lines = existsSync(at("log")) ? readFileSync(at("log"), "utf8").split("\n").slice(0, -1) : [];
      expect(lines.map((line) => JSON.parse(line).step)).toEqual(lines.map((_, step) => step));
      for (const file of files.filter((file) => file.endsWith(".ckpt"))) {
        decodeCheckpoint(readFileSync(at(file)), file);
      }
      if (lines.length > 0) {
        const { training } = decodeCheckpoint(readFileSync(at("run.ckpt")), "run.ckpt");
        expect(training!.done).toBe(lines.length);
      }
      rmSync(folder, { recursive: true, force: true });
      tally("signals");
      tally("signals after the first update", Number(lines.length > 0));
    }
  },
  60_000 + SIGNALS * 10_000,
);
