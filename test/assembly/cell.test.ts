// The LSTM cell against its formulas in float64, with gaps between panels and rows and addresses off the alignment.

import { expect, test } from "vitest";
import { type GuardedBuffer, layOutGuarded } from "../support/guard.ts";
import {
  expectBitsAcrossBuilds,
  type Kernels,
  loadKernels,
  randomFloats,
  words,
} from "../support/kernels.ts";
import { overBuilds } from "../support/over-builds.ts";

const PANEL = 8;

interface Case {
  n: number;
  forgetBias: number;
  /** Some of the rows have ended. */
  ragged: boolean;
  /** Scale of the pre-activations: 40 saturates every gate. */
  scale: number;
  salt: number;
}

const CASES: Case[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((n) =>
  [0, 1, -0.5].flatMap((forgetBias) =>
    [1, 4, 40].flatMap((scale, i) =>
      [false, true].map((ragged) => ({ n, forgetBias, scale, salt: n * 3 + i, ragged })),
    ),
  ),
);

/** The step in hand, and the length of each row of a ragged case: a row has ended when its length is not above. */
const STEP = 2;
const lengthOf = (row: number, salt: number) => [3, 2, 0, 1000, 1, 3][(row + salt) % 6];
const hasEnded = ({ ragged, salt }: Case, row: number) => ragged && lengthOf(row, salt) <= STEP;

function setLengths(kernels: Kernels, buffer: GuardedBuffer, { ragged, n, salt }: Case) {
  const lengths = new Int32Array(kernels.memory.buffer, buffer.address, n);
  for (let row = 0; row < n; row++) lengths[row] = lengthOf(row, salt);
  return ragged ? buffer : undefined;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function place(kernels: Kernels, { n, scale, salt }: Case, lengths: Record<string, number>) {
  const guarded = layOutGuarded(
    kernels.memory,
    kernels.planBase(),
    Object.values(lengths).map((length, i) => ({ length, offset: (salt + i) & 3 })),
  );
  const gateGap = salt % 3;
  const gatePanel = n * PANEL + gateGap;
  const gates = guarded.buffers[0];
  const values = randomFloats(4 * n * PANEL, salt, scale);
  const floats = gates.floats;
  for (let gate = 0; gate < 4; gate++) {
    for (let i = 0; i < n * PANEL; i++) floats[gate * gatePanel + i] = values[gate * n * PANEL + i];
  }
  return { guarded, gatePanel, values };
}

function gateAt(values: Float32Array, n: number, gate: number, i: number): number {
  return values[gate * n * PANEL + i];
}

function runForward(kernels: Kernels, c: Case) {
  const { n, forgetBias, salt } = c;
  const size = n * PANEL;
  const hStride = PANEL + (salt % 4) * 3;
  const { guarded, gatePanel, values } = place(kernels, c, {
    gates: 4 * (size + (salt % 3)),
    c: size,
    cNext: size,
    cTanh: size,
    h: n * hStride,
    hPrevious: n * hStride,
    lengths: n,
  });
  const [gates, cell, cNext, cTanh, h, hPrevious, lengths] = guarded.buffers;
  const state = randomFloats(size, salt + 1000, 2);
  cell.floats.set(state);
  hPrevious.floats.set(randomFloats(n * hStride, salt + 2000));
  const ends = setLengths(kernels, lengths, c);
  kernels.cellForward(
    h.address,
    hStride * 4,
    cNext.address,
    cTanh.address,
    gates.address,
    gatePanel * 4,
    cell.address,
    hPrevious.address,
    ends === undefined ? 0 : ends.address,
    STEP,
    forgetBias,
    n,
  );
  guarded.assertIntact();
  return { gates, cell, cNext, cTanh, h, hPrevious, hStride, gatePanel, values, state };
}

function runBackward(kernels: Kernels, c: Case) {
  const { n, salt } = c;
  const size = n * PANEL;
  const { guarded, gatePanel, values } = place(
    kernels,
    { ...c, scale: 1 },
    {
      gates: 4 * (size + (salt % 3)),
      dc: size,
      dh: size,
      cTanh: size,
      c: size,
      lengths: n,
    },
  );
  const [gates, dc, dh, cTanh, cell, lengths] = guarded.buffers;
  const ends = setLengths(kernels, lengths, c);
  const inputs = {
    dc: randomFloats(size, salt + 1),
    dh: randomFloats(size, salt + 2),
    cTanh: randomFloats(size, salt + 3),
    c: randomFloats(size, salt + 4, c.scale),
  };
  dc.floats.set(inputs.dc);
  dh.floats.set(inputs.dh);
  cTanh.floats.set(inputs.cTanh);
  cell.floats.set(inputs.c);
  kernels.cellBackward(
    gates.address,
    gatePanel * 4,
    dc.address,
    dh.address,
    cTanh.address,
    cell.address,
    ends === undefined ? 0 : ends.address,
    STEP,
    n,
  );
  guarded.assertIntact();
  return { gates, dc, dh, cTanh, cell, gatePanel, values, inputs };
}

function expectClose(actual: number, expected: number, bound: number, what: () => string): void {
  if (!(Math.abs(actual - expected) <= bound)) {
    throw new Error(`${what()}: ${actual}, expected ${expected} within ${bound}`);
  }
}

await overBuilds(loadKernels, (kernels) => {
  test("forward: gates, state, its tanh and h follow the formulas, gaps stay", () => {
    for (const c of CASES) {
      const { n, forgetBias } = c;
      const run = runForward(kernels, c);
      const { gatePanel, values, state, hStride } = run;
      const [gates, cNext, cTanh, h] = [run.gates.floats, run.cNext.floats, run.cTanh.floats, run.h.floats];
      for (let at = 0; at < n * PANEL; at++) {
        const what = (name: string) => () => `${JSON.stringify(c)} ${name}[${at}]`;
        const hAt = (at >> 3) * hStride + (at & 7);
        if (hasEnded(c, at >> 3)) {
          expect(cNext[at], "c copied through").toBe(state[at]);
          expect(h[hAt], "h copied through").toBe(run.hPrevious.floats[hAt]);
          continue;
        }
        const i = sigmoid(gateAt(values, n, 0, at));
        const f = sigmoid(gateAt(values, n, 1, at) + forgetBias);
        const g = Math.tanh(gateAt(values, n, 2, at));
        const o = sigmoid(gateAt(values, n, 3, at));
        const next = f * state[at] + i * g;
        // The bounds of activations.test.ts, and a few roundings of numbers up to 3.
        expectClose(gates[at], i, 3e-7, what("i"));
        expectClose(gates[gatePanel + at], f, 3e-7, what("f"));
        expectClose(gates[2 * gatePanel + at], g, 3e-7, what("g"));
        expectClose(gates[3 * gatePanel + at], o, 3e-7, what("o"));
        expectClose(cNext[at], next, 1e-6, what("c"));
        expectClose(cTanh[at], Math.tanh(next), 1e-6, what("tanh c"));
        expectClose(h[hAt], o * Math.tanh(next), 1e-6, what("h"));
      }
      expect(run.cell.floats).toEqual(state);
      for (let row = 0; row < n; row++) {
        const gap = h.subarray(row * hStride + PANEL, (row + 1) * hStride);
        expect(gap.every(Number.isNaN), "the gap behind a row of h").toBe(true);
      }
      for (let gate = 0; gate < 4; gate++) {
        const gap = gates.subarray(gate * gatePanel + n * PANEL, (gate + 1) * gatePanel);
        expect(gap.every(Number.isNaN), "the gap behind a panel of gates").toBe(true);
      }
    }
  });

  test("backward: gradients of the gates and of the state follow the formulas, inputs stay", () => {
    for (const c of CASES) {
      const { n } = c;
      const run = runBackward(kernels, c);
      const { gatePanel, values, inputs } = run;
      const [gates, dc] = [run.gates.floats, run.dc.floats];
      for (let at = 0; at < n * PANEL; at++) {
        const what = (name: string) => () => `${JSON.stringify(c)} ${name}[${at}]`;
        if (hasEnded(c, at >> 3)) {
          for (let gate = 0; gate < 4; gate++) expect(gates[gate * gatePanel + at]).toBe(0);
          expect(dc[at]).toBe(inputs.dc[at]);
          expect(run.dh.floats[at]).toBe(inputs.dh[at]);
          continue;
        }
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gateAt(values, n, gate, at));
        const t = inputs.cTanh[at];
        const dh = inputs.dh[at];
        const d = inputs.dc[at] + dh * o * (1 - t * t);
        // All inputs but c are below 1, c below `scale`: a handful of roundings.
        const bound = 1e-6 * Math.max(1, c.scale);
        expectClose(gates[at], d * g * i * (1 - i), bound, what("di"));
        expectClose(gates[gatePanel + at], d * inputs.c[at] * f * (1 - f), bound, what("df"));
        expectClose(gates[2 * gatePanel + at], d * i * (1 - g * g), bound, what("dg"));
        expectClose(gates[3 * gatePanel + at], dh * t * o * (1 - o), bound, what("do"));
        expectClose(dc[at], d * f, bound, what("dc"));
        expect(run.dh.floats[at]).toBe(c.ragged ? 0 : inputs.dh[at]);
      }
      expect(run.cTanh.floats).toEqual(inputs.cTanh);
      expect(run.cell.floats).toEqual(inputs.c);
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const c of CASES) {
    const { gates, cNext, cTanh, h } = runForward(kernels, c);
    for (const buffer of [gates, cNext, cTanh, h])
      yield [`forward ${JSON.stringify(c)}`, words(kernels, buffer)];
    const back = runBackward(kernels, c);
    for (const buffer of [back.gates, back.dc])
      yield [`backward ${JSON.stringify(c)}`, words(kernels, buffer)];
  }
});
