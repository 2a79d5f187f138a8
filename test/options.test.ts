import { describe, expect, test } from "vitest";
import { asTyped, helpText, parseCommand, UsageError } from "../src/options.ts";

const parse = (text: string) => parseCommand(text.split(" "));

test("the defaults are those of the reference run", () => {
  const command = parse("train");
  expect(command).toMatchObject({
    name: "train",
    updates: 782,
    validation: 5000,
    shuffle: true,
    quiet: false,
  });
  expect(command).toMatchObject({ dialect: "native", model: {}, typed: {} });
});

test("every option arrives", () => {
  const numbers =
    "--batch 32 --hidden 16 --projection 0 --learning-rate 1e-2 --beta1 .5 --beta2 0.9 --epsilon 1e-7";
  const more = "--forget-bias -1 --seed 7 --build scalar --reproducible --threads 2";
  const rest =
    "--iterations 3 --validation 0 --no-shuffle --data d --init i --save s --save-dialect tf1 --log l";
  const command = parse(`train ${numbers} ${more} ${rest} --quiet`);
  expect(command.model).toEqual({
    batchSize: 32,
    units: 16,
    projectionUnits: 0,
    learningRate: 0.01,
    beta1: 0.5,
    beta2: 0.9,
    epsilon: 1e-7,
    forgetBias: -1,
    seed: 7,
    build: "scalar",
    reproducible: true,
    threads: 2,
  });
  expect(command).toMatchObject({ updates: 3, validation: 0, shuffle: false, quiet: true, dialect: "tf1" });
  expect(command).toMatchObject({ data: "d", init: "i", save: "s", log: "l" });
});

test("a value may follow an equals sign, begin with a dash there, and the last one counts", () => {
  expect(parse("train --batch=3 --batch=4").model.batchSize).toBe(4);
  expect(parse("train --save=--x").save).toBe("--x");
  expect(parse("train --threads auto").model.threads).toBe("auto");
});

test.each(["", "help", "--help", "-h"])("`%s` asks for help, of all", (text) => {
  expect(parseCommand(text === "" ? [] : [text])).toMatchObject({ name: "help" });
});

test("a command's help wins over its other options", () => {
  expect(parse("train --batch 3 --help")).toMatchObject({ name: "help", topic: "train" });
  expect(parse("eval -h")).toMatchObject({ name: "help", topic: "eval" });
  expect(parse("--version").name).toBe("version");
  expect(parse("train --version").name).toBe("version");
});

describe("wrong use names the option as typed, what was expected, and what came", () => {
  test.each([
    ["tran", "unknown command tran; did you mean train?"],
    ["predict", "unknown command predict; see wasm-lstm --help"],
    ["--quiet", "unknown command --quiet; see wasm-lstm --help"],
    ["train --iteration 3", "unknown option --iteration; did you mean --iterations?"],
    ["train --learnign-rate 3", "unknown option --learnign-rate; did you mean --learning-rate?"],
    ["train --lr 3", "unknown option --lr; did you mean --learning-rate?"],
    ["train --proj=3", "unknown option --proj; did you mean --projection?"],
    ["train --xylophone 3", "unknown option --xylophone; see wasm-lstm train --help"],
    ["train -x", "unknown option -x; see wasm-lstm train --help"],
    ["train --no-quiet", "unknown option --no-quiet; did you mean --quiet?"],
    ["train 3", "train takes options only, got 3"],
    ["train -- 3", "train takes options only, got 3"],
    ["train --quiet=yes", "--quiet takes no value, got yes"],
    ["train --batch", "--batch needs a value, N, got none"],
    ["train --save=", "--save needs a value, FILE, got none"],
    ["train --save --quiet", "--save needs a value, FILE, got --quiet"],
    ["train --iterations -1", "--iterations must be a whole number from 0, got -1"],
    ["train --iterations 1.5", "--iterations must be a whole number from 0, got 1.5"],
    ["train --iterations 1e400", "--iterations must be a whole number from 0, got 1e400"],
    ["train --batch 0", "--batch must be a whole number from 1 to 1048576, got 0"],
    ["train --batch 12px", "--batch must be a whole number from 1 to 1048576, got 12px"],
    ["train --batch 0x10", "--batch must be a whole number from 1 to 1048576, got 0x10"],
    ["train --hidden none", "--hidden must be a whole number from 1 to 1048576, got none"],
    ["train --projection -1", "--projection must be a whole number from 0 to 1048576, got -1"],
    ["train --learning-rate 0", "--learning-rate must be a number above 0, got 0"],
    ["train --learning-rate 0,001", "--learning-rate must be a number above 0, got 0,001"],
    ["train --beta1 1", "--beta1 must be a number from 0 to below 1, got 1"],
    ["train --beta2 -.1", "--beta2 must be a number from 0 to below 1, got -.1"],
    ["train --epsilon 0", "--epsilon must be a number above 0, got 0"],
    ["train --forget-bias x", "--forget-bias must be a finite number, got x"],
    ["train --seed 9007199254740993", "--seed must be a whole number from 0, got 9007199254740993"],
    ["train --validation x", "--validation must be a whole number from 0, got x"],
    ["train --build sim", "--build must be one of relaxed, simd, scalar, got sim"],
    ["train --save-dialect tf2 --save x", "--save-dialect must be one of native, tf1, got tf2"],
    ["train --save-dialect tf1", "--save-dialect needs --save FILE"],
    ["train --save x --log x", "--save and --log must be two files, got x for both"],
    ["eval", "eval needs --init FILE, the weights to test"],
    ["eval --init x --save y", "unknown option --save; see wasm-lstm eval --help"],
  ])("%s", (text, message) => {
    expect(() => parse(text)).toThrow(new UsageError(message));
    expect(() => parse(text)).toThrow(UsageError);
  });

  test("--threads", () => {
    expect(() => parse("train --threads 0")).toThrow(/^--threads must be .*, got 0$/);
    expect(() => parse("train --threads many")).toThrow(/^--threads must be .*, got many$/);
  });
});

describe("asTyped", () => {
  test("takes the option's name and its text for the library's", () => {
    const error = new RangeError("validation must be a whole number from 0 to 9, got 10");
    expect(asTyped(error, { validation: "1e1" })).toEqual(
      new UsageError("--validation must be a whole number from 0 to 9, got 1e1"),
    );
    expect(asTyped(error, {})).toEqual(
      new UsageError("--validation must be a whole number from 0 to 9, got 10"),
    );
  });

  test("leaves alone what is no option's fault", () => {
    for (const error of [new Error("seed must be x"), new RangeError("x: seed must be y"), "text"]) {
      expect(asTyped(error, {})).toBe(error);
    }
  });
});

describe("helpText", () => {
  test("lists every option of a command with its default, in 80 columns", () => {
    const text = helpText("train");
    for (const [option, preset] of Object.entries({
      iterations: "782",
      batch: "128",
      "learning-rate": "0.001",
      beta1: "0.9",
      beta2: "0.999",
      epsilon: "1e-8",
      seed: "1",
      hidden: "128",
      projection: "128",
      "forget-bias": "1",
      validation: "5000",
      "save-dialect": "native",
      threads: "auto",
    })) {
      const line = text.split("\n").find((line) => line.startsWith(`  --${option} `));
      expect(line?.endsWith(`(${preset})`), `${option}: ${line}`).toBe(true);
    }
    for (const option of "no-shuffle data init save log build reproducible quiet help version".split(" ")) {
      expect(text).toMatch(new RegExp(`^  --${option} [^()]*(\\(safetensors\\))?$`, "m"));
    }
    for (const line of helpText().split("\n")) expect(line.length).toBeLessThan(80);
  });

  test("of everything names the commands; of eval, only what eval takes", () => {
    expect(helpText()).toMatch(
      /Usage: wasm-lstm <command> \[options\]\n[\s\S]*\n {2}train {3}[\s\S]*\n {2}eval {4}/,
    );
    expect(helpText("eval")).toContain("--init FILE");
    expect(helpText("eval")).not.toContain("--save");
  });
});
