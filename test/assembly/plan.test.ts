// What a plan puts where: regions that do not meet, parameters that follow each other, nothing that is not needed.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Region } from "../../assembly/regions.ts";
import { loadTestCore, PlannedCore } from "../support/core.ts";
import { type CoreTrial, coreTrials } from "../support/core-trials.ts";
import { overBuilds } from "../support/over-builds.ts";
import { weightShapes } from "../support/reference/index.ts";

const CACHE_LINE = 64;

await overBuilds(loadTestCore, (core, build) => {
  const overPlans = (body: (planned: PlannedCore, trial: CoreTrial) => void) =>
    fc.assert(
      fc.property(coreTrials, (trial) =>
        body(new PlannedCore(core, trial.model, { batchSize: trial.model.batch + trial.spare }), trial),
      ),
      { numRuns: build === "debug" ? 20 : 100 },
    );

  test("regions lie on cache lines behind the plan and share no byte, but h and z where they may", () => {
    overPlans((planned) => {
      const { plan, cells } = planned.memory;
      const tensors = planned.regions.find(({ name }) => name === "Parameters")!;
      const isTensor = ({ address }: { address: number }) =>
        address >= tensors.address && address <= tensors.address + tensors.bytes;
      const others = planned.regions.filter((region) => region.bytes > 0 && !isTensor(region));
      const inOrder = [tensors, ...others].sort((a, b) => a.address - b.address);
      expect(inOrder[0].address).toBeGreaterThanOrEqual(Math.max(...cells.map(({ address }) => address)));
      expect(inOrder[0].address).toBeGreaterThan(plan);
      for (const [i, { name, address }] of inOrder.entries()) {
        expect(address % CACHE_LINE, name).toBe(0);
        if (i === 0) continue;
        const before = inOrder[i - 1];
        const [, k] = / of cell (\d+)$/.exec(name) ?? [];
        const isShared =
          k !== undefined &&
          cells[Number(k)].config.recurrentDropout === 0 &&
          [before.name, name].sort().join() === `Hidden of cell ${k},Z of cell ${k}`;
        if (isShared) expect([before.address, before.bytes]).toEqual([address, inOrder[i].bytes]);
        else expect(before.address + before.bytes, `${before.name} and ${name}`).toBeLessThanOrEqual(address);
      }
    });
  });

  test("the tensors have the reference's names, shapes and order, and follow each other without a gap", () => {
    overPlans((planned, { model }) => {
      const shapes = new Map(planned.parameters.map(({ name, shape }) => [name, shape]));
      expect([...shapes]).toEqual([...weightShapes(model)]);
      let next = 0;
      for (const { name, shape, offset } of planned.parameters) {
        expect(offset, name).toBe(next);
        next += shape.reduce((a, b) => a * b, 1);
      }
      for (const block of [Region.Parameters, Region.Gradients, Region.FirstMoment, Region.SecondMoment]) {
        expect(planned.memory.floats(block)).toHaveLength(next);
      }
    });
  });

  test("a plan that only predicts has no place for targets, losses, gradients and moments", () => {
    overPlans((_, { model }) => {
      const planned = new PlannedCore(core, model, { trains: false });
      for (const { name, bytes } of planned.regions) {
        if (
          /^D[A-Z]|^Gradients|Moment|NormParts|Rules|^Packed\w+T( |$)|^Labels|^Targets|Weights|Loss|Hits/.test(
            name,
          )
        )
          expect(bytes, name).toBe(0);
      }
    });
  });

  test("a plan that only predicts keeps the gates of one step", () => {
    overPlans((_, { model }) => {
      const bytesOf = (timeSteps: number, trains: boolean) => {
        const { regions } = new PlannedCore(core, { ...model, timeSteps }, { trains });
        const gates = regions.filter(({ name }) => /^(Gates|CellTanh)/.test(name));
        return gates.reduce((sum, { bytes }) => sum + bytes, 0);
      };
      expect(bytesOf(7, false)).toBe(bytesOf(1, false));
      expect(bytesOf(1, false)).toBe(bytesOf(1, true));
      expect(bytesOf(7, false)).toBeLessThan(bytesOf(7, true));
    });
  });

  test("a model beyond 4 GiB is measured in full", () => {
    const plan = core.planBase();
    const [B, T, I, H] = [4096, 4096, 8, 512];
    core.describe(plan, B, T, I, 0, 1);
    core.addLayer(plan, 0, H, 0, 0, 0, 0, 1, Number.POSITIVE_INFINITY, 0, 0);
    core.setHead(plan, 0, 2, 1, 0);
    // z, gates, cell state and its tanh, and what the head reads, of every step.
    expect(core.layout(plan)).toBeGreaterThan(B * T * 4 * (H + 4 * H + H + H + H));
  });
});
