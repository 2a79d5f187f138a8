// Files to datasets that are prepared alike, as a training, an evaluation and a prediction meet them.

import { describe, expect, test } from "vitest";
import { encodeNpy } from "../src/formats/npy.ts";
import { decodePreparation, encodePreparation, type Preparation } from "../src/preparation.ts";
import {
  openSequenceFile,
  preparedSequences,
  type SequenceFile,
  type SequenceSetOptions,
  sequenceSet,
  unlabelledSequences,
} from "../src/sequence-data.ts";
import { refusal } from "./support/mutations.ts";
import { labelsOf, sequencesOf } from "./support/sequences.ts";

const csv = (text: string, name = "train.csv"): SequenceFile => ({ name, text });
const OPTIONS: SequenceSetOptions = { scale: "none", validation: 0, seed: 1 };

/** The preparation as a model file gives it back. */
const stored = (set: Preparation) => decodePreparation(encodePreparation(set), "model");

// Ten sequences of 1 to 3 steps; feature x is the id, y ten times that.
const STEPS = `sequence,label,x,y\n${Array.from({ length: 10 }, (_, i) =>
  `s${i},${i % 2 ? "odd" : "even"},${i},${10 * i}\n`.repeat(1 + (i % 3)),
).join("")}`;

describe("sequenceSet", () => {
  test("holds out a fifth, and validation from the rest, with the share of each class", () => {
    const set = sequenceSet(csv(STEPS), undefined, { ...OPTIONS, validation: 2 });
    expect([set.train, set.validation, set.test].map(({ count }) => count)).toEqual([6, 2, 2]);
    expect([...set.test.labels].sort()).toEqual([0, 1]);
    expect([...set.validation.labels].sort()).toEqual([0, 1]);
    expect(set).toMatchObject({ task: "classes", timeSteps: 3, features: 2, source: "train.csv" });
    expect(set.classNames).toEqual(["even", "odd"]);
  });

  test("two files get as many steps each, whichever has more", () => {
    const short = csv("sequence,label,x,y\na,odd,1,2\nb,even,3,4\n", "short.csv");
    for (const [a, b] of [
      [csv(STEPS), short],
      [short, csv(STEPS)],
    ]) {
      const set = sequenceSet(a, b, OPTIONS);
      expect([set.train.timeSteps, set.test.timeSteps, set.timeSteps]).toEqual([3, 3, 3]);
      expect(set.source).toBe(`${a.name}, ${b.name}`);
    }
  });

  test("the scaler is fitted on the training part alone, and applied to all", () => {
    const test = csv("sequence,label,x,y\na,odd,1000,2000\n", "test.csv");
    const set = sequenceSet(csv(STEPS), test, { ...OPTIONS, scale: "minmax", validation: 4 });
    const xs = sequencesOf(set.train).flatMap((steps) => steps.map(([x]) => x));
    expect([Math.min(...xs), Math.max(...xs)]).toEqual([0, 1]);
    const { offset, scale } = set.scaler!;
    expect(sequencesOf(set.test)[0][0][0]).toBe(Math.fround((1000 - offset[0]) / scale[0]));
  });

  test("columns of a second file are found by name, in another order and among others", () => {
    const other = csv("y,note,x,sequence,label\n20,7,2,a,odd\n", "test.csv");
    expect(sequencesOf(sequenceSet(csv(STEPS), other, OPTIONS).test)).toEqual([[[2, 20]]]);
  });

  test("labels each step, numbers to predict, marks, weights", () => {
    const tags = sequenceSet(csv("sequence,label,x\na,u,1\na,v,2\nb,u,3\nc,v,4\nd,v,5\ne,u,6\n"), undefined, {
      ...OPTIONS,
      everyStep: true,
    });
    expect(tags.train).toMatchObject({ truth: "classes", everyStep: true, count: 4 });
    expect(tags).toMatchObject({ task: "classes", everyStep: true, classNames: ["u", "v"] });
    const rows = `id,a,b,w,x\n${Array.from({ length: 10 }, (_, i) => `${i},0.5,${i % 2},2,${i}\n`).join("")}`;
    for (const task of ["regression", "multi-label"] as const) {
      const set = sequenceSet(csv(rows), undefined, {
        ...OPTIONS,
        task,
        targets: ["b", "a"],
        weight: "w",
        sequence: "id",
        featuresPerStep: 1,
      });
      expect(set).toMatchObject({
        task,
        targetNames: ["b", "a"],
        featureColumns: ["x"],
        classNames: undefined,
      });
      expect(set.train).toMatchObject({ truth: "targets", outputs: 2, features: 1, count: 8, timeSteps: 1 });
      expect([...set.train.sampleWeights!]).toEqual(Array(8).fill(2));
    }
  });

  test(".ts files tell what they are for", () => {
    const ts = (tags: string, last: string[]) =>
      `${tags}\n@data\n${last.map((own, i) => `${i},2:${own}\n`).join("")}`;
    const classes = { name: "a.ts", text: ts("@classLabel true a b", ["a", "a", "a", "b", "b", "b"]) };
    const numbers = { name: "b.ts", text: ts("@targetLabel true", ["1", "2", "3", "4", "5"]) };
    expect(sequenceSet(classes, undefined, OPTIONS)).toMatchObject({
      task: "classes",
      classNames: ["a", "b"],
    });
    const set = sequenceSet(numbers, undefined, OPTIONS);
    expect(set).toMatchObject({ task: "regression", targetNames: ["target"], featureColumns: undefined });
    expect(refusal(() => sequenceSet(numbers, undefined, { ...OPTIONS, task: "classes" }))).toBe(
      "b.ts: expected a file for classes, got one for regression",
    );
    expect(refusal(() => sequenceSet(classes, numbers, OPTIONS))).toBe(
      "b.ts: expected a file for classes, got one for regression",
    );
    expect(refusal(() => sequenceSet(classes, undefined, { ...OPTIONS, everyStep: true }))).toBe(
      "a.ts: everyStep needs a .csv or .npz, a .ts has one label per sequence",
    );
  });

  test.each<[string, SequenceFile, SequenceFile | undefined, Partial<SequenceSetOptions>, string]>([
    [
      "a label never seen",
      csv(STEPS),
      csv("sequence,label,x,y\na,prime,1,2\n", "test.csv"),
      {},
      'test.csv: line 2, column 2 ("label"): expected one of "even", "odd", got "prime"',
    ],
    [
      "a feature that is missing",
      csv(STEPS),
      csv("sequence,label,x\na,odd,1\n", "test.csv"),
      {},
      'test.csv: header: expected a column "y", got "sequence", "label", "x"',
    ],
    [
      "other features",
      { name: "a.ts", text: "@classLabel true a b\n@data\n1:2:a\n1:2:b\n" },
      { name: "b.ts", text: "@classLabel true a b\n@data\n1:a\n" },
      {},
      "b.ts: expected 2 features a step as in a.ts, got 1",
    ],
    [
      "one class",
      csv("sequence,label,x\na,u,1\nb,u,2\n"),
      undefined,
      {},
      'train.csv: a classifier needs at least 2 classes, got 1 ("u")',
    ],
    [
      "more to validate than there is",
      csv(STEPS),
      undefined,
      { validation: 8 },
      "validation must be below the 8 training sequences, got 8",
    ],
    [
      "another kind of file",
      { name: "a.json", text: "" },
      undefined,
      {},
      "a.json: expected a file that ends in .csv, .ts, .npy or .npz",
    ],
  ])("refuses %s", (_, train, test, options, message) => {
    expect(refusal(() => sequenceSet(train, test, { ...OPTIONS, ...options }))).toBe(message);
  });
});

describe("files after the training", () => {
  const set = sequenceSet(csv(STEPS), undefined, { ...OPTIONS, scale: "standard" });

  test("are prepared as the training's were, from the stored preparation", () => {
    const again = preparedSequences(csv(STEPS, "eval.csv"), {}, stored(set));
    expect(again).toMatchObject({ timeSteps: 3, count: 10, classNames: ["even", "odd"] });
    const { offset, scale } = set.scaler!;
    const whole = sequenceSet(csv(STEPS), csv(STEPS), OPTIONS).train;
    expect(sequencesOf(again)).toEqual(
      sequencesOf(whole).map((steps) =>
        steps.map((step) => step.map((value, i) => Math.fround((value - offset[i]) / scale[i]))),
      ),
    );
  });

  test("the training's columns are remembered; those given come first", () => {
    const text = STEPS.replace("sequence,label", "id,parity");
    const renamed = sequenceSet(csv(text), undefined, { ...OPTIONS, sequence: "id", label: "parity" });
    expect(labelsOf(preparedSequences(csv(text), {}, stored(renamed)))).toHaveLength(10);
    const back = preparedSequences(csv(STEPS), { sequence: "sequence", label: "label" }, stored(renamed));
    expect(labelsOf(back).slice(0, 2)).toEqual(["even", "odd"]);
    expect(back.ids?.slice(0, 2)).toEqual(["s0", "s1"]);
  });

  test("to predict: no label needed, ids kept, scaled and padded alike", () => {
    const bare = csv("y,sequence,x\n10,q,1\n20,p,2\n10,q,1\n", "new.csv");
    const dataset = unlabelledSequences(bare, {}, stored(set));
    expect(dataset).toMatchObject({ truth: "none", ids: ["q", "p"], timeSteps: 3 });
    const known = preparedSequences(csv(STEPS), {}, stored(set));
    expect(sequencesOf(dataset)[0]).toEqual(sequencesOf(known)[1]);
    expect(unlabelledSequences(csv(STEPS), {}, stored(set))).toMatchObject({ truth: "none", count: 10 });
  });

  test("to predict: rows that are sequences, with an id and without", () => {
    const rows = `x1,x2,label\n${Array.from({ length: 10 }, (_, i) => `${i},0,${i % 2}\n`).join("")}`;
    const wide = sequenceSet(csv(rows), undefined, { ...OPTIONS, featuresPerStep: 2 });
    expect(wide.train).toMatchObject({ timeSteps: 1, features: 2 });
    const dataset = unlabelledSequences(csv("x2,x1\n7,8\n"), {}, stored(wide));
    expect(sequencesOf(dataset)).toEqual([[[8, 7]]]);
    expect(dataset.ids).toBeUndefined();
    const named = unlabelledSequences(csv("id,x2,x1\nn,7,8\n"), { sequence: "id" }, stored(wide));
    expect(named.ids).toEqual(["n"]);
  });

  test("a preparation of version 0.1.0 is enough for classes", () => {
    const first = { timeSteps: 3, classNames: ["even", "odd"] };
    expect(preparedSequences(csv(STEPS), {}, first)).toMatchObject({ truth: "classes", count: 10 });
  });

  test("longer sequences and other features are refused, the sequence named", () => {
    const long = csv(`sequence,label,x,y\n${"a,odd,1,2\n".repeat(4)}`, "long.csv");
    expect(refusal(() => preparedSequences(long, {}, stored(set)))).toBe(
      "long.csv: sequence 0 must have at most 3 steps, or truncate be given, got 4 steps",
    );
    const ts = { name: "c.ts", text: "@classLabel true even odd\n@data\n1:odd\n" };
    expect(refusal(() => preparedSequences(ts, {}, stored(set)))).toBe(
      "c.ts: expected 2 features a step as in the training, got 1",
    );
  });
});

// NumPy 2.4: np.savez_compressed of x = float32 [[[1], [2]], [[3], [0]]], y = [7, 9], lengths = [2, 1] and
// weights = [1, 0.5].
const ARCHIVE =
  "UEsDBC0AAAAIAAAAIQD9Kklo//////////8FABQAeC5ucHkBABAAkAAAAAAAAABVAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l" +
  "oG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CkBkqKmjUKtAHuBiYGiwZ2BgcAAiIGZgAABQSwMELQAAAAgA" +
  "AAAhAL6J5+f//////////wUAFAB5Lm5weQEAEACQAAAAAAAAAEoAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6W" +
  "X1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjqaOgq1ChQALnYGCOCE0gBQSwMELQAAAAgAAAAhAB1PW07//////////wsAFABs" +
  "ZW5ndGhzLm5weQEAEACQAAAAAAAAAEoAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vM" +
  "KU4FihdnJBakAvkaRjqaOgq1ChQALiYGCGCE0gBQSwMELQAAAAgAAAAhACXEbiH//////////wsAFAB3ZWlnaHRzLm5weQEAEACQ" +
  "AAAAAAAAAE0AAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjqa" +
  "Ogq1ChQALgYw+GAPoR/YAwBQSwECLQMtAAAACAAAACEA/SpJaFUAAACQAAAABQAAAAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMt" +
  "AAAACAAAACEAvonn50oAAACQAAAABQAAAAAAAAAAAAAAgAGMAAAAeS5ucHlQSwECLQMtAAAACAAAACEAHU9bTkoAAACQAAAACwAA" +
  "AAAAAAAAAAAAgAENAQAAbGVuZ3Rocy5ucHlQSwECLQMtAAAACAAAACEAJcRuIU0AAACQAAAACwAAAAAAAAAAAAAAgAGUAQAAd2Vp" +
  "Z2h0cy5ucHlQSwUGAAAAAAQABADYAAAAHgIAAAAA";

describe("NumPy files", () => {
  test("an archive holds all of it", async () => {
    const bytes = Uint8Array.from(atob(ARCHIVE), (char) => char.charCodeAt(0));
    const file = await openSequenceFile("all.npz", bytes);
    const { train } = sequenceSet(file, file, OPTIONS);
    expect(sequencesOf(train)).toEqual([[[1], [2]], [[3]]]);
    expect(labelsOf(train)).toEqual(["7", "9"]);
    expect([...train.sampleWeights!]).toEqual([1, 0.5]);
    await expect(openSequenceFile("all.npz", bytes, y)).rejects.toThrow(
      new RangeError("all.npz: expected no y beside it"),
    );
  });

  const x = encodeNpy({ shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
  const y = encodeNpy({ shape: [4], data: Int32Array.of(3, 5, 3, 5) });

  test("a pair trains, evaluates and predicts", async () => {
    const file = await openSequenceFile("x.npy", x, y);
    const set = sequenceSet(file, file, { ...OPTIONS, scale: "minmax" });
    expect(set).toMatchObject({ task: "classes", classNames: ["3", "5"], timeSteps: 2, features: 1 });
    expect([...preparedSequences(file, {}, stored(set)).labels]).toEqual([0, 1, 0, 1]);
    const bare = await openSequenceFile("x.npy", x);
    const dataset = unlabelledSequences(bare, {}, stored(set));
    expect(dataset.truth).toBe("none");
    expect(sequencesOf(dataset)[3]).toEqual([[Math.fround(6 / 7)], [1]]);
    expect(refusal(() => preparedSequences(bare, {}, stored(set)))).toBe(
      'x.npy: expected an array y, got "x"',
    );
  });

  test("of fewer steps are padded, of more refused", async () => {
    const file = await openSequenceFile("x.npy", x, y);
    const longer = { ...stored(sequenceSet(file, file, OPTIONS)), timeSteps: 3 };
    expect([...preparedSequences(file, {}, longer).lengths!]).toEqual([2, 2, 2, 2]);
    expect(refusal(() => preparedSequences(file, {}, { ...longer, timeSteps: 1 }))).toBe(
      "x.npy: expected sequences of at most 1 steps as in the training, got 2",
    );
  });

  test("y beside what has its own, or beside text, is refused; so is text that is none", async () => {
    await expect(openSequenceFile("a.csv", new Uint8Array(3), y)).rejects.toThrow(
      new RangeError("a.csv: expected no y beside it"),
    );
    await expect(openSequenceFile("a.csv", Uint8Array.of(0xff, 0xfe))).rejects.toThrow(
      new RangeError("a.csv: expected text in UTF-8, got other bytes"),
    );
    await expect(openSequenceFile("x.npy", x.subarray(1))).rejects.toThrow(/^x\.npy: expected a \.npy file/);
    const text = await openSequenceFile("a.csv", new TextEncoder().encode("sequence,label,x\n"));
    expect(text).toEqual({ name: "a.csv", text: "sequence,label,x\n" });
  });
});
