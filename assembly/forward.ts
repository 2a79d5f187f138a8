// The forward pass of rows first <= b < last of a batch of n: x -> gates -> h, c over time -> logits -> loss.
// backward.ts is the same list upside down; change them together.

import { cellForward } from "./kernels/cell";
import { crossEntropy, softmax } from "./kernels/loss";
import { copy } from "./kernels/range";
import { packInput } from "./pack";
import { Plan, at, cellAt, gatesAt, hasInitialState, lengths, setting, steps, tanhAt } from "./plan";
import { product } from "./products";
import { Layout, Region, Setting } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

// Rows whose z and gates stay in the first-level cache while the four panels of a unit pass over them.
const ROW_BLOCK: i32 = 48;
// Steps of k in one go, so that a panel of the kernel of a large model stays there too.
const DEPTH_BLOCK: i32 = 512;

export function forward(plan: Plan, n: i32, first: i32, last: i32): void {
  packInput(plan, n, first, last, setting(plan, Setting.TimeMajor) != 0);
  const count = steps(plan), ends = lengths(plan), given = hasInitialState(plan);
  if (!given) clearInitialState(plan, first, last);
  for (let t = 0; t < count; ++t) {
    // z U' with z = [h | x | 1]; where h of step 0 is zero, its product is left out.
    const skipRows = t == 0 && !given ? plan.hPanels * PANEL : 0;
    for (let p = 0; p < plan.hPanels; ++p) {
      const kernel = at(plan, Region.PackedKernel) + 4 * <usize>p * plan.kernelPanel;
      for (let b = first; b < last; b += ROW_BLOCK) {
        const rows = min(ROW_BLOCK, last - b);
        const row = t * n + b;
        const z = at(plan, Region.Z) + <usize>row * plan.zStride;
        const gates = gatesAt(plan, p, row);
        const h = at(plan, Region.Z) + <usize>(row + n) * plan.zStride + <usize>p * PANEL_BYTES;
        for (let k = skipRows; k < plan.K; k += DEPTH_BLOCK) {
          product(
            plan, Layout.Rows, gates, plan.gatesPanel, z + (<usize>k << 2), plan.zStride,
            kernel + <usize>k * PANEL_BYTES, plan.kernelPanel, rows, min(DEPTH_BLOCK, plan.K - k), 4, k > skipRows,
          );
        }
        cellForward(
          h, plan.zStride, cellAt(plan, p, row + n), tanhAt(plan, p, row), gates, plan.gatesPanel,
          cellAt(plan, p, row), h - <usize>n * plan.zStride, ends ? ends + (<usize>b << 2) : 0, t,
          <f32>setting(plan, Setting.ForgetBias), rows,
        );
      }
    }
  }
  head(plan, n, first, last);
}

function clearInitialState(plan: Plan, first: i32, last: i32): void {
  for (let p = 0; p < plan.hPanels; ++p) {
    memory.fill(cellAt(plan, p, first), 0, <usize>(last - first) * PANEL_BYTES);
  }
  for (let b = first; b < last; ++b) {
    memory.fill(at(plan, Region.Z) + <usize>b * plan.zStride, 0, <usize>plan.hPanels * PANEL_BYTES);
  }
}

/** The final state of rows first <= b < last of a batch of n becomes their initial state. */
export function carryState(plan: Plan, n: i32, first: i32, last: i32): void {
  const end = steps(plan) * n;
  for (let p = 0; p < plan.hPanels; ++p) {
    copy(cellAt(plan, p, first), cellAt(plan, p, end + first), (last - first) * PANEL);
  }
  for (let b = first; b < last; ++b) {
    const z = at(plan, Region.Z) + <usize>b * plan.zStride;
    copy(z, z + <usize>end * plan.zStride, plan.hPanels * PANEL);
  }
}

// logits = h W_y + b_y, probabilities, and each row's class.
function head(plan: Plan, n: i32, first: i32, last: i32): void {
  const logits = at(plan, Region.Logits), C = plan.C;
  for (let b = first; b < last; ++b) {
    for (let c = 0; c < C; ++c) {
      const bias = load<f32>(at(plan, Region.HeadBias) + (<usize>c << 2));
      store<f32>(logits + <usize>(c >> 3) * plan.rowsPanel + (<usize>b << 5) + (<usize>(c & 7) << 2), bias);
    }
  }
  product(
    plan, Layout.Rows, logits + <usize>first * PANEL_BYTES, plan.rowsPanel,
    at(plan, Region.Z) + <usize>(steps(plan) * n + first) * plan.zStride, plan.zStride,
    at(plan, Region.PackedHead), plan.headPanel, last - first, plan.H, plan.cPanels, true,
  );
  softmax(
    at(plan, Region.Probabilities), at(plan, Region.RowClass), at(plan, Region.RowLogSum), logits,
    plan.rowsPanel, C, first, last,
  );
}

/** Loss of each row, and the gradient of the mean loss by the logits. */
export function loss(plan: Plan, n: i32, first: i32, last: i32): void {
  crossEntropy(
    at(plan, Region.RowLoss), at(plan, Region.DLogits), at(plan, Region.Probabilities),
    at(plan, Region.RowLogSum), at(plan, Region.Logits), plan.rowsPanel, at(plan, Region.Labels), plan.C, n,
    first, last,
  );
}
