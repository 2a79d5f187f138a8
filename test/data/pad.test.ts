import { expect, test } from "vitest";
import { Dataset } from "../../src/data/dataset.ts";
import { padSteps } from "../../src/data/pad.ts";
import { fromSequences } from "../../src/data/ragged.ts";
import { sequencesOf } from "../support/sequences.ts";

const values = [[[1], [2]], [[3]]];

test("a dataset with more steps is that of the same sequences read with more steps", () => {
  const label = [{ label: 0 }, { label: 1 }];
  const labels = [{ labels: [0, 1] }, { labels: [1] }];
  const targets = [{ targets: [5, 6] }, { targets: [7] }];
  const pairs = [{ targets: Float32Array.of(1, 2, 3, 4) }, { targets: Float32Array.of(5, 6) }];
  for (const [known, options] of [
    [label, { classes: 2 }],
    [labels, { classes: 2, everyStep: true }],
    [targets, { outputs: 1, everyStep: true }],
    [pairs, { outputs: 2, everyStep: true }],
    [[{}, {}], {}],
  ] as const) {
    const sequences = values.map((own, i) => ({ values: own, id: `s${i}`, weight: i, ...known[i] }));
    const read = (timeSteps: number) => fromSequences(sequences, { features: 1, timeSteps, ...options });
    const padded = padSteps(read(2), 5);
    expect({ ...padded }).toEqual({ ...read(5) });
    expect(sequencesOf(padded)).toEqual(values);
  }
});

test("full sequences get lengths", () => {
  const full = Dataset.fromFloats({ values: Float32Array.of(1, 2), timeSteps: 2, features: 1 });
  expect([...padSteps(full, 3).lengths!]).toEqual([2]);
  expect(padSteps(full, 2)).toBe(full);
});

test.each([1, 2.5, Number.NaN])("refuses %s steps for 2", (timeSteps) => {
  const full = Dataset.fromFloats({ values: Float32Array.of(1, 2), timeSteps: 2, features: 1, name: "pair" });
  expect(() => padSteps(full, timeSteps)).toThrow(
    new RangeError(`pair: timeSteps must be a whole number from 2, got ${timeSteps}`),
  );
});
