// The commands that take a model: eval, predict, info, convert.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeNpz } from "../../src/formats/npz.ts";
import { createModel, loadModel, type Model, sequencesFromCsv } from "../../src/index.ts";
import { unpackModel } from "../../src/pack-model.ts";
import { run, writeImages } from "../support/cli.ts";
import { parseXml } from "../support/xml.ts";

let folder: string;
const at = (name: string) => join(folder, name);

// Two sensors, 3 to 6 steps; the class is whether the first one rises, the target its last value and its mean.
function csv(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const up = i % 2 === 0;
    const steps = Array.from({ length: 3 + (i % 4) }, (_, t) => [
      (up ? t : -t) + Math.sin(i),
      10 * Math.cos(i + t),
    ]);
    const [last, mean] = [steps.at(-1)![0], steps.reduce((sum, [a]) => sum + a, 0) / steps.length];
    return steps.map((step, t) =>
      [
        `s${i}`,
        up ? "up" : "down",
        step[0] > 0 ? "hot" : "cold",
        last,
        mean,
        up ? 1 : 0,
        i % 3 === 0 ? 1 : 0,
        ...step,
        t,
      ].join(","),
    );
  });
  return `sequence,label,state,last,mean,rises,third,a,b,t\n${rows.flat().join("\n")}\n`;
}

const SMALL = "--epochs 6 --layers gru:6 --learning-rate 0.02 --threads 1 --build simd --quiet".split(" ");

/** The columns that a task leaves aside are no features. */
function csvOf(count: number, ...kept: string[]): string {
  const [head, ...rows] = csv(count)
    .trimEnd()
    .split("\n")
    .map((row) => row.split(","));
  const columns = ["sequence", ...kept, "a", "b"].map((name) => head.indexOf(name));
  return `${[head, ...rows].map((row) => columns.map((i) => row[i]).join(",")).join("\n")}\n`;
}

async function ok(...args: string[]) {
  const outcome = await run(args);
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
  return outcome;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasm-lstm-models-"));
  const tasks: [string, string[], string[]][] = [
    ["classes", ["label"], []],
    ["steps", ["state"], ["--label", "state", "--every-step"]],
    ["numbers", ["last", "mean"], ["--task", "regression", "--targets", "last,mean"]],
    ["marks", ["rises", "third"], ["--task", "multi-label", "--targets", "rises, third"]],
  ];
  for (const [name, columns, options] of tasks) {
    writeFileSync(at(`${name}.csv`), csvOf(80, ...columns));
    writeFileSync(at(`${name}-test.csv`), csvOf(12, ...columns));
    const files = [
      "--data",
      at(`${name}.csv`),
      "--test",
      at(`${name}-test.csv`),
      "--save",
      at(`${name}.safetensors`),
    ];
    await ok("train", ...files, ...options, ...SMALL);
  }
  writeFileSync(at("new.csv"), csvOf(12));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const predict = async (model: string, format: string, data = "new.csv") =>
  (
    await ok(
      "predict",
      at(`${model}.safetensors`),
      "--data",
      at(data),
      "--format",
      format,
      "--quiet",
      "--build",
      "simd",
    )
  ).stdout;

/** What the library makes of the 12 sequences. */
async function expected(model: string) {
  const loaded = await loadModel(readFileSync(at(`${model}.safetensors`)), { build: "simd" });
  const { scaler, timeSteps } = JSON.parse(metadataOf(model)["wasm-lstm.preparation"]);
  const data = sequencesFromCsv(readFileSync(at("new.csv"), "utf8"), "new.csv", {
    ...{ layout: "row-per-step", sequenceColumn: "sequence", unlabelled: true, timeSteps },
  });
  const row = new Float32Array(data.timeSteps * data.features);
  const x = Array.from({ length: data.count }, (_, i) => {
    data.copyRow(i, row, 0);
    const steps = data.lengths?.[i] ?? timeSteps;
    return Array.from(row, (value, j) =>
      j / 2 < steps ? Math.fround((value - scaler.offset[j % 2]) / scaler.scale[j % 2]) : 0,
    );
  });
  const prediction = await loaded.predict(x.flat(), { lengths: data.lengths });
  const { head } = loaded.config;
  loaded.close();
  return { ...prediction, head, lengths: data.lengths! };
}

function metadataOf(model: string): Record<string, string> {
  const bytes = readFileSync(at(`${model}.safetensors`));
  return JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()).__metadata__;
}

describe("predict", () => {
  test("classes and probabilities as lines of JSON, ids kept", async () => {
    const lines = (await predict("classes", "jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { classes, probabilities } = await expected("classes");
    expect(lines.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, i) => `s${i}`));
    expect(lines.map(({ class: own }) => own)).toEqual([...classes].map((c) => ["down", "up"][c]));
    const told = lines.flatMap(({ probabilities: { down, up } }) => [down, up]);
    expect(Float32Array.from(told)).toEqual(probabilities);
  });

  test("the same as CSV and as a table", async () => {
    const { classes, probabilities } = await expected("classes");
    const [head, ...rows] = (await predict("classes", "csv"))
      .trimEnd()
      .split("\n")
      .map((row) => row.split(","));
    expect(head).toEqual(["id", "class", "p_down", "p_up"]);
    expect(Float32Array.from(rows.flatMap((row) => row.slice(2).map(Number)))).toEqual(probabilities);
    const [titles, ...lines] = (await predict("classes", "table"))
      .trimEnd()
      .split("\n")
      .map((row) => row.split(/ +/));
    expect(titles).toEqual(["id", "class", "down", "up"]);
    expect(lines.map(([, own]) => own)).toEqual([...classes].map((c) => ["down", "up"][c]));
    expect(lines[3][2]).toBe(probabilities[6].toFixed(4));
  });

  test("of every step of a tagger, up to each sequence's end", async () => {
    const rows = (await predict("steps", "csv"))
      .trimEnd()
      .split("\n")
      .map((row) => row.split(","));
    const { probabilities, lengths, head } = await expected("steps");
    expect(head.everyStep).toBe(true);
    expect(rows[0]).toEqual(["id", "step", "class", "p_cold", "p_hot"]);
    const places = Array.from(lengths, (steps, i) =>
      Array.from({ length: steps }, (_, t) => [`s${i}`, String(t)]),
    );
    expect(rows.slice(1).map((row) => row.slice(0, 2))).toEqual(places.flat());
    const [T, of] = [probabilities.length / 24, (i: number, t: number) => probabilities[(i * T + t) * 2 + 1]];
    expect(Math.fround(Number(rows[1 + lengths[0] + 1][4]))).toBe(of(1, 1));
  });

  test("numbers, under the names of their columns", async () => {
    const { values } = await expected("numbers");
    const lines = (await predict("numbers", "jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(Object.keys(lines[0])).toEqual(["id", "values"]);
    expect(Float32Array.from(lines.flatMap(({ values: own }) => [own.last, own.mean]))).toEqual(values);
    expect((await predict("numbers", "csv")).split("\n")[0]).toBe("id,last,mean");
  });

  test("marks that are more probable than not", async () => {
    const { probabilities } = await expected("marks");
    const lines = (await predict("marks", "jsonl"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const names = ["rises", "third"];
    expect(lines.map(({ marks }) => marks)).toEqual(
      lines.map((_, i) => names.filter((_, k) => probabilities[2 * i + k] > 0.5)),
    );
  });

  test("answers in the file make no difference", async () => {
    expect(await predict("classes", "csv", "classes-test.csv")).toBe(await predict("classes", "csv"));
  });

  test("into a file, whole", async () => {
    const args = [
      "predict",
      at("classes.safetensors"),
      "--data",
      at("new.csv"),
      "--format",
      "csv",
      "--build",
      "simd",
    ];
    const { stdout, stderr } = await ok(...args, "--out", at("out.csv"));
    expect(stdout).toBe("");
    expect(stderr).toContain(`wrote  ${at("out.csv")}\n`);
    expect(readFileSync(at("out.csv"), "utf8")).toBe(await predict("classes", "csv"));
  });

  test("images of a folder", async () => {
    writeImages(at("images"));
    const files = ["--data", at("images"), "--save", at("images.safetensors")];
    await ok("train", ...files, "--iterations", "3", "--validation", "20", "--hidden", "8", "--quiet");
    const rows = (await predict("images", "csv", "images")).trimEnd().split("\n");
    expect(rows).toHaveLength(41);
    expect(rows[0]).toBe(`id,class,${Array.from({ length: 10 }, (_, i) => `p_${i}`)}`);
  });

  test.each([
    [["--format", "xml"], "--format must be one of table, csv, jsonl, got xml", 2],
    [["--out", "no/x"], "--out no/x cannot be written: the folder no does not exist", 1],
    [["--time-steps", "2"], /--data \S+: sequence 0 must have at most 2 steps, .*got 3 steps/, 1],
    [["--sequence", "name"], /--data \S+: header: expected a column "name"/, 1],
    [["--data", "missing.csv"], "--data missing.csv does not exist", 1],
  ])("%j is refused with the reason", async (more, message, code) => {
    const args = ["predict", at("classes.safetensors"), "--data", at("new.csv"), ...(more as string[])];
    const outcome = await run(args);
    expect(outcome).toMatchObject({ code, stdout: "" });
    const [, line] = /^wasm-lstm: (.*)\n$/.exec(outcome.stderr) ?? [];
    expect(line).toMatch(message as RegExp);
  });

  test("sequences longer than those of the training, if they are allowed for", async () => {
    const long = `sequence,a,b\n${Array.from({ length: 9 }, (_, t) => `x,${t},1`).join("\n")}\n`;
    writeFileSync(at("long.csv"), long);
    const args = ["predict", at("classes.safetensors"), "--data", at("long.csv"), "--quiet"];
    expect((await run(args)).stderr).toMatch(/sequence 0 must have at most 6 steps, .*got 9 steps/);
    expect((await ok(...args, "--time-steps", "9")).stdout).toMatch(/\nx +(up|down) /);
  });
});

describe("eval", () => {
  test.each(["classes", "steps", "numbers", "marks"])(
    "%s: the report, prepared as the training was",
    async (name) => {
      const { stdout, stderr } = await ok(
        "eval",
        at(`${name}.safetensors`),
        "--data",
        at(`${name}-test.csv`),
      );
      expect(stderr).toMatch(/^data {3}\S+\n {7}12 test sequences\nmodel {2}6 x 2 -> GRU 6 -> /);
      const basis = name === "steps" ? /54 steps of 12 sequences\)/ : /12 sequences\)/;
      expect(stdout).toMatch(name === "numbers" ? /^\ntest rmse [\d.]+, mae / : /^\ntest accuracy [\d.]+ /);
      expect(stdout).toMatch(basis);
      expect(stdout).toMatch(name === "numbers" ? /\nlast +[\d.]+/ : /precision +recall/);
      expect(stdout).not.toContain("training");
    },
  );

  test.each(["classes-test.csv", "classes.safetensors"])(
    "a prediction does not take the place of %s",
    async (file) => {
      const before = readFileSync(at(file));
      const { code, stderr } = await run([
        ...["predict", at("classes.safetensors"), "--data", at("classes-test.csv"), "--out", at(file)],
      ]);
      expect(code).toBe(2);
      expect(stderr).toContain("--out must be two files, got ");
      expect(readFileSync(at(file)).equals(before)).toBe(true);
    },
  );

  test("draws the confusion, of classes alone", async () => {
    await ok(
      "eval",
      at("classes.safetensors"),
      "--data",
      at("classes-test.csv"),
      "--confusion",
      at("cm.svg"),
    );
    const picture = parseXml(readFileSync(at("cm.svg"), "utf8"));
    expect(JSON.stringify(picture)).toContain("down");
    const args = [
      "eval",
      at("numbers.safetensors"),
      "--data",
      at("numbers-test.csv"),
      "--confusion",
      at("n.svg"),
    ];
    const { code, stderr } = await run(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /--confusion \S+ not written: expected a model of classes, got one of regression\n$/,
    );
    expect(existsSync(at("n.svg"))).toBe(false);
  });

  test("a model that says nothing of its data takes arrays, and its steps if it must be told", async () => {
    const model = await createModel({ timeSteps: 4, features: 2, units: 3, classes: 2 });
    writeFileSync(at("bare.safetensors"), await model.save());
    const x = Float64Array.from({ length: 5 * 4 * 2 }, (_, i) => Math.sin(i));
    const y = Int32Array.of(0, 1, 1, 0, 1);
    const arrays = new Map([
      ["x", { shape: [5, 4, 2], data: x }],
      ["y", { shape: [5], data: y }],
    ]);
    writeFileSync(at("data.npz"), encodeNpz(arrays));
    const { stdout } = await ok(
      "eval",
      at("bare.safetensors"),
      "--data",
      at("data.npz"),
      "--quiet",
      "--build",
      "simd",
    );
    const { classes } = await model.predict(x);
    model.close();
    const right = [...y].filter((label, i) => label === classes[i]).length;
    expect(stdout).toMatch(`test accuracy ${(right / 5).toFixed(4)} `);
    const { stderr } = await run(["eval", at("bare.safetensors"), "--data", at("classes-test.csv")]);
    expect(stderr).toMatch(
      /bare\.safetensors: expected a model saved by a training, which tells its classes/,
    );
  });
});

describe("info", () => {
  test("tells layers, tensors, and how the data were prepared", async () => {
    const { stdout, stderr } = await ok("info", at("numbers.safetensors"));
    expect(stderr).toBe("");
    const lines = stdout.split("\n");
    expect(lines[0]).toBe(`file   ${at("numbers.safetensors")}: safetensors`);
    expect(lines[1]).toBe("model  6 x 2 -> GRU 6 -> 2 numbers");
    expect(lines[2]).toMatch(/^ {7}layer 0: type gru, .*resetAfter true.*units 6/);
    expect(lines).toContain("       194 parameters");
    expect(lines).toContain("         layers.0.bias [2,18]");
    expect(lines).toContain("data   task regression");
    expect(lines).toContain("       outputs last, mean");
    expect(lines).toContain("       features a, b");
  });

  test("--memory tells what a model takes, before it is made", async () => {
    const bytes = (stdout: string, what: string) =>
      Number(new RegExp(`${what} +([\\d,]+) bytes`).exec(stdout)?.[1].replaceAll(",", ""));
    const { stdout } = await ok(
      "info",
      at("classes.safetensors"),
      "--memory",
      "--batch",
      "50",
      "--time-steps",
      "90",
    );
    const made: Model = await loadModel(readFileSync(at("classes.safetensors")), {
      batchSize: 50,
      timeSteps: 90,
    });
    expect(bytes(stdout, "training")).toBe(made.info.memoryBytes);
    expect(bytes(stdout, "inference")).toBeLessThan(made.info.memoryBytes);
    expect(bytes(stdout, "streaming")).toBeLessThan(bytes(stdout, "inference"));
    made.close();
  });
});

describe("convert", () => {
  const convert = (from: string, to: string, ...more: string[]) => ok("convert", at(from), at(to), ...more);

  test("tells what became what", async () => {
    const { stdout } = await convert("classes.safetensors", "torch.safetensors", "--to", "pytorch");
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe(`from   ${at("classes.safetensors")}: safetensors`);
    expect(lines[1]).toBe(`to     ${at("torch.safetensors")}: pytorch`);
    expect(lines[2]).toMatch(
      /^ {7}layers\.0\.kernel +-> rnn\.weight_ih_l0 \[18,2\] +transposed, gates z\|r\|n as r\|z\|n$/,
    );
    expect(lines).toHaveLength(8);
  });

  test.each([
    ["keras.safetensors", ["--to", "keras"], []],
    ["torch2.safetensors", ["--to", "pytorch"], []],
    ["model.npz", [], []],
    ["model.onnx", [], []],
    ["other.onnx", ["--lengths"], []],
  ])("%s and back is the same model, to the bit", async (file, to) => {
    await convert("classes.safetensors", file, ...(to as string[]));
    await convert(file, "back.safetensors");
    expect(readFileSync(at("back.safetensors")).equals(readFileSync(at("classes.safetensors")))).toBe(true);
    expect(await predict("back", "csv")).toBe(await predict("classes", "csv"));
  });

  test("a TensorFlow.js model lies in several files", async () => {
    const args = [
      "--data",
      at("classes.csv"),
      "--test",
      at("classes-test.csv"),
      "--save",
      at("lstm.safetensors"),
    ];
    await ok("train", ...args, ...SMALL, "--layers", "lstm:4");
    const { stdout } = await convert("lstm.safetensors", "model.json");
    expect(stdout).toContain("\nbeside group1-shard1of1.bin\n");
    expect(readdirSync(folder)).toContain("group1-shard1of1.bin");
    await convert("model.json", "back.safetensors");
    expect(await predict("back", "csv")).toBe(await predict("lstm", "csv"));
  });

  test("arrays without names are told what they are by --config", async () => {
    const model = await createModel({
      timeSteps: 4,
      features: 2,
      layers: [{ units: 3, forgetBias: 0 }],
      classes: 2,
    });
    const weights = [...(await model.weights()).values()];
    writeFileSync(at("arrays.npz"), encodeNpz(new Map(weights.map((own, i) => [`arr_${i}`, own]))));
    expect((await run(["convert", at("arrays.npz"), at("named.safetensors")])).stderr).toMatch(
      /expected a description/,
    );
    writeFileSync(at("model-config.json"), '{"features": 2, "units": 3, "classes": 2}');
    await convert(
      "arrays.npz",
      "named.safetensors",
      "--config",
      at("model-config.json"),
      "--time-steps",
      "4",
    );
    const named = await loadModel(readFileSync(at("named.safetensors")));
    expect(named.config.timeSteps).toBe(4);
    expect(await named.weights()).toEqual(await model.weights());
    model.close();
    named.close();
  });

  test.each([
    [["--to", "jax"], /^--to must be one of native, tf1, keras, pytorch, npz, tfjs, onnx, got jax$/, 2],
    [["--to", "tf1", "--lengths"], /^--lengths goes with onnx, got tf1$/, 2],
    [["--to", "tfjs"], /layers\[0\] .*tfjs.*: TensorFlow\.js' GRU resets the state before the product/, 1],
  ])("%j is refused with the reason, and nothing is overwritten", async (more, message, code) => {
    writeFileSync(at("kept"), "earlier");
    const outcome = await run(["convert", at("classes.safetensors"), at("kept"), ...(more as string[])]);
    expect(outcome).toMatchObject({ code, stdout: "" });
    expect(/^wasm-lstm: (.*)\n$/.exec(outcome.stderr)?.[1]).toMatch(message as RegExp);
    expect(readFileSync(at("kept"), "utf8")).toBe("earlier");
  });
});

describe("pack", () => {
  test("writes what a device needs: the same weights, scaling and names", async () => {
    const { stdout } = await ok("pack", at("classes.safetensors"), "-o", at("model.bin"));
    const bytes = readFileSync(at("model.bin"));
    expect(stdout).toBe(
      `model  6 x 2 -> GRU 6 -> 2 classes\npacked ${at("model.bin")}: f32, scaling, names, ${bytes.length} bytes\n`,
    );
    const { architecture, weights, scaling, classNames } = unpackModel(bytes);
    const loaded = await loadModel(readFileSync(at("classes.safetensors")));
    expect(weights).toEqual(await loaded.weights());
    expect(architecture).toMatchObject({ timeSteps: 6, features: 2, layers: loaded.config.layers });
    loaded.close();
    const { scaler } = JSON.parse(metadataOf("classes")["wasm-lstm.preparation"]);
    expect({ scaling, classNames }).toEqual({
      scaling: { offset: scaler.offset, scale: scaler.scale },
      classNames: ["down", "up"],
    });
  });

  test("in eight bits", async () => {
    const { stdout } = await ok(
      "pack",
      at("classes.safetensors"),
      "--out",
      at("small.bin"),
      "--precision",
      "int8",
    );
    expect(stdout).toContain("small.bin: int8, scaling, names, ");
  });

  test("needs a place to write to", async () => {
    const { code, stderr } = await run(["pack", at("classes.safetensors")]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: "wasm-lstm: pack needs --out FILE\n" });
  });
});

test("a damaged model is refused by its name", async () => {
  writeFileSync(at("cut.safetensors"), readFileSync(at("classes.safetensors")).subarray(0, 900));
  for (const args of [["info"], ["eval"], ["predict", "--data", at("new.csv")], ["convert"]]) {
    const [command, ...more] = args;
    const out = command === "convert" ? [at("x")] : [];
    const { code, stderr } = await run([command, at("cut.safetensors"), ...out, ...more]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^wasm-lstm: \S+cut\.safetensors: .*\n$/),
    });
  }
});
