// A model's description from untrusted data: complete, in range, and clear about what is wrong.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkDescription,
  descriptionJson,
  parseDescription,
} from "../../../src/formats/models/description.ts";
import { MAX_DIMENSION } from "../../../src/layers.ts";
import { describedAs, descriptions } from "../../support/model-files.ts";

const GIVEN = { features: 2, layers: [{ units: 3 }], head: { units: 2 } };

describe("checkDescription", () => {
  it("fills in the defaults", () => {
    expect(checkDescription(GIVEN, "m")).toEqual(describedAs());
  });

  it("gives what is complete back as it is", () => {
    fc.assert(
      fc.property(descriptions(), (description) => {
        expect(checkDescription(description, "m")).toEqual(description);
      }),
    );
  });

  const layer = (fields: object) => ({ ...GIVEN, layers: [{ units: 3, ...fields }] });
  const wrong: [string, unknown, string][] = [
    ["nothing", undefined, "the model must be an object, got undefined"],
    ["a list", [], "the model must be an object, got a list of 0"],
    ["an unknown key", { ...GIVEN, feature: 2 }, "unknown option feature; did you mean features?"],
    ["a key that is like none", { ...GIVEN, zebra: 2 }, "the options are timeSteps, features"],
    ["a long key", { ...GIVEN, ["f".repeat(1e5)]: 2 }, `${"f".repeat(60)}...; the options are timeSteps`],
    [
      "a key of another type",
      layer({ type: "gru", peepholes: true }),
      "layers[0].peepholes is an option of lstm, the layer is of type gru",
    ],
    ["an unknown type", layer({ type: "ltsm" }), "layers[0].type must be one of lstm, gru, rnn, got ltsm"],
    ["no features", { ...GIVEN, features: undefined }, "features must be a whole number from 1"],
    [
      "half a unit",
      layer({ units: 0.5 }),
      "layers[0].units must be a whole number from 1 to 1048576, got 0.5",
    ],
    ["too many units", layer({ units: MAX_DIMENSION + 1 }), "got 1048577"],
    ["units as text", layer({ units: "3" }), "got 3"],
    ["units that cannot become text", layer({ units: { toString: 1 } }), "got an object"],
    ["no layers", { ...GIVEN, layers: [] }, "layers must be a list of 1 to 32, got 0"],
    ["too many layers", { ...GIVEN, layers: new Array(33).fill({ units: 1 }) }, "got 33"],
    [
      "layers of no kind",
      { ...GIVEN, layers: { length: 1 } },
      "layers must be a list of 1 to 32, got an object",
    ],
    ["a flag as number", layer({ bidirectional: 1 }), "layers[0].bidirectional must be true or false, got 1"],
    ["all dropped", layer({ dropout: 1 }), "layers[0].dropout must be a number from 0 to below 1, got 1"],
    ["a clip of zero", layer({ cellClip: 0 }), "layers[0].cellClip must be a number above 0, got 0"],
    ["a clip as text", layer({ cellClip: "3" }), "layers[0].cellClip must be a number above 0, got 3"],
    [
      "an endless forget bias",
      layer({ forgetBias: Infinity }),
      "layers[0].forgetBias must be a finite number",
    ],
    ["no head", { ...GIVEN, head: undefined }, "head must be an object, got undefined"],
  ];
  it.each(wrong)("refuses %s", (_name, value, message) => {
    const read = () => checkDescription(value, "m");
    expect(read).toThrow(message);
    expect(read).toThrow(/^m: /);
    expect(errorOf(read)).toSatisfy((error) => error instanceof TypeError || error instanceof RangeError);
  });

  it("is not corrupted by keys that objects inherit", () => {
    const polluted = JSON.parse(
      '{"features":2,"layers":[{"units":3}],"head":{"units":2},"__proto__":{"timeSteps":4}}',
    );
    expect(() => checkDescription(polluted, "m")).toThrow("unknown option __proto__");
    const inherited = JSON.parse('{"features":2,"layers":[{"units":3,"constructor":1}],"head":{"units":2}}');
    expect(() => checkDescription(inherited, "m")).toThrow("unknown option layers[0].constructor");
  });
});

describe("the JSON that files carry", () => {
  it("comes back", () => {
    fc.assert(
      fc.property(descriptions(), (description) => {
        expect(parseDescription(descriptionJson(description), "m")).toEqual(description);
      }),
    );
  });

  it("says what a layer's type knows, and its version", () => {
    expect(JSON.parse(descriptionJson(describedAs({ layers: [{ type: "gru", units: 1 }] })))).toEqual({
      version: 1,
      features: 2,
      projectionUnits: 0,
      layers: [
        { type: "gru", units: 1, bidirectional: false, dropout: 0, recurrentDropout: 0, resetAfter: true },
      ],
      head: { type: "softmax", units: 2, everyStep: false, dropout: 0 },
    });
  });

  it.each([
    ["no JSON", "{", 'm: expected JSON, got "{"'],
    ["no version", JSON.stringify(GIVEN), "m: expected version, a whole number from 1, got undefined"],
    ["a later version", JSON.stringify({ version: 2, ...GIVEN }), "of a later release of this library"],
    ["deep nesting", "[".repeat(1e6), "m: expected JSON"],
    ["megabytes", " ".repeat(1e6 + 1), "m: expected at most 1000000 characters"],
  ])("is refused with %s", (_name, json, message) => {
    expect(() => parseDescription(json, "m")).toThrow(message);
  });
});

function errorOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return error;
  }
  return undefined;
}
