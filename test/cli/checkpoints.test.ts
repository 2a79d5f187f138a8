// Trainings of the command line that are stopped, killed or lose their disk, and go on.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { decodeCheckpoint } from "../../src/index.ts";
import { run, runOnFailingDisk } from "../support/cli.ts";
import { randomNumbers } from "../support/reference/index.ts";
import { tally } from "../support/tally.ts";

let folder: string;
let work: string;
let data: string;
const at = (name: string) => join(work, name);

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "wasm-lstm-checkpoints-")));
  data = join(folder, "train.csv");
  writeFileSync(data, csv(60, 1));
  writeFileSync(join(folder, "other.csv"), csv(60, 2));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  work = join(folder, "work");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
});

/** Sequences of 2 to 7 steps, rising or falling in noise. */
function csv(count: number, seed: number): string {
  const random = randomNumbers(seed);
  const rows = Array.from({ length: count }, (_, i) =>
    Array.from({ length: 2 + Math.floor(6 * random()) }, (_, t) =>
      [`s${i}`, i % 2 === 0 ? "up" : "down", (i % 2 === 0 ? t : -t) + 4 * random(), random()].join(","),
    ),
  );
  return `sequence,label,a,b\n${rows.flat().join("\n")}\n`;
}

/** Needs all that a checkpoint holds: lengths, every dropout, validations, best weights, a schedule. */
const TRAINING =
  "--layers bilstm:6,gru:5 --dropout 0.2 --recurrent-dropout 0.2 --head-dropout 0.3 --validation 12 " +
  "--validate-every 3 --restore-best --schedule cosine:40 --warmup 3 --batch 7 --build simd";

const train = (more: string, source = data) =>
  ["train", "--data", source, ...TRAINING.split(" "), ...more.split(" ")].map((word) =>
    word.replace("DIR", work),
  );

async function ok(args: string[]) {
  const outcome = await run(args);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return outcome;
}

const hash = (name: string) =>
  createHash("sha256")
    .update(readFileSync(at(name)))
    .digest("hex");
const updatesOf = (name: string) => decodeCheckpoint(readFileSync(at(name)), name).training!.done;

interface Line {
  step: number;
  ms?: number;
}
const logOf = (name: string) =>
  readFileSync(at(name), "utf8")
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line): Line => {
      const { ms: _, ...rest } = JSON.parse(line);
      return rest;
    });

describe.each([1, 2])("on %i threads", (threads) => {
  test("stopped by a signal and gone on, it ends with the same weights and the same log", async () => {
    const whole = `--iterations 40 --threads ${threads} --save DIR/whole.safetensors --log DIR/whole.jsonl`;
    const { stdout } = await ok(train(whole));
    const own = `--iterations 40 --threads ${threads} --save DIR/part.safetensors --log DIR/part.jsonl`;
    let sent = false;
    const first = await run(train(`${own} --checkpoint DIR/run.ckpt --every 1000`), (child, text) => {
      if (sent || !text.includes("validation")) return;
      sent = true;
      child.kill("SIGTERM");
    });
    expect(first.code).toBe(143);
    const done = updatesOf("run.ckpt");
    expect(done).toBeGreaterThan(2);
    expect(logOf("part.jsonl")).toHaveLength(done);
    const second = await ok(train(`${own} --resume DIR/run.ckpt`));
    expect(second.stderr).toContain(`\nresume ${at("run.ckpt")} after ${done} of 40 updates\n`);
    if (done < 40)
      expect(second.stdout).toContain(`\ntraining ${40 - done} updates, after ${done} before in `);
    expect(hash("part.safetensors")).toBe(hash("whole.safetensors"));
    expect(logOf("part.jsonl")).toEqual(logOf("whole.jsonl"));
    const tested = (text: string) => /\n(validation accuracy .*\ntest accuracy .*)\n/.exec(text)?.[1];
    expect(tested(second.stdout)).toBe(tested(stdout));
  });
});

test("--resume alone goes on with the options of the run that wrote it", async () => {
  await ok(train("--iterations 30 --save DIR/whole.safetensors --quiet"));
  await ok(train("--iterations 18 --checkpoint DIR/run.ckpt --save DIR/first.safetensors --quiet"));
  const again = [
    "--resume",
    at("run.ckpt"),
    "--iterations",
    "30",
    "--save",
    at("part.safetensors"),
    "--quiet",
  ];
  await ok(["train", ...again]);
  expect(hash("part.safetensors")).toBe(hash("whole.safetensors"));
  // The same checkpoint file is written on.
  expect(updatesOf("run.ckpt")).toBe(30);
});

test("--keep numbers the last ones, and has the best by validation", async () => {
  await ok(train("--iterations 20 --checkpoint DIR/run.ckpt --every 3 --keep 2 --log DIR/l.jsonl --quiet"));
  expect(readdirSync(work).sort()).toEqual([
    "l.jsonl",
    "run-18.ckpt",
    "run-20.ckpt",
    "run-best.ckpt",
    "run.ckpt",
  ]);
  expect(["run-18.ckpt", "run-20.ckpt", "run.ckpt"].map(updatesOf)).toEqual([18, 20, 20]);
  expect(hash("run-20.ckpt")).toBe(hash("run.ckpt"));
  const validations = logOf("l.jsonl") as (Line & { validation?: { loss: number } })[];
  const losses = validations.filter(({ validation }) => validation !== undefined);
  const [best] = losses.sort((a, b) => a.validation!.loss - b.validation!.loss);
  expect(updatesOf("run-best.ckpt")).toBe(best.step + 1);
});

test("numbered checkpoints of before are dropped as the run goes on, and no other files", async () => {
  for (const other of ["run-1x.ckpt", "run-.ckpt", "other-1.ckpt", "run-1.txt", "run-99.ckpt"])
    writeFileSync(at(other), "");
  await ok(train("--iterations 6 --checkpoint DIR/run.ckpt --every 2 --keep 2 --quiet"));
  await ok(["train", "--resume", at("run.ckpt"), "--iterations", "9", "--quiet"]);
  expect(
    readdirSync(work)
      .filter((name) => !name.includes("best"))
      .sort(),
  ).toEqual(
    [
      "run-1x.ckpt",
      "run-.ckpt",
      "other-1.ckpt",
      "run-1.txt",
      "run-99.ckpt",
      "run-8.ckpt",
      "run-9.ckpt",
      "run.ckpt",
    ].sort(),
  );
});

describe("a resume is refused before anything is trained or written", () => {
  const LOG = "--log DIR/l.jsonl";

  test.each([
    ["--learning-rate 0.5", /^expected the model of --resume, whose learningRate is 0\.001, got 0\.5$/],
    ["--layers lstm:6", /^expected the model of --resume, whose layers is /],
    ["--seed 2", /^expected the model of --resume, whose seed is 1, got 2$/],
    ["--batch 8", /^expected the model of --resume, whose batchSize is 7, got 8$/],
    ["--class-weights 1,2", /^expected the model of --resume, whose classWeights is none, got \[1,2\]$/],
    ["--class-weights balanced", /^expected the model of --resume, whose classWeights is none, got \[/],
    ["--patience 3", "--patience 3 is another training than that of --resume, which has none"],
    ["--validate-every 4", "--validate-every 4 is another training than that of --resume, which has 3"],
    ["--validation 13", "--validation 13 is another training than that of --resume, which has 12"],
    ["--scale minmax", "--scale minmax is another training than that of --resume, which has standard"],
    ["--no-shuffle", /^--no-shuffle .*another training than that of --resume, which has none$/],
    ["--init DIR/run.ckpt", "give --resume or --init, not both"],
  ])("with %s", async (more, message) => {
    await ok(train("--iterations 4 --checkpoint DIR/run.ckpt --quiet"));
    writeFileSync(at("l.jsonl"), "earlier");
    const before = hash("run.ckpt");
    const args = ["train", "--resume", at("run.ckpt"), "--iterations", "9", ...`${more} ${LOG}`.split(" ")];
    const { code, stdout, stderr } = await run(
      args.map((word) => word.replace("DIR", work)).concat("--quiet"),
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const [, line] = /^wasm-lstm: (.*)\n$/.exec(stderr) ?? [];
    if (typeof message === "string") expect(line).toBe(message);
    else expect(line).toMatch(message);
    expect([hash("run.ckpt"), readFileSync(at("l.jsonl"), "utf8")]).toEqual([before, "earlier"]);
  });

  test("with other data, with a model alone, and with a damaged or a foreign checkpoint", async () => {
    await ok(train("--iterations 4 --checkpoint DIR/run.ckpt --save DIR/model.safetensors --quiet"));
    const good = readFileSync(at("run.ckpt"));
    const resume = (file: string, ...more: string[]) =>
      run(["train", "--resume", at(file), "--iterations", "9", "--quiet", ...more]);
    const spoilt = Buffer.from(good);
    spoilt[spoilt.length - 99] ^= 4;
    writeFileSync(at("spoilt.ckpt"), spoilt);
    writeFileSync(at("cut.ckpt"), good.subarray(0, good.length - 1));
    const outcomes = [
      await resume("run.ckpt", "--data", join(folder, "other.csv")),
      await resume("model.safetensors"),
      await resume("spoilt.ckpt"),
      await resume("cut.ckpt"),
    ];
    const reasons = [
      /^wasm-lstm: expected the training sequences of the run that --resume goes on with, got others\n$/,
      /^wasm-lstm: --resume \S+: expected a checkpoint of a training, got a model alone; --init starts from it\n$/,
      /^wasm-lstm: --resume \S+: expected a file as it was written, got one whose checksum is another\n$/,
      /^wasm-lstm: --resume \S+: .*expected at most \d+ bytes of data/,
    ];
    for (const [i, { code, stdout, stderr }] of outcomes.entries()) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(reasons[i]);
    }
    expect(readFileSync(at("run.ckpt")).equals(good)).toBe(true);
  });

  test("but the same options in other words, and machine's options, are the same training", async () => {
    await ok(train("--iterations 20 --threads 1 --save DIR/whole.safetensors --quiet"));
    await ok(train("--iterations 9 --threads 1 --checkpoint DIR/run.ckpt --quiet"));
    const same = "--learning-rate 1e-3 --validation 12.0 --scale standard --seed 1 --threads 2 --epochs 3";
    await ok(
      train(`--resume DIR/run.ckpt ${same} --save DIR/part.safetensors --quiet`).filter(
        (word) => word !== "x",
      ),
    );
    // 36 sequences in batches of 7: 18 updates.
    expect(updatesOf("run.ckpt")).toBe(18);
    await ok(train("--epochs 3 --save DIR/epochs.safetensors --quiet"));
    expect(hash("part.safetensors")).toBe(hash("epochs.safetensors"));
  });
});

// `WASM_LSTM_KILLS=200 npx vitest run test/cli/checkpoints.test.ts` kills more often.
const KILLS = Number(process.env.WASM_LSTM_KILLS ?? 12);

test.skipIf(process.platform === "win32")(
  `killed at ${KILLS} random moments, it leaves a whole checkpoint and loses at most one interval`,
  async () => {
    const every = 2;
    const args = train(
      `--iterations 100000 --threads 1 --checkpoint DIR/run.ckpt --every ${every} --keep 2 --log DIR/l.jsonl`,
    );
    const random = randomNumbers(KILLS);
    let done = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const delay = 300 * random() ** 2;
      const resume = done > 0 ? ["--resume", at("run.ckpt")] : [];
      // The clock starts when the training does.
      let started = false;
      const { signal, stderr } = await run([...args, ...resume], (child, stdout) => {
        if (started || !/^(step|\n)/.test(stdout)) return;
        started = true;
        setTimeout(() => child.kill("SIGKILL"), delay);
      });
      expect({ signal, stderr }).toMatchObject({ signal: "SIGKILL" });
      tally("kills");
      const reached = logOf("l.jsonl").length;
      if (!existsSync(at("run.ckpt"))) {
        expect(reached).toBeLessThanOrEqual(every);
        continue;
      }
      const before = done;
      done = updatesOf("run.ckpt");
      expect(done).toBeGreaterThanOrEqual(before);
      expect(done).toBeGreaterThanOrEqual(reached - every);
      for (const name of readdirSync(work).filter((name) => /^run.*\.ckpt$/.test(name))) updatesOf(name);
    }
    // What the killed ones left is gone when the next one is done.
    await ok([
      ...args.map((word) => (word === "100000" ? String(done + 3) : word)),
      "--resume",
      at("run.ckpt"),
    ]);
    expect(readdirSync(work).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const steps = logOf("l.jsonl").map(({ step }) => step);
    expect(steps).toEqual(steps.map((_, i) => i));
  },
  120_000 + KILLS * 20_000,
);

describe.each([
  ["ENOSPC", "no space left on device"],
  ["EIO", "i/o error"],
  ["EACCES", "permission denied"],
])("a disk that fails with %s", (code, REASON) => {
  test.each([
    ["openSync", 3],
    ["writeSync", 2],
    ["fsyncSync", 3],
    ["closeSync", 4],
    ["renameSync", 2],
  ])("at %s number %i of a checkpoint leaves the one before and ends with its name", async (call, n) => {
    const args = train(
      "--iterations 30 --threads 1 --checkpoint DIR/run.ckpt --every 3 --save DIR/m.safetensors",
    );
    const { code: exit, stdout, stderr } = await runOnFailingDisk(args, `${call} ${n} ${code} run.ckpt`);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`\nwasm-lstm: --checkpoint \\S+run\\.ckpt cannot be written: ${REASON}\n$`),
    );
    expect(updatesOf("run.ckpt") % 3).toBe(0);
    expect(readdirSync(work).sort()).toEqual(["m.safetensors", "run.ckpt"]);
    tally("writes that fail");
    // What was trained until then is saved and tested.
    expect(stdout).toMatch(/\ntraining \d+ of 30 updates in /);
    expect(stdout).toMatch(/\ntest accuracy /);
    await ok(["train", "--resume", at("run.ckpt"), "--iterations", "30", "--quiet"]);
    expect(updatesOf("run.ckpt")).toBe(30);
  });
});
