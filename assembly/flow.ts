// What flows between layers, step by step and row by row: the input into the first cells, outputs into the cells above
// or the head, and gradients the way back. Here alone steps are turned around for reversed cells, elements dropped,
// and outputs behind a sequence's end zero.

import { Cell, dropsHidden, hiddenAt, isRead, isReversed, isStacked, regionOf, rowsAt, stepsAt, zAt } from "./cell";
import { DROPOUT } from "./features";
import { addKept, copyKept } from "./kernels/dropout";
import { add, clear, copy } from "./kernels/range";
import {
  MAX_LAYERS, Plan, at, cellOf, everyStep, firstSource, hasSource, headSteps, setting, steps, stepsOf,
} from "./plan";
import { CellRegion, Region, Setting } from "./regions";
import { random64 } from "./scalar64";
import { PANEL, PANEL_BYTES } from "./vec";

// The step of the sequence at step s of a cell, or the other way round; s < length.
// @ts-ignore: decorator
@inline function turned(cell: Cell, length: i32, s: i32): i32 { return isReversed(cell) ? length - 1 - s : s; }

// Which elements a pass drops: a stream of its own for each tensor and update.
function keyOf(plan: Plan, tensor: i32): u64 {
  if (!DROPOUT) return 0;
  return random64(<u64>setting(plan, Setting.DropoutSeed), (<u64>setting(plan, Setting.Updates) << 8) | tensor | 128);
}

// @ts-ignore: decorator
@inline function inputKey(plan: Plan, layer: i32): u64 { return keyOf(plan, layer); }
// @ts-ignore: decorator
@inline function hiddenKey(plan: Plan, cell: Cell): u64 {
  return keyOf(plan, MAX_LAYERS + 2 * cell.layer + cell.reversed);
}
// @ts-ignore: decorator
@inline function headKey(plan: Plan): u64 { return keyOf(plan, 3 * MAX_LAYERS); }

// @ts-ignore: decorator
@inline function rateNow(plan: Plan, rate: f32): f32 {
  return DROPOUT && setting(plan, Setting.Dropout) != 0 ? rate : 0;
}

function copyRow(to: usize, from: usize, n: i32, key: u64, rate: f32, index: u32): void {
  if (DROPOUT && rate > 0) copyKept(to, from, n, key, rate, index);
  else copy(to, from, n);
}

function addRow(to: usize, from: usize, n: i32, key: u64, rate: f32, index: u32): void {
  if (DROPOUT && rate > 0) addKept(to, from, n, key, rate, index);
  else add(to, from, n);
}

/** Rows first <= b < last of a batch of n into the x and 1 columns of a cell's z, for all steps. */
export function bringInput(plan: Plan, cell: Cell, n: i32, first: i32, last: i32): void {
  const count = steps(plan), rate = rateNow(plan, cell.dropout), key = inputKey(plan, cell.layer);
  const one = <usize>cell.xRows << 2;
  for (let s = 0; s < count; ++s) {
    let x = zAt(cell, s * n + first) + <usize>cell.rPanels * PANEL_BYTES;
    for (let b = first; b < last; ++b, x += cell.zStride) {
      if (!isStacked(cell)) bringFeatures(plan, cell, x, n, b, s, key, rate);
      else bringOutputs(plan, cell, x, n, b, s, key, rate);
      store<f32>(x + one, 1);
    }
  }
}

// @ts-ignore: decorator
@inline function bringFeatures(
  plan: Plan, cell: Cell, x: usize, n: i32, b: i32, s: i32, key: u64, rate: f32,
): void {
  const I = plan.I, length = stepsOf(plan, b);
  // What an ended row reads counts for nothing.
  const t = s < length ? turned(cell, length, s) : s;
  const index = b * plan.T + t;
  const row = setting(plan, Setting.TimeMajor) != 0 ? t * n + b : index;
  copyRow(x, at(plan, Region.Input) + (<usize>row * I << 2), I, key, rate, index * I);
}

// @ts-ignore: decorator
@inline function bringOutputs(
  plan: Plan, cell: Cell, x: usize, n: i32, b: i32, s: i32, key: u64, rate: f32,
): void {
  const length = stepsOf(plan, b);
  if (s >= length) {
    clear(x, cell.xRows);
    return;
  }
  const t = turned(cell, length, s);
  const index = (b * plan.T + t) * cell.xRows;
  for (let k = 0; k < cell.sources; ++k) {
    const below = cellOf(plan, cell.source + k), column = below.outputPanel * PANEL;
    const from = hiddenAt(below, (turned(below, length, t) + 1) * n + b);
    copyRow(x + (<usize>column << 2), from, below.rPanels * PANEL, key, rate, index + column);
  }
}

/** Rows first <= b < last of what the head reads: the state after each sequence's end, or the output of every step. */
export function bringHeadInput(plan: Plan, n: i32, first: i32, last: i32): void {
  const count = steps(plan), rate = rateNow(plan, plan.headDropout), key = headKey(plan);
  const width = plan.fPanels * PANEL;
  for (let t = 0; t < headSteps(plan); ++t) {
    for (let b = first; b < last; ++b) {
      const to = at(plan, Region.HeadInput) + <usize>(t * n + b) * plan.headStride;
      const length = stepsOf(plan, b), item = everyStep(plan) ? b * plan.T + t : b;
      if (everyStep(plan) && t >= length) {
        clear(to, width);
        continue;
      }
      let k = 0;
      do {
        const below = cellOf(plan, firstSource(plan) + k), column = below.outputPanel * PANEL;
        const step = everyStep(plan) ? turned(below, length, t) + 1 : count;
        copyRow(
          to + (<usize>column << 2), hiddenAt(below, step * n + b), below.rPanels * PANEL, key, rate, item * width + column,
        );
      } while (hasSource(plan, ++k));
    }
  }
}

/** What the product of step t reads of h, where that is not h itself; rows first <= b < last. */
export function dropHidden(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, t: i32): void {
  if (!dropsHidden(cell)) return;
  const rate = rateNow(plan, cell.recurrentDropout), key = hiddenKey(plan, cell), width = cell.rPanels * PANEL;
  for (let b = first; b < last; ++b) copyRow(zAt(cell, t * n + b), hiddenAt(cell, t * n + b), width, key, rate, b * width);
}

/** The way back: dh += what has come for h as the product reads it, each element as it was dropped. */
export function addDroppedHidden(plan: Plan, cell: Cell, first: i32, last: i32): void {
  const rate = rateNow(plan, cell.recurrentDropout), key = hiddenKey(plan, cell), width = cell.rPanels * PANEL;
  for (let p = 0; p < cell.rPanels; ++p) {
    let to = rowsAt(cell, CellRegion.DHidden, p, first), from = rowsAt(cell, CellRegion.DRecurrent, p, first);
    for (let b = first; b < last; ++b, to += PANEL_BYTES, from += PANEL_BYTES) {
      addRow(to, from, PANEL, key, rate, b * width + p * PANEL);
    }
  }
}

/** dh of rows first <= b < last at the end of the sequences: what the head gives back, or zero. */
export function beginHiddenGradient(plan: Plan, cell: Cell, first: i32, last: i32): void {
  const rate = rateNow(plan, plan.headDropout), key = headKey(plan), width = plan.fPanels * PANEL;
  for (let p = 0; p < cell.rPanels; ++p) {
    let to = rowsAt(cell, CellRegion.DHidden, p, first);
    memory.fill(to, 0, <usize>(last - first) * PANEL_BYTES);
    if (isRead(cell) || everyStep(plan)) continue;
    const panel = cell.outputPanel + p;
    let from = at(plan, Region.DHeadInput) + <usize>panel * plan.itemsPanel + <usize>first * PANEL_BYTES;
    for (let b = first; b < last; ++b, to += PANEL_BYTES, from += PANEL_BYTES) {
      addRow(to, from, PANEL, key, rate, b * width + panel * PANEL);
    }
  }
}

/** dh += what those that read the output of step s give back; rows first <= b < last that have not ended. */
export function addOutputGradient(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, s: i32): void {
  if (!isRead(cell) && !everyStep(plan)) return;
  const width = plan.fPanels * PANEL;
  for (let p = 0; p < cell.rPanels; ++p) {
    const panel = cell.outputPanel + p;
    let to = rowsAt(cell, CellRegion.DHidden, p, first);
    for (let b = first; b < last; ++b, to += PANEL_BYTES) {
      const length = stepsOf(plan, b);
      if (s >= length) continue;
      const t = turned(cell, length, s), item = b * plan.T + t;
      if (!isRead(cell)) {
        const from = at(plan, Region.DHeadInput) + <usize>panel * plan.itemsPanel + <usize>(t * n + b) * PANEL_BYTES;
        addRow(to, from, PANEL, headKey(plan), rateNow(plan, plan.headDropout), item * width + panel * PANEL);
      }
      for (let k = 0; k < cell.consumers; ++k) {
        const above = cellOf(plan, cell.consumer + k);
        addRow(
          to, stepsAt(above, CellRegion.DInput, panel, turned(above, length, t) * n + b), PANEL,
          inputKey(plan, above.layer), rateNow(plan, above.dropout), item * above.xRows + panel * PANEL,
        );
      }
    }
  }
}
