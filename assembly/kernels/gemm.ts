// Matrix products on panels: out[M, N] (+)= a[M, K] · b[K, N] in f32, each output summed in the order of k.
// b and out lie in panels [N/8][rows][8]. a lies in one of three ways, so that the products of the forward
// pass, of dh and of the weight gradients are one text:
//   Rows     a[m][k], rows `stride` bytes apart                    (forward: the rows of z)
//   Panels   a[k/8][m][8], panels `stride` bytes apart, K % 8 = 0  (dh: the gates' gradients)
//   Columns  a[k][m], k `stride` bytes apart                       (weight gradients: z transposed)
// Rows and Panels are the same code: runs of k that lie side by side, one of K or K/8 of 8.

import { TALL_TILES, TRAINING, WIDE_TILES } from "../features";
import { Layout } from "../regions";
import { MAX_TILE_ROWS, PANEL_BYTES, madd, splatAt, splatBehind } from "../vec";

// Type arguments that stand for numbers, so that every tile is a function of its own with constant offsets.
@unmanaged class N1 { a: u8; }
@unmanaged class N2 { a: u8; b: u8; }
@unmanaged class N3 { a: u8; b: u8; c: u8; }
@unmanaged class N4 { a: u8; b: u8; c: u8; d: u8; }
@unmanaged class N5 { a: u8; b: u8; c: u8; d: u8; e: u8; }
@unmanaged class N6 { a: u8; b: u8; c: u8; d: u8; e: u8; f: u8; }
// Where the accumulators start when the product does not add to `out`: one tile of zeros.
const ZEROS: usize = memory.data(192, 16);

// @ts-ignore: decorator
@inline function number<N>(): i32 { return <i32>offsetof<N>(); }

// Tiles of R rows x W vectors over `panels` panels, W = 2 (one panel at a time) or 4 (two; `panels` is even). Rows of a
// lie `step` bytes apart; k goes in `runs` runs of `run`, each begins `jump` bytes behind the end of the last. With
// columns (L = 2), rows are neighbours and k lies `step` bytes apart, in one run.
// The accumulators stay in registers over k; k is not unrolled: V8 would run each chain on its own and spill.
function tiles<V, L, R, W>(
  out: usize, outPanel: usize, a: usize, step: usize, b: usize, bPanel: usize, run: i32, runs: i32, jump: usize,
  panels: i32, accumulate: bool,
): void {
  const columns = number<L>() == 2;
  const rows = number<R>();
  const wide = number<W>() == 4;
  const size = sizeof<V>();
  const lanes: usize = 2 * sizeof<V>();
  for (let p = 0; p < panels; p += wide ? 2 : 1) {
    // Half of the width of the build's vector at a time: once for v128, four times for f32.
    let lane: usize = 0;
    do {
      const o = out + lane, o1 = o + outPanel;
      const s0 = accumulate ? o : ZEROS, s1 = accumulate ? o1 : ZEROS;
      let c00 = load<V>(s0, 0), c01 = load<V>(s0, size);
      let c02 = wide ? load<V>(s1, 0) : c00, c03 = wide ? load<V>(s1, size) : c00;
      let c10 = rows > 1 ? load<V>(s0, 32) : c00, c11 = rows > 1 ? load<V>(s0, 32 + size) : c00;
      let c12 = rows > 1 && wide ? load<V>(s1, 32) : c00, c13 = rows > 1 && wide ? load<V>(s1, 32 + size) : c00;
      let c20 = rows > 2 ? load<V>(s0, 64) : c00, c21 = rows > 2 ? load<V>(s0, 64 + size) : c00;
      let c22 = rows > 2 && wide ? load<V>(s1, 64) : c00, c23 = rows > 2 && wide ? load<V>(s1, 64 + size) : c00;
      let c30 = rows > 3 ? load<V>(s0, 96) : c00, c31 = rows > 3 ? load<V>(s0, 96 + size) : c00;
      let c32 = rows > 3 && wide ? load<V>(s1, 96) : c00, c33 = rows > 3 && wide ? load<V>(s1, 96 + size) : c00;
      let c40 = rows > 4 ? load<V>(s0, 128) : c00, c41 = rows > 4 ? load<V>(s0, 128 + size) : c00;
      let c42 = rows > 4 && wide ? load<V>(s1, 128) : c00, c43 = rows > 4 && wide ? load<V>(s1, 128 + size) : c00;
      let c50 = rows > 5 ? load<V>(s0, 160) : c00, c51 = rows > 5 ? load<V>(s0, 160 + size) : c00;
      let c52 = rows > 5 && wide ? load<V>(s1, 160) : c00, c53 = rows > 5 && wide ? load<V>(s1, 160 + size) : c00;
      // One running pointer a row where rows lie apart, constant offsets from one where they are close.
      let a0 = a, a1 = a + step, a2 = a1 + step, a3 = a2 + step, a4 = a3 + step, a5 = a4 + step;
      let b0 = b + lane, b1 = b0 + bPanel;
      let left = runs;
      do {
        let k = run;
        do {
          const v0 = load<V>(b0, 0), v1 = load<V>(b0, size);
          let v2 = v0, v3 = v0;
          if (wide) { v2 = load<V>(b1, 0); v3 = load<V>(b1, size); }
          {
            const s = splatAt<V>(a0);
            c00 = madd<V>(s, v0, c00); c01 = madd<V>(s, v1, c01);
            if (wide) { c02 = madd<V>(s, v2, c02); c03 = madd<V>(s, v3, c03); }
          }
          if (rows > 1) {
            const s = columns ? splatBehind<V, N1>(a0) : splatAt<V>(a1);
            c10 = madd<V>(s, v0, c10); c11 = madd<V>(s, v1, c11);
            if (wide) { c12 = madd<V>(s, v2, c12); c13 = madd<V>(s, v3, c13); }
          }
          if (rows > 2) {
            const s = columns ? splatBehind<V, N2>(a0) : splatAt<V>(a2);
            c20 = madd<V>(s, v0, c20); c21 = madd<V>(s, v1, c21);
            if (wide) { c22 = madd<V>(s, v2, c22); c23 = madd<V>(s, v3, c23); }
          }
          if (rows > 3) {
            const s = columns ? splatBehind<V, N3>(a0) : splatAt<V>(a3);
            c30 = madd<V>(s, v0, c30); c31 = madd<V>(s, v1, c31);
            if (wide) { c32 = madd<V>(s, v2, c32); c33 = madd<V>(s, v3, c33); }
          }
          if (rows > 4) {
            const s = columns ? splatBehind<V, N4>(a0) : splatAt<V>(a4);
            c40 = madd<V>(s, v0, c40); c41 = madd<V>(s, v1, c41);
            if (wide) { c42 = madd<V>(s, v2, c42); c43 = madd<V>(s, v3, c43); }
          }
          if (rows > 5) {
            const s = columns ? splatBehind<V, N5>(a0) : splatAt<V>(a5);
            c50 = madd<V>(s, v0, c50); c51 = madd<V>(s, v1, c51);
            if (wide) { c52 = madd<V>(s, v2, c52); c53 = madd<V>(s, v3, c53); }
          }
          if (columns) {
            a0 += step;
          } else {
            a0 += 4; a1 += 4; a2 += 4; a3 += 4; a4 += 4; a5 += 4;
          }
          b0 += PANEL_BYTES;
          if (wide) b1 += PANEL_BYTES;
        } while (--k != 0);
        if (columns) break;
        a0 += jump; a1 += jump; a2 += jump; a3 += jump; a4 += jump; a5 += jump;
      } while (--left != 0);
      store<V>(o, c00, 0); store<V>(o, c01, size);
      if (rows > 1) { store<V>(o, c10, 32); store<V>(o, c11, 32 + size); }
      if (rows > 2) { store<V>(o, c20, 64); store<V>(o, c21, 64 + size); }
      if (rows > 3) { store<V>(o, c30, 96); store<V>(o, c31, 96 + size); }
      if (rows > 4) { store<V>(o, c40, 128); store<V>(o, c41, 128 + size); }
      if (rows > 5) { store<V>(o, c50, 160); store<V>(o, c51, 160 + size); }
      if (wide) {
        store<V>(o1, c02, 0); store<V>(o1, c03, size);
        if (rows > 1) { store<V>(o1, c12, 32); store<V>(o1, c13, 32 + size); }
        if (rows > 2) { store<V>(o1, c22, 64); store<V>(o1, c23, 64 + size); }
        if (rows > 3) { store<V>(o1, c32, 96); store<V>(o1, c33, 96 + size); }
        if (rows > 4) { store<V>(o1, c42, 128); store<V>(o1, c43, 128 + size); }
        if (rows > 5) { store<V>(o1, c52, 160); store<V>(o1, c53, 160 + size); }
      }
    } while (lanes < PANEL_BYTES && (lane += lanes) < PANEL_BYTES);
    out += wide ? 2 * outPanel : outPanel;
    b += wide ? 2 * bPanel : bPanel;
  }
}

// One row x four panels at a time (`panels` is a multiple of 4): a single row needs eight chains to keep
// the multipliers busy. k as in `tiles`, its values `step` bytes apart in a run. In a build without other tiles the last
// panels may be fewer: the last of all is then computed as often as there are too few.
function rowTiles<V>(
  out: usize, outPanel: usize, a: usize, step: usize, b: usize, bPanel: usize, run: i32, runs: i32, jump: usize,
  panels: i32, accumulate: bool,
): void {
  const size = sizeof<V>();
  const lanes: usize = 2 * sizeof<V>();
  for (let p = 0; p < panels; p += 4) {
    let lane: usize = 0;
    do {
      const side = TALL_TILES ? 4 : panels - p;
      const o0 = out + lane, o1 = side > 1 ? o0 + outPanel : o0;
      const o2 = side > 2 ? o1 + outPanel : o1, o3 = side > 3 ? o2 + outPanel : o2;
      const s0 = accumulate ? o0 : ZEROS, s1 = accumulate ? o1 : ZEROS;
      const s2 = accumulate ? o2 : ZEROS, s3 = accumulate ? o3 : ZEROS;
      let c0 = load<V>(s0, 0), c1 = load<V>(s0, size), c2 = load<V>(s1, 0), c3 = load<V>(s1, size);
      let c4 = load<V>(s2, 0), c5 = load<V>(s2, size), c6 = load<V>(s3, 0), c7 = load<V>(s3, size);
      let a0 = a;
      let b0 = b + lane, b1 = side > 1 ? b0 + bPanel : b0;
      let b2 = side > 2 ? b1 + bPanel : b1, b3 = side > 3 ? b2 + bPanel : b2;
      let left = runs;
      do {
        let k = run;
        do {
          const s = splatAt<V>(a0);
          c0 = madd<V>(s, load<V>(b0, 0), c0); c1 = madd<V>(s, load<V>(b0, size), c1);
          c2 = madd<V>(s, load<V>(b1, 0), c2); c3 = madd<V>(s, load<V>(b1, size), c3);
          c4 = madd<V>(s, load<V>(b2, 0), c4); c5 = madd<V>(s, load<V>(b2, size), c5);
          c6 = madd<V>(s, load<V>(b3, 0), c6); c7 = madd<V>(s, load<V>(b3, size), c7);
          a0 += step;
          b0 += PANEL_BYTES; b1 += PANEL_BYTES; b2 += PANEL_BYTES; b3 += PANEL_BYTES;
        } while (--k != 0);
        a0 += jump;
      } while (--left != 0);
      store<V>(o0, c0, 0); store<V>(o0, c1, size); store<V>(o1, c2, 0); store<V>(o1, c3, size);
      store<V>(o2, c4, 0); store<V>(o2, c5, size); store<V>(o3, c6, 0); store<V>(o3, c7, size);
    } while (lanes < PANEL_BYTES && (lane += lanes) < PANEL_BYTES);
    out += 4 * outPanel;
    b += 4 * bPanel;
  }
}

// The height of the next tile when M rows are left: R as long as that leaves no sliver, else what halves them.
// @ts-ignore: decorator
@inline function height(M: i32, R: i32): i32 {
  // 6 rows go with 4 and 3, so that no tile of 5 is needed: 7 = 4 + 3, 8 = 4 + 4, 11 = 4 + 4 + 3, 5 = 3 + 2.
  if (R == 6) return M >= 12 || M == 10 || M == 9 || M == 6 ? 6 : M > 6 ? 4 : M == 5 ? 3 : M;
  return M >= 2 * R ? R : M > R ? (M + 1) >> 1 : M;
}

function product<V, L>(
  out: usize, outPanel: usize, a: usize, step: usize, b: usize, bPanel: usize, M: i32, run: i32, runs: i32, jump: usize,
  panels: i32, accumulate: bool, tileRows: i32, wideTile: bool,
): void {
  const columns = number<L>() == 2;
  if (!TALL_TILES) {
    for (let m = 0; m < M; ++m, a += step, out += PANEL_BYTES) {
      rowTiles<V>(out, outPanel, a, 4, b, bPanel, run, runs, jump, panels, accumulate);
    }
    return;
  }
  for (let m = 0; m < M;) {
    const rows = height(M - m, tileRows);
    // Few rows leave registers for a second panel, and one row for four.
    const grouped = rows == 1 ? panels & ~3 : WIDE_TILES && (rows <= 3 || wideTile) ? panels & ~1 : 0;
    const single = panels - grouped;
    const outSingle = out + <usize>grouped * outPanel, bSingle = b + <usize>grouped * bPanel;
    switch (rows) {
      case 1:
        rowTiles<V>(out, outPanel, a, columns ? step : 4, b, bPanel, run, runs, jump, grouped, accumulate);
        tiles<V, L, N1, N2>(outSingle, outPanel, a, step, bSingle, bPanel, run, runs, jump, single, accumulate);
        break;
      case 2:
        if (WIDE_TILES) tiles<V, L, N2, N4>(out, outPanel, a, step, b, bPanel, run, runs, jump, grouped, accumulate);
        tiles<V, L, N2, N2>(outSingle, outPanel, a, step, bSingle, bPanel, run, runs, jump, single, accumulate);
        break;
      case 3:
        if (WIDE_TILES) tiles<V, L, N3, N4>(out, outPanel, a, step, b, bPanel, run, runs, jump, grouped, accumulate);
        tiles<V, L, N3, N2>(outSingle, outPanel, a, step, bSingle, bPanel, run, runs, jump, single, accumulate);
        break;
      case 4:
        if (WIDE_TILES) tiles<V, L, N4, N4>(out, outPanel, a, step, b, bPanel, run, runs, jump, grouped, accumulate);
        tiles<V, L, N4, N2>(outSingle, outPanel, a, step, bSingle, bPanel, run, runs, jump, single, accumulate);
        break;
      case 5:
        if (MAX_TILE_ROWS != 5) break;
        if (WIDE_TILES) tiles<V, L, N5, N4>(out, outPanel, a, step, b, bPanel, run, runs, jump, grouped, accumulate);
        tiles<V, L, N5, N2>(outSingle, outPanel, a, step, bSingle, bPanel, run, runs, jump, single, accumulate);
        break;
      default:
        if (MAX_TILE_ROWS < 6) break;
        if (WIDE_TILES) tiles<V, L, N6, N4>(out, outPanel, a, step, b, bPanel, run, runs, jump, grouped, accumulate);
        tiles<V, L, N6, N2>(outSingle, outPanel, a, step, bSingle, bPanel, run, runs, jump, single, accumulate);
    }
    m += rows;
    a += <usize>rows * (columns ? 4 : step);
    out += <usize>rows * PANEL_BYTES;
  }
}

// @ts-ignore: decorator
@inline function dispatch<V>(
  layout: i32, out: usize, outPanel: usize, a: usize, stride: usize, b: usize, bPanel: usize, M: i32, K: i32,
  panels: i32, accumulate: bool, tileRows: i32, wideTile: bool,
): void {
  if (TRAINING && layout == Layout.Columns) {
    product<V, N2>(out, outPanel, a, stride, b, bPanel, M, K, 1, 0, panels, accumulate, tileRows, wideTile);
    return;
  }
  const isRows = !TRAINING || layout == Layout.Rows;
  product<V, N1>(
    out, outPanel, a, isRows ? stride : PANEL_BYTES, b, bPanel, M, isRows ? K : 8, isRows ? 1 : K >> 3,
    stride - PANEL_BYTES, panels, accumulate, tileRows, wideTile,
  );
}

// out (+)= a · b; M, panels >= 0, K >= 1 (a multiple of 8 for Layout.Panels); out overlaps neither input.
// tileRows (from 1, the next lower that the build carries) and wideTile choose the tile and change no bit: every output
// is one chain of madds over k.
export function gemm(
  layout: i32, out: usize, outPanel: usize, a: usize, stride: usize, b: usize, bPanel: usize, M: i32, K: i32,
  panels: i32, accumulate: bool, tileRows: i32, wideTile: bool,
): void {
  assert(M >= 0 && K > 0 && panels >= 0 && (layout != Layout.Panels || (K & 7) == 0));
  assert(tileRows >= 1);
  if (tileRows >= MAX_TILE_ROWS) tileRows = MAX_TILE_ROWS;
  else if (tileRows == 5) tileRows = 4;
  if (ASC_FEATURE_SIMD) {
    dispatch<v128>(layout, out, outPanel, a, stride, b, bPanel, M, K, panels, accumulate, tileRows, wideTile);
  } else {
    dispatch<f32>(layout, out, outPanel, a, stride, b, bPanel, M, K, panels, accumulate, tileRows, wideTile);
  }
}
