// The gradients of the parameters, from the gates' gradients of all steps: for panels of columns, each sum over all
// steps and rows in order. Columns are independent, so no sum is ever split.

import {
  Cell, firstRecurrent, gateCount, gateOf, gatesAt, groupCount, hasPeepholes, hasTwoBiases, innerAt, isStacked,
  projects, regionOf, resetsBefore, stateAt, stepsAt, zAt,
} from "./cell";
import { peepholeGradient } from "./kernels/lstm-extended";
import { unpackPanel } from "./kernels/pack";
import { partStart } from "./kernels/range";
import {
  Plan, at, cellOf, firstSource, gradientAt, hasInitialState, hasSource, headSteps, projectsInput, steps,
} from "./plan";
import { product } from "./products";
import { CellRegion, Layout, Region } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

// Rows of z and of the gates' gradients that stay in the first-level cache.
const DEPTH_BLOCK: i32 = 128;
// Panels of gates whose gradients stay in the second-level cache while all columns of z pass over them.
const PANEL_BLOCK: i32 = 64;

/** This worker's part of the gradients of a cell. */
export function cellGradients(plan: Plan, cell: Cell, n: i32, worker: i32, workers: i32): void {
  const depth = steps(plan) * n;
  const first = partStart(cell.hPanels, worker, workers), last = partStart(cell.hPanels, worker + 1, workers);
  kernelProducts(plan, cell, n, depth, first, last);
  if (projectsInput(plan) && !isStacked(cell)) foldBack(plan, cell, first, last);
  for (let group = 0; group < groupCount(cell); ++group) {
    for (let p = first; p < last; ++p) unpackUnits(plan, cell, group, p);
  }
  if (resetsBefore(cell)) {
    const stride = <usize>(3 * cell.H) << 2;
    innerProduct(plan, cell, CellRegion.Gates, depth, first, last);
    unpackInner(plan, cell, regionOf(cell, CellRegion.RecurrentKernel), stride, 2 * cell.H, 3 * cell.H, first, last);
  }
  if (projects(cell)) {
    const from = partStart(cell.rPanels, worker, workers), to = partStart(cell.rPanels, worker + 1, workers);
    innerProduct(plan, cell, CellRegion.DProjected, depth, from, to);
    unpackInner(plan, cell, regionOf(cell, CellRegion.InnerKernel), <usize>cell.R << 2, 0, cell.R, from, to);
  }
  if (hasPeepholes(cell)) {
    for (let p = first; p < last; ++p) peepholeGradients(plan, cell, n, depth, p);
  }
}

// D = z^T dgates for units' panels first <= p < last: the h rows of the groups that h goes into, the x and bias rows of
// those that x goes into, and of any other the bias row. Where h of step 0 is zero, its rows leave the first step out.
function kernelProducts(plan: Plan, cell: Cell, n: i32, depth: i32, first: i32, last: i32): void {
  const count = last - first, hRows = cell.rPanels * PANEL;
  // Rows of z whose h is zero and left out of the sum.
  const zeroRows = hasInitialState(plan) ? 0 : n;
  const d = regionOf(cell, CellRegion.DPackedKernel) + <usize>first * cell.kernelPanel;
  if (depth <= zeroRows) {
    for (let group = 0; group < groupCount(cell); ++group) {
      for (let p = 0; p < count; ++p) {
        const panel = d + <usize>group * cell.kernelGroup + <usize>p * cell.kernelPanel;
        memory.fill(panel, 0, depth == 0 ? cell.kernelPanel : <usize>hRows * PANEL_BYTES);
      }
    }
  }
  for (let row = 0; row < depth; row += DEPTH_BLOCK) {
    const end = min(row + DEPTH_BLOCK, depth), skipped = max(row, zeroRows);
    for (let group = 0; group < groupCount(cell); ++group) {
      const recurs = group >= firstRecurrent(cell) && skipped < end;
      const column = group < gateCount(cell) ? hRows : cell.K - 1;
      for (let q = 0; q < count; q += PANEL_BLOCK) {
        const panels = min(PANEL_BLOCK, count - q);
        const out = d + <usize>group * cell.kernelGroup + <usize>q * cell.kernelPanel;
        const panel = group * cell.hPanels + first + q;
        if (recurs) zTransposed(plan, cell, out, 0, hRows, skipped, end, panel, panels, skipped > zeroRows);
        zTransposed(plan, cell, out, column, cell.K - column, row, end, panel, panels, row > 0);
      }
    }
  }
}

// Rows column <= k < column + M of out (+)= those columns of z^T times `panels` panels of the gates' gradients, over
// rows row <= r < end.
function zTransposed(
  plan: Plan, cell: Cell, out: usize, column: i32, M: i32, row: i32, end: i32, panel: i32, panels: i32, accumulate: bool,
): void {
  product(
    plan, Layout.Columns, out + <usize>column * PANEL_BYTES, cell.kernelPanel, zAt(cell, row) + (<usize>column << 2),
    cell.zStride, gatesAt(cell, panel, row), cell.stepsPanel, M, end - row, panels, accumulate,
  );
}

// Behind a projection, with F = [W_in; b_in] W folded: dW = [W_in; b_in]^T D[x, 1].
function foldBack(plan: Plan, cell: Cell, first: i32, last: i32): void {
  for (let group = 0; group < gateCount(cell); ++group) {
    product(
      plan, Layout.Columns, regionOf(cell, CellRegion.DPackedInput) + <usize>group * cell.inputGroup + <usize>first * cell.inputPanel,
      cell.inputPanel, at(plan, Region.ProjectionKernel), <usize>plan.P << 2, xRows(cell, group, first), cell.kernelPanel,
      plan.P, plan.I + 1, last - first, false,
    );
  }
}

// The x rows of panel p of a group of D.
// @ts-ignore: decorator
@inline function xRows(cell: Cell, group: i32, p: i32): usize {
  return regionOf(cell, CellRegion.DPackedKernel) + <usize>group * cell.kernelGroup + <usize>p * cell.kernelPanel +
    (<usize>cell.rPanels * PANEL_BYTES << 3);
}

// From panel p of a group of D to the gradients of the tensors: dU = D[h], dW = D[x] or as foldBack has it, db = D[1].
function unpackUnits(plan: Plan, cell: Cell, group: i32, p: i32): void {
  const stride = <usize>(gateCount(cell) * cell.H) << 2;
  const start = gateOf(cell, group) * cell.H, column = start + p * PANEL, end = start + cell.H;
  const x = xRows(cell, group, p);
  const recurs = group >= firstRecurrent(cell);
  if (recurs) {
    const h = x - (<usize>cell.rPanels * PANEL_BYTES << 3);
    unpackPanel(gradientAt(plan, regionOf(cell, CellRegion.RecurrentKernel)), stride, h, cell.R, column, end);
  }
  const bias = gradientAt(plan, regionOf(cell, CellRegion.Bias)), one = x + <usize>cell.xRows * PANEL_BYTES;
  if (hasTwoBiases(cell) && recurs) unpackPanel(bias + stride, 0, one, 1, column, end);
  if (group >= gateCount(cell)) return;
  unpackPanel(bias, 0, one, 1, column, end);
  let kernel = gradientAt(plan, regionOf(cell, CellRegion.Kernel));
  if (!isStacked(cell)) {
    const input = regionOf(cell, CellRegion.DPackedInput) + <usize>group * cell.inputGroup + <usize>p * cell.inputPanel;
    unpackPanel(kernel, stride, projectsInput(plan) ? input : x, cell.X, column, end);
    return;
  }
  for (let k = 0; k < cell.sources; ++k) {
    const below = cellOf(plan, cell.source + k);
    unpackPanel(kernel, stride, x + <usize>below.outputPanel * PANEL * PANEL_BYTES, below.R, column, end);
    kernel += <usize>below.R * stride;
  }
}

// Panels first <= p < last of the gradient of the inner kernel: rows of Inner, transposed, times the gradient in `region`.
function innerProduct(plan: Plan, cell: Cell, region: i32, depth: i32, first: i32, last: i32): void {
  const out = regionOf(cell, CellRegion.DPackedInner) + <usize>first * cell.innerPanel;
  if (depth == 0) memory.fill(out, 0, <usize>(last - first) * cell.innerPanel);
  for (let row = 0; row < depth; row += DEPTH_BLOCK) {
    product(
      plan, Layout.Columns, out, cell.innerPanel, innerAt(cell, row), cell.innerStride, stepsAt(cell, region, first, row),
      cell.stepsPanel, cell.H, min(DEPTH_BLOCK, depth - row), last - first, row > 0,
    );
  }
}

function unpackInner(
  plan: Plan, cell: Cell, tensor: usize, stride: usize, start: i32, end: i32, first: i32, last: i32,
): void {
  for (let p = first; p < last; ++p) {
    const panel = regionOf(cell, CellRegion.DPackedInner) + <usize>p * cell.innerPanel;
    unpackPanel(gradientAt(plan, tensor), stride, panel, cell.H, start + p * PANEL, end);
  }
}

// i and f have read c of the step before, o that of the step.
function peepholeGradients(plan: Plan, cell: Cell, n: i32, depth: i32, p: i32): void {
  for (let gate = 0; gate < 3; ++gate) {
    const group = gate == 2 ? 3 : gate;
    peepholeGradient(
      gradientAt(plan, regionOf(cell, CellRegion.Peephole)) + (<usize>(gate * cell.H + p * PANEL) << 2),
      gatesAt(cell, p, 0) + <usize>group * cell.gateGroup, stateAt(cell, p, gate == 2 ? n : 0), depth,
      min(PANEL, cell.H - p * PANEL),
    );
  }
}

/** This worker's part of the head's gradients: dW_y = what it read^T dlogits, db_y = the column sums of dlogits. */
export function headGradients(plan: Plan, n: i32, worker: i32, workers: i32): void {
  const C = plan.C, depth = headSteps(plan) * n, stride = <usize>C << 2;
  const first = partStart(plan.fPanels, worker, workers), last = partStart(plan.fPanels, worker + 1, workers);
  const d = at(plan, Region.DPackedHead);
  for (let q = 0; q < plan.cPanels && depth == 0; ++q) {
    memory.fill(d + <usize>q * plan.headPanel + (<usize>first << 8), 0, <usize>(last - first) << 8);
  }
  for (let row = 0; row < depth; row += DEPTH_BLOCK) {
    product(
      plan, Layout.Columns, d + (<usize>first << 8), plan.headPanel,
      at(plan, Region.HeadInput) + <usize>row * plan.headStride + (<usize>first << 5), plan.headStride,
      at(plan, Region.DLogits) + <usize>row * PANEL_BYTES, plan.itemsPanel, (last - first) * PANEL,
      min(DEPTH_BLOCK, depth - row), plan.cPanels, row > 0,
    );
  }
  let kernel = gradientAt(plan, at(plan, Region.HeadKernel));
  let k = 0;
  do {
    const below = cellOf(plan, firstSource(plan) + k);
    for (let p = 0; p < below.rPanels; ++p) {
      const f = below.outputPanel + p, rows = min(PANEL, below.R - p * PANEL);
      if (f < first || f >= last) continue;
      for (let q = 0; q < plan.cPanels; ++q) {
        const panel = d + <usize>q * plan.headPanel + (<usize>f << 8);
        unpackPanel(kernel + <usize>(p * PANEL) * stride, stride, panel, rows, q * PANEL, C);
      }
    }
    kernel += <usize>below.R * stride;
  } while (hasSource(plan, ++k));
  if (worker == workers - 1) headBiasGradient(plan, depth);
}

function headBiasGradient(plan: Plan, depth: i32): void {
  for (let c = 0; c < plan.C; ++c) {
    let p = at(plan, Region.DLogits) + <usize>(c >> 3) * plan.itemsPanel + (<usize>(c & 7) << 2);
    let sum: f32 = 0;
    for (let row = 0; row < depth; ++row, p += PANEL_BYTES) sum += load<f32>(p);
    store<f32>(gradientAt(plan, at(plan, Region.HeadBias)) + (<usize>c << 2), sum);
  }
}

/** [dW_in; db_in] = the sum over the first cells of D[x, 1] W^T, for panels of projection units first <= p < last. */
export function projectionGradients(plan: Plan, first: i32, last: i32): void {
  const out = at(plan, Region.DPackedProjection) + <usize>first * plan.projectionPanel;
  for (let k = 0; k < plan.cells && !isStacked(cellOf(plan, k)); ++k) {
    const cell = cellOf(plan, k);
    product(
      plan, Layout.Panels, out, plan.projectionPanel, xRows(cell, 0, 0), cell.kernelPanel,
      regionOf(cell, CellRegion.PackedInputT) + <usize>first * cell.transposedPanel, cell.transposedPanel,
      plan.I + 1, gateCount(cell) * cell.hPanels * PANEL, last - first, k > 0,
    );
  }
  for (let p = first; p < last; ++p) {
    // The bias lies right behind the kernel, as the row after its last.
    unpackPanel(
      gradientAt(plan, at(plan, Region.ProjectionKernel)), <usize>plan.P << 2, out + <usize>(p - first) * plan.projectionPanel,
      plan.I + 1, p * PANEL, plan.P,
    );
  }
}
