// The backward pass of rows first <= b < last of a batch of n: loss -> what the head read -> for each layer from the
// last, through time from the last step, dh and dc -> the gates' gradients -> dh of the step before, and of the layer
// below. forward.ts upside down; change them together. gradients.ts goes on from the gates' gradients.

import {
  Cell, dropsHidden, firstRecurrent, gateCount, gatesAt, groupCount, hiddenAt, innerAt, isExtended, isGru, isLstm,
  isRnn, isStacked, projects, regionOf, resetsBefore, rowsAt, stateAt, stepsAt, zAt,
} from "./cell";
import { addDroppedHidden, addOutputGradient, beginHiddenGradient } from "./flow";
import { gruBackward, gruCandidateBackward, gruResetBackward } from "./kernels/gru";
import { lstmBackward } from "./kernels/lstm";
import { lstmBackwardExtended } from "./kernels/lstm-extended";
import { clear, copy, hasEnded } from "./kernels/range";
import { rnnBackward } from "./kernels/rnn";
import { Plan, at, cellOf, headSteps, lengths, steps } from "./plan";
import { product } from "./products";
import { CellRegion, Layout, Region } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

// Steps of the sum over gates in one go.
const GATES_BLOCK: i32 = 512;

export function backward(plan: Plan, n: i32, first: i32, last: i32): void {
  for (let t = 0; t < headSteps(plan); ++t) {
    const offset = <usize>(t * n + first) * PANEL_BYTES;
    product(
      plan, Layout.Panels, at(plan, Region.DHeadInput) + offset, plan.itemsPanel, at(plan, Region.DLogits) + offset,
      plan.itemsPanel, at(plan, Region.PackedHeadT), plan.headTPanel, last - first, plan.cPanels * PANEL, plan.fPanels, false,
    );
  }
  for (let k = plan.cells - 1; k >= 0; --k) cellBackward(plan, cellOf(plan, k), n, first, last);
}

function cellBackward(plan: Plan, cell: Cell, n: i32, first: i32, last: i32): void {
  const rows = last - first;
  beginHiddenGradient(plan, cell, first, last);
  if (isLstm(cell)) {
    for (let p = 0; p < cell.hPanels; ++p) {
      memory.fill(rowsAt(cell, CellRegion.DCell, p, first), 0, <usize>rows * PANEL_BYTES);
    }
  }
  // Where nothing else comes for h of the step before, the product need not add to it.
  const drops = dropsHidden(cell);
  const adds = !drops && (isGru(cell) || lengths(plan, 0) != 0 || projects(cell));
  for (let t = steps(plan) - 1; t >= 0; --t) {
    const row = t * n + first;
    addOutputGradient(plan, cell, n, first, last, t);
    if (drops && resetsBefore(cell)) clearRows(cell, CellRegion.DRecurrent, first, rows);
    if (isGru(cell)) gruStep(plan, cell, n, first, last, t);
    else if (isRnn(cell)) rnnStep(plan, cell, first, row, rows, t);
    else lstmStep(plan, cell, n, first, last, t, adds || drops);
    if (isStacked(cell)) inputGradient(plan, cell, row, rows);
    if (t == 0) break;
    hiddenGradient(plan, cell, first, row, rows, adds || (drops && resetsBefore(cell)));
    if (drops) addDroppedHidden(plan, cell, first, last);
  }
}

function rnnStep(plan: Plan, cell: Cell, first: i32, row: i32, rows: i32, t: i32): void {
  for (let p = 0; p < cell.hPanels; ++p) {
    rnnBackward(gatesAt(cell, p, row), rowsAt(cell, CellRegion.DHidden, p, first), lengths(plan, first), t, rows);
  }
}

function clearRows(cell: Cell, region: i32, first: i32, rows: i32): void {
  for (let p = 0; p < cell.rPanels; ++p) memory.fill(rowsAt(cell, region, p, first), 0, <usize>rows * PANEL_BYTES);
}

// dh, dc -> gradients of i, f, g, o. With `clears`, dh of a row that has not ended is used up.
function lstmStep(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, t: i32, clears: bool): void {
  const rows = last - first, row = t * n + first, ends = lengths(plan, first);
  if (projects(cell)) unprojectHidden(plan, cell, first, row, rows, t);
  for (let p = 0; p < cell.hPanels; ++p) {
    const gates = gatesAt(cell, p, row), dc = rowsAt(cell, CellRegion.DCell, p, first);
    const dh = rowsAt(cell, projects(cell) ? CellRegion.InnerProduct : CellRegion.DHidden, p, first);
    const tanh = stepsAt(cell, CellRegion.CellTanh, p, row), c = stateAt(cell, p, row);
    if (isExtended(cell)) {
      lstmBackwardExtended(
        gates, cell.gateGroup, dc, dh, tanh, c, stateAt(cell, p, row + n), ends, t, clears,
        regionOf(cell, CellRegion.PackedPeephole) + <usize>p * PANEL_BYTES, <usize>cell.hPanels * PANEL_BYTES, cell.clip, rows,
      );
    } else {
      lstmBackward(gates, cell.gateGroup, dc, dh, tanh, c, ends, t, clears, rows);
    }
  }
}

// The gradient of m = o tanh(c) by h = m W_p: dm = dh W_p^T. dh itself is kept for the gradient of W_p, zero for a row
// that has ended, and stays in DHidden for such a row alone.
function unprojectHidden(plan: Plan, cell: Cell, first: i32, row: i32, rows: i32, t: i32): void {
  const ends = lengths(plan, first);
  for (let p = 0; p < cell.rPanels; ++p) {
    let to = stepsAt(cell, CellRegion.DProjected, p, row), dh = rowsAt(cell, CellRegion.DHidden, p, first);
    for (let b = 0; b < rows; ++b, to += PANEL_BYTES, dh += PANEL_BYTES) {
      if (hasEnded(ends, b, t)) clear(to, PANEL);
      else {
        copy(to, dh, PANEL);
        clear(dh, PANEL);
      }
    }
  }
  product(
    plan, Layout.Panels, rowsAt(cell, CellRegion.InnerProduct, 0, first), cell.rowsPanel,
    stepsAt(cell, CellRegion.DProjected, 0, row), cell.stepsPanel, regionOf(cell, CellRegion.PackedInnerT), cell.innerTPanel, rows,
    cell.rPanels * PANEL, cell.hPanels, false,
  );
}

// dh -> gradients of the gates; dh of a row that has not ended keeps what goes on directly, dh z.
function gruStep(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, t: i32): void {
  const rows = last - first, row = t * n + first, ends = lengths(plan, first);
  for (let p = 0; p < cell.hPanels; ++p) {
    const dh = rowsAt(cell, CellRegion.DHidden, p, first), gates = gatesAt(cell, p, row);
    const h = hiddenAt(cell, row) + <usize>p * PANEL_BYTES;
    if (resetsBefore(cell)) gruCandidateBackward(dh, h, cell.hiddenStride, gates, cell.gateGroup, ends, t, rows);
    else gruBackward(dh, h, cell.hiddenStride, gates, cell.gateGroup, ends, t, rows);
  }
  if (!resetsBefore(cell)) return;
  product(
    plan, Layout.Panels, rowsAt(cell, CellRegion.InnerProduct, 0, first), cell.rowsPanel, gatesAt(cell, 0, row),
    cell.stepsPanel, regionOf(cell, CellRegion.PackedInnerT), cell.innerTPanel, rows, cell.hPanels * PANEL, cell.hPanels, false,
  );
  for (let p = 0; p < cell.hPanels; ++p) {
    gruResetBackward(
      rowsAt(cell, recurrentTarget(cell), p, first), rowsAt(cell, CellRegion.InnerProduct, p, first),
      zAt(cell, row) + <usize>p * PANEL_BYTES, cell.zStride, gatesAt(cell, p, row) + 2 * cell.gateGroup, ends, t, rows,
    );
  }
}

// Where the gradient of h as the products read it gathers.
// @ts-ignore: decorator
@inline function recurrentTarget(cell: Cell): i32 {
  return dropsHidden(cell) ? CellRegion.DRecurrent : CellRegion.DHidden;
}

// dh (+)= dgates U^T for `rows` rows from row `row` of the gates' gradients. A block of the sum at a time, so that its
// part of dgates stays in the second-level cache, and a few panels of units, so that theirs of U^T stay in the first;
// a single row has no use for that but for as many panels as a tile takes.
function hiddenGradient(plan: Plan, cell: Cell, first: i32, row: i32, rows: i32, accumulate: bool): void {
  const start = firstRecurrent(cell) * cell.hPanels * PANEL, end = groupCount(cell) * cell.hPanels * PANEL;
  gatesProduct(
    plan, cell, rowsAt(cell, recurrentTarget(cell), 0, first), cell.rowsPanel, regionOf(cell, CellRegion.PackedRecurrentT),
    cell.rPanels, row, rows, start, end, accumulate,
  );
}

// The gradient of what the cell has read at the step: dgates W^T.
function inputGradient(plan: Plan, cell: Cell, row: i32, rows: i32): void {
  gatesProduct(
    plan, cell, stepsAt(cell, CellRegion.DInput, 0, row), cell.stepsPanel, regionOf(cell, CellRegion.PackedInputT), cell.xPanels,
    row, rows, 0, gateCount(cell) * cell.hPanels * PANEL, false,
  );
}

// out (+)= dgates times `panels` panels of a transposed kernel, over gates start <= k < end.
function gatesProduct(
  plan: Plan, cell: Cell, out: usize, outPanel: usize, kernel: usize, panels: i32, row: i32, rows: i32, start: i32,
  end: i32, accumulate: bool,
): void {
  const group = rows < 4 ? panels : 2;
  for (let k = start; k < end; k += GATES_BLOCK) {
    const a = gatesAt(cell, k >> 3, row), b = kernel + <usize>k * PANEL_BYTES;
    for (let p = 0; p < panels; p += group) {
      product(
        plan, Layout.Panels, out + <usize>p * outPanel, outPanel, a, cell.stepsPanel, b + <usize>p * cell.transposedPanel,
        cell.transposedPanel, rows, min(GATES_BLOCK, end - k), min(group, panels - p), accumulate || k > start,
      );
    }
  }
}
