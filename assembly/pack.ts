// The parameters as the products want them: packed in panels, and the input projection folded into the first cells.
// With p = x W_in + b_in nothing stands between the projection and a cell, so
//   p W = x (W_in W) + b_in W      F = [W_in; b_in] W, plus the cell's bias on the last row
// and the projected sequence is never built.

import {
  Cell, firstRecurrent, gateCount, gateOf, groupCount, hasPeepholes, hasTwoBiases, isGru, isStacked, projects,
  regionOf, resetsBefore,
} from "./cell";
import { QUANTIZED } from "./features";
import { packPanel, packTransposed } from "./kernels/pack";
import { add, copy, partStart } from "./kernels/range";
import { Plan, at, cellOf, firstSource, hasCell, hasSource, projectsInput, trains } from "./plan";
import { product } from "./products";
import { totalCell } from "./quantized";
import { CellRegion, Layout, Region } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

/** Packs this worker's part of all parameters. */
export function pack(plan: Plan, worker: i32, workers: i32): void {
  let k = 0;
  do {
    const cell = cellOf(plan, k);
    if (QUANTIZED) {
      totalCell(cell);
      continue;
    }
    packUnits(plan, cell, partStart(cell.hPanels, worker, workers), partStart(cell.hPanels, worker + 1, workers));
    if (projects(cell)) {
      packInner(
        plan, cell, regionOf(cell, CellRegion.InnerKernel), <usize>cell.R << 2, 0, cell.R,
        partStart(cell.rPanels, worker, workers), partStart(cell.rPanels, worker + 1, workers),
      );
    }
  } while (hasCell(plan, ++k));
  if (worker == workers - 1) packHead(plan);
}

// Panels of units first <= p < last of every group.
function packUnits(plan: Plan, cell: Cell, first: i32, last: i32): void {
  const H = cell.H, hRows = <usize>cell.rPanels * PANEL_BYTES << 3;
  const stride = <usize>(gateCount(cell) * H) << 2, recurrent = regionOf(cell, CellRegion.RecurrentKernel);
  for (let group = 0; group < groupCount(cell); ++group) {
    const start = gateOf(cell, group) * H;
    const recurs = group >= firstRecurrent(cell);
    for (let p = first; p < last; ++p) {
      const column = start + p * PANEL, end = start + H;
      const panel = regionOf(cell, CellRegion.PackedKernel) + <usize>group * cell.kernelGroup + <usize>p * cell.kernelPanel;
      const block = <usize>(group * cell.hPanels + p) * PANEL * PANEL_BYTES;
      if (recurs) {
        packPanel(panel, recurrent, stride, cell.R, column, end);
        if (trains(plan)) {
          packTransposed(
            regionOf(cell, CellRegion.PackedRecurrentT) + block, cell.transposedPanel, recurrent, stride, cell.R, column, end,
          );
        }
      }
      if (group < gateCount(cell)) packInputPanel(plan, cell, panel + hRows, block, group, p, column, end);
      const bias = panel + hRows + <usize>cell.xRows * PANEL_BYTES;
      packBias(cell, bias, group, column, end);
    }
    if (projectsInput(plan) && !isStacked(cell) && group < gateCount(cell)) fold(plan, cell, group, first, last);
  }
  if (resetsBefore(cell)) packInner(plan, cell, recurrent, stride, 2 * H, 3 * H, first, last);
  if (hasPeepholes(cell)) {
    for (let gate: usize = 0; gate < 3; ++gate) {
      for (let p = first; p < last; ++p) {
        copy(
          regionOf(cell, CellRegion.PackedPeephole) + (gate * cell.hPanels + p) * PANEL_BYTES,
          regionOf(cell, CellRegion.Peephole) + (gate * H + p * PANEL << 2), min(PANEL, H - p * PANEL),
        );
      }
    }
  }
}

// The x rows of one panel: of the kernel itself, or zeros for the folded one to come.
function packInputPanel(
  plan: Plan, cell: Cell, x: usize, block: usize, group: i32, p: i32, column: i32, end: i32,
): void {
  const stride = <usize>(gateCount(cell) * cell.H) << 2;
  let kernel = regionOf(cell, CellRegion.Kernel);
  const transposed = regionOf(cell, CellRegion.PackedInputT) + block;
  if (!isStacked(cell)) {
    if (!projectsInput(plan)) {
      packPanel(x, kernel, stride, plan.I, column, end);
      return;
    }
    memory.fill(x, 0, <usize>plan.I * PANEL_BYTES);
    const input = regionOf(cell, CellRegion.PackedInput) + <usize>group * cell.inputGroup + <usize>p * cell.inputPanel;
    packPanel(input, kernel, stride, plan.P, column, end);
    if (trains(plan)) packTransposed(transposed, cell.transposedPanel, kernel, stride, plan.P, column, end);
    return;
  }
  for (let k = 0; k < cell.sources; ++k) {
    const below = cellOf(plan, cell.source + k);
    const panels = <usize>below.outputPanel;
    packPanel(x + panels * PANEL * PANEL_BYTES, kernel, stride, below.R, column, end);
    if (trains(plan)) {
      packTransposed(transposed + panels * cell.transposedPanel, cell.transposedPanel, kernel, stride, below.R, column, end);
    }
    kernel += <usize>below.R * stride;
  }
}

// A GRU that resets after the product has a bias of x and one of h: z and r take the sum, n keeps them apart.
function packBias(cell: Cell, to: usize, group: i32, column: i32, end: i32): void {
  const bias = regionOf(cell, CellRegion.Bias), second = bias + (<usize>(gateCount(cell) * cell.H) << 2);
  packPanel(to, group < gateCount(cell) ? bias : second, 0, 1, column, end);
  if (hasTwoBiases(cell) && group >= firstRecurrent(cell) && group < gateCount(cell)) {
    add(to, second + (<usize>column << 2), min(PANEL, end - column));
  }
}

function fold(plan: Plan, cell: Cell, group: i32, first: i32, last: i32): void {
  product(
    plan, Layout.Rows,
    regionOf(cell, CellRegion.PackedKernel) + <usize>group * cell.kernelGroup + <usize>first * cell.kernelPanel +
      (<usize>cell.rPanels * PANEL_BYTES << 3),
    cell.kernelPanel, at(plan, Region.ProjectionKernel), <usize>plan.P << 2,
    regionOf(cell, CellRegion.PackedInput) + <usize>group * cell.inputGroup + <usize>first * cell.inputPanel, cell.inputPanel,
    plan.I + 1, plan.P, last - first, true,
  );
}

// Panels first <= p < last of the inner kernel, columns `start` to `end` - 1 of from [H, ..].
function packInner(
  plan: Plan, cell: Cell, from: usize, stride: usize, start: i32, end: i32, first: i32, last: i32,
): void {
  for (let p = first; p < last; ++p) {
    const column = start + p * PANEL;
    packPanel(regionOf(cell, CellRegion.PackedInner) + <usize>p * cell.innerPanel, from, stride, cell.H, column, end);
    if (trains(plan)) {
      packTransposed(
        regionOf(cell, CellRegion.PackedInnerT) + <usize>p * PANEL * PANEL_BYTES, cell.innerTPanel, from, stride, cell.H, column,
        end,
      );
    }
  }
}

function packHead(plan: Plan): void {
  const C = plan.C, stride = <usize>C << 2;
  for (let q = 0; q < plan.cPanels; ++q) {
    let from = at(plan, Region.HeadKernel);
    let k = 0;
    do {
      const below = cellOf(plan, firstSource(plan) + k), panels = <usize>below.outputPanel;
      packPanel(
        at(plan, Region.PackedHead) + <usize>q * plan.headPanel + panels * PANEL * PANEL_BYTES, from, stride, below.R,
        q * PANEL, C,
      );
      if (trains(plan)) {
        packTransposed(
          at(plan, Region.PackedHeadT) + panels * plan.headTPanel + <usize>q * PANEL * PANEL_BYTES, plan.headTPanel, from,
          stride, below.R, q * PANEL, C,
        );
      }
      from += <usize>below.R * stride;
    } while (hasSource(plan, ++k));
  }
}
