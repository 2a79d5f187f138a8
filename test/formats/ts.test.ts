import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sequencesFromTs, type TsOptions } from "../../src/formats/ts.ts";
import { expectRefusal, FUZZ_RUNS, mutatedText, refusal } from "../support/mutations.ts";
import { expectSound, labelsOf, sequencesOf } from "../support/sequences.ts";

const read = (text: string, options?: TsOptions) => sequencesFromTs(text, "f.ts", options);

const VOWELS = `#Cut from no archive, but in the manner of one.
#
@problemName Vowels
@timeStamps false
@missing false
@univariate false
@dimensions 2
@equalLength false
@classLabel true 2 1 10
@data
1,2,3:-1.5,2e1,.5:1
4:5:10
`;
const RAINFALL = `@dimensions 2
@equalLength true
@targetlabel true
@data
1,2:3,4:0.25
5,6:7,8:-1e1
`;
const header = (tags: string) => `${tags}\n@classLabel true a b\n@data\n`;

describe("sequencesFromTs", () => {
  test("reads dimensions as features, cases of unequal length, classes in the header's order", () => {
    const dataset = read(VOWELS);
    expect(dataset).toMatchObject({ name: "f.ts", count: 2, timeSteps: 3, features: 2, classes: 3 });
    expect(dataset.classNames).toEqual(["2", "1", "10"]);
    expect(labelsOf(dataset)).toEqual(["1", "10"]);
    expect([...dataset.lengths!]).toEqual([3, 1]);
    expect(sequencesOf(dataset)).toEqual([
      [
        [1, -1.5],
        [2, 20],
        [3, 0.5],
      ],
      [[4, 5]],
    ]);
  });

  test("takes CRLF, a byte order mark, empty lines, comments, spaces, tags and labels in other case", () => {
    const text = VOWELS.replace("true 2 1 10", "TRUE  Two\tONE ten ")
      .replace("@problemName", "@PROBLEMNAME")
      .replace("@data", "\n@DATA \n# a comment\n")
      .replace(":1\n", " : one \n\n")
      .replace(":10", ":Ten");
    const dataset = read(`\ufeff${text.replaceAll("\n", "\r\n")}`);
    expect(labelsOf(dataset)).toEqual(["ONE", "ten"]);
    expect(sequencesOf(dataset)).toEqual(sequencesOf(read(VOWELS)));
  });

  test("labels that differ by case alone are two classes when the header says so", () => {
    expect(labelsOf(read("@classLabel true a A\n@data\n1:A\n2:a\n"))).toEqual(["A", "a"]);
  });

  test("a header need not say dimensions and lengths; tags it does not know do not matter", () => {
    const dataset = read(`${header("@author somebody else")}1:2:a\n3,4:5,6:b\n`);
    expect(sequencesOf(dataset).map(String)).toEqual(["1,2", "3,5,4,6"]);
  });

  test("takes classNames, timeSteps and truncate for a second file to fit the first", () => {
    const dataset = read(VOWELS, { classNames: ["1", "2", "10"], timeSteps: 2, truncate: "end" });
    expect([...dataset.labels]).toEqual([0, 2]);
    expect(dataset.timeSteps).toBe(2);
    expect(String(sequencesOf(dataset)[0])).toBe("1,-1.5,2,20");
    expect(read(VOWELS, { timeSteps: 9 }).timeSteps).toBe(9);
  });

  test("missing values become 0 when asked to", () => {
    const text = VOWELS.replace("2e1", " ? ").replace("4:", "NaN:");
    expect(String(sequencesOf(read(text, { missing: "zero" }))[0])).toBe("1,-1.5,2,0,3,0.5");
    expect(sequencesOf(read(text, { missing: "zero" }))[1]).toEqual([[0, 5]]);
  });

  test("univariate files of equal length", () => {
    const text = `${header("@univariate true\n@equalLength true\n@seriesLength 2")}1,2:a\n3,4:b\n`;
    expect(read(text)).toMatchObject({ count: 2, timeSteps: 2, features: 1, lengths: undefined });
    const unequal = `${header("@equalLength false\n@seriesLength 9")}1,2:a\n3:b\n`;
    expect([...read(unequal).lengths!]).toEqual([2, 1]);
  });
});

describe("files without classes", () => {
  test("@targetLabel: a number to predict behind the last colon", () => {
    const dataset = read(RAINFALL);
    expect(dataset).toMatchObject({ truth: "targets", everyStep: false, outputs: 1, count: 2, features: 2 });
    expect(dataset.targetNames).toEqual(["target"]);
    expect([...dataset.targets]).toEqual([0.25, -10]);
    expect(sequencesOf(dataset).map(String)).toEqual(["1,3,2,4", "5,7,6,8"]);
    expect([...read(`@targetLabel TRUE\n@data\n1,2: 3 \n`).targets]).toEqual([3]);
  });

  test("unlabelled leaves out what is known, whatever it is", () => {
    for (const text of [
      VOWELS,
      VOWELS.replace(":10", ":never seen"),
      RAINFALL,
      RAINFALL.replace("0.25", "?"),
    ]) {
      const dataset = read(text, { unlabelled: true });
      expect(dataset).toMatchObject({ truth: "none", outputs: 0, count: 2, features: 2 });
      expect(dataset.classNames).toBeUndefined();
    }
    expect(sequencesOf(read(VOWELS, { unlabelled: true }))).toEqual(sequencesOf(read(VOWELS)));
  });

  test("unlabelled files may have nothing to leave out, as the header says", () => {
    const bare = VOWELS.replace("true 2 1 10", "false").replace(":1\n", "\n").replace(":10", "");
    expect(sequencesOf(read(bare, { unlabelled: true }))).toEqual(sequencesOf(read(VOWELS)));
    expect(String(sequencesOf(read("@data\n1,2:3,4\n", { unlabelled: true })))).toBe("1,3,2,4");
    expect(refusal(() => read(bare.replace("4:5", "4"), { unlabelled: true }))).toBe(
      "f.ts: line 12: expected 2 dimensions, got 1",
    );
  });
});

describe("sequencesFromTs refuses", () => {
  test.each<[string, string, string]>([
    ["nothing", "", "expected @data after the header, got the end of the file"],
    ["no @data", "@classLabel true a b\n", "expected @data after the header, got the end of the file"],
    ["data without a header", "1,2:a\n", 'line 1: expected a tag such as @data, got "1,2:a"'],
    ["something behind @data", "@data 1\n", 'line 1: expected @data alone on its line, got "1"'],
    [
      "a tag twice",
      "@missing false\n@Missing true\n",
      'line 2: expected each tag once, got "@Missing" again',
    ],
    [
      "timestamps",
      header("@timeStamps true"),
      expect.stringMatching(/^@timeStamps true is not supported: an LSTM/),
    ],
    [
      "classes and numbers to predict at once",
      header("@targetLabel true"),
      "expected @classLabel or @targetLabel true, got both",
    ],
    [
      "a number to predict that is none",
      RAINFALL.replace("0.25", "dry"),
      'line 5: expected a number to predict within float32\'s range, got "dry"',
    ],
    [
      "a number to predict beyond float32",
      RAINFALL.replace("0.25", "-1e39"),
      'line 5: expected a number to predict within float32\'s range, got "-1e39"',
    ],
    [
      "no number to predict",
      RAINFALL.replace(":0.25", ""),
      "line 5: expected 2 dimensions, a colon and a number, got 1 before it",
    ],
    [
      "a flag that is none",
      header("@univariate maybe"),
      'line 1: expected @univariate true or false, got "maybe"',
    ],
    [
      "half a dimension",
      header("@dimensions 1.5"),
      'line 1: expected @dimensions and a whole number from 1, got "1.5"',
    ],
    [
      "no length",
      header("@seriesLength"),
      "line 1: expected @seriesLength and a whole number from 1, got none",
    ],
    [
      "two dimensions of one",
      header("@univariate true\n@dimensions 2"),
      "expected 1 dimension (@univariate true), got 2",
    ],
    [
      "no classes",
      "@classLabel false\n@data\n1:a\n",
      "expected @classLabel true and the names of the classes, or @targetLabel true, got neither",
    ],
    [
      "no names",
      "@classLabel true\n@data\n1:a\n",
      "expected names of classes after @classLabel true, got none",
    ],
    ["one name", "@classLabel true a\n@data\n1:a\n", 'a classifier needs at least 2 classes, got 1 ("a")'],
    [
      "a name twice",
      "@classLabel true a b a\n@data\n1:a\n",
      'expected each class name once, got "a" at 0 and 2',
    ],
    ["no cases", VOWELS.slice(0, VOWELS.indexOf("1,2,3")), "expected cases after @data, got none"],
    ["no cases and no dimensions", header(""), "expected cases after @data, got none"],
    [
      "another class",
      VOWELS.replace(":10\n", ":3\n"),
      'line 12: expected a class label of "2", "1", "10", got "3"',
    ],
    [
      "an empty label",
      VOWELS.replace(":10\n", ":\n"),
      'line 12: expected a class label of "2", "1", "10", got ""',
    ],
    [
      "a dimension too few",
      VOWELS.replace("4:5", "4"),
      "line 12: expected 2 dimensions, a colon and a class label, got 1 before it",
    ],
    [
      "a case without a colon",
      VOWELS.replace("4:5:10", "4,5"),
      "line 12: expected 2 dimensions, a colon and a class label, got no colon",
    ],
    [
      "a second case of other dimensions",
      `${header("")}1:2:a\n1:2:3:a\n`,
      "line 5: expected 2 dimensions, a colon and a class label, got 3 before it",
    ],
    [
      "dimensions of unequal length",
      VOWELS.replace("4:5", "4:5,6"),
      "line 12: expected 1 values in dimension 2, as in the first, got 2",
    ],
    [
      "a missing value",
      VOWELS.replace("2e1", "?"),
      'line 11, dimension 2, step 2: expected a number, got the missing value "?" and no missing: "zero"',
    ],
    [
      "an empty value",
      VOWELS.replace("2e1", ""),
      'line 11, dimension 2, step 2: expected a number within float32\'s range, got ""',
    ],
    [
      "an empty dimension",
      VOWELS.replace("4:5", ":"),
      'line 12, dimension 1, step 1: expected a number within float32\'s range, got ""',
    ],
    [
      "a number beyond float32",
      VOWELS.replace("2e1", "2e41"),
      'line 11, dimension 2, step 2: expected a number within float32\'s range, got "2e41"',
    ],
    [
      "timestamps in the data",
      `${header("")}(0,1),(1,2):a\n`,
      'line 4, dimension 1, step 1: expected a number within float32\'s range, got "(0": timestamps are not supported',
    ],
    [
      "unequal lengths said to be equal",
      VOWELS.replace("@equalLength false", "@equalLength true"),
      "line 12: expected 3 steps, as all cases have by the header, got 1",
    ],
    [
      "another length than said",
      `${header("@equalLength true\n@seriesLength 2")}1,2,3:a\n`,
      "line 5: expected 2 steps, as all cases have by the header, got 3",
    ],
  ])("%s", (_, text, message) => {
    const got = refusal(() => read(text));
    expect(got.startsWith("f.ts: ")).toBe(true);
    expect(got.slice(6)).toEqual(message);
  });

  test("options it does not know", () => {
    expect(refusal(() => read(VOWELS, { missing: "mean" as never }))).toBe(
      'f.ts: missing must be "error" or "zero", got "mean"',
    );
  });

  test(`mutated files, or reads a sound dataset, ${FUZZ_RUNS} times`, () => {
    const tokens = [
      ":",
      ",",
      "\n",
      "@",
      "@data",
      "#",
      "?",
      "NaN",
      "1",
      "10",
      "-",
      "e",
      "1e39",
      "true",
      "false",
      "@dimensions 3\n",
    ];
    let accepted = 0;
    fc.assert(
      fc.property(mutatedText(VOWELS, tokens), fc.constantFrom("error", "zero"), (text, missing) => {
        try {
          expectSound(read(text, { missing: missing as "error" | "zero" }));
          accepted++;
        } catch (error) {
          expectRefusal(error, "f.ts");
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(accepted).toBeGreaterThan(FUZZ_RUNS / 50);
    expect(accepted).toBeLessThan(FUZZ_RUNS);
  });

  test("hostile megabytes in bounded time and memory", () => {
    const big = 1_000_000;
    const hostile = [
      `${header("")}${"1,".repeat(big)}1${":".repeat(big)}a\n`,
      `${header("")}${"1:".repeat(big)}\n`,
      `${header(`@dimensions ${"9".repeat(big)}`)}1:a\n`,
      `${header("@dimensions 999999999")}1:a\n`,
      `${header("")}${"1:a\n".repeat(50_000)}${"1,".repeat(50_000)}1:b\n`,
      `${header("")}${" ".repeat(big)}${"1".repeat(big)}x:a\n`,
      `@classLabel true ${"x ".repeat(big)}\n@data\n1:x\n`,
      `${"@".repeat(big)}\n`,
      "#".repeat(big),
    ];
    for (const text of hostile) expect(refusal(() => read(text)).length).toBeLessThan(1500);
  }, 10_000);
});
