// The command line on files of sequences, CSV and .ts.

import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeNpy, type NpyArray } from "../../src/formats/npy.ts";
import { encodeNpz } from "../../src/formats/npz.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { run } from "../support/cli.ts";
import { type Element, parseXml } from "../support/xml.ts";

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

describe("what cannot be trained on is refused by its file and place, before anything is written", () => {
  const HEAD = "sequence,label,a,b\n";
  const GOOD = `${HEAD}s0,up,1,2\ns0,up,2,2\ns1,down,1,2\n`;
  const files: [string, string, RegExp][] = [
    ["nothing", "", /bad\.csv: expected a header line, got nothing$/],
    ["no sequence", HEAD, /bad\.csv: expected rows after the header, got none$/],
    [
      "a row of other columns",
      `${GOOD}s1,down,1\n`,
      /bad\.csv: line 5: expected 4 columns as in the header, got 3$/,
    ],
    [
      "no number",
      `${GOOD}s1,down,1,NaN\n`,
      /bad\.csv: line 5, column 4 \("b"\): expected a number, got "NaN"/,
    ],
    ["one class", `${HEAD}s0,up,1,2\ns1,up,2,1\n`, /bad\.csv: .* at least 2 classes, got 1 \("up"\)$/],
    [
      "a label that changes",
      `${GOOD}s1,up,3,4\n`,
      /bad\.csv: line 5, column 2 \("label"\): expected "label" of sequence "s1" to stay/,
    ],
    ["no such column", GOOD.replaceAll("label", "kind"), /bad\.csv: header: expected a column "label", got /],
  ];
  const refused = async (...args: string[]) => {
    writeFileSync(at("kept"), "earlier");
    const outcome = await run([
      "train",
      "--data",
      at("bad.csv"),
      "--quiet",
      "--save",
      at("kept"),
      "--log",
      at("kept.jsonl"),
      ...args,
    ]);
    expect(outcome.stdout).toBe("");
    expect(outcome.code).toBeGreaterThan(0);
    expect(readFileSync(at("kept"), "utf8")).toBe("earlier");
    expect(existsSync(at("kept.jsonl"))).toBe(false);
    return /^wasm-lstm: (.*)\n$/.exec(outcome.stderr)?.[1];
  };

  test.each(files)("%s", async (_, text, message) => {
    writeFileSync(at("bad.csv"), text);
    expect(await refused()).toMatch(message);
  });

  test.each([
    [
      "a label never seen",
      `${HEAD}s0,side,1,2\n`,
      /--test \S+: line 2, column 2 \("label"\): expected one of "down", "up", got "side"$/,
    ],
    [
      "fewer features",
      "sequence,label,a\ns0,up,1\n",
      /--test \S+: header: expected a column "b", got "sequence", "label", "a"$/,
    ],
  ])("a test file with %s", async (_, text, message) => {
    writeFileSync(at("bad.csv"), GOOD);
    writeFileSync(at("bad-test.csv"), text);
    expect(await refused("--test", at("bad-test.csv"))).toMatch(message);
  });

  test.each([
    [
      '{"layers":[{"units":3,"dropuot":0.1}]}',
      /--config \S+: unknown option layers\[0\]\.dropuot; did you mean dropout\?$/,
    ],
    ['{"lerningRate":3}', /--config \S+: unknown option lerningRate; did you mean learningRate\?$/],
    ['{"units":3,}', /--config \S+: expected JSON: /],
    ["[1]", /--config \S+: model options must be an object, got a list of 1$/],
    ['{"units":3,"features":5}', /--data \S+ has sequences of \[2, 2\], the model takes \[2, 5\]$/],
    ['{"units":3,"timeSteps":1}', /--time-steps must be a whole number from 2, the longest sequence, got 1$/],
    ['{"units":3,"classes":1}', /--data \S+ has 2 classes a sequence, the model gives 1 classes a sequence$/],
    ['{"head":{"type":"linear"}}', /--data \S+: header: expected a column "target", got /],
  ])("a model %s", async (config, message) => {
    writeFileSync(at("bad.csv"), GOOD);
    writeFileSync(at("config.json"), config);
    expect(await refused("--test", at("bad.csv"), "--config", at("config.json"))).toMatch(message);
  });
});

test("--config is createModel's options, and what is typed comes before it", async () => {
  const config = {
    layers: [
      { type: "gru", units: 7, resetAfter: false },
      { units: 5, peepholes: true },
    ],
    head: { dropout: 0.25 },
    optimizer: "rmsprop",
    batchSize: 9,
    seed: 4,
  };
  writeFileSync(at("config.json"), JSON.stringify(config));
  const files = ["--data", at("train.csv"), "--test", at("test.csv"), "--save", at("own.safetensors")];
  const typed = ["--config", at("config.json"), "--batch", "20", "--iterations", "3", "--build", "simd"];
  const { code, stderr } = await run(["train", ...files, ...typed]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/model {2}8 x 2 -> GRU 7 -> LSTM 5 -> 2 classes\n.*batch 20, /);
  const { metadata } = decodeSafetensors(readFileSync(at("own.safetensors")), "own");
  expect(JSON.parse(metadata["wasm-lstm.model"])).toMatchObject({
    layers: [
      { type: "gru", resetAfter: false },
      { type: "lstm", peepholes: true },
    ],
    head: { type: "softmax", units: 2, dropout: 0.25 },
  });
});

test("--plot and --confusion write pictures, and validations are told", async () => {
  const pictures = ["--plot", at("curve.svg"), "--confusion", at("cm.svg"), "--validation", "10"];
  const { code, stdout, stderr } = await run(["train", "--data", at("train.csv"), ...SMALL, ...pictures]);
  expect(code).toBe(0);
  expect(stdout.match(/^step +\d+\/60 {2}validation loss \d\.\d{4} {2}accuracy [01]\.\d{3}$/gm)).toHaveLength(
    12,
  );
  expect(stderr).toMatch(/\nwrote {2}\S+curve\.svg\nwrote {2}\S+cm\.svg\n$/);
  const text = (element: Element): string => element.text + element.children.map(text).join("");
  expect(text(parseXml(readFileSync(at("curve.svg"), "utf8")))).toContain("validation");
  expect(text(parseXml(readFileSync(at("cm.svg"), "utf8")))).toContain("down");
});

test.each([
  ["train", "--data and --log", (file: string) => ["--log", file]],
  ["train", "--data and --save", () => ["--save", at("link.csv")]],
  ["train", "--save and --log", () => ["--save", `${folder}/./two`, "--log", at("two")]],
])("%s: %s may not be the same file, however it is written", async (command, options, args) => {
  writeFileSync(at("own.csv"), csv(60));
  rmSync(at("link.csv"), { force: true });
  symlinkSync(at("own.csv"), at("link.csv"));
  const { code, stderr } = await run([command, "--data", at("own.csv"), ...SMALL, ...args(at("own.csv"))]);
  expect(code).toBe(2);
  expect(stderr).toContain(`${options} must be two files, got `);
  expect(readFileSync(at("own.csv"), "utf8")).toBe(csv(60));
});

test("a head of more classes than the data name is refused before training", async () => {
  writeFileSync(at("five.json"), JSON.stringify({ head: { units: 5 } }));
  const args = ["train", "--data", at("train.csv"), ...SMALL, "--config", at("five.json")];
  const { code, stdout, stderr } = await run(args);
  expect(code).not.toBe(0);
  expect(stderr).toContain("head.units must be 2, the classes of ");
  expect(stdout).toBe("");
});

test("--class-weights balanced counts each class alike", async () => {
  const rows = csv(60)
    .split("\n")
    .filter((row) => !/,down,/.test(row) || /^s(1|3|5|7|9),/.test(row));
  writeFileSync(at("rare.csv"), rows.join("\n"));
  const log = async (...more: string[]) => {
    const args = [
      "--data",
      at("rare.csv"),
      "--test",
      at("test.csv"),
      ...SMALL,
      "--log",
      at("l.jsonl"),
      ...more,
    ];
    expect(await run(["train", ...args])).toMatchObject({ code: 0 });
    return readFileSync(at("l.jsonl"), "utf8")
      .split("\n", 1)[0]
      .replace(/,"ms".*/, "");
  };
  const balanced = await log("--class-weights", "balanced");
  // 30 rise, 5 fall.
  expect(balanced).toBe(await log("--class-weights", `${35 / 10},${35 / 60}`));
  expect(balanced).not.toBe(await log());
});

test("NumPy's arrays: an .npz, or .npy files with --y", async () => {
  const count = 40;
  const x = {
    shape: [count, 5, 2],
    data: Float32Array.from({ length: count * 10 }, (_, i) => Math.sin(i) + (Math.floor(i / 10) % 2)),
  };
  const y = { shape: [count], data: Int32Array.from({ length: count }, (_, i) => i % 2) };
  writeFileSync(
    at("xy.npz"),
    encodeNpz(
      new Map<string, NpyArray>([
        ["x", x],
        ["y", y],
      ]),
    ),
  );
  writeFileSync(at("x.npy"), encodeNpy(x));
  writeFileSync(at("y.npy"), encodeNpy(y));
  const one = await run(["train", "--data", at("xy.npz"), ...SMALL, "--quiet"]);
  const two = await run(["train", "--data", at("x.npy"), "--y", at("y.npy"), ...SMALL, "--quiet"]);
  expect(one).toMatchObject({ code: 0, stderr: "" });
  expect(accuracyOf(one.stdout)).toBeGreaterThan(0.9);
  expect(two).toEqual(one);
});

test("--patience ends a training early, --restore-best with its best weights", async () => {
  // Labels that nothing tells can only be learnt by heart, which the held-out sequences punish.
  const rows = csv(120).replace(/^s(\d+),\w+/gm, (_, i) => `s${i},${Math.sin(i * i) > 0 ? "up" : "down"}`);
  writeFileSync(at("chance.csv"), rows);
  const data = ["--data", at("chance.csv"), ...SMALL, "--learning-rate", "0.1"];
  const args = [...data, "--validation", "20", "--validate-every", "5"];
  const { code, stdout } = await run(["train", ...args, "--patience", "2", "--restore-best"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\ntraining \d+ of 60 updates in /);
  const losses = [...stdout.matchAll(/validation loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
  expect(/\nloss {5}validation ([\d.]+), /.exec(stdout)?.[1]).toBe(Math.min(...losses).toFixed(4));
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
