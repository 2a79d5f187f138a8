// States and outputs as the core keeps them, copied to row-major arrays and back. The one place of the host that knows
// the rows of h and the panels [columns / 8][rows][8] of assembly/layout.ts.

import { CellRegion, Region, Setting } from "../../assembly/regions.ts";
import { layerWidth } from "../layers.ts";
import type { CellState, CellTrace } from "../types.ts";
import type { ModelMemory, PlanConfig } from "./memory.ts";

const PANEL = 8;

/** Steps of row b of the pass in hand. */
function stepsOf(memory: ModelMemory, b: number): number {
  return memory.get(Setting.HasLengths) === 1 ? memory.ints(Region.Lengths)[b] : memory.get(Setting.Steps);
}

/** Outputs of the last layer, forward before reversed, of rows 0 to n - 1: to[n, T, width], zero behind a sequence's end. */
export function copyOutputs(memory: ModelMemory, config: PlanConfig, n: number, to: Float32Array): void {
  const { timeSteps: T, batchSize: B, layers } = config;
  const last = layers.length - 1;
  const width = layerWidth(layers[last]);
  let column = 0;
  for (const [k, { layer, reversed, outputs: R }] of memory.cells.entries()) {
    if (layer !== last) continue;
    const hidden = memory.cellFloats(k, CellRegion.Hidden);
    const stride = hidden.length / ((T + 1) * B);
    for (let b = 0; b < n; b++) {
      const steps = stepsOf(memory, b);
      for (let t = 0; t < steps; t++) {
        const own = reversed ? steps - 1 - t : t;
        const from = ((own + 1) * n + b) * stride;
        to.set(hidden.subarray(from, from + R), (b * T + t) * width + column);
      }
    }
    column += R;
  }
}

/** Logits of the items of rows 0 to n - 1: to[items, units], zero behind a sequence's end. */
export function copyLogits(memory: ModelMemory, config: PlanConfig, n: number, to: Float32Array): void {
  const { timeSteps: T, batchSize: B, head } = config;
  const { units: C, everyStep } = head;
  const logits = memory.floats(Region.Logits);
  const rows = everyStep ? T * B : B;
  for (let b = 0; b < n; b++) {
    for (let t = 0; t < (everyStep ? stepsOf(memory, b) : 1); t++) {
      const item = everyStep ? b * T + t : b;
      for (let c = 0; c < C; c++) {
        to[item * C + c] = logits[((c >> 3) * rows + t * n + b) * PANEL + (c & 7)];
      }
    }
  }
}

/**
 * Gates and cell states of every step of rows 0 to n - 1, to rows `first` on of `traces`, one of each cell; in the
 * sequence's own order of steps, zero behind its end.
 */
export function copyTrace(
  memory: ModelMemory,
  { timeSteps: T }: PlanConfig,
  n: number,
  traces: readonly CellTrace[],
  first: number,
): void {
  for (const [k, { reversed, units: H, config }] of memory.cells.entries()) {
    const { gates, cellState } = traces[k];
    const panels = Math.ceil(H / PANEL);
    const from = memory.cellFloats(k, CellRegion.Gates);
    const states = memory.cellFloats(k, CellRegion.CellState);
    const groups = GROUPS[config.type];
    // Panels of a region lie as far apart as its length says; a GRU that resets after the product has a group more.
    const stored = config.type === "gru" && config.resetAfter ? groups.length + 1 : groups.length;
    const gatePanel = from.length / (stored * panels);
    const statePanel = states.length / panels;
    for (let b = 0; b < n; b++) {
      const steps = stepsOf(memory, b);
      for (let t = 0; t < steps; t++) {
        const row = ((reversed ? steps - 1 - t : t) * n + b) * PANEL;
        const to = (first + b) * T + t;
        for (const [gate, group] of groups.entries()) {
          for (let u = 0; u < H; u++) {
            const panel = group * panels + (u >> 3);
            gates[(to * groups.length + gate) * H + u] = from[panel * gatePanel + row + (u & 7)];
          }
        }
        for (let u = 0; u < (cellState ? H : 0); u++) {
          cellState![to * H + u] = states[(u >> 3) * statePanel + row + n * PANEL + (u & 7)];
        }
      }
    }
  }
}

// Where the core keeps each gate of the tensors: the group of panels; see assembly/cell.ts.
const GROUPS = { lstm: [0, 1, 2, 3], gru: [1, 2, 0], rnn: [0] };

/** The state in which rows 0 to n - 1 ended, to rows `first` on of `states`, one of each cell. */
export function copyFinalState(
  memory: ModelMemory,
  config: PlanConfig,
  n: number,
  states: readonly CellState[],
  first: number,
): void {
  eachRow(memory, config, n, memory.get(Setting.Steps), (k, b, hidden, cell) => {
    const { h, c } = states[k];
    const { units: H, outputs: R } = memory.cells[k];
    h.set(hidden, (first + b) * R);
    for (let u = 0; u < (c ? H : 0); u++) c![(first + b) * H + u] = cell(u >> 3)[u & 7];
  });
}

/** Rows `first` on of `states` as the state before step 0 of rows 0 to n - 1. */
export function setInitialState(
  memory: ModelMemory,
  config: PlanConfig,
  n: number,
  states: readonly CellState[],
  first: number,
): void {
  eachRow(memory, config, n, 0, (k, b, hidden, cell) => {
    const { h, c } = states[k];
    const { units: H, outputs: R } = memory.cells[k];
    hidden.set(h.subarray((first + b) * R, (first + b + 1) * R));
    for (let u = 0; u < (c ? H : 0); u++) cell(u >> 3)[u & 7] = c![(first + b) * H + u];
  });
}

/** The state in which row `row` of a pass over n rows ended becomes zero. */
export function clearFinalState(memory: ModelMemory, config: PlanConfig, n: number, row: number): void {
  eachRow(memory, config, n, memory.get(Setting.Steps), (k, b, hidden, cell) => {
    if (b !== row) return;
    hidden.fill(0);
    const { config: layer, units } = memory.cells[k];
    for (let p = 0; p < (layer.type === "lstm" ? Math.ceil(units / PANEL) : 0); p++) cell(p).fill(0);
  });
}

// Each row of each cell's state before step `step`: its h, and by panel number its c.
function eachRow(
  memory: ModelMemory,
  { batchSize: B, timeSteps: T }: PlanConfig,
  n: number,
  step: number,
  visit: (k: number, b: number, hidden: Float32Array, cell: (panel: number) => Float32Array) => void,
): void {
  for (const [k, { units, outputs: R }] of memory.cells.entries()) {
    const hidden = memory.cellFloats(k, CellRegion.Hidden);
    const states = memory.cellFloats(k, CellRegion.CellState);
    const stride = hidden.length / ((T + 1) * B);
    const panelLength = states.length / Math.ceil(units / PANEL);
    for (let b = 0; b < n; b++) {
      const row = step * n + b;
      visit(k, b, hidden.subarray(row * stride, row * stride + R), (panel) => {
        const from = panel * panelLength + row * PANEL;
        return states.subarray(from, from + PANEL);
      });
    }
  }
}
