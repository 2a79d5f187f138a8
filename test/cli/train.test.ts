import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadMnist } from "../../src/data/mnist-data-loader.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { createModel, type LayerOptions, type ModelOptions } from "../../src/index.ts";
import { evaluationText } from "../../src/report.ts";
import type { FitOptions } from "../../src/trainer.ts";
import { run, shell, trainingFolder } from "../support/cli.ts";

const hasScript = process.platform === "linux" && existsSync("/usr/bin/script");
const { folder, images, saved, log } = trainingFolder();

const SMALL =
  "--iterations 3 --batch 32 --hidden 16 --projection 8 --validation 20 --threads 1 --build simd".split(" ");

function train(...more: string[]) {
  return run(["train", "--data", images, ...SMALL, ...more]);
}

/** What the library makes of the same: weights, the results of each update, and the test. */
async function library(model: Partial<ModelOptions> = {}, fit: FitOptions = {}, validation = 20) {
  const layers: readonly LayerOptions[] = [{ units: 16 }];
  const data = await loadMnist({ directory: images, validation });
  const lstm = await createModel({
    timeSteps: 8,
    features: 6,
    classes: 10,
    layers,
    projectionUnits: 8,
    kernelInitializer: "randomNormal",
    batchSize: 32,
    build: "simd",
    ...model,
  });
  const updates = [];
  for await (const { step, loss, accuracy, after } of lstm.train(data.train, { updates: 3, ...fit })) {
    updates.push({ step, loss, accuracy, after: await after() });
  }
  const results = {
    updates,
    bytes: Buffer.from(await lstm.save()),
    test: evaluationText("test", await lstm.evaluate(data.test)),
    validation: evaluationText("validation", await lstm.evaluate(data.validation)),
  };
  lstm.close();
  return results;
}

describe("help and version", () => {
  test.each([[[]], [["--help"]], [["-h"]], [["help"]]])("wasm-lstm %j prints the help", async (args) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: wasm-lstm <command> \[options\]\n/);
    expect(stdout).toMatch(/\n {2}predict {2}/);
  });

  test("wasm-lstm train --help prints the command's", async () => {
    const { code, stdout } = await run(["train", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: wasm-lstm train \[options\]\n/);
    expect(stdout).toMatch(/--reproducible .*\n/);
  });

  test("wasm-lstm --version prints the package's", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect((await run(["--version"])).stdout).toBe(`${version}\n`);
  });
});

describe("train", () => {
  test("prints every 20th batch's accuracy after its update, then the report", async () => {
    const { code, stdout, stderr } = await train("--iterations", "41");
    const { updates, test, validation } = await library({}, { updates: 41 });
    const expected = [0, 20, 40].map((step) => {
      const { loss, accuracy } = updates[step].after;
      return `step ${String(step).padStart(2)}/41  loss ${loss.toFixed(4)}  accuracy ${accuracy.toFixed(3)}`;
    });
    const lines = stdout.split("\n");
    expect(code).toBe(0);
    expect(lines.slice(0, 6)).toEqual([...expected, "", validation, test]);
    expect(stdout).toMatch(/\nconfusion: .*\n {3}0 1 2 3 4 5 6 7 8 9\n0 /);
    expect(stdout).toMatch(/\nconfused (none|\d as \d: \d+)/);
    expect(stdout).toMatch(/\ntraining 41 updates in \d+\.\d\d s, [\d,]+ samples\/s\n/);
    expect(stdout).toMatch(
      /\nspeed {4}\d+\.\d GFLOP\/s done .*folded.*\n {9}\d+\.\d GFLOP\/s as written .*unfolded/,
    );
    expect(stdout).toContain("\nengine   build simd, 1 thread\n");
    expect(stdout).toMatch(/\nmemory {3}[\d.]+ [kM]B model, [\d.]+ MB process at its peak\n/);
    expect(stdout).toMatch(/\ntime {5}\d+\.\d\d s in all\n$/);
    expect(stdout).not.toContain("\r");
    expect(stdout).not.toContain("\u001b");
    expect(stderr).toBe(
      `data   ${images}\n       180 training, 20 validation, 40 test sequences\n` +
        "model  8 x 6 -> projection 8 -> LSTM 16 -> 10 classes\n" +
        "       1,826 parameters, batch 32, build simd, 1 thread\n",
    );
  });

  test.skipIf(!hasScript)("rewrites one line of progress on a terminal and clears it", async () => {
    const args = ["train --data", images, ...SMALL, "--iterations 41 2>/dev/null"].join(" ");
    const { stdout } = await shell(`script -qec "stty cols 60; $CLI ${args}" /dev/null`);
    // What goes down a line is a row; < stands for a return to its beginning, > for clearing what follows.
    const rows = stdout
      .replaceAll("\u001b[K", ">")
      .replaceAll("\r\n", "\n")
      .replaceAll("\r", "<")
      .split("\n");
    expect(rows[0]).toMatch(/^step {2}0\/41 {2}loss \d\.\d{4} {2}accuracy 0\.\d{3}$/);
    expect(rows[1]).toMatch(
      /^< 1\/41 {2}loss \d\.\d{3} {2}acc 0\.\d{3} {2}[\d,]+ samples\/s {2}0:0\d left></,
    );
    expect(rows[1]).toMatch(/<>step 20\/41 [^<>]*$/);
    expect(rows[3]).toMatch(/^<41\/41 [^<>]*><>$/);
    const end = rows.findIndex((row) => row.startsWith("<testing>"));
    expect(end).toBeGreaterThan(3);
    // A chart of the loss stands between.
    expect(rows.slice(4, end).join("\n")).toMatch(/^ +loss\n(.*[┤│].*[\u2801-\u28ff].*\n)+/);
    expect(rows[end]).toBe("<testing><>");
    expect(rows.slice(end + 1).join("")).not.toMatch(/[<>]/);
  });

  test.skipIf(!hasScript)("draws the accuracy where the terminal is wide", async () => {
    const args = ["train --data", images, ...SMALL, "--iterations 21 --learning-rate 0.05 2>/dev/null"].join(
      " ",
    );
    const { stdout } = await shell(`script -qec "stty cols 80; $CLI ${args}" /dev/null`);
    expect(stdout).toMatch(
      /step 20\/21 {2}loss \d\.\d{4} {2}accuracy [01]\.\d{3} {2}\u2588+[\u2589-\u258f]?\r\n/,
    );
  });

  test("finds MNIST by itself", async () => {
    const args = "--iterations 3 --batch 32 --hidden 16 --projection 8 --validation 59000";
    const { code, stdout, stderr } = await run(["train", ...args.split(" ")]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^data {3}\S+\n {7}1,000 training, 59,000 validation, 10,000 test sequences\nmodel {2}28 x 28 /,
    );
    expect(stdout).toMatch(
      /\ntest accuracy 0\.\d{4} \(95 % interval 0\.\d{4} to 0\.\d{4}, 10,000 sequences\)\n/,
    );
    expect(stdout).toMatch(/, 59,000 sequences\)\n/);
  });

  test("--quiet prints the test accuracy and nothing else", async () => {
    const { code, stdout, stderr } = await train("--quiet", "--save", saved);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${(await library()).test}\n`, stderr: "" });
  });

  test("--validation 0 leaves the validation out", async () => {
    const { stdout, stderr } = await train("--validation", "0");
    expect(stdout).not.toContain("validation");
    expect(stdout).toContain((await library({}, {}, 0)).test);
    expect(stderr).toContain("200 training, 0 validation");
  });

  test("--iterations 0 tests the weights it begins with", async () => {
    const { code, stdout } = await train("--iterations", "0");
    expect(code).toBe(0);
    expect(stdout).toContain((await library({}, { updates: 0 })).test);
    expect(stdout).toContain("training 0 updates\n");
  });

  // Each option gives the weights that the library gives, and others than without it.
  test.each<[string, Partial<ModelOptions>, FitOptions]>([
    ["--batch 16", { batchSize: 16 }, {}],
    ["--hidden 12", { layers: [{ units: 12 }] }, {}],
    [
      "--layers gru:5,bilstm:3",
      {
        layers: [
          { type: "gru", units: 5 },
          { units: 3, bidirectional: true },
        ],
      },
      {},
    ],
    [
      "--dropout 0.5 --head-dropout 0.1",
      { layers: [{ units: 16, dropout: 0.5 }], classes: undefined, head: { units: 10, dropout: 0.1 } },
      {},
    ],
    [
      "--schedule exponential:2:0.5 --warmup 1",
      { schedule: { type: "exponential", steps: 2, rate: 0.5, warmup: 1 } },
      {},
    ],
    ["--optimizer sgd --momentum 0.9 --clip-norm 1", { optimizer: "sgd", momentum: 0.9, clipNorm: 1 }, {}],
    ["--trainable head", { trainable: "head" }, {}],
    ["--projection 0", { projectionUnits: 0 }, {}],
    ["--projection 5", { projectionUnits: 5 }, {}],
    ["--learning-rate 0.01", { learningRate: 0.01 }, {}],
    ["--beta1 0.5", { beta1: 0.5 }, {}],
    ["--beta2 0.9", { beta2: 0.9 }, {}],
    ["--epsilon 0.1", { epsilon: 0.1 }, {}],
    ["--forget-bias -0.5", { layers: [{ units: 16, forgetBias: -0.5 }] }, {}],
    ["--seed 7", { seed: 7 }, {}],
    ["--no-shuffle", {}, { shuffle: false }],
    ["--iterations 5", {}, { updates: 5 }],
    ["--epochs 1", {}, { updates: undefined, epochs: 1 }],
  ])("%s", async (typed, model, fit) => {
    const other = typed.includes("--epochs") ? "--iterations" : typed.includes("--layers") ? "--hidden" : "";
    const at = SMALL.indexOf(other);
    const own = SMALL.filter((_, i) => at < 0 || i < at || i > at + 1);
    const args = ["train", "--data", images, ...own, ...typed.split(" "), "--save", saved, "--quiet"];
    expect(await run(args)).toMatchObject({ code: 0, stderr: "" });
    const base = await library();
    const { bytes } = await library(model, fit);
    expect(bytes.equals(base.bytes)).toBe(false);
    expect(readFileSync(saved).equals(bytes)).toBe(true);
  });

  test("--threads shares the work and changes no bit", async () => {
    const { stdout } = await train("--threads", "2", "--save", saved);
    expect(stdout).toContain("\nengine   build simd, 2 threads\n");
    expect(readFileSync(saved).equals((await library()).bytes)).toBe(true);
    expect((await train("--threads", "auto")).stdout).toMatch(/\nengine {3}build simd, \d+ threads?\n/);
  });

  test("--build and --reproducible choose what runs", async () => {
    expect((await train("--build", "scalar")).stdout).toContain("engine   build scalar, 1 thread\n");
    const free = [
      "--data",
      images,
      "--iterations",
      "1",
      "--batch",
      "4",
      "--hidden",
      "4",
      "--validation",
      "9",
    ];
    const { stdout } = await run(["train", ...free, "--reproducible", "--threads", "1"]);
    expect(stdout).toContain("engine   build simd, 1 thread\n");
  });

  test("--log writes an object an update: its forward pass and its time", async () => {
    writeFileSync(log, "of an earlier run, and longer than what comes now\n".repeat(100));
    const { code } = await train("--log", log);
    const text = readFileSync(log, "utf8");
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { updates } = await library();
    expect(code).toBe(0);
    expect(text.endsWith("\n")).toBe(true);
    expect(lines.map(({ ms, ...rest }) => rest)).toEqual(
      updates.map(({ step, loss, accuracy }) => ({ step, loss, accuracy })),
    );
    for (const { ms } of lines) expect(ms).toBeGreaterThan(0);
    expect(Object.keys(lines[0])).toEqual(["step", "loss", "accuracy", "ms"]);
  });
});

describe("weights", () => {
  const namesOf = (path: string) => [...decodeSafetensors(readFileSync(path), path).tensors.keys()];

  test("saved as tf1 and given to --init are the same weights", async () => {
    const again = join(folder, "again.safetensors");
    const { stderr } = await train("--save", saved, "--save-dialect", "tf1");
    expect(stderr).toMatch(/saved {2}\S+w\.safetensors \(tf1, [\d.]+ kB\)\n$/);
    expect(namesOf(saved).join()).toContain("lstm_cell/kernel");
    await train("--init", saved, "--iterations", "0", "--save", again);
    expect(namesOf(again)).toContain("layers.0.kernel");
    expect(readFileSync(again).equals((await library()).bytes)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["again.safetensors", "images", "w.safetensors"]);
  });

  test("bring their layers with them", async () => {
    const lstm = ["--hidden", "12", "--projection", "0", "--forget-bias", "0.25"];
    const own = SMALL.filter((_, i) => i < 4 || i > 7);
    const { stdout } = await run(["train", "--data", images, ...own, ...lstm, "--save", saved, "--quiet"]);
    const trained = ["--data", images, "--quiet", "--build", "simd"];
    expect((await run(["eval", saved, ...trained])).stdout).toBe(stdout);
    const first = readFileSync(saved);
    const again = ["--init", saved, "--iterations", "0", "--validation", "20", "--save", saved];
    expect((await run(["train", ...again, ...trained])).stdout).toBe(stdout);
    expect(readFileSync(saved).equals(first)).toBe(true); // the forget bias is in there
    const { code, stderr } = await run(["train", ...again, ...trained, "--hidden", "13"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^wasm-lstm: --init \S+: tensor "layers\.0\.kernel": expected shape \[6,52\], got \[6,48\]\n$/,
    );
  });
});

describe("--turbo", () => {
  test("is named in every report, or refused with the reason", async () => {
    const { code, stdout, stderr } = await train("--turbo");
    if (Number.parseInt(process.versions.node, 10) >= 22 && process.arch !== "x64") {
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^wasm-lstm: --turbo needs an x64 processor/);
    } else {
      expect(code).toBe(0);
      expect(stdout).toMatch(/experimental engine flag --\S*wasm-(revectorize|relaxed-simd) is on/);
      expect(stderr).toMatch(/experimental engine flag --\S*wasm-(revectorize|relaxed-simd) is on/);
    }
  });
});
