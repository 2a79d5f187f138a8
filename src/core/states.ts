// States and results as the core keeps them, copied to row-major arrays. The one place of the host that knows the
// rows of z and the panels [columns / 8][rows][8] of assembly/plan.ts.

import { Region, Setting } from "../../assembly/regions.ts";
import type { Applied } from "../types.ts";
import type { Dimensions, ModelMemory } from "./memory.ts";

const PANEL = 8;

/** h of `steps` steps of each of n rows, one after another, to where `to` says for a row. */
export function copyHidden(
  memory: ModelMemory,
  { batchSize, timeSteps, units }: Dimensions,
  n: number,
  steps: number,
  to: (row: number) => Float32Array,
): void {
  const z = memory.floats(Region.Z);
  const stride = z.length / ((timeSteps + 1) * batchSize);
  for (let row = 0; row < n; row++) {
    const out = to(row);
    for (let t = 0; t < Math.min(steps, out.length / units); t++) {
      const from = ((t + 1) * n + row) * stride;
      out.set(z.subarray(from, from + units), t * units);
    }
  }
}

/** Results of a pass over n rows, to rows `first` on of `applied`; outputs behind a sequence's end stay zero. */
export function copyApplied(
  memory: ModelMemory,
  dimensions: Dimensions,
  applied: Applied,
  first: number,
  n: number,
): void {
  const { batchSize: B, classes: C, timeSteps: T, units: H } = dimensions;
  const steps = memory.get(Setting.Steps);
  const ends = memory.get(Setting.HasLengths) === 1 ? memory.ints(Region.Lengths) : undefined;
  applied.classes.set(memory.ints(Region.RowClass).subarray(0, n), first);
  applied.probabilities.set(memory.floats(Region.Probabilities).subarray(0, n * C), first * C);
  copyHidden(memory, dimensions, n, T, (row) => {
    const from = (first + row) * T * H;
    return applied.outputs.subarray(from, from + (ends ? ends[row] : T) * H);
  });
  const logits = memory.floats(Region.Logits);
  const cell = memory.floats(Region.CellState);
  const cellPanel = cell.length / Math.ceil(H / PANEL);
  const z = memory.floats(Region.Z);
  const stride = z.length / ((T + 1) * B);
  for (let row = 0; row < n; row++) {
    for (let c = 0; c < C; c++) {
      applied.logits[(first + row) * C + c] = logits[((c >> 3) * B + row) * PANEL + (c & 7)];
    }
    for (let u = 0; u < H; u++) {
      const to = (first + row) * H + u;
      applied.finalState.c[to] = cell[(u >> 3) * cellPanel + (steps * n + row) * PANEL + (u & 7)];
      applied.finalState.h[to] = z[(steps * n + row) * stride + u];
    }
  }
}

/** The state in which row `row` of a pass of one step over n rows ended becomes zero. */
export function clearFinalState(memory: ModelMemory, { units: H }: Dimensions, n: number, row: number): void {
  const z = memory.floats(Region.Z);
  const stride = z.length / (2 * n);
  z.fill(0, (n + row) * stride, (n + row) * stride + H);
  const cell = memory.floats(Region.CellState);
  const panels = Math.ceil(H / PANEL);
  for (let p = 0; p < panels; p++) {
    const from = (p * cell.length) / panels + (n + row) * PANEL;
    cell.fill(0, from, from + PANEL);
  }
}
