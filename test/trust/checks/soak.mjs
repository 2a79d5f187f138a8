// Hours of it: trainings in this process, whose memory must stay flat, and trainings in others that are killed and
// resumed until they are done; every one ends at the hash that its first ended at.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";
import vm from "node:vm";
import { MODELS, soakTraining } from "../soak.mjs";

const PROGRAM = fileURLToPath(new URL("../soak.mjs", import.meta.url));
/** What resident memory may grow by from the end of the first tenth on. */
const MOST_GROWN = 64 * 2 ** 20;
/** What the heap may. */
const MOST_HEAP = 4 * 2 ** 20;

v8.setFlagsFromString("--expose-gc");
const collect = vm.runInNewContext("gc");

export default {
  name: "soak",
  promise:
    "Trainings that are killed and resumed over and over end at the same bits, in memory that stays flat",
  command: "npm run trust -- --only soak --minutes 60",
  apart: true,
  async run({ short, say, minutes = short ? 2 : 60 }) {
    const expected = [];
    for (const k of MODELS.keys()) expected.push(await soakTraining(k));
    const begin = performance.now();
    const share = () => (performance.now() - begin) / (minutes * 60_000);
    const count = { trainings: 0, kills: 0 };
    let early;
    let told = 0;
    while (share() < 1) {
      const k = count.trainings % MODELS.length;
      const here = await soakTraining(k);
      const { hash, kills } = await killed(k);
      for (const found of [here, hash]) {
        if (found !== expected[k]) throw new Error(`model ${k} ended at ${found}, expected ${expected[k]}`);
      }
      count.trainings++;
      count.kills += kills;
      if (early === undefined && share() > 0.1) early = memory();
      if (share() >= told + 0.1) {
        told = share();
        say(
          `${Math.round(100 * told)} %: ${count.trainings} trainings, ${count.kills} kills, ${megabytes(memory().rss)} MB`,
        );
      }
    }
    const late = memory();
    const [rss, heap] = [late.rss - early.rss, late.heap - early.heap];
    return {
      passed: count.kills > 0 && rss < MOST_GROWN && heap < MOST_HEAP,
      figure:
        `${minutes} minutes: ${count.trainings} trainings here and ${count.trainings} in processes killed ${count.kills} times, ` +
        `all hashes equal; after the first tenth resident memory ${signed(rss)} MB, heap ${signed(heap)} MB`,
    };
  },
};

/** A training in processes that are killed at random moments until one comes to its end. */
async function killed(k) {
  const folder = mkdtempSync(join(tmpdir(), "wasm-lstm-soak-"));
  try {
    // Each has somewhat longer to live, so that it ends.
    for (let kills = 0; ; kills++) {
      const outcome = await lifeOf(
        [String(k), join(folder, "run.ckpt")],
        100 + 400 * Math.random() + 100 * kills,
      );
      if (outcome.signal === "SIGKILL") continue;
      if (outcome.code !== 0)
        throw new Error(`a resumed training ended with ${outcome.code}: ${outcome.said}`);
      const left = readdirSync(folder).filter((file) => !file.endsWith(".tmp"));
      if (left.length !== 1) throw new Error(`expected one checkpoint, found ${left.join(", ")}`);
      return { hash: outcome.said.trim(), kills };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function lifeOf(args, ms) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, said }));
  });
  const stop = new AbortController();
  wait(ms, undefined, { signal: stop.signal }).then(
    () => child.kill("SIGKILL"),
    () => {},
  );
  return ended.finally(() => stop.abort());
}

function memory() {
  collect();
  return { rss: process.memoryUsage().rss, heap: process.memoryUsage().heapUsed };
}

function megabytes(bytes) {
  return Math.round(bytes / 2 ** 20);
}

function signed(bytes) {
  const value = (bytes / 2 ** 20).toFixed(1);
  return bytes > 0 ? `+${value}` : value;
}
