// The forward pass of rows first <= b < last of a batch of n: x -> gates -> h over time, layer by layer -> what the head
// gives -> loss. backward.ts is the same list upside down; change them together. The gates of all steps stay if the pass
// `keeps` them; else every step writes over those of the last, which are still in a cache.

import {
  Cell, dropsHidden, gatesAt, groupCount, hiddenAt, innerAt, isExtended, isGru, isLstm, isRnn, projects, regionOf,
  resetsBefore, rowsAt, stateAt, stepsAt, zAt,
} from "./cell";
import { QUANTIZED } from "./features";
import { bringInput, dropHidden } from "./flow";
import { head } from "./head";
import { gruCandidate, gruForward, gruReset } from "./kernels/gru";
import { lstmForward } from "./kernels/lstm";
import { lstmForwardExtended } from "./kernels/lstm-extended";
import { copy, hasEnded } from "./kernels/range";
import { rnnForward } from "./kernels/rnn";
import { Plan, cellOf, hasCell, hasInitialState, lengths, steps } from "./plan";
import { product } from "./products";
import { quantizedGates, quantizeRows } from "./quantized";
import { CellRegion, Layout } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

// Rows whose z and gates stay in the first-level cache while the panels of a unit's gates pass over them.
const ROW_BLOCK: i32 = 48;
// Steps of k in one go, so that a panel of the kernel of a large model stays there too.
const DEPTH_BLOCK: i32 = 512;
// Panels of a plain cell that one product takes together.
const PLAIN_PANELS: i32 = 4;

export function forward(plan: Plan, n: i32, first: i32, last: i32, keeps: bool): void {
  // Rows from the gates of a step to those of the next.
  const pitch = keeps ? n : 0;
  let k = 0;
  do {
    const cell = cellOf(plan, k);
    bringInput(plan, cell, n, first, last);
    beginState(plan, cell, n, first, last);
    for (let t = 0; t < steps(plan); ++t) {
      if (isGru(cell)) gruStep(plan, cell, n, first, last, t, pitch);
      else if (isRnn(cell)) rnnStep(plan, cell, n, first, last, t, pitch);
      else lstmStep(plan, cell, n, first, last, t, pitch);
      dropHidden(plan, cell, n, first, last, t + 1);
    }
  } while (hasCell(plan, ++k));
  head(plan, n, first, last);
}

// h and c before step 0: zero, or as they lie there.
function beginState(plan: Plan, cell: Cell, n: i32, first: i32, last: i32): void {
  if (hasInitialState(plan)) {
    dropHidden(plan, cell, n, first, last, 0);
    return;
  }
  const hBytes = <usize>cell.rPanels * PANEL_BYTES;
  for (let b = first; b < last; ++b) {
    memory.fill(hiddenAt(cell, b), 0, hBytes);
    if (dropsHidden(cell)) memory.fill(zAt(cell, b), 0, hBytes);
  }
  if (!isLstm(cell)) return;
  for (let p = 0; p < cell.hPanels; ++p) memory.fill(stateAt(cell, p, first), 0, <usize>(last - first) * PANEL_BYTES);
}

// Whether h before step t is known to be zero, so that its products can be left out.
// @ts-ignore: decorator
@inline function isZero(plan: Plan, t: i32): bool { return t == 0 && !hasInitialState(plan); }

// Rows of z from column k on times the rows of `panels` panels of a packed kernel, up to row `end`.
function zProduct(
  plan: Plan, cell: Cell, out: usize, outPanel: usize, z: usize, kernel: usize, kernelPanel: usize, rows: i32, from: i32,
  end: i32, panels: i32, accumulate: bool,
): void {
  for (let k = from; k < end; k += DEPTH_BLOCK) {
    product(
      plan, Layout.Rows, out, outPanel, z + (<usize>k << 2), cell.zStride, kernel + <usize>k * PANEL_BYTES, kernelPanel, rows,
      min(DEPTH_BLOCK, end - k), panels, accumulate || k > from,
    );
  }
}

// z U' with z = [h | x | 1] for the four gates of a panel of units, then the cell on them while they are near.
function lstmStep(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, t: i32, pitch: i32): void {
  const from = isZero(plan, t) ? cell.rPanels * PANEL : 0, hStride = projects(cell) ? cell.innerStride : cell.hiddenStride;
  if (QUANTIZED) quantizeRows(cell, n, first, last, t);
  for (let p = 0; p < cell.hPanels; ++p) {
    const kernel = regionOf(cell, CellRegion.PackedKernel) + <usize>p * cell.kernelPanel;
    for (let b = first; b < last; b += ROW_BLOCK) {
      const rows = min(ROW_BLOCK, last - b), row = t * n + b, kept = t * pitch + b;
      const gates = gatesAt(cell, p, kept), ends = lengths(plan, b);
      if (QUANTIZED) quantizedGates(cell, gates, p, b, rows);
      else {
        zProduct(
          plan, cell, gates, cell.gateGroup, zAt(cell, row), kernel, cell.kernelGroup, rows, from, cell.K, 4, false,
        );
      }
      // Behind a recurrent projection the cell's own output is not h.
      const previous: usize = projects(cell) ? 0 : hiddenAt(cell, row) + <usize>p * PANEL_BYTES;
      const h = (projects(cell) ? innerAt(cell, row) : hiddenAt(cell, row + n)) + <usize>p * PANEL_BYTES;
      const c = stateAt(cell, p, row), cNext = stateAt(cell, p, row + n), tanh = stepsAt(cell, CellRegion.CellTanh, p, kept);
      if (isExtended(cell)) {
        lstmForwardExtended(
          h, hStride, cNext, tanh, gates, cell.gateGroup, c, previous, ends, t, cell.forgetBias,
          regionOf(cell, CellRegion.PackedPeephole) + <usize>p * PANEL_BYTES, <usize>cell.hPanels * PANEL_BYTES, cell.clip, rows,
        );
      } else {
        lstmForward(h, hStride, cNext, tanh, gates, cell.gateGroup, c, previous, ends, t, cell.forgetBias, rows);
      }
    }
  }
  if (projects(cell)) projectHidden(plan, cell, n, first, last, t);
}

// h = m W_p; a row that has ended keeps its h.
function projectHidden(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, t: i32): void {
  const ends = lengths(plan, 0), row = t * n;
  product(
    plan, Layout.Rows, rowsAt(cell, CellRegion.InnerProduct, 0, first), cell.rowsPanel, innerAt(cell, row + first),
    cell.innerStride, regionOf(cell, CellRegion.PackedInner), cell.innerPanel, last - first, cell.H, cell.rPanels, false,
  );
  for (let b = first; b < last; ++b) {
    const h = hiddenAt(cell, row + n + b);
    if (hasEnded(ends, b, t)) {
      copy(h, hiddenAt(cell, row + b), cell.rPanels * PANEL);
      continue;
    }
    for (let p = 0; p < cell.rPanels; ++p) {
      copy(h + <usize>p * PANEL_BYTES, rowsAt(cell, CellRegion.InnerProduct, p, b), PANEL);
    }
  }
}

// The pre-activations of a panel of units of a GRU; `zero`: h is.
function gruProducts(
  plan: Plan, cell: Cell, gates: usize, z: usize, kernel: usize, rows: i32, zero: bool,
): void {
  const hRows = cell.rPanels * PANEL, group = cell.gateGroup;
  if (!zero) {
    zProduct(
      plan, cell, gates + group, group, z, kernel + cell.kernelGroup, cell.kernelGroup, rows, 0, hRows,
      groupCount(cell) - 1, false,
    );
  } else if (!resetsBefore(cell)) {
    memory.fill(gates + 3 * group, 0, <usize>rows * PANEL_BYTES);
  }
  zProduct(plan, cell, gates, group, z, kernel, cell.kernelGroup, rows, hRows, cell.K, 1, false);
  zProduct(
    plan, cell, gates + group, group, z, kernel + cell.kernelGroup, cell.kernelGroup, rows, hRows, cell.K, 2, !zero,
  );
}

// h goes into all groups but the first, x into all but the last (all of them when r comes first).
function gruStep(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, t: i32, pitch: i32): void {
  const zero = isZero(plan, t), group = cell.gateGroup;
  if (QUANTIZED) quantizeRows(cell, n, first, last, t);
  for (let p = 0; p < cell.hPanels; ++p) {
    const kernel = regionOf(cell, CellRegion.PackedKernel) + <usize>p * cell.kernelPanel;
    for (let b = first; b < last; b += ROW_BLOCK) {
      const rows = min(ROW_BLOCK, last - b), row = t * n + b;
      const gates = gatesAt(cell, p, t * pitch + b), z = zAt(cell, row), ends = lengths(plan, b);
      if (QUANTIZED) quantizedGates(cell, gates, p, b, rows);
      else gruProducts(plan, cell, gates, z, kernel, rows, zero);
      const column = <usize>p * PANEL_BYTES;
      if (resetsBefore(cell)) {
        gruReset(
          innerAt(cell, row) + column, cell.innerStride, z + column, cell.zStride, gates, group, ends, t, rows,
        );
      } else {
        const bias = QUANTIZED
          ? regionOf(cell, CellRegion.Bias) + <usize>(3 * cell.hPanels + p) * PANEL_BYTES
          : kernel + 3 * cell.kernelGroup + <usize>(cell.K - 1) * PANEL_BYTES;
        gruForward(
          hiddenAt(cell, row + n) + column, hiddenAt(cell, row) + column, cell.hiddenStride, gates, group, bias, ends, t,
          rows,
        );
      }
    }
  }
  if (resetsBefore(cell)) candidates(plan, cell, n, first, last, t, pitch, zero);
}

// The second half of a GRU's step where r comes first: n += (r h) U_n, then the cell's output.
function candidates(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, t: i32, pitch: i32, zero: bool): void {
  const row = t * n + first, kept = t * pitch + first, rows = last - first;
  if (!zero) {
    product(
      plan, Layout.Rows, gatesAt(cell, 0, kept), cell.stepsPanel, innerAt(cell, row), cell.innerStride,
      regionOf(cell, CellRegion.PackedInner), cell.innerPanel, rows, cell.H, cell.hPanels, true,
    );
  }
  for (let p = 0; p < cell.hPanels; ++p) {
    const column = <usize>p * PANEL_BYTES;
    gruCandidate(
      hiddenAt(cell, row + n) + column, hiddenAt(cell, row) + column, cell.hiddenStride, gatesAt(cell, p, kept),
      cell.gateGroup, lengths(plan, first), t, rows,
    );
  }
}

function rnnStep(plan: Plan, cell: Cell, n: i32, first: i32, last: i32, t: i32, pitch: i32): void {
  const from = isZero(plan, t) ? cell.rPanels * PANEL : 0;
  for (let p = 0; p < cell.hPanels; p += PLAIN_PANELS) {
    const kernel = regionOf(cell, CellRegion.PackedKernel) + <usize>p * cell.kernelPanel;
    const panels = min(PLAIN_PANELS, cell.hPanels - p);
    for (let b = first; b < last; b += ROW_BLOCK) {
      const rows = min(ROW_BLOCK, last - b), row = t * n + b, kept = t * pitch + b;
      zProduct(
        plan, cell, gatesAt(cell, p, kept), cell.stepsPanel, zAt(cell, row), kernel, cell.kernelPanel, rows, from, cell.K,
        panels, false,
      );
      for (let q = p; q < p + panels; ++q) {
        const column = <usize>q * PANEL_BYTES;
        rnnForward(
          hiddenAt(cell, row + n) + column, hiddenAt(cell, row) + column, cell.hiddenStride, gatesAt(cell, q, kept),
          lengths(plan, b), t, rows,
        );
      }
    }
  }
}

/** The final state of rows first <= b < last of a batch of n becomes their initial state. */
export function carryState(plan: Plan, n: i32, first: i32, last: i32): void {
  const end = steps(plan) * n;
  let k = 0;
  do {
    const cell = cellOf(plan, k);
    for (let b = first; b < last; ++b) copy(hiddenAt(cell, b), hiddenAt(cell, end + b), cell.rPanels * PANEL);
    if (!isLstm(cell)) continue;
    for (let p = 0; p < cell.hPanels; ++p) {
      copy(stateAt(cell, p, first), stateAt(cell, p, end + first), (last - first) * PANEL);
    }
  } while (hasCell(plan, ++k));
}
