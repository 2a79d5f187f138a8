import { expect, test } from "vitest";
import { decodePreparation, encodePreparation, type Preparation } from "../src/preparation.ts";

const WHOLE: Required<Preparation> = {
  task: "multi-label",
  everyStep: true,
  timeSteps: 8,
  features: 2,
  classNames: ["a", "b"],
  targetNames: ["wet", "cold"],
  featureColumns: ["x", "y"],
  columns: {
    label: "l",
    targets: ["wet", "cold"],
    weight: "w",
    sequence: "id",
    time: "t",
    featuresPerStep: 2,
  },
  scaler: { kind: "standard", offset: [0, -1.5], scale: [1, 1e-3] },
};

test("comes back from JSON as it was, and nothing else is written", () => {
  expect(decodePreparation(encodePreparation(WHOLE), "m")).toEqual(WHOLE);
  const more = { ...WHOLE, train: [1], source: "f.csv" };
  expect(JSON.parse(encodePreparation(more))).toEqual(WHOLE);
});

test("what is not there is left out; that of version 0.1.0 is enough", () => {
  const first = { timeSteps: 8, classNames: ["down", "up"], scaler: WHOLE.scaler };
  expect(decodePreparation(JSON.stringify(first), "m")).toEqual(first);
  expect(encodePreparation({ timeSteps: 1, task: undefined })).toBe('{"timeSteps":1}');
});

test.each<[string, string]>([
  ["{", "expected a preparation as JSON, got {"],
  ["[]", "expected a preparation, got []"],
  ["null", "expected a preparation, got null"],
  ["{}", "preparation: expected timeSteps, got none"],
  ['{"timeSteps":0}', "preparation: timeSteps must be a whole number from 1, got 0"],
  ['{"timeSteps":1,"features":"2"}', 'preparation: features must be a whole number from 1, got "2"'],
  [
    '{"timeSteps":1,"task":"tags"}',
    'preparation: task must be classes, multi-label or regression, got "tags"',
  ],
  ['{"timeSteps":1,"everyStep":1}', "preparation: everyStep must be true or false, got 1"],
  ['{"timeSteps":1,"classNames":["a",2]}', 'preparation: classNames must be a list of names, got ["a",2]'],
  ['{"timeSteps":1,"steps":2}', 'preparation: unknown field "steps"'],
  ['{"timeSteps":1,"toString":2}', 'preparation: unknown field "toString"'],
  ['{"timeSteps":1,"columns":[]}', "preparation: columns must be an object, got []"],
  ['{"timeSteps":1,"columns":{"label":3}}', "preparation: columns: label must be a name, got 3"],
  ['{"timeSteps":1,"columns":{"labels":"x"}}', 'preparation: columns: unknown field "labels"'],
  ['{"timeSteps":1,"scaler":1}', "preparation: scaler must be an object, got 1"],
  [
    '{"timeSteps":1,"features":2,"scaler":{"kind":"minmax","offset":[1],"scale":[1]}}',
    "a scaler's offset must be 2 numbers, got 1",
  ],
  [
    '{"timeSteps":1,"scaler":{"kind":"minmax","offset":[1],"scale":[0]}}',
    "a scaler's scale of feature 0 must be a number above 0, got 0",
  ],
  ['{"timeSteps":1,"scaler":{"kind":"minmax"}}', "a scaler's offset must be 1 numbers, got undefined"],
])("refuses %s", (text, message) => {
  expect(() => decodePreparation(text, "m.safetensors")).toThrow(new RangeError(`m.safetensors: ${message}`));
});
