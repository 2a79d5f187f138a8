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
    if (ASC_FEATURE_SIMD && lanes == PANEL && w == PANEL) {
      for (let half: usize = 0; half < 32; half += 16) {
        transpose(to + half, from, fromStride);
        transpose(to + half + 128, from + 16, fromStride);
        from += 4 * fromStride;
      }
      continue;
    }
    for (let lane = 0; lane < lanes; ++lane, from += fromStride) {
      for (let c = 0; c < w; ++c) {
        store<f32>(to + (c << 5) + (lane << 2), load<f32>(from + (c << 2)));
      }
    }
  }
}

// to[4 rows of a panel][4] = the transpose of from[4][4].
function transpose(to: usize, from: usize, fromStride: usize): void {
  const a = v128.load(from), b = v128.load(from + fromStride);
  const c = v128.load(from + 2 * fromStride), d = v128.load(from + 3 * fromStride);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7), cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<f64>(ab, cd, 1, 3), 32);
  v128.store(to, v128.shuffle<f64>(ab2, cd2, 0, 2), 64);
  v128.store(to, v128.shuffle<f64>(ab2, cd2, 1, 3), 96);
}
