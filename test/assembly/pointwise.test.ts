// σ and tanh over the rows of a panel: every row and lane, in place, and nothing else.

import { test } from "vitest";
import { expectBitsAcrossBuilds, type Kernels, loadKernels } from "../support/kernels.ts";
import { bitsOf, type CellCase, casesOf, expectRows, placeMatrices } from "../support/matrices.ts";
import { overBuilds } from "../support/over-builds.ts";
import { sigmoid } from "../support/reference/activations.ts";

interface Case extends CellCase {
  bias: number;
}

const CASES: Case[] = casesOf([{ bias: 0 }, { bias: 1 }, { bias: -0.5 }]).filter(({ ragged }) => !ragged);

function run(kernels: Kernels, c: Case) {
  const placed = placeMatrices(kernels, c, {
    gate: { values: 4 },
    from: { values: 4 },
    to: {},
    inPlace: { values: 4 },
  });
  const { gate, from, to, inPlace } = placed.matrices;
  kernels.sigmoids(gate.address, c.bias, c.n);
  kernels.tanhs(to.address, from.address, c.n);
  kernels.tanhs(inPlace.address, inPlace.address, c.n);
  placed.assertKept("from");
  return placed.matrices;
}

await overBuilds(loadKernels, (kernels) => {
  test("σ(x + bias) and tanh(x), the latter into another panel and in place", () => {
    for (const c of CASES) {
      const { gate, from, to, inPlace } = run(kernels, c);
      expectRows(c, "σ", gate, { formula: (k) => sigmoid(gate.before[k] + c.bias), bound: 3e-7 });
      expectRows(c, "tanh", to, { formula: (k) => Math.tanh(from.before[k]), bound: 4e-7 });
      expectRows(c, "tanh", inPlace, { formula: (k) => Math.tanh(inPlace.before[k]), bound: 4e-7 });
    }
  });
});

await expectBitsAcrossBuilds(function* (kernels) {
  for (const c of CASES) {
    const { gate, to, inPlace } = run(kernels, c);
    yield [JSON.stringify(c), bitsOf(gate, to, inPlace)];
  }
});
