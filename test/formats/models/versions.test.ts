// Every file that a released version wrote still loads. A release adds a folder of its files, and never changes one.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeModel } from "../../../src/formats/models/convert.ts";
import { describedAs } from "../../support/model-files.ts";

const FOLDER = new URL("../../fixtures/models/", import.meta.url);

const read = (file: string) => decodeModel(readFileSync(new URL(file, FOLDER)), file);

describe("0.1.0", () => {
  // Value i of the n-th tensor, as the weights were set.
  const value = (n: number, i: number) => (((n * 31 + i * 7) % 64) - 32) / 32;
  const forgetBias = (value: number) => ({
    features: 3,
    layers: [{ units: 2, forgetBias: value }],
    head: { units: 3 },
  });

  it.each([
    ["native.safetensors", describedAs({ ...forgetBias(1), projectionUnits: 5 })],
    ["native-without-projection.safetensors", describedAs(forgetBias(0.5))],
    ["tf1.safetensors", describedAs({ ...forgetBias(2), projectionUnits: 5 })],
  ])("%s", async (file, description) => {
    const { model, mapped } = await read(`0.1.0/${file}`);
    expect(model.description).toEqual(description);
    for (const [n, { data }] of [...model.tensors.values()].entries()) {
      expect([...data]).toEqual(Array.from(data, (_, i) => value(n, i)));
    }
    expect(mapped.every(({ exact }) => exact)).toBe(true);
  });

  it("keeps the metadata of others", async () => {
    const { model } = await read("0.1.0/native.safetensors");
    expect(model.metadata).toEqual({ "wasm-lstm.preparation": '{"layout":"row-per-step"}' });
  });
});
