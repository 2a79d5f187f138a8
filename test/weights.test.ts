// A model's weights: where they begin, out and in again, as tensors and as files.

import { describe, expect, test } from "vitest";
import { loadModel, type ModelOptions, type Tensors } from "../src/index.ts";
import { KINDS } from "./support/kinds.ts";
import { batchOf, bitsOf, closedAfterwards, newModel, referenceOf } from "./support/models.ts";
import { weightShapes } from "./support/reference/index.ts";

const shapesOf = (tensors: Tensors) => [...tensors].map(([name, { shape }]) => [name, shape]);

function mapWeights(weights: Tensors, change: (value: number, name: string) => number): Tensors {
  return new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => change(v, name)) }]),
  );
}

describe.each(KINDS)("%s", (_name, options) => {
  test("names and shapes are the family's, of weights and gradients", async () => {
    const model = await newModel(options);
    const { x, targets } = batchOf(model, 2);
    await model.trainOnBatch(x, targets);
    const expected = [...weightShapes(referenceOf(model, 1))];
    expect(shapesOf(await model.weights())).toEqual(expected);
    expect(shapesOf(await model.gradients())).toEqual(expected);
    const count = expected.reduce((sum, [, shape]) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(model.info.parameters).toBe(count);
  });

  test("the same seed gives the same weights, another seed others", async () => {
    const [a, b, c] = await Promise.all([5, 5, 6].map((seed) => newModel({ ...options, seed })));
    expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
    const [first, other] = [await a.weights(), await c.weights()];
    for (const [name, { data }] of first) {
      if (name.endsWith("bias")) continue;
      expect(
        data.every((v, i) => v === other.get(name)!.data[i]),
        name,
      ).toBe(false);
    }
  });

  test("a file of the model makes it again, and loads into another", async () => {
    const from = await newModel({ ...options, seed: 9 });
    const { x, targets } = batchOf(from, 5);
    await from.trainOnBatch(x, targets);
    const file = await from.save({ metadata: { note: "mine" } });
    const to = await newModel(options);
    await to.trainOnBatch(x, targets);
    await to.load(file);
    expect(to.updates).toBe(0);
    const { timeSteps, batchSize, build } = from.config;
    const again = closedAfterwards(await loadModel(file, { timeSteps, batchSize, build }));
    expect(again.config.layers).toEqual(from.config.layers);
    expect(again.config.head).toEqual(from.config.head);
    for (const model of [to, again]) {
      expect(bitsOf(await model.weights())).toEqual(bitsOf(await from.weights()));
      expect(await model.predict(x)).toEqual(await from.predict(x));
    }
  });
});

test("the initialiser is Glorot's unless the tutorial's is asked for", async () => {
  const wide: Partial<ModelOptions> = { features: 40, projectionUnits: 30, units: 50, classes: 20 };
  const statistics = async (kernelInitializer?: ModelOptions["kernelInitializer"]) => {
    const weights = await (await newModel({ ...wide, kernelInitializer })).weights();
    return Object.fromEntries(
      ["projection.kernel", "projection.bias", "head.kernel", "head.bias"].map((name) => {
        const { data } = weights.get(name)!;
        const mean = data.reduce((a, b) => a + b) / data.length;
        const deviation = Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length);
        return [name, { most: data.reduce((a, b) => Math.max(a, Math.abs(b))), deviation }];
      }),
    );
  };
  const glorot = await statistics();
  expect(glorot).toEqual(await statistics("glorotUniform"));
  for (const [name, inputs, outputs] of [
    ["projection.kernel", 40, 30],
    ["head.kernel", 50, 20],
  ] as const) {
    const limit = Math.sqrt(6 / (inputs + outputs));
    expect(glorot[name].most / limit).toBeGreaterThan(0.98);
    expect(glorot[name].most / limit).toBeLessThanOrEqual(1);
  }
  expect(glorot["projection.bias"].most).toBe(0);
  expect(glorot["head.bias"].most).toBe(0);
  const normal = await statistics("randomNormal");
  for (const name of ["projection.kernel", "head.kernel"]) {
    expect(normal[name].deviation).toBeCloseTo(1, 0);
    expect(normal[name].most).toBeGreaterThan(2.5);
  }
  for (const name of ["projection.bias", "head.bias"]) {
    expect(normal[name]).toEqual({ most: Math.fround(0.1), deviation: expect.closeTo(0, 6) });
  }
});

test("what is set comes back to the bit, as a copy", async () => {
  const [from, to] = [await newModel({ seed: 9 }), await newModel()];
  // Denormals and negative zero survive too.
  const weights = mapWeights(await from.weights(), (v, name) =>
    name === "head.bias" ? -0 : v * 1e-20 * 1e-20,
  );
  await to.setWeights(weights);
  expect(bitsOf(await to.weights())).toEqual(bitsOf(weights));
  (await to.weights()).get("layers.0.bias")!.data.fill(7);
  weights.get("layers.0.bias")!.data.fill(8);
  expect((await to.weights()).get("layers.0.bias")!.data.every((b) => b === 0)).toBe(true);
});

test("setting them begins the optimiser anew and is seen by the next pass", async () => {
  const model = await newModel();
  const start = await model.weights();
  const { x, targets } = batchOf(model, 5);
  const atStart = await model.predict(x);
  const run = async () => {
    const results = [];
    for (let i = 0; i < 3; i++) results.push(await model.trainOnBatch(x, targets));
    return { results, weights: bitsOf(await model.weights()), updates: model.updates };
  };
  const first = await run();
  await model.setWeights(start);
  expect(model.updates).toBe(0);
  expect(await run()).toEqual(first);
  expect(await model.predict(x)).not.toEqual(atStart);
  await model.setWeights(start);
  expect(await model.predict(x)).toEqual(atStart);
});

test("weights that do not fit are refused by name and change nothing", async () => {
  const model = await newModel();
  const before = bitsOf(await model.weights());
  const other = await newModel({ units: 12 });
  const refused = async (promise: Promise<void>, message: RegExp) => {
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.toBeInstanceOf(RangeError);
  };
  await refused(
    model.setWeights(await other.weights(), "my weights"),
    /^my weights: tensor "layers\.0\.kernel": expected shape \[3,44\], got \[3,48\]$/,
  );
  await refused(model.load(await other.save(), "file"), /^file: .*\[3,44\]/);
  const changed = async (change: (weights: Tensors) => void) => {
    const weights = await model.weights();
    change(weights);
    return model.setWeights(weights);
  };
  await refused(
    changed((weights) => weights.get("head.bias")!.data.fill(Number.NaN, 3)),
    /^weights: tensor "head\.bias": expected finite values, got NaN at \[3\]$/,
  );
  await refused(
    changed((weights) => weights.delete("head.bias")),
    /^weights: expected tensor "head\.bias", got only /,
  );
  await refused(
    changed((weights) => weights.set("tail.bias", weights.get("head.bias")!)),
    /^weights: expected only tensors .*, got "tail\.bias"$/,
  );
  await refused(model.load(Uint8Array.of(1, 2, 3), "file"), /^file: /);
  await refused(model.load(await (await newModel({ head: { units: 6 } })).save(), "file"), /^file: .*head/);
  expect(bitsOf(await model.weights())).toEqual(before);
});

test.each(["native", "tf1", undefined] as const)(
  "save and load, dialect %s, keep every bit",
  async (dialect) => {
    const [from, to] = [await newModel({ seed: 9 }), await newModel()];
    const { x, targets } = batchOf(from, 5);
    await from.trainOnBatch(x, targets);
    await to.load(await from.save({ dialect }));
    expect(bitsOf(await to.weights())).toEqual(bitsOf(await from.weights()));
    expect(await to.predict(x)).toEqual(await from.predict(x));
  },
);

test("a file has the weights of the moment it was asked for", async () => {
  const model = await newModel();
  const { x, targets } = batchOf(model, 5);
  const [saved, copied] = [model.save(), model.weights()];
  await model.trainOnBatch(x, targets);
  const again = await newModel();
  await again.load(await saved);
  expect(bitsOf(await again.weights())).toEqual(bitsOf(await copied));
});
