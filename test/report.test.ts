import { describe, expect, test } from "vitest";
import type { ClassEvaluation, MarkEvaluation, RegressionEvaluation } from "../src/metrics.ts";
import {
  bytesText,
  confusionText,
  errorText,
  evaluationText,
  grouped,
  progressText,
  reportText,
  scoresText,
  stepText,
} from "../src/report.ts";
import { confusedText } from "../src/report-evaluation.ts";
import type { ModelInfo } from "../src/types.ts";

const INFO: ModelInfo = {
  build: "simd",
  threads: 1,
  worker: false,
  parameters: 1000,
  memoryBytes: 18_200_000,
  flopsPerUpdate: 2e9,
  naiveFlopsPerUpdate: 3e9,
};
const TEST: ClassEvaluation = {
  task: "classes",
  count: 1200,
  items: 1200,
  loss: 0.25,
  accuracy: 0.9,
  interval: [0.8817, 0.9157],
  confusion: [
    [1000, 3],
    [117, 80],
  ],
};
const MARKS: MarkEvaluation = {
  task: "multi-label",
  count: 50,
  items: 50,
  loss: 0.5,
  accuracy: 0.75,
  interval: [0.7, 0.8],
  outputs: [
    { support: 20, precision: 0.5, recall: 0.25, f1: 1 / 3 },
    { support: 1000, precision: 1, recall: 0.5, f1: 2 / 3 },
  ],
};
const NUMBERS: RegressionEvaluation = {
  task: "regression",
  count: 50,
  items: 2000,
  loss: 4,
  accuracy: Number.NaN,
  interval: [Number.NaN, Number.NaN],
  rmse: 2,
  mae: 1.5,
  r2: 0.625,
  outputs: [
    { rmse: 0.012345, mae: 1e-7, r2: 0.5 },
    { rmse: 123456.7, mae: 98.76543, r2: 0.75 },
  ],
};
const TRAINING = { done: 10, updates: 10, samples: 1280, seconds: 2 };

describe("stepText", () => {
  test("aligns the steps with the number of updates", () => {
    expect(stepText(0, 782, 2.56789, 0.0625, false)).toBe("step   0/782  loss 2.5679  accuracy 0.063");
    expect(stepText(340, 782, 0.3121, 0.90625, false)).toBe("step 340/782  loss 0.3121  accuracy 0.906");
  });

  test("draws the accuracy in eighths of 20 cells", () => {
    const bar = (accuracy: number) => stepText(0, 1, 1, accuracy, true).split("  ")[3] ?? "";
    expect(bar(0)).toBe("");
    expect(bar(1)).toBe("█".repeat(20));
    expect(bar(0.5)).toBe("█".repeat(10));
    expect(bar(1 / 160)).toBe("▏");
    expect(bar(7 / 160)).toBe("▉");
    expect(bar(9 / 160)).toBe("█▏");
  });

  test("shows a loss that is not finite as it is, and no accuracy where there is none", () => {
    expect(stepText(1, 3, Number.NaN, 0, false)).toBe("step 1/3  loss NaN  accuracy 0.000");
    expect(stepText(1, 3, 0.5, Number.NaN, true)).toBe("step 1/3  loss 0.5000");
  });
});

describe("progressText", () => {
  const progress = { done: 340, updates: 782, samples: 43520, seconds: 8, loss: 0.31214, accuracy: 0.90625 };
  const at = (width: number, secondsLeft = 10.4) => progressText({ ...progress, secondsLeft }, width);

  test("names steps, loss, accuracy, samples per second and time left where there is room", () => {
    expect(at(80)).toBe("340/782  43 %  loss 0.3121  accuracy 0.906  5,440 samples/s  0:11 left");
    expect(at(60)).toBe("340/782  loss 0.312  acc 0.906  5,440 samples/s  0:11 left");
    expect(at(52)).toBe("340/782  loss 0.312  acc 0.906  5,440/s  0:11");
    expect(at(30)).toBe("340/782  acc 0.906  0:11");
    expect(at(10)).toBe("340/782");
  });

  test("names the loss where there is no accuracy", () => {
    const numbers = (width: number) =>
      progressText({ ...progress, accuracy: Number.NaN, secondsLeft: 10.4 }, width);
    expect(numbers(80)).toBe("340/782  43 %  loss 0.3121  5,440 samples/s  0:11 left");
    expect(numbers(30)).toBe("340/782  loss 0.312  0:11");
  });

  test("always leaves the last column free, so that the line never wraps", () => {
    for (let width = 0; width <= 120; width++) expect(at(width).length).toBeLessThan(Math.max(1, width));
  });

  test("shows minutes and hours", () => {
    expect(at(80, 0)).toContain(" 0:00 left");
    expect(at(80, 59.2)).toContain(" 1:00 left");
    expect(at(80, 754)).toContain(" 12:34 left");
    expect(at(80, 3661)).toContain(" 1:01:01 left");
  });
});

describe("confusionText", () => {
  test("aligns columns and names labels on all four sides", () => {
    expect(confusionText(TEST.confusion)).toBe(
      [
        "confusion: a row is a label, a column what it was taken for",
        "      0    1",
        "0  1000    3  0",
        "1   117   80  1",
        "      0    1",
      ].join("\n"),
    );
  });

  test("names the rows by their classes, cut when long", () => {
    const lines = confusionText(TEST.confusion, ["walk", "a name that nobody would care to read"]).split(
      "\n",
    );
    expect(lines.slice(2, 4)).toEqual(["0  1000    3  walk", "1   117   80  a name that nobody wo..."]);
  });

  test("names columns as well where all names are short", () => {
    const lines = confusionText(TEST.confusion, ["up", "down"]).split("\n");
    expect(lines.slice(1, 4)).toEqual(["        up down", "  up  1000    3    up", "down   117   80  down"]);
  });

  test("gives a terminal nothing to obey", () => {
    const one = [[0, 1]];
    expect(confusionText(one, ["a\u001b[31mred\u0007"]).split("\n")[2]).toMatch(/ a \[31mred $/);
    expect(confusionText(one, ["\u001b[1m"])).not.toContain("\u001b");
    expect(confusedText(one, ["a\nb", "\u001b"])).toBe("a b as  : 1");
  });

  test("makes room for labels of two digits and shows 0 as a dot", () => {
    const confusion = Array.from({ length: 11 }, (_, i) =>
      Array.from({ length: 11 }, (_, j) => (i === j ? 1 : 0)),
    );
    const lines = confusionText(confusion).split("\n");
    expect(lines[1]).toBe("     0  1  2  3  4  5  6  7  8  9 10");
    expect(lines[2]).toBe(" 0   1  .  .  .  .  .  .  .  .  .  .   0");
    expect(lines[12]).toBe("10   .  .  .  .  .  .  .  .  .  .  1  10");
  });
});

describe("reportText", () => {
  const run = { test: TEST, training: TRAINING, info: INFO, totalSeconds: 3.456, peakBytes: 150e6 };

  test("says everything", () => {
    const validation = { ...TEST, count: 50, items: 50, loss: 0.5, accuracy: 0.8 };
    expect(reportText({ ...run, validation, isFolded: true }).split("\n")).toEqual([
      "",
      "validation accuracy 0.8000 (95 % interval 0.8817 to 0.9157, 50 sequences)",
      "test accuracy 0.9000 (95 % interval 0.8817 to 0.9157, 1,200 sequences)",
      "",
      ...confusionText(TEST.confusion).split("\n"),
      "",
      "confused 1 as 0: 117, 0 as 1: 3",
      "loss     validation 0.5000, test 0.2500",
      "training 10 updates in 2.00 s, 640 samples/s",
      "speed    10.0 GFLOP/s done (projection folded into the LSTM)",
      "         15.0 GFLOP/s as written (every product unfolded)",
      "engine   build simd, 1 thread",
      "memory   18.2 MB model, 150.0 MB process at its peak",
      "time     3.46 s in all",
    ]);
  });

  test("names classes that have names", () => {
    const lines = reportText({ ...run, names: ["walk", "run"] }).split("\n");
    expect(lines).toContain("confused run as walk: 117, walk as run: 3");
    expect(lines).toContain("walk  1000    3  walk");
  });

  test("tells how well each class is told where that is wanted", () => {
    const names = ["walk", "run"];
    const text = reportText({ ...run, names, isDetailed: true });
    expect(text).toContain(`\n\n${scoresText(TEST, names)}\n\nconfused `);
    expect(reportText({ ...run, names })).not.toContain("precision");
  });

  test("leaves out a matrix that no terminal is wide enough for", () => {
    const confusion = Array.from({ length: 41 }, (_, i) => Array.from({ length: 41 }, (_, j) => +(i === j)));
    const text = reportText({ ...run, test: { ...TEST, confusion } });
    expect(text).not.toContain("confusion:");
    expect(text).toContain("\nconfused none\n");
  });

  test("tells one speed where no projection is folded, and what an earlier run has done", () => {
    const training = { ...TRAINING, before: 5 };
    const text = reportText({ ...run, training });
    expect(text).toContain(
      "training 5 updates, after 5 before in 2.00 s, 640 samples/s\nspeed    5.0 GFLOP/s\nengine",
    );
  });

  test("has scores in place of a confusion where there are several outputs", () => {
    const marks = reportText({ ...run, test: MARKS, names: ["wet", "cold"] }).split("\n");
    expect(marks.slice(1, 9)).toEqual([
      evaluationText("test", MARKS),
      "",
      ...scoresText(MARKS, ["wet", "cold"]).split("\n"),
      "",
      "loss     test 0.5000",
    ]);
    const [output] = NUMBERS.outputs;
    const one = reportText({ ...run, test: { ...NUMBERS, outputs: [output] } }).split("\n");
    expect(one.slice(1, 4)).toEqual([evaluationText("test", NUMBERS), "", "loss     test 4.0000"]);
  });

  test("leaves out what was not done", () => {
    const text = reportText({ ...run, training: undefined });
    expect(text).not.toMatch(/validation|training|GFLOP/);
    expect(text).toContain("loss     test 0.2500");
  });

  test("says how far a training came that was stopped, or never began", () => {
    const training = (done: number) => reportText({ ...run, training: { ...TRAINING, done, updates: 1500 } });
    expect(training(10)).toContain("training 10 of 1,500 updates in 2.00 s");
    expect(training(0)).toContain("training 0 of 1,500 updates\nengine");
  });

  test("names no pair when nothing is confused, and five at most", () => {
    const evaluated = (confusion: number[][]) => reportText({ ...run, test: { ...TEST, confusion } });
    expect(
      evaluated([
        [5, 0],
        [0, 5],
      ]),
    ).toContain("confused none\n");
    const all = evaluated([
      [1, 6, 5],
      [4, 1, 3],
      [2, 1, 1],
    ]);
    expect(all).toContain("confused 0 as 1: 6, 0 as 2: 5, 1 as 0: 4, 1 as 2: 3, 2 as 0: 2\n");
  });

  test("shows long times as minutes too", () => {
    expect(reportText({ ...run, totalSeconds: 754.2 })).toContain("time     754.2 s (12:35) in all");
  });

  test("fits 80 columns", () => {
    const big = {
      ...TEST,
      count: 10000,
      items: 10000,
      confusion: Array.from({ length: 10 }, () => new Array(10).fill(1000)),
    };
    const text = reportText({ ...run, test: big, validation: big });
    for (const line of text.split("\n")) expect(line.length).toBeLessThan(80);
  });
});

describe("evaluationText", () => {
  test("names the interval and how many sequences it rests on", () => {
    expect(evaluationText("test", { ...TEST, count: 10000, items: 10000 })).toBe(
      "test accuracy 0.9000 (95 % interval 0.8817 to 0.9157, 10,000 sequences)",
    );
    expect(evaluationText("test", { ...TEST, count: 1, items: 1 })).toMatch(/, 1 sequence\)$/);
  });

  test("names steps, marks and errors", () => {
    expect(evaluationText("test", { ...TEST, items: 34567 })).toMatch(/, 34,567 steps of 1,200 sequences\)$/);
    expect(evaluationText("test", MARKS)).toBe(
      "test accuracy 0.7500 (95 % interval 0.7000 to 0.8000, 2 marks each of 50 sequences)",
    );
    expect(evaluationText("test", NUMBERS)).toBe(
      "test rmse 2.000, mae 1.500, r2 0.6250 (2,000 steps of 50 sequences)",
    );
  });
});

describe("scoresText", () => {
  test("precision, recall and F1 of each class and their means", () => {
    expect(scoresText({ ...TEST, count: 1200 }, ["walk", "run"])).toBe(
      [
        "class  precision  recall     f1  support",
        "walk       0.895   0.997  0.943    1,003",
        "run        0.964   0.406  0.571      197",
        "mean       0.930   0.702  0.757",
      ].join("\n"),
    );
  });

  test("of each mark, numbered without names", () => {
    expect(scoresText(MARKS)).toBe(
      [
        "mark  precision  recall     f1  support",
        "0         0.500   0.250  0.333       20",
        "1         1.000   0.500  0.667    1,000",
        "mean      0.750   0.375  0.500",
      ].join("\n"),
    );
  });

  test("errors of each number and of all, readable in any unit", () => {
    expect(scoresText(NUMBERS, ["length", "mass"])).toBe(
      [
        "output     rmse       mae      r2",
        "length  0.01235  1.000e-7  0.5000",
        "mass     123457     98.77  0.7500",
        "all       2.000     1.500  0.6250",
      ].join("\n"),
    );
  });
});

test("errorText makes one line of several", () => {
  expect(errorText(new Error("Not found. Tried:\n- cache: no\n- mirror: no\nSay --data"))).toBe(
    "Not found. Tried: cache: no; mirror: no; Say --data",
  );
  expect(errorText(new Error("one"))).toBe("one");
  expect(errorText(new Error(""))).toBe("unknown error");
  expect(errorText("text")).toBe("text");
});

test("grouped and bytesText", () => {
  expect([0, 999, 1000, 55000, 1234567.4].map(grouped)).toEqual(["0", "999", "1,000", "55,000", "1,234,567"]);
  expect([0, 546952, 1e6, 18_249_999].map(bytesText)).toEqual(["0.0 kB", "547.0 kB", "1.0 MB", "18.2 MB"]);
});
