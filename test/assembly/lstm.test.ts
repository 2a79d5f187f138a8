// The plain LSTM cell against its formulas in float64.

import { test } from "vitest";
import { expectBitsAcrossBuilds, type Kernels, loadKernels } from "../support/kernels.ts";
import {
  bitsOf,
  type CellCase,
  casesOf,
  expectRows,
  groupsOf,
  placeMatrices,
  STEP,
} from "../support/matrices.ts";
import { overBuilds } from "../support/over-builds.ts";
import { sigmoid } from "../support/reference/activations.ts";

interface Case extends CellCase {
  forgetBias: number;
  /** Scale of the pre-activations: 40 saturates every gate. */
  scale: number;
  /** Forward: an ended row's h is that of the step before, not zero. Backward: dh is used up. */
  given: boolean;
}

const CASES: Case[] = casesOf([
  { forgetBias: 1, scale: 1, given: true },
  { forgetBias: 0, scale: 4, given: true },
  { forgetBias: -0.5, scale: 40, given: true },
  { forgetBias: 1, scale: 4, given: false },
]);

function runForward(kernels: Kernels, c: Case) {
  const gap = (c.salt % 4) * 3;
  const placed = placeMatrices(kernels, c, {
    gates: { groups: 4, values: c.scale },
    c: { values: 2 },
    cNext: {},
    cTanh: {},
    h: { gap },
    hPrevious: { gap, values: 1 },
  });
  const { gates, c: cell, cNext, cTanh, h, hPrevious } = placed.matrices;
  kernels.lstmForward(
    ...[h.address, h.stride, cNext.address, cTanh.address, gates.address, gates.group, cell.address],
    ...[c.given ? hPrevious.address : 0, placed.lengths, STEP, c.forgetBias, c.n],
  );
  placed.assertKept("c", "hPrevious");
  return placed.matrices;
}

function runBackward(kernels: Kernels, c: Case) {
  const placed = placeMatrices(kernels, c, {
    gates: { groups: 4, values: 1 },
    dc: { values: 1 },
    dh: { values: 1 },
    cTanh: { values: 1 },
    c: { values: c.scale },
  });
  const { gates, dc, dh, cTanh, c: cell } = placed.matrices;
  kernels.lstmBackward(
    ...[gates.address, gates.group, dc.address, dh.address, cTanh.address, cell.address],
    ...[placed.lengths, STEP, c.given, c.n],
  );
  placed.assertKept("cTanh", "c");
  return placed.matrices;
}

await overBuilds(loadKernels, (kernels) => {
  test("forward: gates, state, its tanh and h follow the formulas; an ended row keeps its very h and c", () => {
    for (const c of CASES) {
      const { gates, c: before, cNext, cTanh, h, hPrevious } = runForward(kernels, c);
      const [zi, zf, zg, zo] = groupsOf(gates, c);
      const i = (k: number) => sigmoid(zi[k]);
      const f = (k: number) => sigmoid(zf[k] + c.forgetBias);
      const g = (k: number) => Math.tanh(zg[k]);
      const o = (k: number) => sigmoid(zo[k]);
      const next = (k: number) => f(k) * before.before[k] + i(k) * g(k);
      // The bounds of activations.test.ts, and a few roundings of numbers up to 3.
      for (const [group, formula] of [i, f, g, o].entries()) {
        expectRows(c, "ifgo"[group], gates, { group, formula, bound: 3e-7 });
      }
      expectRows(c, "c", cNext, { formula: next, bound: 1e-6, ended: (k) => before.before[k] });
      expectRows(c, "tanh c", cTanh, { formula: (k) => Math.tanh(next(k)), bound: 1e-6 });
      expectRows(c, "h", h, {
        formula: (k) => o(k) * Math.tanh(next(k)),
        bound: 1e-6,
        ended: (k) => (c.given ? hPrevious.before[k] : 0),
      });
    }
  });

  test("backward: gradients of gates and state follow the formulas; an ended row passes its own on", () => {
    for (const c of CASES) {
      const { gates, dc, dh, cTanh, c: cell } = runBackward(kernels, c);
      const [i, f, g, o] = groupsOf(gates, c);
      const t = cTanh.before;
      const d = (k: number) => dc.before[k] + dh.before[k] * o[k] * (1 - t[k] ** 2);
      // All inputs but c are below 1, c below `scale`: a handful of roundings.
      const bound = 1e-6 * Math.max(1, c.scale);
      const formulas = [
        (k: number) => d(k) * g[k] * i[k] * (1 - i[k]),
        (k: number) => d(k) * cell.before[k] * f[k] * (1 - f[k]),
        (k: number) => d(k) * i[k] * (1 - g[k] ** 2),
        (k: number) => dh.before[k] * t[k] * o[k] * (1 - o[k]),
      ];
      for (const [group, formula] of formulas.entries()) {
        expectRows(c, `d${"ifgo"[group]}`, gates, { group, formula, bound, ended: () => 0 });
      }
      expectRows(c, "dc", dc, { formula: (k) => d(k) * f[k], bound, ended: (k) => dc.before[k] });
      expectRows(c, "dh", dh, {
        formula: (k) => (c.given ? 0 : dh.before[k]),
        bound: 0,
        ended: (k) => dh.before[k],
      });
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const c of CASES) {
    const { gates, cNext, cTanh, h } = runForward(kernels, c);
    yield [`forward ${JSON.stringify(c)}`, bitsOf(gates, cNext, cTanh, h)];
    const back = runBackward(kernels, c);
    yield [`backward ${JSON.stringify(c)}`, bitsOf(back.gates, back.dc, back.dh)];
  }
});
