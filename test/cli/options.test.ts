import { describe, expect, test } from "vitest";
import { commandHelp, overview } from "../../src/cli/help.ts";
import {
  asTyped,
  type CommandShape,
  countOf,
  numberOf,
  optionsOf,
  parseArguments,
  UsageError,
  wordOf,
} from "../../src/cli/options.ts";
import { shape as train } from "../../src/cli/train-shape.ts";

const SHAPE: CommandShape = {
  name: "cook",
  summary: "make a meal",
  operands: ["RECIPE"],
  groups: {
    Heat: [
      { name: "degrees", value: "X", text: "of the oven", key: "oven.heat", preset: 200 },
      { name: "grill", value: "", text: "from above", key: "grill" },
    ],
    Output: [
      { name: "out", short: "o", value: "FILE", text: "write there" },
      { name: "batch", value: "N", text: "portions", key: "batchSize" },
      { name: "layers", value: "N", text: "of pasta", key: "layers[].units" },
      { name: "help", short: "h", value: "", text: "print this help" },
      { name: "version", value: "", text: "print the version" },
    ],
  },
};
const parse = (text: string, shape = SHAPE) => parseArguments(text.split(" ").filter(Boolean), shape);

describe("parseArguments", () => {
  test("operands and options in any order", () => {
    expect(parse("--degrees 180 soup --grill")).toEqual({
      operands: ["soup"],
      typed: { degrees: "180", grill: true },
    });
    expect(parse("soup --degrees -1").typed).toEqual({ degrees: "-1" });
  });

  test("a value may follow an equals sign, begin with a dash there, and the last one counts", () => {
    expect(parse("soup --degrees=3 --degrees=4").typed.degrees).toBe("4");
    expect(parse("soup --out=--x").typed.out).toBe("--x");
    expect(parse("soup -o x").typed.out).toBe("x");
    expect(parse("-- --soup").operands).toEqual(["--soup"]);
  });

  test("help and version need no operands", () => {
    expect(parse("--help --grill").typed.help).toBe(true);
    expect(parse("-h").typed.help).toBe(true);
    expect(parse("--version").typed.version).toBe(true);
  });

  test.each([
    ["soup --degree 3", "unknown option --degree; did you mean --degrees?"],
    ["soup --xylophone 3", "unknown option --xylophone; see wasm-lstm cook --help"],
    ["soup -x", "unknown option -x; see wasm-lstm cook --help"],
    ["soup --grill=yes", "--grill takes no value, got yes"],
    ["soup --degrees", "--degrees needs a value, X, got none"],
    ["soup --out=", "--out needs a value, FILE, got none"],
    ["soup --out --grill", "--out needs a value, FILE, got --grill"],
    ["", "cook needs RECIPE, got none"],
    ["soup salad", "cook needs RECIPE, got soup salad"],
  ])("cook %s", (text, message) => {
    expect(() => parse(text)).toThrow(new UsageError(message));
    expect(() => parse(text)).toThrow(UsageError);
  });

  test("a command without operands says so", () => {
    const message = "cook takes options only, got soup";
    expect(() => parse("soup", { ...SHAPE, operands: [] })).toThrow(new UsageError(message));
  });
});

describe("values", () => {
  test("decimal numbers, and nothing that only looks like one", () => {
    const number = (text: string) => numberOf({ x: text }, "x");
    expect(["1", "-.5", "1e-2", "+3."].map(number)).toEqual([1, -0.5, 0.01, 3]);
    expect(["0x10", "12px", "1,5", "one", "1e"].map(number)).toEqual(new Array(5).fill(Number.NaN));
    expect(numberOf({}, "x")).toBeUndefined();
  });

  test("counts", () => {
    expect(countOf({ x: "12" }, "x", 1)).toBe(12);
    expect(countOf({}, "x", 1)).toBeUndefined();
    for (const text of ["0", "1.5", "-1", "many", "9007199254740993"]) {
      const message = `--x must be a whole number from 1, got ${text}`;
      expect(() => countOf({ x: text }, "x", 1)).toThrow(new UsageError(message));
    }
  });

  test("words", () => {
    expect(wordOf({ x: "red" }, "x", ["red", "green"])).toBe("red");
    const message = "--x must be one of red, green, got blue";
    expect(() => wordOf({ x: "blue" }, "x", ["red", "green"])).toThrow(new UsageError(message));
  });
});

describe("asTyped", () => {
  const told = (error: unknown, typed = {}) => asTyped(error, typed, SHAPE);

  test("takes the option's name and its text for the library's", () => {
    const error = new RangeError("batchSize must be a whole number from 1 to 9, got 10");
    expect(told(error, { batch: "1e1" })).toEqual(
      new UsageError("--batch must be a whole number from 1 to 9, got 1e1"),
    );
    expect(told(error)).toEqual(new UsageError("--batch must be a whole number from 1 to 9, got 10"));
  });

  test("knows options of parts, but blames one only if it was typed", () => {
    const error = new RangeError("layers[3].units must be a whole number from 1, got 0");
    expect(told(error, { layers: "0" })).toEqual(
      new UsageError("--layers must be a whole number from 1, got 0"),
    );
    expect(told(error)).toBe(error);
    const heat = new RangeError("oven.heat must be above 0, got -1");
    expect(told(heat, { degrees: "-1" })).toEqual(new UsageError("--degrees must be above 0, got -1"));
  });

  test("leaves alone what is no option's fault", () => {
    for (const error of [
      new Error("batchSize must be x"),
      new RangeError("x: batchSize must be y"),
      "text",
    ]) {
      expect(told(error)).toBe(error);
    }
  });
});

describe("help", () => {
  test("lists every option of train once, with its default, in 80 columns", () => {
    const text = commandHelp(train);
    const names = optionsOf(train).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names)
      expect(text.match(new RegExp(`^  (-., )?--${name}( |$)`, "gm"))).toHaveLength(1);
    for (const line of text.split("\n")) expect(line.length).toBeLessThan(80);
    const flat = text.replace(/\s+/g, " ");
    for (const [option, preset] of Object.entries({
      iterations: "782",
      "learning-rate": "0.001",
      beta1: "0.9",
      beta2: "0.999",
      epsilon: "1e-8",
      seed: "1",
      layers: "lstm:128",
      "forget-bias": "1",
      optimizer: "adam",
      "save-dialect": "native",
      threads: "auto",
      every: "100",
    })) {
      expect(flat).toMatch(new RegExp(` --${option} [^()]*\\(${preset}\\)`));
    }
  });

  test("of everything names the commands", () => {
    const text = overview({ cook: "make a meal", bake: "with an oven" });
    expect(text).toMatch(/^Usage: wasm-lstm <command> \[options\]\n/);
    expect(text).toMatch(/\n {2}cook {5}make a meal\n {2}bake {5}with an oven\n/);
    for (const line of text.split("\n")) expect(line.length).toBeLessThan(80);
  });

  test("of a command names its operands", () => {
    expect(commandHelp(SHAPE)).toMatch(
      /^Usage: wasm-lstm cook RECIPE \[options\]\n\nMake a meal\.\n\nHeat:\n {2}--degrees X +of the oven \(200\)\n/,
    );
  });
});

test("an error about a part of a value that was typed names the option", () => {
  const told = (message: string, typed: Record<string, string>) =>
    asTyped(new RangeError(message), typed, train);
  const weights = "classWeights[0] must be a number from 0, got NaN";
  expect(told(weights, { "class-weights": "x" })).toEqual(new UsageError(`--class-weights: ${weights}`));
  const rate = "schedule.rate must be a number above 0, got 0";
  expect(told(rate, { schedule: "step:5:0" })).toEqual(new UsageError(`--schedule: ${rate}`));
  expect(told(rate, {})).toEqual(new RangeError(rate));
});
