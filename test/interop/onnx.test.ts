// onnxruntime runs the ONNX files that this library writes, and answers as the formulas do in float64.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeOnnx } from "../../src/formats/models/onnx-write.ts";
import type { LayerConfig } from "../../src/layers.ts";
import { describedAs, modelFile } from "../support/model-files.ts";
import { predict64 } from "../support/predict64.ts";
import { randomNumbers } from "../support/reference/index.ts";
import { runOnnx } from "./onnxruntime.ts";

const BOUND = 1e-5;

const CASES: [string, Partial<LayerConfig>[]][] = [
  ["lstm", [{}]],
  ["lstm without forget bias", [{ forgetBias: 0 }]],
  ["lstm with peepholes", [{ peepholes: true, forgetBias: 0.3 }]],
  ["lstm of both directions with peepholes", [{ peepholes: true, bidirectional: true, forgetBias: 0.3 }]],
  ["stacked lstm", [{ units: 5 }, { units: 4 }, { units: 6 }]],
  [
    "stacked lstm of both directions",
    [
      { units: 3, bidirectional: true },
      { units: 4, bidirectional: true },
    ],
  ],
  ["gru, reset after", [{ type: "gru" }]],
  ["gru, reset before", [{ type: "gru", resetAfter: false }]],
  ["gru of both directions", [{ type: "gru", bidirectional: true }]],
  ["rnn", [{ type: "rnn" }]],
  ["rnn of both directions", [{ type: "rnn", bidirectional: true }]],
  [
    "all kinds in one stack",
    [{ bidirectional: true }, { type: "gru", units: 4 }, { type: "rnn" }, { type: "gru", resetAfter: false }],
  ],
];

const [B, T, I] = [4, 7, 3];

/** ONNX_FOLDER=folder keeps the files there, for onnx_check.py. */
function keep(name: string, bytes: Uint8Array): void {
  const folder = process.env.ONNX_FOLDER;
  if (folder !== undefined) writeFileSync(join(folder, `${name}.onnx`), bytes);
}

describe.each(CASES)("%s", (name, layers) => {
  test.each(["last", "every step"])("head at the %s", async (where) => {
    for (const projectionUnits of [0, 2]) {
      for (const type of ["softmax", "sigmoid", "linear"] as const) {
        const head = { type, units: 4, everyStep: where === "every step" };
        const model = modelFile(describedAs({ features: I, projectionUnits, layers, head }), 5);
        const x = values(B * T * I);
        const { bytes } = encodeOnnx(model);
        keep(`${name}, ${where}, ${projectionUnits}, ${type}`, bytes);
        expectClose(await runOnnx(bytes, x, [B, T, I]), predict64(model, x, T));
      }
    }
  });

  test("lengths", async () => {
    for (const everyStep of [false, true]) {
      const description = describedAs({ timeSteps: T, features: I, layers, head: { units: 4, everyStep } });
      const model = modelFile(description, 6);
      const x = values(B * T * I);
      const lengths = Int32Array.of(3, T, 0, 1);
      const { bytes } = encodeOnnx(model, { lengths: true });
      keep(`${name}, lengths, ${everyStep}`, bytes);
      const got = await runOnnx(bytes, x, [B, T, I], lengths);
      expectClose(got, predict64(model, x, T, lengths));
    }
  });
});

test("any batch and any number of steps", async () => {
  const model = modelFile(describedAs({ features: I, layers: [{ bidirectional: true }, {}] }));
  const { bytes } = encodeOnnx(model);
  for (const [batch, steps] of [
    [1, 1],
    [3, 2],
    [2, 11],
  ]) {
    const x = values(batch * steps * I);
    expectClose(await runOnnx(bytes, x, [batch, steps, I]), predict64(model, x, steps));
  }
});

function values(count: number): Float32Array {
  const random = randomNumbers(3);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  const farthest = Math.max(...Array.from(expected, (value, i) => Math.abs(value - got[i])));
  expect(farthest).toBeLessThanOrEqual(BOUND);
}
