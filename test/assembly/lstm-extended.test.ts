// The LSTM cell with peepholes and a clipped state against its formulas in float64.

import { expect, test } from "vitest";
import { layOutGuarded } from "../support/guard.ts";
import { expectBitsAcrossBuilds, type Kernels, loadKernels, randomFloats } from "../support/kernels.ts";
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
  clip: number;
  /** Of the pre-activations. */
  scale: number;
  /** As in lstm.test.ts. */
  given: boolean;
}

const CASES: Case[] = casesOf([
  { forgetBias: 1, clip: Number.POSITIVE_INFINITY, scale: 4, given: true },
  { forgetBias: 0, clip: 0.5, scale: 1, given: true },
  { forgetBias: -0.5, clip: 0.125, scale: 4, given: false },
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
    peepholes: { groups: 3, rows: 1, values: 1 },
  });
  const { gates, c: cell, cNext, cTanh, h, hPrevious, peepholes } = placed.matrices;
  kernels.lstmForwardExtended(
    ...[h.address, h.stride, cNext.address, cTanh.address, gates.address, gates.group, cell.address],
    ...[c.given ? hPrevious.address : 0, placed.lengths, STEP, c.forgetBias],
    ...[peepholes.address, peepholes.group, c.clip, c.n],
  );
  placed.assertKept("c", "hPrevious", "peepholes");
  return placed.matrices;
}

function runBackward(kernels: Kernels, c: Case) {
  // A third of the states has reached the clip, either way.
  const { clip } = c;
  const cNext = randomFloats(c.n * 8, c.salt + 99, Math.min(1.5 * clip, 2)).map((value) =>
    Math.max(-clip, Math.min(clip, value)),
  );
  const placed = placeMatrices(kernels, c, {
    gates: { groups: 4, values: 1 },
    dc: { values: 1 },
    dh: { values: 1 },
    cTanh: { values: 1 },
    c: { values: 1 },
    cNext: { values: cNext },
    peepholes: { groups: 3, rows: 1, values: 1 },
  });
  const { gates, dc, dh, cTanh, c: cell, cNext: after, peepholes } = placed.matrices;
  kernels.lstmBackwardExtended(
    ...[gates.address, gates.group, dc.address, dh.address, cTanh.address, cell.address, after.address],
    ...[placed.lengths, STEP, c.given, peepholes.address, peepholes.group, clip, c.n],
  );
  placed.assertKept("cTanh", "c", "cNext", "peepholes");
  return placed.matrices;
}

await overBuilds(loadKernels, (kernels) => {
  test("forward: gates, state, its tanh and h follow the formulas; an ended row keeps its very h and c", () => {
    let clipped = 0;
    for (const c of CASES) {
      const { gates, c: cell, cNext, cTanh, h, hPrevious, peepholes } = runForward(kernels, c);
      const [zi, zf, zg, zo] = groupsOf(gates, c);
      const before = cell.before;
      const w = (gate: number, k: number) => peepholes.before[gate * 8 + (k & 7)];
      const i = (k: number) => sigmoid(zi[k] + w(0, k) * before[k]);
      const f = (k: number) => sigmoid(zf[k] + c.forgetBias + w(1, k) * before[k]);
      const g = (k: number) => Math.tanh(zg[k]);
      const next = (k: number) => Math.max(-c.clip, Math.min(c.clip, f(k) * before[k] + i(k) * g(k)));
      const o = (k: number) => sigmoid(zo[k] + w(2, k) * next(k));
      // The pre-activations are below 8, so their roundings below 5e-7.
      for (const [group, formula] of [i, f, g, o].entries()) {
        expectRows(c, "ifgo"[group], gates, { group, formula, bound: 6e-7 });
      }
      expectRows(c, "c", cNext, { formula: next, bound: 1.5e-6, ended: (k) => before[k] });
      expectRows(c, "tanh c", cTanh, { formula: (k) => Math.tanh(next(k)), bound: 2e-6 });
      expectRows(c, "h", h, {
        formula: (k) => o(k) * Math.tanh(next(k)),
        bound: 2e-6,
        ended: (k) => (c.given ? hPrevious.before[k] : 0),
      });
      clipped += cNext.read().filter((value) => Math.abs(value) === c.clip).length;
    }
    expect(clipped).toBeGreaterThan(100);
  });

  test("backward: gradients of gates and state follow the formulas; an ended row passes its own on", () => {
    for (const c of CASES) {
      const { gates, dc, dh, cTanh, c: cell, cNext, peepholes } = runBackward(kernels, c);
      const [i, f, g, o] = groupsOf(gates, c);
      const t = cTanh.before;
      const w = (gate: number, k: number) => peepholes.before[gate * 8 + (k & 7)];
      const dO = (k: number) => dh.before[k] * t[k] * o[k] * (1 - o[k]);
      const d = (k: number) =>
        Math.abs(cNext.before[k]) < c.clip
          ? dc.before[k] + dh.before[k] * o[k] * (1 - t[k] ** 2) + dO(k) * w(2, k)
          : 0;
      const di = (k: number) => d(k) * g[k] * i[k] * (1 - i[k]);
      const df = (k: number) => d(k) * cell.before[k] * f[k] * (1 - f[k]);
      const dg = (k: number) => d(k) * i[k] * (1 - g[k] ** 2);
      // All inputs are below 1, so d is below 5: a handful of roundings.
      const bound = 2e-6;
      for (const [group, formula] of [di, df, dg, dO].entries()) {
        expectRows(c, `d${"ifgo"[group]}`, gates, { group, formula, bound, ended: () => 0 });
      }
      expectRows(c, "dc", dc, {
        formula: (k) => d(k) * f[k] + di(k) * w(0, k) + df(k) * w(1, k),
        bound: 2 * bound,
        ended: (k) => dc.before[k],
      });
      expectRows(c, "dh", dh, {
        formula: (k) => (c.given ? 0 : dh.before[k]),
        bound: 0,
        ended: (k) => dh.before[k],
      });
    }
  });

  test("a peephole's gradient is the sum over rows of gate's gradient times state", () => {
    const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 100].flatMap((n) =>
      [0, 1, 2, 3].map((offset) => ({ n, offset })),
    );
    for (const { n, offset } of sizes) {
      for (let units = 0; units <= 8; units++) {
        const guarded = layOutGuarded(kernels.memory, kernels.planBase(), [
          { length: units, offset },
          { length: n * 8, offset: units & 3 },
          n * 8,
        ]);
        const [to, d, c] = guarded.buffers;
        d.floats.set(randomFloats(n * 8, n));
        c.floats.set(randomFloats(n * 8, n + 1, 3));
        kernels.peepholeGradient(to.address, d.address, c.address, n, units);
        guarded.assertIntact();
        for (let u = 0; u < units; u++) {
          let sum = 0;
          for (let row = 0; row < n; row++) sum += d.floats[row * 8 + u] * c.floats[row * 8 + u];
          expect(Math.abs(to.floats[u] - sum)).toBeLessThanOrEqual(3 * n * (n + 1) * 2 ** -24);
        }
      }
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
