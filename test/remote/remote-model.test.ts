// A model behind a port does what the same model does here: results, order, errors, and what it leaves behind.

import { afterEach, describe, expect, test } from "vitest";
import type { Core } from "../../src/core/core.ts";
import type { Host, StartThread } from "../../src/host.ts";
import {
  Batches,
  type Checkpoint,
  createModel,
  Dataset,
  type FitOptions,
  type Model,
  type ModelOptions,
  StreamedBatches,
  type Tensors,
  type UpdateResult,
} from "../../src/index.ts";
import { nodeHost } from "../../src/node/host.ts";
import type { Engine } from "../../src/remote/engine-link.ts";
import { serveEngine } from "../../src/remote/engine-service.ts";
import { RemoteModel } from "../../src/remote/remote-model.ts";

const OPTIONS = {
  timeSteps: 6,
  features: 4,
  projectionUnits: 3,
  units: 11,
  classes: 5,
  batchSize: 5,
  build: "simd",
} as const satisfies ModelOptions;

function batchOf(_: Model, n: number, seed = 1): { x: Float32Array; labels: Int32Array } {
  return {
    x: Float32Array.from({ length: n * 24 }, (_, i) => Math.sin(i * i + seed)),
    labels: Int32Array.from({ length: n }, (_, i) => (i * seed) % 5),
  };
}

const lengthsOf = (_: Model, n: number) => Int32Array.from({ length: n }, (_, i) => (i * 5) % 7);

function datasetOf(model: Model, count: number, seed = 1): Dataset {
  const { x, labels } = batchOf(model, count, seed);
  return Dataset.fromFloats({ values: x, labels, timeSteps: 6, features: 4, classes: 5 });
}

/** Weights [name, words], comparable to the bit. */
const bitsOf = (weights: Tensors) =>
  [...weights].map(([name, { data }]) => [name, new Uint32Array(data.slice().buffer)]);

const models: Model[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.close();
});

function engine({ instantiate, threads }: Pick<Host, "instantiate" | "threads"> = nodeHost): Engine {
  const { port1, port2 } = new MessageChannel();
  serveEngine(port2, { instantiate, cores: threads?.cores });
  return { port: port1, worker: false, startThread: threads?.start, stop: () => {} };
}

async function remote(options: Partial<ModelOptions> = {}): Promise<Model> {
  const model = await RemoteModel.create(engine(), { ...OPTIONS, ...options }, nodeHost);
  models.push(model);
  return model;
}

/** The same model here and behind a port. */
async function pair(options: Partial<ModelOptions> = {}): Promise<[Model, Model]> {
  const here = await createModel({ ...OPTIONS, ...options });
  models.push(here);
  return [here, await remote(options)];
}

const reason = async (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing",
    (error) => [error.constructor, error.name, error.message],
  );

describe("the same as here", () => {
  test("configuration, information and batches", async () => {
    const [here, there] = await pair();
    expect(there.config).toEqual(here.config);
    expect(Object.isFrozen(there.config) && Object.isFrozen(there.info)).toBe(true);
    expect(there.info).toEqual(here.info);
    const { x, labels } = batchOf(here, 5);
    const lengths = lengthsOf(here, 5);
    for (const options of [{}, { lengths }, { lengths, keepState: true }]) {
      expect(await there.trainOnBatch(x, labels, options)).toEqual(
        await here.trainOnBatch(x, labels, options),
      );
      expect(bitsOf(await there.gradients())).toEqual(bitsOf(await here.gradients()));
    }
    expect([there.updates, here.updates]).toEqual([3, 3]);
    expect(await there.evaluateOnBatch(Array.from(x), Array.from(labels))).toEqual(
      await here.evaluateOnBatch(x, labels),
    );
    expect(await there.predict(x, { lengths })).toEqual(await here.predict(x, { lengths }));
    expect(await there.apply(x)).toEqual(await here.apply(x));
    expect(bitsOf(await there.weights())).toEqual(bitsOf(await here.weights()));
  });

  test("weights and files, both ways", async () => {
    const [here, there] = await pair();
    const other = await remote({ seed: 5 });
    const file = await other.save({ dialect: "tf1", metadata: { of: "another" } });
    await there.load(file);
    expect(file.length).toBeGreaterThan(0);
    expect(bitsOf(await there.weights())).toEqual(bitsOf(await other.weights()));
    const weights = await here.weights();
    await there.setWeights(weights, "those from here");
    expect(await there.save()).toEqual(await here.save());
    expect(bitsOf(await here.weights())).toEqual(bitsOf(weights));
  });

  test("streams, several of them", async () => {
    const [here, there] = await pair();
    const streams = await Promise.all([here.stream({ streams: 2 }), there.stream({ streams: 2 })]);
    const alone = await there.stream();
    expect([streams[1].streams, alone.streams]).toEqual([2, 1]);
    const { x } = batchOf(here, 2);
    for (let t = 0; t < 3; t++) {
      const step = x.subarray(8 * t, 8 * t + 8);
      const [a, b] = await Promise.all(streams.map((stream) => stream.push(step)));
      expect(b).toEqual(a);
      if (t === 1) for (const stream of streams) stream.reset(1);
    }
    for (const stream of streams) stream.reset();
    const [a, b] = await Promise.all(streams.map((stream) => stream.push(x.subarray(0, 8))));
    expect(b).toEqual(a);
    expect((await alone.push(x.subarray(0, 4))).outputs).toEqual(a.outputs.subarray(0, 11));
    expect(() => streams[1].reset(2)).toThrow(RangeError);
    alone.close();
    await expect(alone.push(x.subarray(0, 4))).rejects.toThrow();
    expect((await streams[1].push(x.subarray(0, 8))).classes).toHaveLength(2);
  });

  test.each<FitOptions>([
    { updates: 7 },
    { epochs: 2, shuffle: false },
    { updates: 9, validateEvery: 2, patience: 2, restoreBest: true },
  ])("fit, train and evaluate: %o", async (options) => {
    const [here, there] = await pair({ learningRate: 0.05 });
    const data = datasetOf(here, 13);
    const validation = options.patience ? { validationData: datasetOf(here, 7, 9) } : {};
    const results = await Promise.all(
      [here, there].map(async (model) => {
        const history = await model.fit(data, { ...options, ...validation });
        const seen: unknown[] = [];
        const onUpdate = ({ step }: UpdateResult) => seen.push(`update ${step}`);
        for await (const { ms, after, checkpoint: _, ...result } of model.train(data, {
          ...options,
          ...validation,
          onUpdate,
        })) {
          expect(ms).toBeGreaterThanOrEqual(0);
          seen.push(result, model.updates, await after(), await after());
        }
        return { history, seen, all: await model.evaluate(data), weights: bitsOf(await model.weights()) };
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[0].seen.length).toBeGreaterThan(3);
  });

  test("datasets of bytes, slices and selections, and batches that go on", async () => {
    const [here, there] = await pair();
    const values = Uint8Array.from({ length: 20 * 24 }, (_, i) => (i * 7) % 256);
    const labels = Uint8Array.from({ length: 20 }, (_, i) => i % 5);
    const bytes = Dataset.fromBytes({ values, labels, timeSteps: 6, features: 4, classes: 5 });
    const parts = [bytes, bytes.slice(3, 12), bytes.select(Uint32Array.of(4, 4, 19, 0, 7, 8))];
    for (const part of parts) expect(await there.evaluate(part)).toEqual(await here.evaluate(part));
    const batches = [here, there].map(() => new Batches(parts[2], { seed: 3 }));
    for (let round = 0; round < 2; round++) {
      const histories = await Promise.all(
        [here, there].map((model, i) => model.fit(batches[i], { updates: 3 })),
      );
      expect(histories[1]).toEqual(histories[0]);
      expect(batches[1].state()).toEqual(batches[0].state());
    }
    expect(batches[0].epochsCompleted).toBeGreaterThan(0);
    expect(bytes.labels).toHaveLength(20);
  });
});

describe("streams of batches, checkpoints and traces", () => {
  const sequences = () =>
    Array.from({ length: 9 }, (_, i) => ({
      values: Array.from({ length: 2 + (i % 5) }, (_, t) => [0, 1, 2, 3].map((f) => Math.sin(i + t * f))),
      label: i % 5,
    }));

  test("a stream is drawn from here, batch by batch, to its end", async () => {
    const results = await Promise.all(
      (await pair()).map(async (model) => {
        const options = { timeSteps: 6, features: 4, classes: 5, window: 4, epochs: 2 };
        const history = await model.fit(new StreamedBatches(sequences, options), { updates: 99 });
        return { history, weights: bitsOf(await model.weights()) };
      }),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[0].history.loss).toHaveLength(4);
  });

  test("what a stream throws is thrown as it is", async () => {
    const lost = new Error("the file is gone");
    async function* failing() {
      yield* sequences();
      throw lost;
    }
    for (const model of await pair()) {
      const stream = new StreamedBatches(failing, { timeSteps: 6, features: 4, classes: 5 });
      await expect(model.fit(stream, { updates: 99 })).rejects.toBe(lost);
    }
  });

  test("a checkpoint taken there goes on here, and the other way round", async () => {
    const [here, there] = await pair();
    const data = datasetOf(here, 13);
    const whole = await here.fit(data, { updates: 9 });
    let taken: Checkpoint | undefined;
    const onUpdate = async ({ step, checkpoint }: UpdateResult) => {
      if (step === 3) taken = await checkpoint();
    };
    await there.fit(data, { updates: 5, onUpdate });
    for (const model of await pair({ seed: 7 })) {
      await model.restore(taken!);
      const rest = await model.fit(data, { updates: 9, resume: taken!.training });
      expect(rest.loss).toEqual(whole.loss.slice(4));
      expect(bitsOf(await model.weights())).toEqual(bitsOf(await here.weights()));
      expect(model.updates).toBe(9);
    }
    expect(await there.checkpoint()).toMatchObject({ optimizer: { updates: 5 } });
  });

  test("a trace", async () => {
    const [here, there] = await pair();
    const { x } = batchOf(here, 2);
    expect(await there.trace(x)).toEqual(await here.trace(x));
  });
});

describe("in order", () => {
  test("the engine waits for onUpdate, whose learning rate holds from the next update on", async () => {
    const runs = await Promise.all(
      (await pair()).map(async (model) => {
        const rates: number[] = [];
        const { loss } = await model.fit(datasetOf(model, 12), {
          updates: 5,
          onUpdate: async ({ step }) => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            rates.push(model.learningRate, model.updates);
            model.learningRate = 0.01 * (step + 1);
          },
        });
        return { rates, loss, rate: model.learningRate, weights: bitsOf(await model.weights()) };
      }),
    );
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[0].rates).toEqual([0.001, 1, 0.01, 2, 0.02, 3, 0.03, 4, 0.04, 5]);
  });

  test("calls are answered each by its own, also while it trains", async () => {
    const [here, there] = await pair();
    const data = datasetOf(here, 12);
    const { x } = batchOf(here, 5);
    const training = there.fit(data, { updates: 50, onUpdate: () => new Promise((r) => setTimeout(r)) });
    const [many, few] = await Promise.all([there.predict(x), there.predict(x.subarray(0, 24))]);
    expect([many.classes.length, few.classes.length]).toEqual([5, 1]);
    expect((await training).loss).toHaveLength(50);
    expect(there.updates).toBe(50);
  });

  test("leaving the loop ends the training after the update in hand", async () => {
    for (const model of await pair()) {
      for await (const { step } of model.train(datasetOf(model, 12), { updates: 100 })) if (step === 2) break;
      expect(model.updates).toBe(3);
      expect(await model.fit(datasetOf(model, 12), { updates: 2 })).toHaveProperty("loss.length", 2);
      expect(model.updates).toBe(5);
    }
  });
});

describe("errors and ends", () => {
  test("keep type, name and message", async () => {
    const [here, there] = await pair();
    const { x, labels } = batchOf(here, 5);
    const odd = Dataset.fromBytes({
      values: new Uint8Array(3),
      labels: [0],
      timeSteps: 1,
      features: 3,
      classes: 2,
    });
    const wrong: ((model: Model) => Promise<unknown>)[] = [
      (model) => model.trainOnBatch(x.subarray(1), labels),
      (model) => model.trainOnBatch(x, [0, 1, 2, 3, 1.5]),
      (model) => model.predict([...x.subarray(0, 23), Number.NaN]),
      (model) => model.fit(odd),
      (model) => model.fit(datasetOf(model, 5), { updates: 1, epochs: 1 }),
      (model) => model.fit(datasetOf(model, 5), { patience: 1 }),
      (model) => model.load(Uint8Array.of(1, 2, 3), "a file"),
      (model) => model.stream({ streams: 0 }),
      async (model) => {
        model.learningRate = -1;
      },
    ];
    for (const call of wrong) expect(await reason(call(there))).toEqual(await reason(call(here)));
    expect(await reason(RemoteModel.create(engine(), { ...OPTIONS, units: 0 }, nodeHost))).toEqual([
      RangeError,
      "RangeError",
      expect.stringContaining("units must be"),
    ]);
    expect(there.learningRate).toBe(0.001);
  });

  test("a signal's reason is thrown as it is, before, during and without a next update", async () => {
    const why = { any: "thing" };
    for (const model of await pair()) {
      const data = datasetOf(model, 12);
      const before = model.fit(data, { updates: 5, signal: AbortSignal.abort(why) });
      await expect(before).rejects.toBe(why);
      expect(model.updates).toBe(0);
      const stop = new AbortController();
      const during = model.fit(data, {
        updates: 1e9,
        signal: stop.signal,
        onUpdate: ({ step }) => step === 3 && stop.abort(why),
      });
      await expect(during).rejects.toBe(why);
      expect(model.updates).toBe(4);
      const later = new AbortController();
      const free = model.fit(data, { updates: 1e9, signal: later.signal });
      setTimeout(() => later.abort(why), 30);
      await expect(free).rejects.toBe(why);
      expect(model.updates).toBeGreaterThan(4);
      const loop = model.train(data, { updates: 9, signal: AbortSignal.abort(why) });
      await expect(loop.next()).rejects.toBe(why);
      await expect(model.evaluate(data, { signal: AbortSignal.abort(why) })).rejects.toBe(why);
    }
  });

  test("what onUpdate throws ends the training and is thrown as it is", async () => {
    class Odd extends Error {
      readonly tool = () => 1;
    }
    const odd = new Odd("mine");
    for (const model of await pair()) {
      const onUpdate = ({ step }: UpdateResult) => {
        if (step === 1) throw odd;
      };
      await expect(model.fit(datasetOf(model, 12), { updates: 9, onUpdate })).rejects.toBe(odd);
      expect(model.updates).toBe(2);
    }
  });

  test("a loss that is not finite stops the training, the same way", async () => {
    const options = { learningRate: 1e20 };
    const [here, there] = await pair(options);
    const data = datasetOf(here, 12);
    expect(await reason(there.fit(data, { updates: 99 }))).toEqual(
      await reason(here.fit(data, { updates: 99 })),
    );
    expect(bitsOf(await there.weights())).toEqual(bitsOf(await here.weights()));
    expect(there.updates).toBe(here.updates);
  });

  test("closing fails what is under way and what comes", async () => {
    const there = await remote();
    const training = there.fit(datasetOf(there, 12), { updates: 1e9 });
    there.close();
    await expect(training).rejects.toThrow("the model is closed");
    await expect(there.predict(new Float32Array(24))).rejects.toThrow("the model is closed");
    const results = there.train(datasetOf(there, 12), { updates: 2 });
    await expect(results.next()).rejects.toThrow("the model is closed");
  });

  test("closing ends the engine's work", async () => {
    let phases = 0;
    const instantiate: Host["instantiate"] = async (module, memory) => {
      const core = await nodeHost.instantiate(module, memory);
      const runPhase: Core["runPhase"] = (...args) => {
        phases++;
        core.runPhase(...args);
      };
      return { ...core, runPhase };
    };
    const there = await RemoteModel.create(engine({ instantiate }), OPTIONS, nodeHost);
    const training = there.fit(datasetOf(there, 12), { updates: 1e9 });
    while (phases < 100) await new Promise(setImmediate);
    there.close();
    await expect(training).rejects.toThrow("the model is closed");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const atEnd = phases;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(phases).toBe(atEnd);
  });

  test("an engine that ends takes its calls and its loop with it", async () => {
    const own = engine();
    const there = await RemoteModel.create(own, OPTIONS, nodeHost);
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { step } of there.train(datasetOf(there, 12), { updates: 1e9 })) {
        seen.push(step);
        if (step === 2) own.onFailure!(new Error("it fell over"));
      }
    })();
    await expect(loop).rejects.toThrow("it fell over");
    expect(seen).toEqual([0, 1, 2]);
  });
});

describe("threads are the page's", () => {
  const TWO = { ...OPTIONS, threads: 2 };
  const host = (start: StartThread) => ({ instantiate: nodeHost.instantiate, threads: { cores: 2, start } });

  test("and give the same bits", async () => {
    const built = await import(new URL("../../dist/src/node/host.js", import.meta.url).href);
    const orders: number[] = [];
    const start: StartThread = (order, onFailure) => {
      orders.push(order.index);
      return built.nodeHost.threads.start(order, onFailure);
    };
    const there = await RemoteModel.create(engine(host(start)), { ...TWO, threads: 3 }, nodeHost);
    models.push(there);
    expect([there.info.threads, orders.sort()]).toEqual([3, [1, 2]]);
    const here = await createModel(OPTIONS);
    models.push(here);
    for (const model of [here, there]) await model.fit(datasetOf(model, 12), { updates: 3 });
    expect(bitsOf(await there.weights())).toEqual(bitsOf(await here.weights()));
  });

  test("one that does not start is the error of the model's making", async () => {
    const start = async () => {
      throw new Error("no room for a thread");
    };
    const made = RemoteModel.create(engine(host(start)), TWO, nodeHost);
    await expect(made).rejects.toThrow("no room for a thread");
  });

  test("one that ends later is the error of the calls that follow", async () => {
    let end = (_reason: string) => {};
    const start: StartThread = async (_, onFailure) => {
      end = onFailure;
    };
    const there = await RemoteModel.create(engine(host(start)), TWO, nodeHost);
    models.push(there);
    end("it fell over");
    const { x, labels } = batchOf(there, 5);
    await expect(there.trainOnBatch(x, labels)).rejects.toThrow("a worker failed: it fell over");
  });
});

describe("arrays", () => {
  test("stay whole unless they are given up", async () => {
    const [here, there] = await pair();
    const { x, labels } = batchOf(here, 5);
    const expected = await here.trainOnBatch(x, labels);
    const expectedAgain = await here.trainOnBatch(x, labels);
    expect(await there.trainOnBatch(x, labels)).toEqual(expected);
    expect([x.length, labels.length]).toEqual([5 * 24, 5]);
    const own = { x: x.slice(), labels: labels.slice() };
    expect(await there.trainOnBatch(own.x, own.labels, { transfer: true })).toEqual(expectedAgain);
    expect([own.x.length, own.labels.length]).toEqual([0, 0]);
    expect(await here.predict(x, { transfer: true })).toEqual(await there.predict(x));
    expect(x).toHaveLength(5 * 24);
  });

  test("a part of a buffer is copied, whoever gives it up", async () => {
    const there = await remote();
    const buffer = new Float32Array(2 * 24);
    await there.predict(buffer.subarray(24), { transfer: true });
    expect(buffer).toHaveLength(48);
  });

  test("a dataset that is given up goes on with its model alone", async () => {
    const [here, there] = await pair();
    const data = datasetOf(here, 12);
    const twin = datasetOf(here, 12);
    const expected = await here.fit(twin, { updates: 4 });
    const part = data.slice(0, 5);
    await there.evaluate(part, { transfer: true });
    expect(await there.fit(data, { updates: 4, transfer: true })).toEqual(expected);
    expect(data.count).toBe(12);
    expect(await there.evaluate(data)).toEqual(await here.evaluate(twin));
    const other = await remote();
    await expect(other.evaluate(data)).rejects.toThrow(/given away/);
  });
});
