import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CsvSequencesOptions,
  featureColumnsOf,
  sequencesFromCsv,
} from "../../src/formats/csv-sequences.ts";
import { expectRefusal, FUZZ_RUNS, mutatedText, refusal } from "../support/mutations.ts";
import { expectSound, labelsOf, sequencesOf } from "../support/sequences.ts";

const read = (text: string, options: Partial<CsvSequencesOptions> = {}) =>
  sequencesFromCsv(text, "f.csv", { layout: "row-per-step", ...options });
const readRows = (text: string, options: Partial<CsvSequencesOptions> = {}) =>
  read(text, { layout: "row-per-sequence", ...options });

const STEPS = `sequence,label,x,y
a,walk,1,2
a,walk,3,4
b,run,5,6
c,walk,7,8
c,walk,9,10
c,walk,11,12
`;

describe("row-per-step", () => {
  test("reads sequences of unequal length; classes sorted by name", () => {
    const dataset = read(STEPS);
    expect(dataset).toMatchObject({ name: "f.csv", count: 3, timeSteps: 3, features: 2, classes: 2 });
    expect(dataset.classNames).toEqual(["run", "walk"]);
    expect(labelsOf(dataset)).toEqual(["walk", "run", "walk"]);
    expect([...dataset.lengths!]).toEqual([2, 1, 3]);
    expect(sequencesOf(dataset).map(String)).toEqual(["1,2,3,4", "5,6", "7,8,9,10,11,12"]);
  });

  test("columns are found by name, wherever they stand", () => {
    const dataset = read('t;y; class ;id\n1;-1e3;up ; p\n2;.5; up;p\n1;"7";down;"q"\n', {
      sequenceColumn: "id",
      labelColumn: "class",
      timeColumn: "t",
    });
    expect(labelsOf(dataset)).toEqual(["up", "down"]);
    expect(sequencesOf(dataset)).toEqual([[[-1000], [0.5]], [[7]]]);
  });

  test("rows of one id are one sequence, in order of first appearance", () => {
    const dataset = read("sequence,label,x\nb,1,1\na,0,2\nb,1,3\na,0,4\nb,1,5\n");
    expect(sequencesOf(dataset)).toEqual([
      [[1], [3], [5]],
      [[2], [4]],
    ]);
    expect(labelsOf(dataset)).toEqual(["1", "0"]);
  });

  test("steps are sorted by time as numbers, each sequence on its own", () => {
    const text = "sequence,label,t,x\na,0,10,1\nb,1,2,2\na,0,9,3\nb,1,-1.5,4\na,0,1e3,5\n";
    expect(sequencesOf(read(text, { timeColumn: "t" }))).toEqual([
      [[3], [1], [5]],
      [[4], [2]],
    ]);
  });

  test("classNames gives the order of the classes, also of absent ones", () => {
    const dataset = read(STEPS, { classNames: ["walk", "stand", "run"] });
    expect(dataset.classNames).toEqual(["walk", "stand", "run"]);
    expect([...dataset.labels]).toEqual([0, 2, 0]);
  });

  test("class names are sorted as numbers", () => {
    const rows = [10, 9, 2].map((label) => `${label},${label},1\n`).join("");
    expect(read(`sequence,label,x\n${rows}`).classNames).toEqual(["2", "9", "10"]);
  });

  test("timeSteps and truncate", () => {
    expect(read(STEPS, { timeSteps: 5 }).timeSteps).toBe(5);
    expect(sequencesOf(read(STEPS, { timeSteps: 1, truncate: "start" })).map(String)).toEqual([
      "3,4",
      "5,6",
      "11,12",
    ]);
    expect(refusal(() => read(STEPS, { timeSteps: 2 }))).toBe(
      "f.csv: sequence 2 must have at most 2 steps, or truncate be given, got 3 steps",
    );
  });

  test("any sequences come back, their rows mixed", () => {
    // JavaScript writes -0 as 0.
    const number = fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => x || 0);
    const sequence = fc.array(number, {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        fc.array(sequence, { minLength: 2, maxLength: 6 }),
        fc.infiniteStream(fc.nat()),
        (all, picks) => {
          const left = all.map((values, id) => ({ id, values: [...values.entries()] }));
          const order = new Set<number>();
          let text = "sequence,label,t,x\n";
          while (left.some(({ values }) => values.length > 0)) {
            const open = left.filter(({ values }) => values.length > 0);
            const { id, values } = open[picks.next().value! % open.length];
            const [[t, x]] = values.splice(picks.next().value! % values.length, 1);
            order.add(id);
            text += `s${id},${id % 2},${t},${x}\n`;
          }
          const ids = [...order];
          const dataset = read(text, { timeColumn: "t" });
          expect(sequencesOf(dataset)).toEqual(ids.map((id) => all[id].map((x) => [x])));
          expect(labelsOf(dataset)).toEqual(ids.map((id) => `${id % 2}`));
        },
      ),
    );
  });

  test.each<[string, string, Partial<CsvSequencesOptions>, string]>([
    [
      "a label that changes",
      "sequence,label,x\na,up,1\nb,down,1\na,down,2\n",
      {},
      'line 4, column 2 ("label"): expected "label" of sequence "a" to stay, got "down"; with everyStep each step has its own',
    ],
    [
      "a label never seen",
      STEPS,
      { classNames: ["walk", "jump"] },
      'line 4, column 2 ("label"): expected one of "walk", "jump", got "run"',
    ],
    [
      "no label",
      "sequence,label,x\na, ,1\n",
      {},
      'line 2, column 2 ("label"): expected a label, got nothing',
    ],
    [
      "no id",
      'sequence,label,x\n"",up,1\n',
      {},
      'line 2, column 1 ("sequence"): expected the id of a sequence, got nothing',
    ],
    [
      "hexadecimal",
      "sequence,label,x\na,up,0x10\n",
      {},
      'line 2, column 3 ("x"): expected a number, got "0x10"',
    ],
    [
      "an empty cell",
      "sequence,label,x,y\na,up,1,2\na,up,,2\n",
      {},
      'line 3, column 3 ("x"): expected a number, got "": fill in missing values before, or leave out their sequences',
    ],
    ...["?", "NaN", "NA", "null"].map((missing): [string, string, Partial<CsvSequencesOptions>, string] => [
      `missing as ${missing}`,
      `sequence,label,x\na,up,${missing}\n`,
      {},
      `line 2, column 3 ("x"): expected a number, got "${missing}": fill in missing values before, or leave out their sequences`,
    ]),
    [
      "infinity",
      "sequence,label,x\na,up,Infinity\n",
      {},
      'line 2, column 3 ("x"): expected a number, got "Infinity"',
    ],
    [
      "a number beyond float32",
      "sequence,label,x\na,up,4e38\n",
      {},
      'line 2, column 3 ("x"): expected a number within float32\'s range, got "4e38"',
    ],
    [
      "a date for a time",
      "sequence,label,t,x\na,up,2024-01-01,1\n",
      { timeColumn: "t" },
      'line 2, column 3 ("t"): expected a number, got "2024-01-01"',
    ],
    [
      "a time twice",
      "sequence,label,t,x\na,up,3,1\nb,down,3,1\na,up,1,1\na,up,3.0,1\n",
      { timeColumn: "t" },
      'line 5: expected each time of sequence "a" once, got 3 as in line 2',
    ],
    [
      "no label column",
      "sequence,class,x\na,up,1\n",
      {},
      'header: expected a column "label", got "sequence", "class", "x"',
    ],
    ["one column for two", STEPS, { sequenceColumn: "label" }, 'column "label" is given two meanings'],
    [
      "a column twice",
      "sequence,label,x, x\na,up,1,2\n",
      {},
      'header: expected each column once, got "x" twice',
    ],
    [
      "a column without a name",
      ",sequence,label,x\n0,a,up,1\n",
      {},
      "header: expected a name for column 1, got nothing",
    ],
    ["no features", "sequence,label\na,up\n", {}, "header: expected a column of numbers, got none"],
    ["no rows", "sequence,label,x\n", {}, "expected rows after the header, got none"],
    [
      "one class",
      "sequence,label,x\na,up,1\nb,up,1\n",
      {},
      'a classifier needs at least 2 classes, got 1 ("up")',
    ],
    [
      "another option's layout",
      STEPS,
      { featuresPerStep: 2 },
      "featuresPerStep needs a row per sequence, got row-per-step",
    ],
    [
      "another layout",
      STEPS,
      { layout: "wide" as never },
      'layout must be "row-per-step" or "row-per-sequence", got "wide"',
    ],
  ])("refuses %s", (_, text, options, message) => {
    expect(refusal(() => read(text, options))).toBe(`f.csv: ${message}`);
  });
});

// Sequence a has 2 steps, b 1; the state changes within a; x is the only feature.
const TAGS = "sequence,label,x\na,idle,1\na,run,2\nb,idle,3\n";

describe("everyStep", () => {
  test("a label each step", () => {
    const dataset = read(TAGS, { everyStep: true });
    expect(dataset).toMatchObject({ truth: "classes", everyStep: true, classes: 2, count: 2, timeSteps: 2 });
    expect(dataset.classNames).toEqual(["idle", "run"]);
    expect([...dataset.labels]).toEqual([0, 1, 0, -1]);
  });

  test("labels go with their rows when time sorts them, and are cut with them", () => {
    const text = "sequence,label,t,x\na,c,3,30\nb,a,1,5\na,a,1,10\na,b,2,20\n";
    const dataset = read(text, { everyStep: true, timeColumn: "t" });
    expect([...dataset.labels]).toEqual([0, 1, 2, 0, -1, -1]);
    const cut = read(text, { everyStep: true, timeColumn: "t", timeSteps: 2, truncate: "start" });
    expect([...cut.labels]).toEqual([1, 2, 0, -1]);
  });

  test("numbers to predict at each step", () => {
    const text = "sequence,next,x,also\na,2,1,7\na,3,2,8\nb,4,3,9\n";
    const options = { task: "regression", everyStep: true, targetColumns: ["also", "next"] } as const;
    const dataset = read(text, options);
    expect(dataset).toMatchObject({ truth: "targets", everyStep: true, outputs: 2, features: 1 });
    expect(dataset.targetNames).toEqual(["also", "next"]);
    expect([...dataset.targets]).toEqual([7, 2, 8, 3, 9, 4, 0, 0]);
  });

  test("a label never seen is refused by its line", () => {
    expect(refusal(() => read(TAGS, { everyStep: true, classNames: ["idle", "walk"] }))).toBe(
      'f.csv: line 3, column 2 ("label"): expected one of "idle", "walk", got "run"',
    );
  });
});

describe("targets and weights", () => {
  const ROWS = "id,x,weight,sum,big\np,1,2,-1.5,0\nq,3,0.5,4e1,1\n";

  test("numbers to predict, one or more, row per sequence", () => {
    const options = {
      task: "regression",
      sequenceColumn: "id",
      weightColumn: "weight",
      targetColumns: ["sum", "big"],
    } as const;
    const dataset = readRows(ROWS, options);
    expect(dataset).toMatchObject({ truth: "targets", everyStep: false, outputs: 2, features: 1 });
    expect([...dataset.targets]).toEqual([-1.5, 0, 40, 1]);
    expect([...dataset.sampleWeights!]).toEqual([2, 0.5]);
    expect(dataset.ids).toEqual(["p", "q"]);
    expect(sequencesOf(dataset)).toEqual([[[1]], [[3]]]);
    const one = readRows("x,target\n1,2\n", { task: "regression" });
    expect([...one.targets]).toEqual([2]);
    expect(one.targetNames).toEqual(["target"]);
  });

  test("marks, row per step: the same in all rows of a sequence", () => {
    const text = "sequence,wet,cold,x\na,1,0,5\na,1,0,6\nb,0,1,7\n";
    const dataset = read(text, { task: "multi-label", targetColumns: ["wet", "cold"] });
    expect([...dataset.targets]).toEqual([1, 0, 0, 1]);
    expect(dataset.ids).toEqual(["a", "b"]);
  });

  test("weights with classes, row per step", () => {
    const dataset = read("sequence,label,w,x\na,u,2,5\na,u,2,6\nb,v,0,7\n", { weightColumn: "w" });
    expect([...dataset.sampleWeights!]).toEqual([2, 0]);
    expect(dataset.features).toBe(1);
  });

  test.each<[string, string, Partial<CsvSequencesOptions>, string]>([
    [
      "a target that changes",
      "sequence,target,x\na,1,1\na,2,1\n",
      { task: "regression" },
      'line 3, column 2 ("target"): expected "target" of sequence "a" to stay, got "2"; with everyStep each step has its own',
    ],
    [
      "a weight that changes, also with everyStep",
      "sequence,label,w,x\na,u,1,1\na,v,2,1\n",
      { weightColumn: "w", everyStep: true },
      'line 3, column 3 ("w"): expected "w" of sequence "a" to stay, got "2"',
    ],
    [
      "a mark that is neither",
      "sequence,target,x\na,2,1\n",
      { task: "multi-label" },
      'line 2, column 2 ("target"): expected a number from 0 to 1, got "2"',
    ],
    [
      "a weight below 0",
      "sequence,label,w,x\na,u,-1,1\n",
      { weightColumn: "w" },
      'line 2, column 3 ("w"): expected a number from 0, got "-1"',
    ],
    [
      "a missing target",
      "sequence,target,x\na,,1\n",
      { task: "regression" },
      'line 2, column 2 ("target"): expected a number, got "": fill in missing values before, or leave out their sequences',
    ],
    [
      "a target beyond float32",
      "sequence,target,x\na,1e39,1\n",
      { task: "regression" },
      'line 2, column 2 ("target"): expected a number within float32\'s range, got "1e39"',
    ],
    [
      "no target column",
      "sequence,label,x\na,1,1\n",
      { task: "regression" },
      'header: expected a column "target", got "sequence", "label", "x"',
    ],
    [
      "a target twice",
      "sequence,y,x\na,1,1\n",
      { task: "regression", targetColumns: ["y", "y"] },
      'column "y" is given two meanings',
    ],
    [
      "no targets",
      "sequence,y,x\na,1,1\n",
      { task: "regression", targetColumns: [] },
      "targetColumns must name at least one column, got none",
    ],
    [
      "another task",
      TAGS,
      { task: "tags" as never },
      'task must be "classes", "multi-label" or "regression", got "tags"',
    ],
    [
      "steps of rows that are sequences",
      "label,x\na,1\n",
      { everyStep: true, layout: "row-per-sequence" },
      "everyStep needs rows of one step each, got row-per-sequence",
    ],
  ])("refuses %s", (_, text, options, message) => {
    expect(refusal(() => read(text, options))).toBe(`f.csv: ${message}`);
  });
});

describe("files to predict", () => {
  test("need no label; ids are kept in the order of the file", () => {
    const dataset = read("sequence,x\nb7,1\na1,2\nb7,3\n", { unlabelled: true });
    expect(dataset).toMatchObject({ truth: "none", outputs: 0, features: 1 });
    expect(dataset.ids).toEqual(["b7", "a1"]);
    expect(sequencesOf(dataset)).toEqual([[[1], [3]], [[2]]]);
  });

  test("may have labels, targets and weights, which are left out unread", () => {
    const rows = "sequence,label,x\na,,1\na,odd,2\n";
    expect(read(rows, { unlabelled: true })).toMatchObject({ features: 1, truth: "none" });
    const options = { unlabelled: true, task: "regression", targetColumns: ["y", "z"] } as const;
    const dataset = readRows("y,x,w\n?,1,?\n", { ...options, weightColumn: "w" });
    expect(dataset).toMatchObject({ features: 1, truth: "none", sampleWeights: undefined });
  });

  test("featureColumns finds the features by name, in the order they were learnt", () => {
    const dataset = read("x,note,sequence,y\n1,zz,a,2\n", { unlabelled: true, featureColumns: ["y", "x"] });
    expect(sequencesOf(dataset)).toEqual([[[2, 1]]]);
    expect(refusal(() => read(STEPS, { featureColumns: ["x", "z"] }))).toBe(
      'f.csv: header: expected a column "z", got "sequence", "label", "x", "y"',
    );
    expect(
      featureColumnsOf("id, b ,label,a\n", "f.csv", { layout: "row-per-sequence", sequenceColumn: "id" }),
    ).toEqual(["b", "a"]);
  });
});

describe("row-per-sequence", () => {
  const ROWS = "a1,b1,label,a2,b2\n1,2,up,3,4\n5,6,down,7,8\n9,10,up,11,12\n";

  test("reads step after step, one feature each unless told", () => {
    expect(sequencesOf(readRows(ROWS))[1]).toEqual([[5], [6], [7], [8]]);
    const dataset = readRows(ROWS, { featuresPerStep: 2 });
    expect(dataset).toMatchObject({ count: 3, timeSteps: 2, features: 2, classes: 2, lengths: undefined });
    expect(labelsOf(dataset)).toEqual(["up", "down", "up"]);
    expect(sequencesOf(dataset).map(String)).toEqual(["1,2,3,4", "5,6,7,8", "9,10,11,12"]);
  });

  test("leaves out an id column; takes classNames and another label column", () => {
    const dataset = readRows("id\tkind\tx\nzz\tb\t1\nyy\ta\t2\n", {
      sequenceColumn: "id",
      labelColumn: "kind",
      classNames: ["b", "a"],
    });
    expect(sequencesOf(dataset)).toEqual([[[1]], [[2]]]);
    expect([...dataset.labels]).toEqual([0, 1]);
  });

  test.each<[string, Partial<CsvSequencesOptions>, string]>([
    [
      ROWS,
      { featuresPerStep: 3 },
      "featuresPerStep must divide the 4 columns of numbers into whole steps, got 3",
    ],
    [
      ROWS,
      { featuresPerStep: 0 },
      "featuresPerStep must divide the 4 columns of numbers into whole steps, got 0",
    ],
    [ROWS, { timeColumn: "a1" }, "a timeColumn needs rows of one step each, got row-per-sequence"],
    ["label,x\nup,1\ndown,x\n", {}, 'line 3, column 2 ("x"): expected a number, got "x"'],
    ["label,x,y\nup,1,2\ndown,3\n", {}, "line 3: expected 3 columns as in the header, got 2"],
    ["label,x\n", {}, "expected rows after the header, got none"],
  ])("refuses %j with %o", (text, options, message) => {
    expect(refusal(() => readRows(text, options))).toBe(`f.csv: ${message}`);
  });
});

describe("mutated files", () => {
  const tokens = [
    ",",
    "\n",
    "\r\n",
    '"',
    "a",
    "walk",
    "label",
    "x",
    "-",
    ".",
    "e9",
    "1e39",
    "NaN",
    "?",
    "0x1",
    " ",
    ";",
    "\ufeff",
  ];
  test.each<[string, string, Partial<CsvSequencesOptions>]>([
    ["row-per-step", STEPS, {}],
    [
      "row-per-step with time",
      "sequence,label,t,x\na,0,2,1.5\nb,1,2,2\na,0,1,-3\nb,1,1,4\n",
      { timeColumn: "t" },
    ],
    ["row-per-sequence", "label,x1,x2\nup,1,2\ndown,-3.5,4e2\nup,5,6\n", { layout: "row-per-sequence" }],
    ["a label each step", TAGS, { everyStep: true }],
    [
      "targets and weights",
      "sequence,a,b,w,x\ns,0,1,1,5\ns,0,1,1,6\nr,1,1,2,7\n",
      { task: "multi-label", targetColumns: ["a", "b"], weightColumn: "w" },
    ],
  ])(`%s: a sound dataset or a refusal, ${FUZZ_RUNS} times`, (_, good, options) => {
    let accepted = 0;
    fc.assert(
      fc.property(mutatedText(good, tokens), (text) => {
        try {
          expectSound(read(text, options));
          accepted++;
        } catch (error) {
          expectRefusal(error, "f.csv");
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(accepted).toBeGreaterThan(FUZZ_RUNS / 50);
    expect(accepted).toBeLessThan(FUZZ_RUNS);
  });

  test("hostile megabytes in bounded time and memory", () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `x${i}`).join();
    const hostile = [
      `sequence,label,${names}\n${"\n".repeat(1_000_000)}`,
      `sequence,label,x\n${Array.from({ length: 100_000 }, (_, i) => `s${i},${i % 2},1\n`).join("")}${"s0,0,1\n".repeat(50_000)}`,
      `sequence,label,x\na,0,${" ".repeat(2_000_000)}y\n`,
      `sequence,label,x\na,0,${"1".repeat(2_000_000)}y\n`,
      `sequence,label,x\na,${"1".repeat(2_000_000)}x,1\nb,${"1".repeat(2_000_000)},1\na,c,1`,
    ];
    for (const text of hostile) {
      try {
        read(text);
      } catch (error) {
        expectRefusal(error, "f.csv");
        continue;
      }
      throw new Error("expected a refusal, got none");
    }
  }, 10_000);
});
