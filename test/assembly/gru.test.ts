// The GRU cell, its reset gate after or before the recurrent product, against its formulas in float64.

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
  /** Of the pre-activations: 40 saturates every gate. */
  scale: number;
}

const CASES: Case[] = casesOf([{ scale: 1 }, { scale: 4 }, { scale: 40 }]);

// Groups n of x, z, r, n of h.
function runForward(kernels: Kernels, c: Case) {
  const gap = (c.salt % 4) * 3;
  const placed = placeMatrices(kernels, c, {
    gates: { groups: 4, values: c.scale },
    h: { gap, values: 1 },
    hNext: { gap },
    bias: { rows: 1, values: 1 },
  });
  const { gates, h, hNext, bias } = placed.matrices;
  kernels.gruForward(
    ...[hNext.address, h.address, h.stride, gates.address, gates.group, bias.address],
    ...[placed.lengths, STEP, c.n],
  );
  placed.assertKept("h", "bias");
  return placed.matrices;
}

function runBackward(kernels: Kernels, c: Case) {
  const placed = placeMatrices(kernels, c, {
    gates: { groups: 4, values: 1 },
    h: { gap: (c.salt % 4) * 3, values: 1 },
    dh: { values: 1 },
  });
  const { gates, h, dh } = placed.matrices;
  kernels.gruBackward(
    ...[dh.address, h.address, h.stride, gates.address, gates.group, placed.lengths, STEP, c.n],
  );
  placed.assertKept("h");
  return placed.matrices;
}

// Groups n, z, r, in two halves; between them the product of the reset rows is added to n.
function runReset(kernels: Kernels, c: Case) {
  const gap = (c.salt % 4) * 3;
  const placed = placeMatrices(kernels, c, {
    gates: { groups: 3, values: c.scale },
    h: { gap, values: 1 },
    read: { gap: gap + 1, values: 1 },
    reset: { gap: 2 },
    hNext: { gap },
  });
  const { gates, h, read, reset, hNext } = placed.matrices;
  kernels.gruReset(
    ...[reset.address, reset.stride, read.address, read.stride, gates.address, gates.group],
    ...[placed.lengths, STEP, c.n],
  );
  const between = groupsOf({ ...gates, before: gates.read() }, c)[0];
  kernels.gruCandidate(
    ...[hNext.address, h.address, h.stride, gates.address, gates.group, placed.lengths, STEP, c.n],
  );
  placed.assertKept("h", "read");
  return { ...placed.matrices, between };
}

function runResetBackward(kernels: Kernels, c: Case) {
  const gap = (c.salt % 4) * 3;
  const placed = placeMatrices(kernels, c, {
    gates: { groups: 3, values: 1 },
    h: { gap, values: 1 },
    read: { gap: gap + 1, values: 1 },
    dh: { values: 1 },
    s: { values: 1 },
    to: { values: 1 },
  });
  const { gates, h, read, dh, s, to } = placed.matrices;
  kernels.gruCandidateBackward(
    ...[dh.address, h.address, h.stride, gates.address, gates.group, placed.lengths, STEP, c.n],
  );
  kernels.gruResetBackward(
    ...[to.address, s.address, read.address, read.stride, gates.address + 2 * gates.group],
    ...[placed.lengths, STEP, c.n],
  );
  placed.assertKept("h", "read", "s");
  return placed.matrices;
}

await overBuilds(loadKernels, (kernels) => {
  test("reset after, forward: gates and h follow the formulas; an ended row keeps its very h", () => {
    for (const c of CASES) {
      const { gates, h, hNext, bias } = runForward(kernels, c);
      const [x, zz, zr, zh] = groupsOf(gates, c);
      const z = (k: number) => sigmoid(zz[k]);
      const r = (k: number) => sigmoid(zr[k]);
      const hn = (k: number) => zh[k] + bias.before[k & 7];
      const n = (k: number) => Math.tanh(x[k] + r(k) * hn(k));
      // The bounds of activations.test.ts, and roundings of the pre-activation, below 2 scale + 1.
      const rounding = 2 ** -23 * (2 * c.scale + 1);
      expectRows(c, "n", gates, { group: 0, formula: n, bound: 1e-6 + rounding });
      expectRows(c, "z", gates, { group: 1, formula: z, bound: 3e-7 });
      expectRows(c, "r", gates, { group: 2, formula: r, bound: 3e-7 });
      expectRows(c, "n of h", gates, { group: 3, formula: hn, bound: rounding });
      expectRows(c, "h", hNext, {
        formula: (k) => z(k) * h.before[k] + (1 - z(k)) * n(k),
        bound: 2e-6 + rounding,
        ended: (k) => h.before[k],
      });
    }
  });

  test("reset after, backward: gradients follow the formulas; an ended row passes dh on", () => {
    for (const c of CASES) {
      const { gates, h, dh } = runBackward(kernels, c);
      const [n, z, r, hn] = groupsOf(gates, c);
      const d = dh.before;
      const dn = (k: number) => d[k] * (1 - z[k]) * (1 - n[k] ** 2);
      const formulas = {
        dn,
        dz: (k: number) => d[k] * (h.before[k] - n[k]) * z[k] * (1 - z[k]),
        dr: (k: number) => dn(k) * hn[k] * r[k] * (1 - r[k]),
        "dn of h": (k: number) => dn(k) * r[k],
      };
      for (const [group, [what, formula]] of Object.entries(formulas).entries()) {
        expectRows(c, what, gates, { group, formula, bound: 2e-6, ended: () => 0 });
      }
      expectRows(c, "dh", dh, { formula: (k) => d[k] * z[k], bound: 1e-7, ended: (k) => d[k] });
    }
  });

  test("reset before, forward: gates, r h and h follow the formulas; an ended row keeps its very h", () => {
    for (const c of CASES) {
      const { gates, h, read, reset, hNext, between } = runReset(kernels, c);
      const [x, zz, zr] = groupsOf(gates, c);
      const z = (k: number) => sigmoid(zz[k]);
      const r = (k: number) => sigmoid(zr[k]);
      const n = (k: number) => Math.tanh(x[k]);
      if (!between.every((value, k) => value === x[k])) throw new Error("the first half has changed n");
      expectRows(c, "n", gates, { group: 0, formula: n, bound: 4e-7 });
      expectRows(c, "z", gates, { group: 1, formula: z, bound: 3e-7 });
      expectRows(c, "r", gates, { group: 2, formula: r, bound: 3e-7 });
      expectRows(c, "r h", reset, { formula: (k) => r(k) * read.before[k], bound: 4e-7, ended: () => 0 });
      expectRows(c, "h", hNext, {
        formula: (k) => z(k) * h.before[k] + (1 - z(k)) * n(k),
        bound: 1.5e-6,
        ended: (k) => h.before[k],
      });
    }
  });

  test("reset before, backward: gradients follow the formulas; an ended row passes its own on", () => {
    for (const c of CASES) {
      const { gates, h, read, dh, s, to } = runResetBackward(kernels, c);
      const [n, z, r] = groupsOf(gates, c);
      const d = dh.before;
      const formulas = {
        dn: (k: number) => d[k] * (1 - z[k]) * (1 - n[k] ** 2),
        dz: (k: number) => d[k] * (h.before[k] - n[k]) * z[k] * (1 - z[k]),
        dr: (k: number) => s.before[k] * read.before[k] * r[k] * (1 - r[k]),
      };
      for (const [group, [what, formula]] of Object.entries(formulas).entries()) {
        expectRows(c, what, gates, { group, formula, bound: 2e-6, ended: () => 0 });
      }
      expectRows(c, "dh", dh, { formula: (k) => d[k] * z[k], bound: 1e-7, ended: (k) => d[k] });
      expectRows(c, "gradient of h", to, {
        formula: (k) => to.before[k] + s.before[k] * r[k],
        bound: 4e-7,
        ended: (k) => to.before[k],
      });
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const c of CASES) {
    const forward = runForward(kernels, c);
    yield [`forward ${JSON.stringify(c)}`, bitsOf(forward.gates, forward.hNext)];
    const back = runBackward(kernels, c);
    yield [`backward ${JSON.stringify(c)}`, bitsOf(back.gates, back.dh)];
    const reset = runReset(kernels, c);
    yield [`reset before ${JSON.stringify(c)}`, bitsOf(reset.gates, reset.reset, reset.hNext)];
    const resetBack = runResetBackward(kernels, c);
    yield [`back of it ${JSON.stringify(c)}`, bitsOf(resetBack.gates, resetBack.dh, resetBack.to)];
  }
});
