// The plain recurrent cell against its formulas in float64.

import { test } from "vitest";
import { expectBitsAcrossBuilds, type Kernels, loadKernels } from "../support/kernels.ts";
import { bitsOf, type CellCase, casesOf, expectRows, placeMatrices, STEP } from "../support/matrices.ts";
import { overBuilds } from "../support/over-builds.ts";

interface Case extends CellCase {
  /** Of the pre-activations. */
  scale: number;
}

const CASES: Case[] = casesOf([{ scale: 1 }, { scale: 4 }, { scale: 40 }]);

function runForward(kernels: Kernels, c: Case) {
  const gap = (c.salt % 4) * 3;
  const placed = placeMatrices(kernels, c, {
    gate: { values: c.scale },
    h: { gap },
    hPrevious: { gap, values: 1 },
  });
  const { gate, h, hPrevious } = placed.matrices;
  kernels.rnnForward(...[h.address, hPrevious.address, h.stride, gate.address, placed.lengths, STEP, c.n]);
  placed.assertKept("hPrevious");
  return placed.matrices;
}

function runBackward(kernels: Kernels, c: Case) {
  const placed = placeMatrices(kernels, c, { gate: { values: 1 }, dh: { values: 1 } });
  const { gate, dh } = placed.matrices;
  kernels.rnnBackward(gate.address, dh.address, placed.lengths, STEP, c.n);
  placed.assertKept();
  return placed.matrices;
}

await overBuilds(loadKernels, (kernels) => {
  test("forward: h = tanh(z), in its row and in place; an ended row keeps its very h", () => {
    for (const c of CASES) {
      const { gate, h, hPrevious } = runForward(kernels, c);
      const formula = (k: number) => Math.tanh(gate.before[k]);
      expectRows(c, "gate", gate, { formula, bound: 4e-7 });
      expectRows(c, "h", h, { formula, bound: 4e-7, ended: (k) => hPrevious.before[k] });
    }
  });

  test("backward: dz = dh (1 - h²), dh is used up; an ended row passes dh on", () => {
    for (const c of CASES) {
      const { gate, dh } = runBackward(kernels, c);
      expectRows(c, "dz", gate, {
        formula: (k) => dh.before[k] * (1 - gate.before[k] ** 2),
        bound: 3e-7,
        ended: () => 0,
      });
      expectRows(c, "dh", dh, { formula: () => 0, bound: 0, ended: (k) => dh.before[k] });
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const c of CASES) {
    const { gate, h } = runForward(kernels, c);
    yield [`forward ${JSON.stringify(c)}`, bitsOf(gate, h)];
    const back = runBackward(kernels, c);
    yield [`backward ${JSON.stringify(c)}`, bitsOf(back.gate, back.dh)];
  }
});
