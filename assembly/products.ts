// The matrix products of a pass, each with the tile that the plan holds for its layout.

import { gemm } from "./kernels/gemm";
import { Plan, at, gatesAt } from "./plan";
import { Layout, Region } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

// @ts-ignore: decorator
@inline function tileAt(plan: Plan, layout: i32): usize {
  return changetype<usize>(plan) + offsetof<Plan>("rowsTile") + (<usize>layout << 2);
}

/** gemm with the plan's tile. */
export function product(
  plan: Plan, layout: i32, out: usize, outPanel: usize, a: usize, stride: usize, b: usize, bPanel: usize,
  M: i32, K: i32, panels: i32, accumulate: bool,
): void {
  const tile = load<i32>(tileAt(plan, layout));
  gemm(layout, out, outPanel, a, stride, b, bPanel, M, K, panels, accumulate, tile & 7, tile > 7);
}

/** Sets the tile of a layout's products: 1 to 6 rows, one panel or two. Speed only, no result depends on it. */
export function setTile(plan: Plan, layout: i32, rows: i32, wide: bool): void {
  store<i32>(tileAt(plan, layout), rows + (wide ? 8 : 0));
}

/**
 * One product of the given layout on the model's own matrices, for timing tiles between updates. n is the rows
 * of a batch. Writes only what the next pass computes anew.
 */
export function probe(plan: Plan, layout: i32, n: i32): void {
  const z = at(plan, Region.Z), gates = gatesAt(plan, 0, 0);
  if (layout == Layout.Rows) {
    product(
      plan, layout, gates, plan.gatesPanel, z, plan.zStride, at(plan, Region.PackedKernel), plan.kernelPanel,
      min(n, 48), plan.K, 4, false,
    );
  } else if (layout == Layout.Panels) {
    product(
      plan, layout, at(plan, Region.DHidden), plan.rowsPanel, gates, plan.gatesPanel,
      at(plan, Region.PackedRecurrentT), plan.transposedPanel, min(n, 48), plan.gPanels * PANEL,
      min(2, plan.hPanels), false,
    );
  } else {
    product(
      plan, layout, at(plan, Region.DPackedKernel), plan.kernelPanel, z, plan.zStride, gates, plan.gatesPanel,
      min(plan.hPanels * PANEL, 24), min(plan.T * n, 256), 4, false,
    );
  }
}
