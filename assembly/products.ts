// The matrix products of a pass, each with the tile that the plan holds for its layout.

import { gatesAt, groupCount, regionOf, zAt } from "./cell";
import { gemm } from "./kernels/gemm";
import { Plan, cellOf } from "./plan";
import { CellRegion, Layout } from "./regions";
import { PANEL } from "./vec";

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
 * of a batch. Writes only what the next pass computes anew; a plan that only predicts has rows' products alone.
 */
export function probe(plan: Plan, layout: i32, n: i32): void {
  if (layout != Layout.Rows && !plan.trains) return;
  const cell = cellOf(plan, 0), z = zAt(cell, 0), gates = gatesAt(cell, 0, 0);
  const panels = min(4, groupCount(cell) * cell.hPanels);
  if (layout == Layout.Rows) {
    product(
      plan, layout, gates, cell.stepsPanel, z, cell.zStride, regionOf(cell, CellRegion.PackedKernel), cell.kernelPanel,
      min(n, 48), cell.K, panels, false,
    );
  } else if (layout == Layout.Panels) {
    product(
      plan, layout, regionOf(cell, CellRegion.DHidden), cell.rowsPanel, gates, cell.stepsPanel,
      regionOf(cell, CellRegion.PackedRecurrentT), cell.transposedPanel, min(n, 48), groupCount(cell) * cell.hPanels * PANEL,
      min(2, cell.rPanels), false,
    );
  } else {
    product(
      plan, layout, regionOf(cell, CellRegion.DPackedKernel), cell.kernelPanel, z, cell.zStride, gates, cell.stepsPanel,
      min(cell.rPanels * PANEL, 24), min(plan.T * n, 256), panels, false,
    );
  }
}
