// Packed models: what goes in comes out, and a file that is not whole is refused.

import fc from "fast-check";
import { expect, test } from "vitest";
import { crc32 } from "../../src/formats/crc32.ts";
import { decodePacked } from "../../src/formats/packed.ts";
import { createModel } from "../../src/index.ts";
import { packModel, unpackModel } from "../../src/pack-model.ts";
import { anyModel } from "./architectures.ts";

const SMALL = { timeSteps: 3, features: 2, units: 3, classes: 2 };
const preparation = {
  classNames: ["yes, ünïcode", "no"],
  scaler: { kind: "standard" as const, offset: [0.1, -1e300], scale: [1 / 3, 7] },
};

async function smallFile(): Promise<Uint8Array> {
  const model = await createModel(SMALL);
  return packModel(model.config, await model.weights(), { preparation });
}

test("any model comes back as it was", async () => {
  await fc.assert(
    fc.asyncProperty(anyModel, async (options) => {
      const model = await createModel({ ...options, build: "simd" });
      const { timeSteps, features, projectionUnits, layers, head } = model.config;
      const weights = await model.weights();
      const back = unpackModel(packModel(model.config, weights));
      expect(back.architecture).toEqual({ timeSteps, features, projectionUnits, layers, head });
      expect(back.weights).toEqual(weights);
      expect([back.classNames, back.scaling]).toEqual([[], undefined]);
      const again = await createModel({ ...back.architecture, build: "simd" });
      await again.setWeights(back.weights);
    }),
    { numRuns: 30, seed: 6 },
  );
});

test("names and scaling come back as they were", async () => {
  const { classNames, scaling } = decodePacked(await smallFile(), "file");
  expect(classNames).toEqual(preparation.classNames);
  expect(scaling).toEqual({ offset: preparation.scaler.offset, scale: preparation.scaler.scale });
});

test("a changed byte is found, wherever it is", async () => {
  const file = await smallFile();
  for (let at = 0; at < file.length; at++) {
    const changed = file.slice();
    changed[at] ^= 1 + (at % 255);
    expect(() => decodePacked(changed, "file")).toThrow(/^file: /);
  }
});

test("a file cut short or continued is refused", async () => {
  const file = await smallFile();
  for (let length = 0; length < file.length; length++) {
    expect(() => decodePacked(file.subarray(0, length), "file")).toThrow(/^file: expected/);
  }
  expect(() => decodePacked(Uint8Array.from([...file, 0]), "file")).toThrow(/bytes, got/);
});

test("a file that lies with a good checksum is refused or read, nothing else", async () => {
  const file = await smallFile();
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 28 }),
      fc.oneof(fc.nat(), fc.constantFrom(0, 1, 2 ** 20, 2 ** 31)),
      (word, value) => {
        const changed = file.slice();
        const view = new DataView(changed.buffer);
        view.setUint32(4 * word, value, true);
        view.setUint32(12, crc32(changed.subarray(16)), true);
        try {
          decodePacked(changed, "file");
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          expect((error as Error).message).toMatch(/^file: /);
        }
      },
    ),
    { numRuns: 3000, seed: 7 },
  );
});

test("what cannot be packed is named", async () => {
  const model = await createModel(SMALL);
  const weights = await model.weights();
  const pack = (options: object) => () => packModel(model.config, weights, options);
  expect(pack({ precision: "int4" })).toThrow("precision must be one of f32, int8, got int4");
  expect(pack({ preparation: { classNames: ["a"] } })).toThrow("weights: expected 2 class names, got 1");
  expect(pack({ preparation: { classNames: ["a", "b\0"] } })).toThrow(/class name/);
  expect(pack({ preparation: { scaler: { kind: "standard", offset: [1], scale: [1] } } })).toThrow(/offset/);
  weights.delete("head.bias");
  expect(pack({ name: "m.safetensors" })).toThrow(/^m.safetensors: expected tensor "head.bias"/);
});
