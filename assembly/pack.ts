// The parameters as the products want them: packed in panels, and the input projection folded into the cell.
// With p = x W_in + b_in nothing stands between the projection and the cell, so
//   p W = x (W_in W) + b_in W      F = [W_in; b_in] W, plus the cell's bias on the last row
// and the projected sequence is never built.

import { packPanel, packTransposed } from "./kernels/pack";
import { copy } from "./kernels/range";
import { Plan, at, steps } from "./plan";
import { product } from "./products";
import { Layout, Region } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

// Panel q of every 4H holds 8 units of one gate: units first, the four gates i, f, g, o of the same units side
// by side. The first of the panel's columns in the row-major tensors:
// @ts-ignore: decorator
@inline export function gateColumn(plan: Plan, q: i32): i32 { return (q & 3) * plan.H + (q >> 2) * PANEL; }

/** Columns of a tensor [.., 4H] that exist for panel q, as the pack kernels count them. */
// @ts-ignore: decorator
@inline export function gateEnd(plan: Plan, q: i32): i32 { return ((q & 3) + 1) * plan.H; }

/** Packs the panels of units first <= p < last. */
export function packUnits(plan: Plan, first: i32, last: i32): void {
  const H = plan.H, hRows = plan.hPanels * PANEL;
  const stride = <usize>H << 4;
  const kernel = at(plan, Region.Kernel), recurrent = at(plan, Region.RecurrentKernel);
  for (let q = 4 * first; q < 4 * last; ++q) {
    const column = gateColumn(plan, q), end = gateEnd(plan, q);
    const packed = at(plan, Region.PackedKernel) + <usize>q * plan.kernelPanel;
    const xRows = packed + <usize>hRows * PANEL_BYTES;
    packPanel(packed, recurrent, stride, H, column, end);
    const block = <usize>q * PANEL * PANEL_BYTES;
    packTransposed(at(plan, Region.PackedRecurrentT) + block, plan.transposedPanel, recurrent, stride, H, column, end);
    if (plan.P) {
      const input = at(plan, Region.PackedInput) + <usize>q * plan.inputPanel;
      packPanel(input, kernel, stride, plan.P, column, end);
      packTransposed(at(plan, Region.PackedInputT) + block, plan.transposedPanel, kernel, stride, plan.P, column, end);
      memory.fill(xRows, 0, plan.projectionPanel);
    } else {
      packPanel(xRows, kernel, stride, plan.I, column, end);
    }
    packPanel(xRows + <usize>plan.I * PANEL_BYTES, at(plan, Region.Bias), 0, 1, column, end);
  }
  if (plan.P) {
    product(
      plan, Layout.Rows, at(plan, Region.PackedKernel) + 4 * <usize>first * plan.kernelPanel + <usize>hRows * PANEL_BYTES,
      plan.kernelPanel, at(plan, Region.ProjectionKernel), <usize>plan.P << 2,
      at(plan, Region.PackedInput) + 4 * <usize>first * plan.inputPanel, plan.inputPanel,
      plan.I + 1, plan.P, 4 * (last - first), true,
    );
  }
}

/** Packs the head's kernel. */
export function packHead(plan: Plan): void {
  const C = plan.C, from = at(plan, Region.HeadKernel), stride = <usize>C << 2;
  for (let q = 0; q < plan.cPanels; ++q) {
    packPanel(at(plan, Region.PackedHead) + <usize>q * plan.headPanel, from, stride, plan.H, q * PANEL, C);
    packTransposed(
      at(plan, Region.PackedHeadT) + <usize>q * PANEL * PANEL_BYTES, plan.headTPanel, from, stride, plan.H,
      q * PANEL, C,
    );
  }
}

/** Copies rows first <= b < last of a batch of n into the x and 1 columns of z, in time-major order. */
export function packInput(plan: Plan, n: i32, first: i32, last: i32, timeMajor: bool): void {
  const I = plan.I, T = plan.T, count = steps(plan);
  const rowBytes = <usize>I << 2;
  for (let t = 0; t < count; ++t) {
    let z = at(plan, Region.Z) + <usize>(t * n + first) * plan.zStride + <usize>plan.hPanels * PANEL_BYTES;
    for (let b = first; b < last; ++b, z += plan.zStride) {
      copy(z, at(plan, Region.Input) + <usize>(timeMajor ? t * n + b : b * T + t) * rowBytes, I);
      store<f32>(z + rowBytes, 1);
    }
  }
}
