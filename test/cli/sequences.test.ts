// The command line on files of sequences, CSV and .ts.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { run } from "../support/cli.ts";

let folder: string;
const at = (name: string) => join(folder, name);

// Rising and falling ramps of 3 to 8 steps with two features; the second is noise on another scale.
function ramps(count: number): { label: string; steps: number[][] }[] {
  return Array.from({ length: count }, (_, i) => {
    const label = i % 2 === 0 ? "up" : "down";
    const steps = Array.from({ length: 3 + (i % 6) }, (_, t) => [
      (label === "up" ? t : -t) + Math.sin(i),
      1000 * Math.sin(7 * i + t),
    ]);
    return { label, steps };
  });
}

function csv(count: number): string {
  const rows = ramps(count).flatMap(({ label, steps }, i) =>
    steps.map((step) => [`s${i}`, label, ...step].join(",")),
  );
  return `sequence,label,a,b\n${rows.join("\n")}\n`;
}

function ts(count: number): string {
  const lines = ramps(count).map(({ label, steps }) =>
    [...[0, 1].map((i) => steps.map((step) => step[i]).join(",")), label].join(":"),
  );
  return `@problemName ramps\n@univariate false\n@dimensions 2\n@equalLength false\n@classLabel true down up\n@data\n${lines.join("\n")}\n`;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "wasm-lstm-sequences-"));
  writeFileSync(at("train.csv"), csv(120));
  writeFileSync(at("test.csv"), csv(60));
  writeFileSync(at("train.ts"), ts(120));
  writeFileSync(at("test.ts"), ts(60));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SMALL = "--iterations 60 --hidden 12 --batch 20 --learning-rate 0.02 --threads 1 --build simd".split(
  " ",
);

function accuracyOf(stdout: string): number {
  return Number(/^test accuracy ([\d.]+)/m.exec(stdout)?.[1]);
}

test.each(["csv", "ts"])(
  "trains on a .%s, tests on another, and evaluates again from the weights",
  async (kind) => {
    const [train, held, saved] = [at(`train.${kind}`), at(`test.${kind}`), at(`${kind}.safetensors`)];
    const { code, stdout, stderr } = await run([
      "train",
      "--data",
      train,
      "--test",
      held,
      "--save",
      saved,
      ...SMALL,
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(
      "120 training, 0 validation, 60 test sequences\nmodel  8 x 2 -> LSTM 12 -> 2 classes\n",
    );
    expect(accuracyOf(stdout)).toBeGreaterThan(0.95);
    const { metadata } = decodeSafetensors(readFileSync(saved), saved);
    expect(JSON.parse(metadata["wasm-lstm.preparation"])).toMatchObject({
      timeSteps: 8,
      classNames: ["down", "up"],
      scaler: { kind: "standard" },
    });
    const again = await run(["eval", saved, "--data", held]);
    expect(again.code).toBe(0);
    expect(accuracyOf(again.stdout)).toBe(accuracyOf(stdout));
  },
);

test("without --test a fifth is held out, and --validation sets more aside", async () => {
  const { code, stdout, stderr } = await run([
    "train",
    "--data",
    at("train.csv"),
    "--validation",
    "10",
    ...SMALL,
  ]);
  expect(code).toBe(0);
  expect(stderr).toContain("86 training, 10 validation, 24 test sequences\n");
  expect(stdout).toMatch(/^validation accuracy .*10 sequences\)$/m);
});

test("--scale none leaves the values as they are", async () => {
  const scaled = await run(["train", "--data", at("train.csv"), ...SMALL]);
  const plain = await run(["train", "--data", at("train.csv"), "--scale", "none", ...SMALL]);
  expect(plain.code).toBe(0);
  expect(plain.stdout).not.toBe(scaled.stdout);
});

test.each([
  [["--label", "kind"], 1, /--data \S+train\.csv: .*kind/],
  [["--scale", "log"], 2, /--scale must be one of standard, minmax, none, got log/],
  [["--test", "missing.csv"], 1, /--test missing\.csv cannot be read/],
  [["--validation", "5000"], 2, /--validation must be below the 96 training sequences, got 5000/],
  [["--optimizer", "adagrad"], 2, /--optimizer must be one of adam, adamw, sgd, rmsprop, got adagrad/],
])("%j is refused with the reason", async (more, code, message) => {
  const outcome = await run(["train", "--data", at("train.csv"), ...SMALL, ...(more as string[])]);
  expect(outcome.stderr).toMatch(message as RegExp);
  expect(outcome.code).toBe(code);
});

test("a file that is neither is refused by its name", async () => {
  writeFileSync(at("train.json"), "{}");
  const { code, stderr } = await run(["train", "--data", at("train.json"), ...SMALL]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `wasm-lstm: --data ${at("train.json")}: expected a file that ends in .csv, .ts, .npy or .npz\n`,
  });
});

test("--test needs a file as --data", async () => {
  const { code, stderr } = await run(["train", "--test", at("test.csv")]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "wasm-lstm: --test needs a file of sequences as --data\n",
  });
});
