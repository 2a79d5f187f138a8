import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Batches } from "../../src/data/batches.ts";
import { Dataset } from "../../src/data/dataset.ts";
import { Random } from "../../src/data/random.ts";

// Sequence i holds 6i ... 6i + 5 and has label i, so a row tells which sequence it is.
function numbered(count: number): Dataset {
  return Dataset.fromFloats({
    values: Float32Array.from({ length: count * 6 }, (_, i) => i),
    labels: Int32Array.from({ length: count }, (_, i) => i),
    timeSteps: 3,
    features: 2,
    classes: count,
  });
}

// TensorFlow 1's DataSet.next_batch (contrib/learn/python/learn/datasets/mnist.py) on row numbers: `images` is
// the array it reorders, `permutation` stands for numpy's shuffle of 0 ... count - 1.
class Tf1DataSet {
  images: number[];
  epochsCompleted = 0;
  indexInEpoch = 0;
  private readonly shuffle: boolean;
  private readonly permutation: (count: number) => number[];

  constructor(count: number, shuffle: boolean, permutation: (count: number) => number[]) {
    this.images = Array.from({ length: count }, (_, i) => i);
    this.shuffle = shuffle;
    this.permutation = permutation;
  }

  nextBatch(batchSize: number): number[] {
    const start = this.indexInEpoch;
    const count = this.images.length;
    if (this.epochsCompleted === 0 && start === 0 && this.shuffle) this.reorder();
    if (start + batchSize <= count) {
      this.indexInEpoch += batchSize;
      return this.images.slice(start, this.indexInEpoch);
    }
    this.epochsCompleted++;
    const rest = this.images.slice(start);
    if (this.shuffle) this.reorder();
    this.indexInEpoch = batchSize - rest.length;
    return [...rest, ...this.images.slice(0, this.indexInEpoch)];
  }

  private reorder(): void {
    this.images = this.permutation(this.images.length).map((i) => this.images[i]);
  }
}

function numpyLike(random: Random): (count: number) => number[] {
  return (count) => {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    random.shuffle(order);
    return [...order];
  };
}

describe("Batches", () => {
  test("gives TensorFlow 1's batches and epoch counts, batch sizes up to the dataset's", () => {
    const cases = fc.integer({ min: 1, max: 12 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        sizes: fc.array(fc.integer({ min: 1, max: count }), { maxLength: 20 }),
        seed: fc.maxSafeNat(),
        shuffle: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(cases, ({ count, sizes, seed, shuffle }) => {
        const batches = new Batches(numbered(count), { seed, shuffle });
        const model = new Tf1DataSet(count, shuffle, numpyLike(new Random(seed)));
        for (const n of sizes) {
          expect([...batches.nextBatch(n).labels]).toEqual(model.nextBatch(n));
          expect(batches.epochsCompleted).toBe(model.epochsCompleted);
        }
      }),
    );
  });

  test("x holds each label's sequence", () => {
    const { x, labels } = new Batches(numbered(5), { seed: 2 }).nextBatch(7);
    expect(x).toHaveLength(7 * 6);
    expect(labels).toHaveLength(7);
    for (let row = 0; row < 7; row++) {
      const first = labels[row] * 6;
      expect([...x.subarray(row * 6, row * 6 + 6)]).toEqual([0, 1, 2, 3, 4, 5].map((i) => first + i));
    }
  });

  test("each epoch holds every sequence once, in a fresh order", () => {
    const batches = new Batches(numbered(20), { seed: 3 });
    const epochs = [0, 1, 2].map(() => [...batches.nextBatch(20).labels]);
    for (const epoch of epochs) {
      expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    }
    expect(new Set(epochs.map(String)).size).toBe(3);
  });

  test("one batch of several epochs equals the same rows taken one by one", () => {
    const whole = new Batches(numbered(4), { seed: 9 });
    const single = new Batches(numbered(4), { seed: 9 });
    const expected = Array.from({ length: 11 }, () => single.nextBatch(1).labels[0]);
    expect([...whole.nextBatch(11).labels]).toEqual(expected);
    expect(whole.epochsCompleted).toBe(2);
    expect(whole.state()).toEqual(single.state());
  });

  test("without shuffle: file order, wrapping around", () => {
    const batches = new Batches(numbered(5), { shuffle: false });
    expect([...batches.nextBatch(3).labels]).toEqual([0, 1, 2]);
    expect([...batches.nextBatch(3).labels]).toEqual([3, 4, 0]);
    expect([...batches.nextBatch(12).labels]).toEqual([1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2]);
    expect(batches.epochsCompleted).toBe(3);
  });

  test("an epoch is completed when the next one's first row is taken", () => {
    const batches = new Batches(numbered(4));
    batches.nextBatch(4);
    expect(batches.epochsCompleted).toBe(0);
    batches.nextBatch(1);
    expect(batches.epochsCompleted).toBe(1);
  });

  test("seed 1 and shuffling unless told; another seed gives another order", () => {
    const first = (options?: { seed: number }) => [
      ...new Batches(numbered(20), options).nextBatch(20).labels,
    ];
    expect(first()).toEqual(first({ seed: 1 }));
    expect(first()).not.toEqual(first({ seed: 2 }));
    expect(first()).not.toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test("nextInto writes what nextBatch gives and nothing behind it", () => {
    const x = new Float32Array(3 * 6 + 2).fill(-1);
    const labels = new Int32Array(4).fill(-1);
    expect(new Batches(numbered(5)).nextInto({ x, labels }, 3)).toBe(3);
    const expected = new Batches(numbered(5)).nextBatch(3);
    expect([...x]).toEqual([...expected.x, -1, -1]);
    expect([...labels]).toEqual([...expected.labels, -1]);
  });

  test("nextInto refuses too little room and takes no row", () => {
    const batches = new Batches(numbered(5));
    const before = batches.state();
    const into = (floats: number, labels: number) => () =>
      batches.nextInto({ x: new Float32Array(floats), labels: new Int32Array(labels) }, 3);
    expect(into(17, 3)).toThrow(new RangeError("x must have room for 3 sequences, 18 values, got 17"));
    expect(into(18, 2)).toThrow(new RangeError("labels must have room for 3 sequences, 3 values, got 2"));
    expect(batches.state()).toEqual(before);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a batch of %s", (n) => {
    const batches = new Batches(numbered(5));
    const error = new RangeError(`batch size must be a whole number from 1, got ${n}`);
    expect(() => batches.nextBatch(n)).toThrow(error);
    expect(() => batches.nextInto({ x: new Float32Array(6) }, n)).toThrow(error);
  });

  test("refuses an empty dataset", () => {
    expect(() => new Batches(numbered(3).slice(0, 0))).toThrow(/at least 1 sequence, got 0/);
  });
});

describe("lengths", () => {
  // Sequence i has i steps of 1.
  const ragged = Dataset.fromFloats({
    values: Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1),
    labels: [0, 1, 2, 3],
    lengths: [0, 1, 2, 3],
    timeSteps: 3,
    features: 1,
    classes: 4,
  });

  test("come with their sequences", () => {
    const { x, labels, lengths } = new Batches(ragged, { seed: 5 }).nextBatch(9);
    expect([...lengths!]).toEqual([...labels]);
    for (let row = 0; row < 9; row++) {
      expect(x.subarray(row * 3, row * 3 + 3).reduce((a, b) => a + b)).toBe(labels[row]);
    }
    const into = new Int32Array(10).fill(-1);
    new Batches(ragged, { seed: 5 }).nextInto({ x: new Float32Array(27), lengths: into }, 9);
    expect([...into]).toEqual([...lengths!, -1]);
  });

  test("are timeSteps when the dataset has none; nextBatch then gives none", () => {
    const lengths = new Int32Array(4).fill(-1);
    new Batches(numbered(5)).nextInto({ x: new Float32Array(18), lengths }, 3);
    expect([...lengths]).toEqual([3, 3, 3, -1]);
    expect(new Batches(numbered(5)).nextBatch(3)).not.toHaveProperty("lengths");
  });

  test("nextInto refuses too little room for them and takes no row", () => {
    const batches = new Batches(ragged);
    const before = batches.state();
    const views = { x: new Float32Array(9), lengths: new Int32Array(2) };
    expect(() => batches.nextInto(views, 3)).toThrow(
      new RangeError("lengths must have room for 3 sequences, 3 values, got 2"),
    );
    expect(batches.state()).toEqual(before);
  });
});

describe("what is known of the sequences", () => {
  // 4 sequences of 2 steps; sequence i holds i and i + 0.5, and its truth can be told from i.
  const base = {
    values: Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
    timeSteps: 2,
    features: 1,
    sampleWeights: [0, 10, 20, 30],
  };
  const firsts = ({ x }: { x: Float32Array }) => [...x].filter((_, i) => i % 2 === 0);

  test("labels of every step come with their sequences", () => {
    const labels = [0, 1, 1, 2, 2, 3, 3, 4];
    const batch = new Batches(Dataset.fromFloats({ ...base, labels, classes: 5, everyStep: true })).nextBatch(
      6,
    );
    expect([...batch.labels]).toEqual(firsts(batch).flatMap((i) => [i, i + 1]));
    expect(batch.targets).toHaveLength(0);
  });

  test.each([1, 2])("targets, %s to a sequence, and weights", (outputs) => {
    const targets = [0, 1, 2, 3].flatMap((i) => (outputs === 1 ? [-i] : [-i, i / 4]));
    const batch = new Batches(Dataset.fromFloats({ ...base, targets, outputs }), { seed: 2 }).nextBatch(9);
    const expected = firsts(batch).flatMap((i) => (outputs === 1 ? [-i] : [-i, i / 4]));
    expect([...batch.targets].map((v) => v + 0)).toEqual(expected.map((v) => v + 0));
    expect([...batch.sampleWeights!]).toEqual(firsts(batch).map((i) => 10 * i));
    expect(batch.labels).toHaveLength(0);
  });

  test("targets of every step", () => {
    const targets = Float32Array.from({ length: 24 }, (_, i) => Math.floor(i / 6) + (i % 6) / 10);
    const data = Dataset.fromFloats({ ...base, targets, outputs: 3, everyStep: true });
    const batch = new Batches(data, { seed: 3 }).nextBatch(5);
    const expected = firsts(batch).flatMap((i) => [0, 1, 2, 3, 4, 5].map((k) => Math.fround(i + k / 10)));
    expect([...batch.targets]).toEqual(expected);
  });

  test("weights are 1 when the dataset has none; a view that is left out is not filled", () => {
    const { sampleWeights: _, ...parts } = base;
    const data = Dataset.fromFloats({ ...parts, targets: [1, 2, 3, 4], outputs: 1 });
    const views = { x: new Float32Array(6), sampleWeights: new Float32Array(4).fill(-1) };
    new Batches(data).nextInto(views, 3);
    expect([...views.sampleWeights]).toEqual([1, 1, 1, -1]);
    expect(new Batches(data).nextBatch(2)).not.toHaveProperty("sampleWeights");
  });

  test("sequences of which nothing is known give their values alone", () => {
    const { sampleWeights: _, ...parts } = base;
    const batch = new Batches(Dataset.fromFloats(parts), { shuffle: false }).nextBatch(4);
    expect([...batch.x]).toEqual([...base.values]);
    expect([batch.labels.length, batch.targets.length]).toEqual([0, 0]);
  });

  test("too little room for any of it is refused by name, and no row is taken", () => {
    const data = Dataset.fromFloats({ ...base, targets: new Float32Array(16), outputs: 2, everyStep: true });
    const batches = new Batches(data);
    const before = batches.state();
    const x = new Float32Array(4);
    expect(() => batches.nextInto({ x, targets: new Float32Array(7) }, 2)).toThrow(
      new RangeError("targets must have room for 2 sequences, 8 values, got 7"),
    );
    expect(() => batches.nextInto({ x, sampleWeights: new Float32Array(1) }, 2)).toThrow(
      new RangeError("sampleWeights must have room for 2 sequences, 2 values, got 1"),
    );
    expect(batches.state()).toEqual(before);
  });
});

describe("resume", () => {
  test("a restored Batches goes on with the same batches, whatever it was made with", () => {
    const record = fc.record({
      count: fc.integer({ min: 1, max: 9 }),
      before: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 }),
      seed: fc.maxSafeNat(),
      shuffle: fc.boolean(),
    });
    fc.assert(
      fc.property(record, ({ count, before, seed, shuffle }) => {
        const original = new Batches(numbered(count), { seed, shuffle });
        for (const n of before) original.nextBatch(n);
        const resumed = new Batches(numbered(count), { seed: 5, shuffle: !shuffle });
        resumed.restore(original.state());
        expect(resumed.epochsCompleted).toBe(original.epochsCompleted);
        for (const n of [3, 1, 25]) expect(resumed.nextBatch(n)).toEqual(original.nextBatch(n));
        expect(resumed.epochsCompleted).toBe(original.epochsCompleted);
      }),
    );
  });

  test("a state is a copy: changing it changes no batch", () => {
    const batches = new Batches(numbered(6), { seed: 4 });
    const { random, order } = batches.state();
    order.fill(0);
    random.fill(0);
    expect(batches.nextBatch(12)).toEqual(new Batches(numbered(6), { seed: 4 }).nextBatch(12));
  });

  test("a state survives JSON as plain arrays", () => {
    const batches = new Batches(numbered(6), { seed: 4 });
    batches.nextBatch(4);
    const { random, order, ...rest } = batches.state();
    const json = JSON.parse(JSON.stringify({ random: [...random], order: [...order], ...rest }));
    const expected = batches.nextBatch(30);
    batches.restore(json);
    expect(batches.nextBatch(30)).toEqual(expected);
  });

  test.each([
    [{ order: [0, 1] }, "order must hold each of 0 to 2 once, got 2 entries"],
    [{ order: [0, 1, 1] }, "order must hold each of 0 to 2 once, got 3 entries, 2 missing"],
    [{ order: [0, 1, 2.5] }, "order must hold each of 0 to 2 once, got 3 entries, 2 missing"],
    [{ order: [0, 1, 2, 0] }, "order must hold each of 0 to 2 once, got 4 entries"],
    [{ cursor: 4 }, "cursor must be a whole number from 0 to 3, got 4"],
    [{ cursor: -1 }, "cursor must be a whole number from 0 to 3, got -1"],
    [{ epochsCompleted: 0.5 }, `epochsCompleted must be a whole number from 0 to ${2 ** 53 - 1}, got 0.5`],
    [{ random: [0, 0, 0, 0] }, "random state must be 4 words of 32 bits, not all zero, got [0,0,0,0]"],
    [{ shuffle: 1 as never }, "shuffle must be true or false, got 1"],
  ])("refuses the state %o and stays as it was", (change, message) => {
    const batches = new Batches(numbered(3));
    const before = batches.state();
    expect(() => batches.restore({ ...before, cursor: 1, ...change })).toThrow(message);
    expect(batches.state()).toEqual(before);
  });
});
