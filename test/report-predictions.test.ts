import { expect, test } from "vitest";
import { type PredictionFormat, type Predictions, predictionsText } from "../src/report-predictions.ts";

const text = (predictions: Predictions, format: PredictionFormat) =>
  [...predictionsText(predictions, format)].join("");
const f = (...values: number[]) => Float32Array.from(values);

test("names that would break a CSV file are quoted", () => {
  const names = ["up, down", 'a "b"'];
  const items = [{ id: "x\ny", values: f(0.25, 0.75), best: 1 }];
  expect(text({ task: "classes", names, everyStep: false, items }, "csv")).toBe(
    'id,class,"p_up, down","p_a ""b"""\n"x\ny","a ""b""",0.25,0.75\n',
  );
});

test("numbers are the shortest that are the same float32", () => {
  const values = f(0.1, 1 / 3, 1e-20, -0, 123456789, Math.PI);
  const names = ["a", "b", "c", "d", "e", "f"];
  const line = text(
    { task: "regression", names, everyStep: false, items: [{ id: "0", values, best: -1 }] },
    "csv",
  );
  const told = line.split("\n")[1].split(",").slice(1);
  expect(told.slice(0, 4)).toEqual(["0.1", "0.33333334", "1e-20", "0"]);
  expect(f(...told.map(Number))).toEqual(f(0.1, 1 / 3, 1e-20, 0, 123456789, Math.PI));
});

test("a table shows the best class alone where there are too many for columns", () => {
  const names = Array.from({ length: 12 }, (_, i) => `class${i}`);
  const values = f(...names.map((_, i) => (i === 7 ? 0.89 : 0.01)));
  const items = [
    { id: "first", values, best: 7 },
    { id: "2", values, best: 7 },
  ];
  expect(text({ task: "classes", names, everyStep: false, items }, "table")).toBe(
    "id     class   probability\nfirst  class7       0.8900\n2      class7       0.8900\n",
  );
});

test("a table gives a terminal nothing to obey", () => {
  const names = ["\u001b[31mup", "down\u0007"];
  const items = [{ id: "x\ny", values: f(0.25, 0.75), best: 1 }];
  expect(text({ task: "classes", names, everyStep: false, items }, "table")).toBe(
    "id   class   [31mup   down\nx y  down    0.2500  0.7500\n",
  );
});

test("marks are those that are more probable than not, and may be none", () => {
  const items = [
    { id: "a", step: 0, values: f(0.9, 0.6), best: -1 },
    { id: "a", step: 1, values: f(0.5, 0.1), best: -1 },
  ];
  const predictions: Predictions = { task: "multi-label", names: ["wet", "cold"], everyStep: true, items };
  expect(text(predictions, "csv")).toBe("id,step,marks,p_wet,p_cold\na,0,wet cold,0.9,0.6\na,1,,0.5,0.1\n");
  expect(text(predictions, "jsonl").split("\n")[1]).toBe(
    '{"id":"a","step":1,"marks":[],"probabilities":{"wet":0.5,"cold":0.1}}',
  );
});
