// Between row-major tensors and panels of 8 columns. Columns beyond a tensor's last are zero in a panel.

import { PANEL, PANEL_BYTES } from "../vec";
import { copy } from "./range";

// @ts-ignore: decorator
@inline function width(n: i32, column: i32): i32 { return min(PANEL, n - column); }

// panel[rows][8] = from[rows, columns column .. column + 8); `fromStride` bytes from row to row, n columns exist.
export function packPanel(panel: usize, from: usize, fromStride: usize, rows: i32, column: i32, n: i32): void {
  const w = width(n, column);
  from += <usize>column << 2;
  for (let r = 0; r < rows; ++r, panel += PANEL_BYTES, from += fromStride) copy(panel, from, w);
}

// The way back: to[rows, columns column .. column + 8) = panel[rows][8].
export function unpackPanel(to: usize, toStride: usize, panel: usize, rows: i32, column: i32, n: i32): void {
  const w = width(n, column);
  to += <usize>column << 2;
  for (let r = 0; r < rows; ++r, panel += PANEL_BYTES, to += toStride) copy(to, panel, w);
}

// Eight columns of from[rows, ..] as eight rows of panels of its transpose:
// to[rows/8][8 columns][8 rows of from], panels `toPanel` bytes apart.
export function packTransposed(
  to: usize, toPanel: usize, from: usize, fromStride: usize, rows: i32, column: i32, n: i32,
): void {
  const w = width(n, column);
  from += <usize>column << 2;
  for (let r = 0; r < rows; r += PANEL, to += toPanel) {
    const lanes = min(PANEL, rows - r);
    for (let lane = 0; lane < lanes; ++lane, from += fromStride) {
      for (let c = 0; c < w; ++c) {
        store<f32>(to + (c << 5) + (lane << 2), load<f32>(from + (c << 2)));
      }
    }
  }
}
