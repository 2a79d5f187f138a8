// The backward pass: through time for rows first <= b < last of a batch of n, then the weight gradients for
// panels of columns. Columns and rows are independent, so no sum is ever split.

import { cellBackward } from "./kernels/cell";
import { unpackPanel } from "./kernels/pack";
import { gateColumn, gateEnd } from "./pack";
import { Plan, at, cellAt, gatesAt, gradientOf, hasInitialState, lengths, steps, tanhAt } from "./plan";
import { product } from "./products";
import { Layout, Region } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

// Rows of z and of the gates' gradients that stay in the first-level cache in a weight gradient.
const DEPTH_BLOCK: i32 = 128;
// Panels of gates whose gradients stay in the second-level cache while all columns of z pass over them.
const PANEL_BLOCK: i32 = 64;
// Steps of the sum over gates in one go.
const HIDDEN_BLOCK: i32 = 512;

// dlogits -> dh, then for each step from the last: dh, dc -> dgates -> dh of the step before.
export function backward(plan: Plan, n: i32, first: i32, last: i32): void {
  const rows = last - first;
  const hPanels = plan.hPanels;
  const offset = <usize>first * PANEL_BYTES;
  const dh = at(plan, Region.DHidden) + offset, dc = at(plan, Region.DCell) + offset;
  product(
    plan, Layout.Panels, dh, plan.rowsPanel, at(plan, Region.DLogits) + offset, plan.rowsPanel,
    at(plan, Region.PackedHeadT), plan.headTPanel, rows, plan.cPanels * PANEL, hPanels, false,
  );
  for (let p = 0; p < hPanels; ++p) {
    memory.fill(dc + <usize>p * plan.rowsPanel, 0, <usize>rows * PANEL_BYTES);
  }
  const ends = lengths(plan);
  for (let t = steps(plan) - 1; t >= 0; --t) {
    const row = t * n + first;
    for (let p = 0; p < hPanels; ++p) {
      const panel = <usize>p * plan.rowsPanel;
      cellBackward(
        gatesAt(plan, p, row), plan.gatesPanel, dc + panel, dh + panel, tanhAt(plan, p, row),
        cellAt(plan, p, row), ends ? ends + (<usize>first << 2) : 0, t, rows,
      );
    }
    if (t == 0) break;
    hiddenGradient(plan, dh, t * n + first, rows, ends != 0);
  }
}

// dh (+)= dgates U^T for `rows` rows from row `row` of the gates' gradients. A block of the sum at a time, so that
// its part of dgates stays in the second-level cache, and a few panels of units, so that theirs of U^T stay in
// the first; a single row has no use for that but for as many panels as a tile takes.
function hiddenGradient(plan: Plan, dh: usize, row: i32, rows: i32, accumulate: bool): void {
  const K = plan.gPanels * PANEL, hPanels = plan.hPanels;
  const group = rows < 4 ? hPanels : 2;
  for (let k = 0; k < K; k += HIDDEN_BLOCK) {
    const a = at(plan, Region.Gates) + <usize>(k >> 3) * plan.gatesPanel + <usize>row * PANEL_BYTES;
    const b = at(plan, Region.PackedRecurrentT) + <usize>k * PANEL_BYTES;
    for (let p = 0; p < hPanels; p += group) {
      product(
        plan, Layout.Panels, dh + <usize>p * plan.rowsPanel, plan.rowsPanel, a, plan.gatesPanel,
        b + <usize>p * plan.transposedPanel, plan.transposedPanel, rows, min(HIDDEN_BLOCK, K - k),
        min(group, hPanels - p), accumulate || k > 0,
      );
    }
  }
}

// D = z^T dgates for the columns of unit panels first <= p < last, each sum over all steps and rows in order;
// where h of step 0 is zero, its rows leave the first step out. Then, with F = [W_in; b_in] W folded,
//   dU = D[h], db = D[1], and dW = [W_in; b_in]^T D[x, 1] (D[x] without a projection).
export function kernelGradients(plan: Plan, n: i32, first: i32, last: i32): void {
  const hRows = plan.hPanels * PANEL, depth = steps(plan) * n, panels = 4 * (last - first);
  const hBytes = <usize>hRows * PANEL_BYTES;
  const d = at(plan, Region.DPackedKernel) + 4 * <usize>first * plan.kernelPanel;
  // Rows of z whose h is zero and left out of the sum.
  const zeroRows = hasInitialState(plan) ? 0 : n;
  if (depth <= zeroRows || depth == 0) {
    const bytes = depth == 0 ? plan.kernelPanel : hBytes;
    for (let q = 0; q < panels; ++q) memory.fill(d + <usize>q * plan.kernelPanel, 0, bytes);
  }
  for (let row = 0; row < depth; row += DEPTH_BLOCK) {
    const end = min(row + DEPTH_BLOCK, depth);
    const skipped = max(row, zeroRows);
    for (let q = 0; q < panels; q += PANEL_BLOCK) {
      const count = min(PANEL_BLOCK, panels - q);
      const out = d + <usize>q * plan.kernelPanel;
      if (skipped < end) zTransposed(plan, out, 0, hRows, skipped, end, 4 * first + q, count, skipped > zeroRows);
      zTransposed(plan, out + hBytes, hRows, plan.I + 1, row, end, 4 * first + q, count, row > 0);
    }
  }
  const input = at(plan, Region.DPackedInput) + 4 * <usize>first * plan.inputPanel;
  if (plan.P) {
    product(
      plan, Layout.Columns, input, plan.inputPanel, at(plan, Region.ProjectionKernel), <usize>plan.P << 2, d + hBytes,
      plan.kernelPanel, plan.P, plan.I + 1, panels, false,
    );
  }
  const stride = <usize>plan.H << 4;
  for (let i = 0; i < panels; ++i) {
    const q = 4 * first + i, column = gateColumn(plan, q), end = gateEnd(plan, q);
    const panel = d + <usize>i * plan.kernelPanel;
    unpackPanel(gradientOf(plan, Region.RecurrentKernel), stride, panel, plan.H, column, end);
    const dx = plan.P ? input + <usize>i * plan.inputPanel : panel + hBytes;
    unpackPanel(gradientOf(plan, Region.Kernel), stride, dx, plan.X, column, end);
    unpackPanel(gradientOf(plan, Region.Bias), 0, panel + hBytes + <usize>plan.I * PANEL_BYTES, 1, column, end);
  }
}

// out (+)= columns [column, column + M) of z^T times `panels` panels of the gates' gradients, over rows
// row <= r < end.
function zTransposed(
  plan: Plan, out: usize, column: i32, M: i32, row: i32, end: i32, panel: i32, panels: i32, accumulate: bool,
): void {
  product(
    plan, Layout.Columns, out, plan.kernelPanel,
    at(plan, Region.Z) + <usize>row * plan.zStride + (<usize>column << 2), plan.zStride,
    at(plan, Region.Gates) + <usize>panel * plan.gatesPanel + <usize>row * PANEL_BYTES, plan.gatesPanel,
    M, end - row, panels, accumulate,
  );
}

// dW_y = h^T dlogits, db_y = the column sums of dlogits.
export function headGradients(plan: Plan, n: i32): void {
  const C = plan.C, dlogits = at(plan, Region.DLogits), d = at(plan, Region.DPackedHead);
  product(
    plan, Layout.Columns, d, plan.headPanel, at(plan, Region.Z) + <usize>(steps(plan) * n) * plan.zStride, plan.zStride,
    dlogits, plan.rowsPanel, plan.H, n, plan.cPanels, false,
  );
  for (let q = 0; q < plan.cPanels; ++q) {
    unpackPanel(
      gradientOf(plan, Region.HeadKernel), <usize>C << 2, d + <usize>q * plan.headPanel, plan.H, q * PANEL, C,
    );
  }
  for (let c = 0; c < C; ++c) {
    let p = dlogits + <usize>(c >> 3) * plan.rowsPanel + (<usize>(c & 7) << 2);
    let sum: f32 = 0;
    for (let b = 0; b < n; ++b, p += PANEL_BYTES) sum += load<f32>(p);
    store<f32>(gradientOf(plan, Region.HeadBias) + (<usize>c << 2), sum);
  }
}

// [dW_in; db_in] = D[x, 1] W^T for panels of projection units first <= p < last.
export function projectionGradients(plan: Plan, first: i32, last: i32): void {
  const d = at(plan, Region.DPackedKernel) + <usize>plan.hPanels * PANEL * PANEL_BYTES;
  const out = at(plan, Region.DPackedProjection) + <usize>first * plan.projectionPanel;
  product(
    plan, Layout.Panels, out, plan.projectionPanel, d, plan.kernelPanel,
    at(plan, Region.PackedInputT) + <usize>first * plan.transposedPanel, plan.transposedPanel,
    plan.I + 1, plan.gPanels * PANEL, last - first, false,
  );
  for (let p = first; p < last; ++p) {
    // The bias lies right behind the kernel, as the row after its last.
    unpackPanel(
      gradientOf(plan, Region.ProjectionKernel), <usize>plan.P << 2, out + <usize>(p - first) * plan.projectionPanel,
      plan.I + 1, p * PANEL, plan.P,
    );
  }
}
