import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Batch } from "../../src/data/batch-views.ts";
import { fromSequences, type LabelledSequence } from "../../src/data/ragged.ts";
import { StreamedBatches, type StreamedBatchesOptions } from "../../src/data/streamed-batches.ts";

// Sequence i has 1 + i % 3 steps of value i and label i % 2.
function numbered(count: number): LabelledSequence[] {
  return Array.from({ length: count }, (_, i) => ({
    values: Array.from({ length: 1 + (i % 3) }, () => [i]),
    label: i % 2,
  }));
}
const BASE = { timeSteps: 3, features: 1, classes: 2, name: "stream" };
const streamed = (sequences: LabelledSequence[], options: Partial<StreamedBatchesOptions> = {}) =>
  new StreamedBatches(() => sequences, { ...BASE, ...options });

function views(n: number) {
  const x = new Float32Array(n * 3);
  return { x, labels: new Int32Array(n), lengths: new Int32Array(n), sampleWeights: new Float32Array(n) };
}

/** The first values of the next n sequences. */
async function draw(batches: StreamedBatches, n: number): Promise<number[]> {
  const into = views(n);
  const got = await batches.nextInto(into, n);
  const drawn = [...into.x].filter((_, i) => i % 3 === 0).slice(0, got);
  for (const [row, i] of drawn.entries()) {
    expect(into.lengths[row]).toBe(1 + (i % 3));
    expect(into.labels[row]).toBe(i % 2);
    expect([...into.x.subarray(row * 3, row * 3 + 3)]).toEqual(
      [0, 1, 2].map((step) => (step < 1 + (i % 3) ? i : 0)),
    );
  }
  return drawn;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("StreamedBatches", () => {
  test("gives the stream's order, pass after pass, each batch full", async () => {
    const batches = streamed(numbered(5));
    expect(await draw(batches, 3)).toEqual([0, 1, 2]);
    expect(await draw(batches, 2)).toEqual([3, 4]);
    expect(batches.epochsCompleted).toBe(0);
    expect(await draw(batches, 7)).toEqual([0, 1, 2, 3, 4, 0, 1]);
    expect(batches.epochsCompleted).toBe(2);
  });

  test("is at its end after the epochs asked for", async () => {
    const batches = streamed(numbered(5), { epochs: 2 });
    expect(await draw(batches, 8)).toEqual([0, 1, 2, 3, 4, 0, 1, 2]);
    expect(await draw(batches, 8)).toEqual([3, 4]);
    expect(await draw(batches, 8)).toEqual([]);
    expect(batches.epochsCompleted).toBe(2);
  });

  test("a window shuffles: every pass holds each sequence once, the same seed draws the same", async () => {
    const cases = fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      window: fc.integer({ min: 1, max: 25 }),
      seed: fc.maxSafeNat(),
      n: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ count, window, seed, n }) => {
        const [a, b] = [0, 1].map(() => streamed(numbered(count), { window, seed }));
        const drawn: number[] = [];
        while (drawn.length < 2 * count) drawn.push(...(await draw(a, n)));
        const twin: number[] = [];
        while (twin.length < 2 * count) twin.push(...(await draw(b, 1)));
        expect(drawn.slice(0, 2 * count)).toEqual(twin);
        for (const pass of [drawn.slice(0, count), drawn.slice(count, 2 * count)]) {
          expect([...pass].sort((x, y) => x - y)).toEqual(numbers(count));
          // No sequence comes before the window reaches it.
          for (const [place, i] of pass.entries()) expect(i).toBeLessThan(place + window);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("another seed, and the next pass, have another order; any sequence may come first", async () => {
    const order = (seed: number) => draw(streamed(numbered(12), { window: 12, seed }), 24);
    const first = await order(1);
    expect(first).not.toEqual(await order(2));
    expect(first.slice(0, 12)).not.toEqual(first.slice(12));
    const firsts = new Set<number>();
    for (let seed = 0; seed < 100; seed++) firsts.add((await order(seed))[0]);
    expect(firsts.size).toBe(12);
  });

  test("takes a generator, sync or async, begun anew for each pass and read no further than the window", async () => {
    for (const isAsync of [false, true]) {
      const log: string[] = [];
      const open = isAsync
        ? async function* () {
            log.push("open");
            for (const sequence of numbered(4)) {
              log.push("read");
              yield sequence;
            }
          }
        : function* () {
            log.push("open");
            for (const sequence of numbered(4)) {
              log.push("read");
              yield sequence;
            }
          };
      const batches = new StreamedBatches(open, { ...BASE, window: 2 });
      await draw(batches, 1);
      expect(log).toEqual(["open", "read", "read"]);
      await draw(batches, 3);
      expect(log).toEqual(["open", "read", "read", "read", "read"]);
      await draw(batches, 1);
      expect(log.slice(5)).toEqual(["open", "read", "read"]);
    }
  });

  test.each<[string, object[], Partial<StreamedBatchesOptions>]>([
    [
      "labels of steps",
      numbers(6).map((i) => ({ labels: new Uint8Array(1 + (i % 3)).fill(i % 2) })),
      { everyStep: true },
    ],
    ["targets", numbers(6).map((i) => ({ target: [i, -i] })), { classes: undefined, outputs: 2 }],
    [
      "targets of steps",
      numbers(6).map((i) => ({ targets: numbers(1 + (i % 3)).map((t) => [i, t]) })),
      { classes: undefined, outputs: 2, everyStep: true },
    ],
    ["nothing", numbers(6).map(() => ({})), { classes: undefined }],
  ])("carries %s, as fromSequences does, whatever was in the window before", async (_, known, options) => {
    const sequences = numbered(6).map(({ values }, i) => ({ values, weight: i / 2, ...known[i] }));
    const batches = streamed(sequences, { ...options, weighted: true, window: 3 });
    const { timeSteps, features, everyStep, outputs, truth } = batches.shape;
    const data = fromSequences(sequences, { ...BASE, ...options });
    expect({ timeSteps, features, everyStep, outputs, truth }).toEqual({
      timeSteps: data.timeSteps,
      features: data.features,
      everyStep: data.everyStep,
      outputs: data.outputs,
      truth: data.truth,
    });
    const room = (count: number): Required<Batch> => ({
      x: new Float32Array(count * 3),
      labels: new Int32Array((count * data.labels.length) / 6),
      targets: new Float32Array((count * data.targets.length) / 6),
      sampleWeights: new Float32Array(count),
      lengths: new Int32Array(count),
    });
    const drawn = room(30);
    expect(await batches.nextInto(drawn, 30)).toBe(30);
    const row = room(1);
    for (let r = 0; r < 30; r++) {
      data.copyInto(drawn.x[r * 3], row, 0);
      for (const key of ["x", "labels", "targets", "sampleWeights", "lengths"] as const) {
        const each = row[key].length;
        expect([...drawn[key].subarray(r * each, (r + 1) * each)]).toEqual([...row[key]]);
      }
    }
  });

  test("weights are 1 when the stream has none", async () => {
    const into = views(2);
    await streamed(numbered(3)).nextInto(into, 2);
    expect([...into.sampleWeights]).toEqual([1, 1]);
  });

  test("cuts as truncate says", async () => {
    const batches = streamed([{ values: Float32Array.of(1, 2, 3, 4), label: 0 }], { truncate: "start" });
    const into = views(1);
    await batches.nextInto(into, 1);
    expect([...into.x]).toEqual([2, 3, 4]);
  });
});

describe("the end of a pass", () => {
  function watched(log: string[]) {
    return async function* () {
      try {
        yield* numbered(5);
      } finally {
        log.push("closed");
      }
    };
  }

  test("close ends it and the stream", async () => {
    const log: string[] = [];
    const batches = new StreamedBatches(watched(log), { ...BASE, window: 2 });
    await draw(batches, 1);
    await batches.close();
    expect(log).toEqual(["closed"]);
    expect(await draw(batches, 3)).toEqual([]);
    await batches.close();
    expect(log).toEqual(["closed"]);
  });

  test("a sequence that is refused closes it and is named by its place in the pass", async () => {
    const log: string[] = [];
    const batches = new StreamedBatches(watched(log), { ...BASE, timeSteps: 2, window: 2 });
    await expect(batches.nextInto(views(5), 5)).rejects.toThrow(
      new RangeError("stream: sequence 2 must have at most 2 steps, or truncate be given, got 3 steps"),
    );
    expect(log).toEqual(["closed"]);
  });

  test("an error of the source comes through", async () => {
    const open = async function* () {
      yield* numbered(1);
      throw new Error("disk on fire");
    };
    const batches = new StreamedBatches(open, BASE);
    expect(await draw(batches, 1)).toEqual([0]);
    await expect(batches.nextInto(views(1), 1)).rejects.toThrow("disk on fire");
  });
});

describe("refuses", () => {
  test("an empty pass", async () => {
    await expect(streamed([]).nextInto(views(1), 1)).rejects.toThrow(
      new RangeError("stream: expected at least 1 sequence, got 0"),
    );
  });

  test("a weight where none is said, and too little room", async () => {
    const weighted = streamed([{ values: [[1]], label: 0, weight: 2 }]);
    await expect(weighted.nextInto(views(1), 1)).rejects.toThrow(
      new RangeError("stream: sequence 0: weight must be left out unless weighted is true, got 2"),
    );
    await expect(streamed(numbered(3)).nextInto({ x: new Float32Array(5) }, 2)).rejects.toThrow(
      new RangeError("x must have room for 2 sequences, 6 values, got 5"),
    );
  });

  test.each<[Partial<StreamedBatchesOptions>, string]>([
    [{ window: 0 }, "window must be a whole number from 1 to 2^31 - 1, got 0"],
    [{ epochs: 1.5 }, "epochs must be a whole number from 1 to 2^31 - 1, got 1.5"],
    [{ timeSteps: 0 }, "timeSteps must be a whole number from 1 to 2^31 - 1, got 0"],
    [{ features: -1 }, "features must be a whole number from 1 to 2^31 - 1, got -1"],
    [{ classes: 1 }, "a classifier needs at least 2 classes, got 1"],
    [{ outputs: 2 }, "expected classes or outputs, got both"],
    [{ truncate: "both" as never }, 'truncate must be "end" or "start", got both'],
  ])("%o", (options, message) => {
    expect(() => streamed(numbered(3), options)).toThrow(new RangeError(`stream: ${message}`));
  });

  test("sequences in place of a function", () => {
    expect(() => new StreamedBatches(numbered(3) as never, BASE)).toThrow(
      new TypeError("stream: expected a function that begins a pass, got object"),
    );
  });
});
