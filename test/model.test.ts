// The model as its users meet it: options, batches, predictions, weights, training, and every refusal.

import { afterEach, describe, expect, test, vi } from "vitest";
import {
  Batches,
  createModel,
  Dataset,
  type Model,
  type ModelOptions,
  type Tensors,
  wilsonInterval,
} from "../src/index.ts";
import {
  forward,
  lossAndGradients,
  type ReferenceShape,
  randomBatch,
  randomWeights,
  type Weights64,
  weightShapes,
} from "./support/reference.ts";

const OPTIONS = {
  timeSteps: 3,
  features: 4,
  projectionUnits: 2,
  units: 11,
  classes: 9,
  batchSize: 5,
  build: "simd",
} as const satisfies ModelOptions;
const SEQUENCE = OPTIONS.timeSteps * OPTIONS.features;

const models: Model[] = [];

async function model(options: Partial<ModelOptions> = {}): Promise<Model> {
  const created = await createModel({ ...OPTIONS, ...options });
  models.push(created);
  return created;
}

afterEach(() => {
  vi.unstubAllEnvs();
  for (const created of models.splice(0)) created.close();
});

function shapeOf({ config }: Model, batch: number): ReferenceShape {
  return { ...config, batch };
}

function batchOf(created: Model, n: number, seed = 1): { x: Float32Array; labels: Int32Array } {
  const { x, labels } = randomBatch(shapeOf(created, n), seed);
  return { x: Float32Array.from(x), labels };
}

function datasetOf(created: Model, count: number, seed = 1): Dataset {
  const { timeSteps, features, classes } = created.config;
  const { x, labels } = batchOf(created, count, seed);
  return Dataset.fromFloats({ values: x, labels, timeSteps, features, classes });
}

function toTensors(shape: ReferenceShape, weights: Weights64): Tensors {
  return new Map(
    [...weightShapes(shape)].map(([name, dimensions]) => [
      name,
      { shape: dimensions, data: Float32Array.from(weights.get(name)!) },
    ]),
  );
}

/** Weights [name, shape, words], comparable to the bit. */
function bitsOf(weights: Tensors): [string, readonly number[], Uint32Array][] {
  return [...weights].map(([name, { shape, data }]) => [name, shape, new Uint32Array(data.slice().buffer)]);
}

function mapWeights(weights: Tensors, change: (value: number, name: string) => number): Tensors {
  return new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: data.map((v) => change(v, name)) }]),
  );
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, bound: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= bound)) {
      throw new Error(`element ${i} is ${actual[i]}, expected ${expected[i]} within ${bound}`);
    }
  }
}

describe("options", () => {
  test("defaults, and what the model says of itself", async () => {
    const { config, info } = await model({ batchSize: undefined, projectionUnits: undefined });
    expect(config).toMatchObject({
      ...OPTIONS,
      projectionUnits: 0,
      batchSize: 128,
      learningRate: 0.001,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      forgetBias: 1,
      seed: 1,
      timeMajor: false,
      reproducible: false,
    });
    expect(info.build).toBe("simd");
    expect(info.threads).toBe(1);
    expect(info.parameters).toBe((4 + 11) * 44 + 44 + 11 * 9 + 9);
    expect(info.memoryBytes % 65536).toBe(0);
  });

  test("the work of an update: folded and naive, at the reference workload", async () => {
    const { info } = await model({
      timeSteps: 28,
      features: 28,
      projectionUnits: 128,
      units: 128,
      classes: 10,
      batchSize: 128,
    });
    expect(info.flopsPerUpdate / 1e9).toBeCloseTo(1.58, 1);
    expect(info.naiveFlopsPerUpdate / 1e9).toBeCloseTo(2.9, 1);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ units: undefined }, "units must be a whole number from 1 to 1048576, got undefined"],
    [{ units: 0 }, "units must be a whole number from 1 to 1048576, got 0"],
    [{ units: 2 ** 20 + 1 }, "units must be a whole number from 1 to 1048576, got 1048577"],
    [{ timeSteps: -3 }, "timeSteps must be a whole number from 1 to 1048576, got -3"],
    [{ features: 1.5 }, "features must be a whole number from 1 to 1048576, got 1.5"],
    [{ classes: "ten" }, "classes must be a whole number from 1 to 1048576, got ten"],
    [{ batchSize: Number.NaN }, "batchSize must be a whole number from 1 to 1048576, got NaN"],
    [{ projectionUnits: -1 }, "projectionUnits must be a whole number from 0 to 1048576, got -1"],
    [{ seed: -1 }, "seed must be a whole number from 0, got -1"],
    [{ seed: 2 ** 53 }, "seed must be a whole number from 0, got 9007199254740992"],
    [{ learningRate: 0 }, "learningRate must be a number above 0, got 0"],
    [{ learningRate: Number.POSITIVE_INFINITY }, "learningRate must be a number above 0, got Infinity"],
    [{ epsilon: 0 }, "epsilon must be a number above 0, got 0"],
    [{ beta1: 1 }, "beta1 must be a number from 0 to below 1, got 1"],
    [{ beta2: -0.1 }, "beta2 must be a number from 0 to below 1, got -0.1"],
    [{ forgetBias: Number.NaN }, "forgetBias must be a finite number, got NaN"],
    [{ build: "gpu" }, "build must be one of relaxed, simd, scalar, got gpu"],
    [
      { build: "relaxed", reproducible: true },
      "reproducible needs the build simd or scalar, got build relaxed",
    ],
  ])("%o is refused", async (options, message) => {
    const promise = createModel({ ...OPTIONS, ...options } as unknown as ModelOptions);
    await expect(promise).rejects.toThrow(new RangeError(message));
    await expect(promise).rejects.toBeInstanceOf(RangeError);
  });

  test.each<[unknown, RegExp]>([
    [null, /model options must be an object, got null/],
    [undefined, /model options must be an object, got undefined/],
    [{ ...OPTIONS, hiddenUnits: 5 }, /unknown model option hiddenUnits; the options are .*units.*batchSize/],
    [{ ...OPTIONS, timeMajor: "yes" }, /timeMajor must be true or false, got yes/],
    [{ ...OPTIONS, reproducible: 1 }, /reproducible must be true or false, got 1/],
  ])("%o is not an option set", async (options, message) => {
    const promise = createModel(options as ModelOptions);
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.toBeInstanceOf(TypeError);
  });

  test.each<Partial<ModelOptions>>([
    { units: 2 ** 20 },
    { timeSteps: 2 ** 20, batchSize: 2 ** 12 },
    { timeSteps: 2 ** 20, batchSize: 2 ** 20, units: 2 ** 20, features: 2 ** 20, projectionUnits: 2 ** 20 },
  ])("a model larger than the memory there can be is refused: %o", async (options) => {
    const promise = createModel({ ...OPTIONS, ...options });
    await expect(promise).rejects.toThrow(
      /^this model needs \d+\.\d GiB of memory, WebAssembly has 4 at most$/,
    );
    await expect(promise).rejects.toBeInstanceOf(RangeError);
  });

  test("WASM_LSTM_BUILD names the build unless the option does", async () => {
    vi.stubEnv("WASM_LSTM_BUILD", "scalar");
    expect((await model({ build: undefined })).info.build).toBe("scalar");
    expect((await model({ build: "simd" })).info.build).toBe("simd");
    vi.stubEnv("WASM_LSTM_BUILD", "gpu");
    await expect(model({ build: undefined })).rejects.toThrow(
      new RangeError("WASM_LSTM_BUILD must be one of relaxed, simd, scalar, got gpu"),
    );
    vi.stubEnv("WASM_LSTM_BUILD", "relaxed");
    await expect(model({ build: undefined, reproducible: true })).rejects.toThrow(/WASM_LSTM_BUILD relaxed/);
  });

  test("reproducible leaves relaxed SIMD out", async () => {
    expect((await model({ build: undefined, reproducible: true })).info.build).toBe("simd");
  });

  test("the learning rate can change between updates, to a number above 0", async () => {
    const created = await model({ learningRate: 0.5 });
    expect(created.learningRate).toBe(0.5);
    created.learningRate = 0.25;
    expect(created.learningRate).toBe(0.25);
    for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => {
        created.learningRate = value;
      }).toThrow(new RangeError(`learningRate must be a number above 0, got ${value}`));
    }
    expect(created.learningRate).toBe(0.25);
  });
});

describe("input", () => {
  const bad = [
    (created: Model) => (x: ArrayLike<number>, labels: ArrayLike<number>) => created.trainOnBatch(x, labels),
    (created: Model) => (x: ArrayLike<number>, labels: ArrayLike<number>) =>
      created.evaluateOnBatch(x, labels),
  ];

  test.each(bad)(
    "%s: wrong lengths, labels and values are refused by name, and nothing changes",
    async (on) => {
      const created = await model();
      const call = on(created);
      const before = bitsOf(await created.weights());
      const { x, labels } = batchOf(created, 3);
      const refused = (x: ArrayLike<number>, labels: ArrayLike<number>, message: string) =>
        expect(call(x, labels)).rejects.toThrow(new RangeError(message));
      await refused(
        x.subarray(1),
        labels,
        "x must hold whole sequences of 3 steps x 4 features = 12 values, got 35 values",
      );
      await refused([], [], "number of sequences in x must be a whole number from 1 to 5, got 0");
      const six = batchOf(created, 6);
      await refused(six.x, six.labels, "number of sequences in x must be a whole number from 1 to 5, got 6");
      await refused(x, [0, 1], "labels must hold one class per sequence, got 2 for 3 sequences");
      await refused(x, [0, 9, 1], "labels[1] must be a whole number from 0 to 8, got 9");
      await refused(x, [0, 1, -1], "labels[2] must be a whole number from 0 to 8, got -1");
      await refused(x, [0.5, 1, 1], "labels[0] must be a whole number from 0 to 8, got 0.5");
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const spoilt = x.slice();
        spoilt[17] = value;
        await refused(spoilt, labels, `x[17] must be a finite number, got ${value}`);
      }
      expect(bitsOf(await created.weights())).toEqual(before);
      expect(created.updates).toBe(0);
    },
  );

  test("predict and apply name a value that is not finite by its place in all of x", async () => {
    const created = await model();
    const { x } = batchOf(created, 13);
    x[12 * SEQUENCE + 7] = Number.NaN;
    const message = `x[${12 * SEQUENCE + 7}] must be a finite number, got NaN`;
    await expect(created.predict(x)).rejects.toThrow(new RangeError(message));
    await expect(created.apply(x)).rejects.toThrow(new RangeError(message));
    await expect(created.predict([1, 2, 3])).rejects.toThrow(/whole sequences .* got 3 values/);
    const timeMajor = await model({ timeMajor: true });
    await expect(timeMajor.predict(x)).rejects.toThrow(new RangeError(message));
  });

  test("plain arrays are taken as well as typed ones", async () => {
    const [a, b] = [await model(), await model()];
    const { x, labels } = batchOf(a, 3);
    expect(await a.trainOnBatch([...x], [...labels])).toEqual(await b.trainOnBatch(x, labels));
    expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
  });
});

describe("forward", () => {
  const kinds: Partial<ModelOptions>[] = [
    {},
    { projectionUnits: 0 },
    { timeSteps: 1 },
    { units: 8, classes: 8, forgetBias: -0.5 },
    { units: 1, classes: 1, features: 1 },
    { build: "scalar", units: 17 },
  ];

  test.each(kinds)("apply agrees with the reference: %o", async (options) => {
    const created = await model(options);
    const shape = shapeOf(created, 12);
    const weights = randomWeights(shape, 3, 0.7);
    await created.setWeights(toTensors(shape, weights));
    const { x } = batchOf(created, 12);
    const applied = await created.apply(x);
    const expected = forward(shape, weights, x);
    expectClose(applied.outputs, expected.h, 3e-6);
    expectClose(applied.logits, expected.logits, 1e-5);
    expectClose(applied.probabilities, expected.probabilities, 5e-6);
    const { timeSteps: T, units: H, classes: C } = created.config;
    for (let b = 0; b < 12; b++) {
      const last = (b * T + T - 1) * H;
      expectClose(
        applied.finalState.c.subarray(b * H, (b + 1) * H),
        expected.c.subarray(last, last + H),
        5e-6,
      );
      expect(applied.finalState.h.subarray(b * H, (b + 1) * H)).toEqual(
        applied.outputs.subarray(last, last + H),
      );
      const row = Array.from(applied.logits.subarray(b * C, (b + 1) * C));
      expect(applied.classes[b]).toBe(row.indexOf(Math.max(...row)));
      // The last output and the head's weights make the logits.
      const { data: Wy } = (await created.weights()).get("head.kernel")!;
      const { data: by } = (await created.weights()).get("head.bias")!;
      const logits = row.map((_, k) => {
        let sum = by[k];
        for (let u = 0; u < H; u++) sum += applied.finalState.h[b * H + u] * Wy[u * C + k];
        return sum;
      });
      expectClose(row, logits, 3e-6);
    }
  });

  test("any count gives each sequence the bits it gets alone", async () => {
    const created = await model();
    const { x } = batchOf(created, 23);
    const alone = [];
    for (let b = 0; b < 23; b++)
      alone.push(await created.apply(x.subarray(b * SEQUENCE, (b + 1) * SEQUENCE)));
    for (const count of [1, 4, 5, 6, 10, 11, 23]) {
      const part = x.subarray(0, count * SEQUENCE);
      const applied = await created.apply(part);
      const predicted = await created.predict(part);
      expect(predicted.probabilities).toEqual(applied.probabilities);
      expect(predicted.classes).toEqual(applied.classes);
      for (const key of ["probabilities", "classes", "logits", "outputs"] as const) {
        expect([...applied[key]], key).toEqual(alone.slice(0, count).flatMap((one) => [...one[key]]));
      }
      for (const key of ["h", "c"] as const) {
        expect([...applied.finalState[key]], key).toEqual(
          alone.slice(0, count).flatMap((one) => [...one.finalState[key]]),
        );
      }
    }
  });

  test("no sequences, no predictions", async () => {
    const created = await model();
    expect(await created.predict([])).toEqual({
      classes: new Int32Array(0),
      probabilities: new Float32Array(0),
    });
    expect((await created.apply(new Float32Array(0))).finalState.h).toHaveLength(0);
  });

  test("time-major input gives the same bits, whatever the count", async () => {
    const [batchMajor, timeMajor] = [await model(), await model({ timeMajor: true })];
    const { timeSteps: T, features: I } = OPTIONS;
    for (const n of [1, 5, 13]) {
      const { x, labels } = batchOf(batchMajor, n);
      const turned = new Float32Array(x.length);
      for (let b = 0; b < n; b++) {
        for (let t = 0; t < T; t++) {
          for (let i = 0; i < I; i++) turned[(t * n + b) * I + i] = x[(b * T + t) * I + i];
        }
      }
      expect(await timeMajor.apply(turned)).toEqual(await batchMajor.apply(x));
      if (n > OPTIONS.batchSize) continue;
      expect(await timeMajor.trainOnBatch(turned, labels)).toEqual(await batchMajor.trainOnBatch(x, labels));
      expect(bitsOf(await timeMajor.weights())).toEqual(bitsOf(await batchMajor.weights()));
    }
    // A dataset is batch-major on either.
    const data = datasetOf(batchMajor, 12);
    const options = { updates: 3, seed: 1 };
    expect(await timeMajor.fit(data, options)).toEqual(await batchMajor.fit(data, options));
    expect(await timeMajor.evaluate(data)).toEqual(await batchMajor.evaluate(data));
    expect(bitsOf(await timeMajor.weights())).toEqual(bitsOf(await batchMajor.weights()));
  });
});

describe("a batch", () => {
  test("loss, accuracy and gradients are the reference's, from before the update", async () => {
    const created = await model();
    for (const n of [5, 2]) {
      const shape = shapeOf(created, n);
      const weights: Weights64 = new Map(
        [...(await created.weights())].map(([name, { data }]) => [name, Float64Array.from(data)]),
      );
      const { x, labels } = batchOf(created, n);
      const expected = lossAndGradients(shape, weights, x, labels);
      const result = await created.trainOnBatch(x, labels);
      expect(result.loss).toBeCloseTo(expected.loss, 5);
      expect(result.accuracy).toBe(expected.accuracy);
      const gradients = await created.gradients();
      expect([...gradients].map(([name, { shape }]) => [name, shape])).toEqual([...weightShapes(shape)]);
      for (const [name, { data }] of gradients) expectClose(data, expected.gradients.get(name)!, 1e-5);
    }
    expect(created.updates).toBe(2);
  });

  test("evaluating changes nothing and reports what training would", async () => {
    const created = await model();
    const { x, labels } = batchOf(created, 4);
    const before = bitsOf(await created.weights());
    const evaluated = await created.evaluateOnBatch(x, labels);
    expect(bitsOf(await created.weights())).toEqual(before);
    expect(created.updates).toBe(0);
    expect(await created.trainOnBatch(x, labels)).toEqual(evaluated);
    expect(bitsOf(await created.weights())).not.toEqual(before);
    // The packed parameters follow the update.
    expect(await created.evaluateOnBatch(x, labels)).not.toEqual(evaluated);
  });

  test("many updates on one batch learn it", async () => {
    const created = await model({ learningRate: 0.03 });
    const { x, labels } = batchOf(created, 5);
    const { loss } = await created.trainOnBatch(x, labels);
    for (let i = 0; i < 150; i++) await created.trainOnBatch(x, labels);
    const after = await created.evaluateOnBatch(x, labels);
    expect(after.accuracy).toBe(1);
    expect(after.loss).toBeLessThan(loss / 20);
  });
});

describe("weights", () => {
  test("the same seed gives the same weights, another seed others", async () => {
    const [a, b, c] = [await model({ seed: 5 }), await model({ seed: 5 }), await model({ seed: 6 })];
    expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
    expect(bitsOf(await a.weights())).not.toEqual(bitsOf(await c.weights()));
  });

  test("names and shapes, with and without projection", async () => {
    for (const projectionUnits of [2, 0]) {
      const created = await model({ projectionUnits });
      const shapes = [...(await created.weights())].map(([name, { shape }]) => [name, shape]);
      expect(shapes).toEqual([...weightShapes(shapeOf(created, 1))]);
    }
  });

  test("what is set comes back to the bit, as a copy", async () => {
    const [from, to] = [await model({ seed: 9 }), await model()];
    // Denormals and negative zero survive too.
    const weights = mapWeights(await from.weights(), (v, name) =>
      name === "head.bias" ? -0 : v * 1e-20 * 1e-20,
    );
    await to.setWeights(weights);
    expect(bitsOf(await to.weights())).toEqual(bitsOf(weights));
    (await to.weights()).get("lstm.bias")!.data.fill(7);
    weights.get("lstm.bias")!.data.fill(8);
    expect((await to.weights()).get("lstm.bias")!.data.every((b) => b === 0)).toBe(true);
  });

  test("setting them begins the optimiser anew and is seen by the next pass", async () => {
    const created = await model();
    const start = await created.weights();
    const { x, labels } = batchOf(created, 5);
    const atStart = await created.predict(x);
    const run = async () => {
      const results = [];
      for (let i = 0; i < 3; i++) results.push(await created.trainOnBatch(x, labels));
      return { results, weights: bitsOf(await created.weights()), updates: created.updates };
    };
    const first = await run();
    await created.setWeights(start);
    expect(created.updates).toBe(0);
    expect(await run()).toEqual(first);
    expect(await created.predict(x)).not.toEqual(atStart);
    await created.setWeights(start);
    expect(await created.predict(x)).toEqual(atStart);
  });

  test("weights that do not fit are refused by name and change nothing", async () => {
    const created = await model();
    const before = bitsOf(await created.weights());
    const other = await model({ units: 12 });
    await expect(created.setWeights(await other.weights(), "my weights")).rejects.toThrow(
      /^my weights: .*lstm\.kernel.*expected shape \[2, ?44\], got \[2, ?48\]/,
    );
    await expect(created.load(await other.save(), "file")).rejects.toThrow(RangeError);
    const spoilt = await created.weights();
    spoilt.get("head.bias")!.data[3] = Number.NaN;
    await expect(created.setWeights(spoilt)).rejects.toThrow(/head\.bias.*NaN at \[3\]/);
    const incomplete = await created.weights();
    incomplete.delete("head.bias");
    await expect(created.setWeights(incomplete)).rejects.toThrow(/head\.bias/);
    await expect(created.load(Uint8Array.of(1, 2, 3), "file")).rejects.toThrow(/^file/);
    expect(bitsOf(await created.weights())).toEqual(before);
  });

  test.each(["native", "tf1", undefined] as const)(
    "save and load, dialect %s, keep every bit",
    async (dialect) => {
      const [from, to] = [await model({ seed: 9 }), await model()];
      const { x, labels } = batchOf(from, 5);
      await from.trainOnBatch(x, labels);
      await to.trainOnBatch(x, labels);
      await to.load(await from.save({ dialect }));
      expect(bitsOf(await to.weights())).toEqual(bitsOf(await from.weights()));
      expect(to.updates).toBe(0);
      expect(await to.predict(x)).toEqual(await from.predict(x));
    },
  );
});

describe("training", () => {
  test("fit is trainOnBatch over the dataset's batches", async () => {
    const [a, b] = [await model(), await model()];
    const data = datasetOf(a, 12);
    const batches = new Batches(data, { seed: 4 });
    const history = await a.fit(data, { updates: 7, seed: 4 });
    for (let i = 0; i < 7; i++) {
      const { x, labels } = batches.nextBatch(OPTIONS.batchSize);
      expect(await b.trainOnBatch(x, labels)).toEqual({
        loss: history.loss[i],
        accuracy: history.accuracy[i],
      });
    }
    expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
    expect(a.updates).toBe(7);
  });

  test("the model's seed orders the batches unless told otherwise; no shuffle takes the file's order", async () => {
    const fit = async (seed: number, options: object) => {
      const created = await model({ seed });
      await created.setWeights(await (await model()).weights());
      return (await created.fit(datasetOf(created, 12), { updates: 2, ...options })).loss;
    };
    const plain = await fit(2, {});
    expect(await fit(2, { seed: 2 })).toEqual(plain);
    expect(await fit(3, {})).not.toEqual(plain);
    expect(await fit(3, { seed: 2 })).toEqual(plain);
    expect(await fit(3, { shuffle: false })).toEqual(await fit(2, { shuffle: false }));
  });

  test("one epoch by default, epochs or updates on demand", async () => {
    const created = await model();
    const data = datasetOf(created, 12);
    const lengthOf = async (options: object) => (await created.fit(data, options)).loss.length;
    expect(await lengthOf({})).toBe(3);
    expect(await lengthOf({ epochs: 2 })).toBe(6);
    expect(await lengthOf({ updates: 4 })).toBe(4);
    expect(await lengthOf({ updates: 0 })).toBe(0);
    await expect(created.fit(data, { updates: 1, epochs: 1 })).rejects.toThrow(
      new TypeError("give updates or epochs, not both"),
    );
    await expect(created.fit(data, { updates: -1 })).rejects.toThrow(RangeError);
    await expect(created.fit(data, { epochs: 0.5 })).rejects.toThrow(RangeError);
  });

  test("the iterator reports each update and can evaluate its batch again", async () => {
    const created = await model({ learningRate: 0.02 });
    const data = datasetOf(created, 12);
    const seen: number[] = [];
    let steps = 0;
    for await (const result of created.train(data, {
      updates: 5,
      onUpdate: ({ step }) => void seen.push(step),
    })) {
      expect(result.step).toBe(steps++);
      expect(result.ms).toBeGreaterThanOrEqual(0);
      const before = bitsOf(await created.weights());
      const after = await result.after();
      expect(after.loss).toBeLessThan(result.loss);
      expect(after.loss).toBe((await result.after()).loss);
      expect(bitsOf(await created.weights())).toEqual(before);
    }
    expect(steps).toBe(5);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  test("evaluating between updates does not change the training", async () => {
    const [a, b] = [await model(), await model()];
    const data = datasetOf(a, 12);
    await a.fit(data, { updates: 4 });
    for await (const { after } of b.train(data, { updates: 4 })) {
      after();
      await b.evaluate(data);
      await b.predict(batchOf(b, 2).x);
    }
    expect(bitsOf(await b.weights())).toEqual(bitsOf(await a.weights()));
  });

  test("leaving the loop ends the training after the update in hand; its batches go on", async () => {
    const [a, b] = [await model(), await model()];
    const data = datasetOf(a, 12);
    const batches = new Batches(data, { seed: 1 });
    for await (const { step } of a.train(data, { updates: 100, batches })) if (step === 2) break;
    expect(a.updates).toBe(3);
    await a.fit(data, { updates: 3, batches });
    await b.fit(data, { updates: 6 });
    expect(bitsOf(await a.weights())).toEqual(bitsOf(await b.weights()));
  });

  test("a dataset of another shape or with more classes is refused, both shapes named", async () => {
    const created = await model();
    const other = await model({ features: 5, classes: 10 });
    const data = datasetOf(other, 3);
    const message = "dataset has sequences of [3, 5] in 10 classes, the model takes [3, 4] in 9";
    await expect(created.fit(data)).rejects.toThrow(new RangeError(message));
    await expect(created.evaluate(data)).rejects.toThrow(new RangeError(message));
  });

  test("a signal stops the training before its next update, with its reason", async () => {
    const created = await model();
    const data = datasetOf(created, 12);
    const reason = new Error("enough");
    await expect(created.fit(data, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(created.updates).toBe(0);
    const stop = new AbortController();
    const onUpdate = ({ step }: { step: number }) => {
      if (step === 2) stop.abort(reason);
    };
    await expect(created.fit(data, { updates: 100, signal: stop.signal, onUpdate })).rejects.toBe(reason);
    expect(created.updates).toBe(3);
    await expect(created.evaluate(data, { signal: stop.signal })).rejects.toBe(reason);
  });

  test("timers run while a training does", async () => {
    const created = await model();
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("timer")), 40);
    const long = created.fit(datasetOf(created, 12), { updates: 1e9, signal: stop.signal });
    await expect(long).rejects.toThrow("timer");
    expect(created.updates).toBeGreaterThan(0);
  });
});

describe("a loss that is not finite", () => {
  // Every logit overflows.
  const overflow = (weights: Tensors) =>
    mapWeights(weights, (v, name) => (name === "head.kernel" ? 3e38 : name === "lstm.bias" ? 9 : v));

  test("stops the training, says at which update, and leaves all weights alone", async () => {
    const created = await model();
    const weights = overflow(await created.weights());
    await created.setWeights(weights);
    await expect(created.fit(datasetOf(created, 12), { updates: 3 })).rejects.toThrow(
      /^the loss at update 0 is (NaN|Infinity): training stopped, the weights are those before this update$/,
    );
    expect(bitsOf(await created.weights())).toEqual(bitsOf(weights));
  });

  test("also on a single batch, whose result says so", async () => {
    const created = await model();
    const weights = overflow(await created.weights());
    await created.setWeights(weights);
    const { x, labels } = batchOf(created, 5);
    expect((await created.trainOnBatch(x, labels)).loss).not.toSatisfy(Number.isFinite);
    expect(bitsOf(await created.weights())).toEqual(bitsOf(weights));
    // The model still works with weights that do.
    await created.setWeights(await (await model()).weights());
    const fresh = await model();
    expect(await created.trainOnBatch(x, labels)).toEqual(await fresh.trainOnBatch(x, labels));
    expect(bitsOf(await created.weights())).toEqual(bitsOf(await fresh.weights()));
  });

  test("after a good update: a learning rate of 1e20 leaves the weights of the last good one", async () => {
    const created = await model({ learningRate: 1e20 });
    let last = bitsOf(await created.weights());
    let updates = 0;
    const training = (async () => {
      for await (const { step } of created.train(datasetOf(created, 12), { updates: 50 })) {
        last = bitsOf(await created.weights());
        updates = step + 1;
      }
    })();
    const message = await training.then(
      () => "no error",
      (error: Error) => error.message,
    );
    expect(updates).toBeGreaterThan(0);
    expect(message).toContain(`the loss at update ${updates} is NaN`);
    expect(bitsOf(await created.weights())).toEqual(last);
    expect([...(await created.weights()).values()].every(({ data }) => data.every(Number.isFinite))).toBe(
      true,
    );
  });
});

describe("evaluation", () => {
  test.each([1, 5, 12, 15])("of %i sequences is the tally of their predictions", async (count) => {
    const created = await model();
    const data = datasetOf(created, count, 3);
    const { x } = batchOf(created, count, 3);
    const { classes, logits } = await created.apply(x);
    const evaluation = await created.evaluate(data);
    const C = OPTIONS.classes;
    const confusion = Array.from({ length: C }, () => new Array<number>(C).fill(0));
    let loss = 0;
    for (let b = 0; b < count; b++) {
      confusion[data.labels[b]][classes[b]]++;
      const row = Array.from(logits.subarray(b * C, (b + 1) * C));
      loss += Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[data.labels[b]];
    }
    const hits = confusion.reduce((sum, row, k) => sum + row[k], 0);
    expect(evaluation.count).toBe(count);
    expect(evaluation).toMatchObject({ task: "classes", items: count, confusion });
    expect(evaluation.accuracy).toBe(hits / count);
    expect(evaluation.loss).toBeCloseTo(loss / count, 12);
    expect(evaluation.interval).toEqual(wilsonInterval(hits, count));
  });

  test("of nothing is empty", async () => {
    const created = await model();
    const evaluation = await created.evaluate(datasetOf(created, 3).slice(0, 0));
    expect(evaluation).toMatchObject({ count: 0, loss: 0, accuracy: 0, interval: [0, 1] });
  });

  test("takes a dataset of fewer classes than the model knows", async () => {
    const created = await model();
    const { x } = batchOf(created, 3);
    const data = Dataset.fromFloats({ values: x, labels: [0, 1, 1], timeSteps: 3, features: 4, classes: 2 });
    expect(await created.evaluate(data)).toHaveProperty("confusion.length", 9);
  });
});
