// Dropout: the kernels against the host's own numbers; how many elements the core drops, and which.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CellRegion, Phase, Region, Setting } from "../../assembly/regions.ts";
import type { Core } from "../../src/core/load.ts";
import { DROPOUT_SEED, loadTestCore, PlannedCore, UPDATE } from "../support/core.ts";
import {
  type CoreTrial,
  calmTrials,
  coreTrials,
  expectGradients,
  isDecided,
  plan,
  startOf,
} from "../support/core-trials.ts";
import { dropoutFactor, dropoutMasks } from "../support/dropout-masks.ts";
import { layOutGuarded } from "../support/guard.ts";
import { loadKernels, randomFloats } from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";
import { completeModel, lossAndGradients, randomWeights } from "../support/reference/index.ts";

const RATES = [0, 0.25, 0.5, 0.6, 0.999];
const KEYS = [0n, 1n, 0xffffffffn, 2n ** 63n + 12345n, 2n ** 64n - 1n];

await overBuilds(loadKernels, (kernels) => {
  test("copyKept and addKept multiply each element by its factor, at any length, alignment and number", () => {
    for (let n = 0; n <= 21; n++) {
      for (const [i, rate] of [...RATES, ...RATES, ...RATES, ...RATES].entries()) {
        const key = KEYS[(n + i) % KEYS.length];
        const index = [0, 3, 1_000_003, 2 ** 32 - 5][n % 4];
        const guarded = layOutGuarded(
          kernels.memory,
          kernels.planBase(),
          [n + i, i, n >> 1].map((offset) => ({ length: n, offset: offset & 3 })),
        );
        const [copied, added, from] = guarded.buffers;
        const [values, start] = [randomFloats(n, n), randomFloats(n, n + 1)];
        from.floats.set(values);
        added.floats.set(start);
        kernels.copyKept(copied.address, from.address, n, key, rate, index);
        kernels.addKept(added.address, from.address, n, key, rate, index);
        guarded.assertIntact();
        const kept = values.map((value, k) => value * dropoutFactor(key, rate, (index + k) % 2 ** 32));
        expect(copied.floats).toEqual(kept);
        expect(added.floats).toEqual(start.map((value, k) => value + kept[k]));
        expect(from.floats).toEqual(values);
      }
    }
  });

  test.each([0.25, 0.9])("a share of %d is dropped, each element on its own", (rate) => {
    const n = 50_000;
    const draw = (key: bigint, index: number) => {
      const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [n, n]);
      const [to, from] = guarded.buffers;
      from.floats.fill(1);
      kernels.copyKept(to.address, from.address, n, key, rate, index);
      return Float64Array.from(to.floats, (value) => (value === 0 ? 1 : 0));
    };
    const dropped = draw(KEYS[3], 0);
    // Both within five standard deviations, of the binomial distribution and of a product of two such.
    const variance = rate * (1 - rate);
    const share = dropped.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs(share - rate)).toBeLessThan(5 * Math.sqrt(variance / n));
    const covariance = (a: Float64Array, b: Float64Array) =>
      b.reduce((sum, value, k) => sum + (a[k] - rate) * (value - rate), 0) / b.length;
    for (const distance of [1, 2, 3, 4, 8, 16, 128]) {
      expect(Math.abs(covariance(dropped, dropped.subarray(distance)))).toBeLessThan(
        (5.1 * variance) / Math.sqrt(n),
      );
    }
    for (const other of [draw(KEYS[3] + 1n, 0), draw(KEYS[3] + 2n ** 32n, 0), draw(KEYS[3], n)]) {
      expect(Math.abs(covariance(dropped, other))).toBeLessThan((5 * variance) / Math.sqrt(n));
    }
  });
});

/** A model that drops everywhere, of layers whose outputs are never 0: a large bias, and nothing else. */
function dropping(rate: number) {
  const layer = {
    type: "rnn",
    units: 9,
    bidirectional: true,
    dropout: rate,
    recurrentDropout: rate,
  } as const;
  const model = completeModel({
    ...{ batch: 40, timeSteps: 25, features: 13, layers: [layer, layer, layer] },
    head: { units: 2, everyStep: true, dropout: rate },
  });
  const weights = new Map(
    [...randomWeights(model, 1, 0)].map(([name, values]) => [
      name,
      values.fill(name.endsWith("bias") ? 1 : 0),
    ]),
  );
  const x = new Float64Array(model.batch * model.timeSteps * model.features).fill(1);
  return { model, weights, x, targets: new Int32Array(model.batch * model.timeSteps) };
}

/** By tensor, 1 for each element of it that the last pass has dropped, 0 for the others; [rows, width] in the core's order. */
function droppedOf(planned: PlannedCore): Map<string, Uint8Array> {
  const { memory, model } = planned;
  const steps = model.batch * model.timeSteps;
  const zeros = (values: Float32Array, stride: number, rows: number, columns: number[]) =>
    Uint8Array.from({ length: rows * columns.length }, (_, k) =>
      values[Math.floor(k / columns.length) * stride + columns[k % columns.length]] === 0 ? 1 : 0,
    );
  const range = (from: number, count: number) => Array.from({ length: count }, (_, k) => from + k);
  const [hidden, padded] = [9, 16];
  const both = [...range(0, hidden), ...range(padded, hidden)];
  const tensors = new Map<string, Uint8Array>();
  for (const [k, { layer, reversed }] of memory.cells.entries()) {
    const z = memory.cellFloats(k, CellRegion.Z);
    const stride = z.length / (steps + model.batch);
    const columns = layer === 0 ? range(padded, model.features) : both.map((column) => column + padded);
    if (!reversed) tensors.set(`what layer ${layer} reads`, zeros(z, stride, steps, columns));
    // h of step 1 on; the row blocks of all steps bear the same mask.
    const direction = reversed ? "reverse" : "forward";
    tensors.set(
      `h of layer ${layer}, ${direction}`,
      zeros(z.subarray(stride * model.batch), stride, model.batch, range(0, hidden)),
    );
  }
  const input = memory.floats(Region.HeadInput);
  return tensors.set("what the head reads", zeros(input, input.length / steps, steps, both));
}

function trainedOnce(core: Core, rate: number, settings: Partial<Record<Setting, number>> = {}) {
  const { model, weights, x, targets } = dropping(rate);
  const planned = new PlannedCore(core, model, { settings: { [Setting.LearningRate]: 0, ...settings } });
  return planned.begin({ weights, x, targets, options: {} }).update();
}

await overBuilds(loadTestCore, (core, build) => {
  const runs = (n: number) => (build === "debug" ? n / 5 : n);

  describe("in the core", () => {
    test.each([0.1, 0.5])("every tensor loses a share of %d, within five standard deviations", (rate) => {
      for (const [name, dropped] of droppedOf(trainedOnce(core, rate))) {
        const share = dropped.reduce((sum, value) => sum + value, 0) / dropped.length;
        expect(Math.abs(share - rate), name).toBeLessThan(
          5 * Math.sqrt((rate * (1 - rate)) / dropped.length),
        );
      }
    });

    test("tensors, updates and seeds drop elements of their own", () => {
      const masks = [
        ...droppedOf(trainedOnce(core, 0.5)),
        ...droppedOf(trainedOnce(core, 0.5).update()),
        ...droppedOf(trainedOnce(core, 0.5, { [Setting.DropoutSeed]: DROPOUT_SEED + 1 })),
      ];
      expect(masks).toHaveLength(3 * 10);
      for (const [i, [name, a]] of masks.entries()) {
        for (const [other, b] of masks.slice(i + 1)) {
          // Of two masks of one half each, half of the elements agree.
          const n = Math.min(a.length, b.length);
          const agreeing = a.subarray(0, n).reduce((sum, value, k) => sum + (value === b[k] ? 1 : 0), 0);
          expect(Math.abs(agreeing / n - 0.5), `${name} and ${other}`).toBeLessThan(6 * Math.sqrt(0.25 / n));
        }
      }
    });

    test("sequences, steps and units drop elements of their own; h the same ones at every step", () => {
      const planned = trainedOnce(core, 0.5);
      for (const [name, dropped] of droppedOf(planned)) {
        const width = name.startsWith("h") ? 9 : name === "what layer 0 reads" ? 13 : 18;
        const rows = Array.from({ length: dropped.length / width }, (_, row) =>
          dropped.subarray(row * width, (row + 1) * width).join(""),
        );
        // Of so many random rows hardly two are the same.
        expect(new Set(rows).size, name).toBeGreaterThan(0.8 * Math.min(rows.length, 2 ** width));
      }
      const { memory, model } = planned;
      const z = memory.cellFloats(0, CellRegion.Z);
      const stride = z.length / (model.batch * (model.timeSteps + 1));
      const step = (t: number) =>
        Array.from(
          { length: model.batch * 9 },
          (_, k) => z[(t * model.batch + Math.floor(k / 9)) * stride + (k % 9)] === 0,
        );
      for (let t = 2; t <= model.timeSteps; t++) expect(step(t)).toEqual(step(1));
    });
  });

  test("each update drops anew, as the reference does with the same masks", () => {
    const check = (trial: CoreTrial) => {
      const { model } = trial;
      const { x, targets, options } = startOf(trial);
      const planned = plan(core, trial, { settings: { [Setting.LearningRate]: 0.01 } });
      for (let update = 0; update < 3; update++) {
        planned.run([Phase.Pack]);
        const weights = new Map(
          [...planned.weights()].map(([name, values]) => [name, Float64Array.from(values)]),
        );
        const dropped = { ...options, masks: dropoutMasks(model, DROPOUT_SEED, update) };
        planned.setInitialStates(options.initialStates).run(UPDATE.slice(1));
        if (!isDecided(trial, { weights, x, targets, options }, dropped)) return;
        const { gradients } = lossAndGradients(model, weights, x, targets, dropped);
        expectGradients(planned.gradients(), gradients);
      }
    };
    fc.assert(fc.property(calmTrials, check), { numRuns: runs(40) });
  });

  test("what a row drops depends neither on the other rows nor on the plan's", () => {
    fc.assert(
      fc.property(coreTrials, fc.nat(), (trial, salt) => {
        const { model } = trial;
        const { weights, x, targets, options } = startOf(trial);
        const n = 1 + (salt % model.batch);
        const part = <T extends ArrayLike<number>>(values: T) =>
          Array.from(values).slice(0, (values.length * n) / model.batch);
        const all = plan(core, trial).run([Phase.Pack, Phase.Train]).outputs();
        const few = new PlannedCore(core, { ...model, batch: n })
          .setWeights(weights)
          .setBatch(part(x), part(targets))
          .setLengths(options.lengths && part(options.lengths))
          .setInitialStates(
            options.initialStates?.map((cells) => cells.map(({ h, c }) => ({ h: part(h!), c: part(c!) }))),
          );
        few.memory.set(Setting.Dropout, 1);
        expect(few.run([Phase.Pack, Phase.Train]).outputs()).toEqual(
          all.subarray(0, (all.length * n) / model.batch),
        );
      }),
      { numRuns: runs(60) },
    );
  });

  test("without Setting.Dropout a pass gives the very bits of a model that drops nothing", () => {
    fc.assert(
      fc.property(coreTrials, (trial) => {
        const { model } = trial;
        const layers = model.layers.map((layer) => ({ ...layer, dropout: 0, recurrentDropout: 0 }));
        const kept = { ...trial, model: { ...model, layers, head: { ...model.head, dropout: 0 } } };
        const phases = [Phase.Pack, Phase.Evaluate, Phase.Summarise];
        const { weights, x, targets, options } = startOf(trial);
        const run = (core: PlannedCore) => {
          core.begin({ weights, x, targets, options });
          core.memory.set(Setting.Dropout, 0);
          const outputs = core.run(phases).outputs();
          return [core.loss, core.accuracy, ...outputs];
        };
        const expected = run(new PlannedCore(core, kept.model));
        expect(run(new PlannedCore(core, model))).toEqual(expected);
        const planned = plan(core, trial, { settings: { [Setting.LearningRate]: 0 } }).update();
        planned.memory.set(Setting.Dropout, 0);
        planned.setInitialStates(options.initialStates).run(phases);
        expect([planned.loss, planned.accuracy, ...planned.outputs()], "after an update").toEqual(expected);
      }),
      { numRuns: runs(60) },
    );
  });
});
