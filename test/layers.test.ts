// Options of layers and head: what each kind of cell has, and how what does not fit is refused.

import { expect, test } from "vitest";
import {
  gateCount,
  headConfig,
  type LayerOptions,
  layerConfig,
  layerWidth,
  outputUnits,
} from "../src/layers.ts";

const refusal = (make: () => unknown): unknown => {
  try {
    make();
  } catch (error) {
    return error;
  }
  throw new Error("expected a refusal, got none");
};

test.each<[Record<string, unknown>, string]>([
  [{}, "layers[2].units must be a whole number from 1 to 1048576, got undefined"],
  [{ units: 0 }, "layers[2].units must be a whole number from 1 to 1048576, got 0"],
  [{ units: "8" }, "layers[2].units must be a whole number from 1 to 1048576, got 8"],
  [{ units: 2 ** 20 + 1 }, "layers[2].units must be a whole number from 1 to 1048576, got 1048577"],
  [{ units: 3, type: "GRU" }, "layers[2].type must be one of lstm, gru, rnn, got GRU"],
  [{ units: 3, dropout: 1 }, "layers[2].dropout must be a number from 0 to below 1, got 1"],
  [{ units: 3, dropout: -0.1 }, "layers[2].dropout must be a number from 0 to below 1, got -0.1"],
  [
    { units: 3, recurrentDropout: Number.NaN },
    "layers[2].recurrentDropout must be a number from 0 to below 1, got NaN",
  ],
  [
    { units: 3, forgetBias: Number.POSITIVE_INFINITY },
    "layers[2].forgetBias must be a finite number, got Infinity",
  ],
  [{ units: 3, cellClip: 0 }, "layers[2].cellClip must be a number above 0, got 0"],
  [{ units: 3, cellClip: Number.NaN }, "layers[2].cellClip must be a number above 0, got NaN"],
  [
    { units: 3, recurrentProjectionUnits: -1 },
    "layers[2].recurrentProjectionUnits must be a whole number from 0 to 1048576, got -1",
  ],
  [
    { units: 3, type: "gru", forgetBias: 0 },
    "layers[2].forgetBias is an option of lstm, the layer is of type gru",
  ],
  [
    { units: 3, type: "rnn", peepholes: true },
    "layers[2].peepholes is an option of lstm, the layer is of type rnn",
  ],
  [
    { units: 3, type: "gru", cellClip: 1 },
    "layers[2].cellClip is an option of lstm, the layer is of type gru",
  ],
  [
    { units: 3, type: "rnn", recurrentProjectionUnits: 2 },
    "layers[2].recurrentProjectionUnits is an option of lstm, the layer is of type rnn",
  ],
  [{ units: 3, resetAfter: false }, "layers[2].resetAfter is an option of gru, the layer is of type lstm"],
  [
    { units: 3, type: "rnn", resetAfter: false },
    "layers[2].resetAfter is an option of gru, the layer is of type rnn",
  ],
])("layer %o is a RangeError", (options, message) => {
  const error = refusal(() => layerConfig(options as unknown as LayerOptions, "layers[2]"));
  expect(error).toEqual(new RangeError(message));
});

test.each<[unknown, string]>([
  [5, "layers[2] must be an object, got 5"],
  [null, "layers[2] must be an object, got null"],
  [{ units: 3, unit: 3 }, "unknown option layers[2].unit; did you mean units?"],
  [
    { units: 3, recurrentDropOut: 0.1 },
    "unknown option layers[2].recurrentDropOut; did you mean recurrentDropout?",
  ],
  [
    { units: 3, x: 1 },
    "unknown option layers[2].x; the options are units, type, bidirectional, forgetBias, peepholes, cellClip, " +
      "recurrentProjectionUnits, resetAfter, dropout, recurrentDropout",
  ],
  [{ units: 3, bidirectional: 1 }, "layers[2].bidirectional must be true or false, got 1"],
  [{ units: 3, peepholes: "yes" }, "layers[2].peepholes must be true or false, got yes"],
  [{ units: 3, type: "gru", resetAfter: 0 }, "layers[2].resetAfter must be true or false, got 0"],
])("layer %o is a TypeError", (options, message) => {
  const error = refusal(() => layerConfig(options as LayerOptions, "layers[2]"));
  expect(error).toEqual(new TypeError(message));
});

test("an option of another kind of cell may stand at its default, as complete configurations have it", () => {
  for (const type of ["lstm", "gru", "rnn"] as const) {
    const complete = layerConfig({ type, units: 3 }, "layers[0]");
    expect(layerConfig(complete, "layers[0]")).toEqual(complete);
    expect(layerConfig(JSON.parse(JSON.stringify(complete)), "layers[0]")).toEqual(complete);
  }
});

test.each<[Record<string, unknown>, string]>([
  [{}, "head.units must be a whole number from 1 to 1048576, got undefined"],
  [{ units: 0 }, "head.units must be a whole number from 1 to 1048576, got 0"],
  [{ units: 3, type: "tanh" }, "head.type must be one of softmax, sigmoid, linear, got tanh"],
  [{ units: 3, dropout: 1.5 }, "head.dropout must be a number from 0 to below 1, got 1.5"],
])("head %o is a RangeError", (options, message) => {
  expect(refusal(() => headConfig(options as never))).toEqual(new RangeError(message));
});

test.each<[unknown, string]>([
  [5, "head must be an object, got 5"],
  [{ units: 3, everystep: true }, "unknown option head.everystep; did you mean everyStep?"],
  [{ units: 3, everyStep: "no" }, "head.everyStep must be true or false, got no"],
])("head %o is a TypeError", (options, message) => {
  expect(refusal(() => headConfig(options as never))).toEqual(new TypeError(message));
});

test("widths: of h in one direction, of what the layer gives, and gates", () => {
  const widths = (options: LayerOptions) => {
    const layer = layerConfig(options, "layers[0]");
    return [outputUnits(layer), layerWidth(layer), gateCount(layer)];
  };
  expect(widths({ units: 7 })).toEqual([7, 7, 4]);
  expect(widths({ units: 7, recurrentProjectionUnits: 3, bidirectional: true })).toEqual([3, 6, 4]);
  expect(widths({ type: "gru", units: 7, bidirectional: true })).toEqual([7, 14, 3]);
  expect(widths({ type: "rnn", units: 7 })).toEqual([7, 7, 1]);
});
