// What is typed of a model is what createModel is given.

import { describe, expect, test } from "vitest";
import { modelOptions } from "../../src/cli/model-options.ts";
import { optionsOf, parseArguments, UsageError } from "../../src/cli/options.ts";
import { shape } from "../../src/cli/train-shape.ts";
import type { ModelOptions } from "../../src/config.ts";

const options = (text: string, base: Partial<ModelOptions> = {}) =>
  modelOptions(parseArguments(text.split(" ").filter(Boolean), shape).typed, base, optionsOf(shape));

test("nothing typed is the default layer", () => {
  expect(options("")).toEqual({ layers: [{ units: 128 }] });
});

test("numbers, words and switches arrive under the library's names", () => {
  const text =
    "--batch 32 --projection 0 --learning-rate 1e-2 --beta1 .5 --beta2 0.9 --epsilon 1e-7 --seed 7 --build scalar " +
    "--reproducible --threads 2 --optimizer sgd --momentum 0.9 --nesterov --rho 0.8 --clip-norm 1 --clip-value 2 " +
    "--weight-decay 0.1 --trainable head --head-dropout 0.5 --class-weights 1,2.5";
  expect(options(text)).toEqual({
    layers: [{ units: 128 }],
    head: { dropout: 0.5 },
    classWeights: [1, 2.5],
    batchSize: 32,
    projectionUnits: 0,
    learningRate: 0.01,
    beta1: 0.5,
    beta2: 0.9,
    epsilon: 1e-7,
    seed: 7,
    build: "scalar",
    reproducible: true,
    threads: 2,
    optimizer: "sgd",
    momentum: 0.9,
    nesterov: true,
    rho: 0.8,
    clipNorm: 1,
    clipValue: 2,
    weightDecay: 0.1,
    trainable: "head",
  });
  expect(options("--threads auto").threads).toBe("auto");
  expect(options("--batch 12px").batchSize).toBeNaN();
});

describe("--layers", () => {
  test("are types and units, the lowest first", () => {
    expect(options("--layers lstm:64,bigru:32,rnn:8,BiLSTM:4,7").layers).toEqual([
      { type: "lstm", units: 64 },
      { type: "gru", units: 32, bidirectional: true },
      { type: "rnn", units: 8 },
      { type: "lstm", units: 4, bidirectional: true },
      { type: "lstm", units: 7 },
    ]);
  });

  test("get what is typed for all", () => {
    expect(options("--hidden 5 --dropout 0.2 --recurrent-dropout 0.1 --forget-bias -1").layers).toEqual([
      { units: 5, dropout: 0.2, recurrentDropout: 0.1, forgetBias: -1 },
    ]);
    const base = { layers: [{ units: 3, peepholes: true }, { units: 4 }] };
    expect(options("--dropout 0.5", base).layers).toEqual([
      { units: 3, peepholes: true, dropout: 0.5 },
      { units: 4, dropout: 0.5 },
    ]);
  });

  test.each(["lsmt:3", "lstm", "lstm:", "lstm:x", "lstm:3,", "lstm:3;gru:4", "unilstm:3", "bi:3"])(
    "%s is refused",
    (list) => {
      expect(() => options(`--layers ${list}`)).toThrow(UsageError);
      expect(() => options(`--layers ${list}`)).toThrow(
        /^--layers must be types and units as in lstm:64,bigru:32, got/,
      );
    },
  );

  test("and --hidden exclude each other", () => {
    expect(() => options("--hidden 3 --layers lstm:3")).toThrow("give --layers or --hidden, not both");
  });
});

describe("--schedule", () => {
  test("is a type, steps and rate; --warmup goes with any", () => {
    expect(options("--schedule step:500:0.5").schedule).toEqual({ type: "step", steps: 500, rate: 0.5 });
    expect(options("--schedule cosine:10 --warmup 3").schedule).toEqual({
      type: "cosine",
      steps: 10,
      warmup: 3,
    });
    expect(options("--warmup 3").schedule).toEqual({ type: "constant", warmup: 3 });
    const base = { schedule: { type: "step", steps: 5 } } as const;
    expect(options("--warmup 3", base).schedule).toEqual({ type: "step", steps: 5, warmup: 3 });
    expect(options("", base).schedule).toEqual(base.schedule);
  });

  test.each(["stairs:3", "step:x", "step:500:", "step:1:2:3", "step::2"])("%s is refused", (text) => {
    expect(() => options(`--schedule ${text}`)).toThrow(/^--schedule must be a type, steps and rate/);
  });

  test("needs steps unless constant", () => {
    expect(() => options("--schedule cosine")).toThrow("--schedule cosine needs steps, as in cosine:500");
  });
});

test("what is typed comes before what a file says, and short forms are spelled out", () => {
  const base: Partial<ModelOptions> = { units: 9, classes: 3, learningRate: 0.5, batchSize: 7 };
  expect(options("--learning-rate 0.1", base)).toEqual({
    layers: [{ units: 9 }],
    head: { units: 3 },
    learningRate: 0.1,
    batchSize: 7,
  });
  expect(options("--layers gru:2 --head-dropout 0.1", base)).toMatchObject({
    layers: [{ type: "gru", units: 2 }],
    head: { units: 3, dropout: 0.1 },
  });
});
