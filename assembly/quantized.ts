// Cells with int8 weights: pre-activations of the gates from rows of z, in place of the products of f32. A plan of such a
// build holds, for each cell, instead of its f32 tensors
//   Kernel           int8 [groups x goes into][H/8][x quads][8 units][4]      CellRegion.RecurrentKernel likewise of h
//   Scales           f32 [those groups, then those of h][H padded]
//   Bias             f32 [groups][H padded]
// quads being fours of the rows that z has, padded; src/formats/quantize.ts makes them.

import {
  Cell, firstRecurrent, gateCount, groupCount, hasTwoBiases, regionOf, zAt,
} from "./cell";
import { CODE_BYTES, addScaled8, dot8, quantizeRow, sum8 } from "./kernels/int8";
import { CellRegion } from "./regions";
import { PANEL, PANEL_BYTES } from "./vec";

/** Fours of rows of x, and of h, as z has them. */
// @ts-ignore: decorator
@inline export function xQuads(cell: Cell): i32 { return (cell.xRows + 3) >> 2; }
// @ts-ignore: decorator
@inline export function hQuads(cell: Cell): i32 { return cell.rPanels * 2; }
/** Groups that h goes into. */
// @ts-ignore: decorator
@inline export function recurrentGroups(cell: Cell): i32 { return groupCount(cell) - firstRecurrent(cell); }

// A row of CellRegion.Codes: {step, lo} of x, {step, lo} of h, room for the sums of eight columns, codes of x, codes of h.
const SUMS: usize = 16;
const CODES: usize = 48;

/** Bytes of a row of codes. */
export function codesStride(cell: Cell): usize {
  return (CODES + <usize>(4 * (xQuads(cell) + hQuads(cell))) * CODE_BYTES + 15) & ~15;
}

// @ts-ignore: decorator
@inline function codesAt(cell: Cell, b: i32): usize { return regionOf(cell, CellRegion.Codes) + <usize>b * codesStride(cell); }

/** Codes of rows first <= b < last of z at step t. */
export function quantizeRows(cell: Cell, n: i32, first: i32, last: i32, t: i32): void {
  const xAt = <usize>cell.rPanels * PANEL_BYTES;
  for (let b = first; b < last; ++b) {
    const row = codesAt(cell, b), z = zAt(cell, t * n + b), codes = row + CODES;
    quantizeRow(codes, row, z + xAt, cell.xRows);
    quantizeRow(codes + <usize>(4 * xQuads(cell)) * CODE_BYTES, row + 8, z, cell.rPanels * PANEL);
  }
}

/** Pre-activations of all groups of panel p, for `rows` rows from row b of the codes on; `gates` is the first group's. */
export function quantizedGates(cell: Cell, gates: usize, p: i32, b: i32, rows: i32): void {
  const xBytes = <usize>xQuads(cell) << 5, hBytes = <usize>hQuads(cell) << 5;
  for (let group = 0; group < groupCount(cell); ++group) {
    const out = gates + <usize>group * cell.gateGroup;
    const bias = regionOf(cell, CellRegion.Bias) + panelOf(cell, group, p) * PANEL_BYTES;
    const isX = group < gateCount(cell), h = group - firstRecurrent(cell);
    // A candidate's bias of h is added where r is multiplied in.
    const isBare = hasTwoBiases(cell) && !isX;
    for (let row = 0; row < rows; ++row) {
      const to = out + <usize>row * PANEL_BYTES, codes = codesAt(cell, b + row);
      if (isBare) memory.fill(to, 0, PANEL_BYTES);
      let from = isBare ? to : bias;
      if (isX) {
        const panel = panelOf(cell, group, p);
        dot8(codes + SUMS, regionOf(cell, CellRegion.Kernel) + panel * xBytes, codes + CODES, xQuads(cell));
        addScaled8(to, from, scalesAt(cell, panel), codes, codes + SUMS, totalsAt(cell, panel));
        from = to;
      }
      if (h >= 0) {
        const panel = panelOf(cell, h, p), place = panelOf(cell, gateCount(cell) + h, p);
        dot8(
          codes + SUMS, regionOf(cell, CellRegion.RecurrentKernel) + panel * hBytes,
          codes + CODES + <usize>(4 * xQuads(cell)) * CODE_BYTES, hQuads(cell),
        );
        addScaled8(to, from, scalesAt(cell, place), codes + 8, codes + SUMS, totalsAt(cell, place));
      }
    }
  }
}

// @ts-ignore: decorator
@inline function panelOf(cell: Cell, group: i32, p: i32): usize { return <usize>(group * cell.hPanels + p); }
// @ts-ignore: decorator
@inline function scalesAt(cell: Cell, panel: usize): usize { return regionOf(cell, CellRegion.Scales) + panel * PANEL_BYTES; }
// @ts-ignore: decorator
@inline function totalsAt(cell: Cell, panel: usize): usize { return regionOf(cell, CellRegion.Totals) + panel * PANEL_BYTES; }

/** The sums of the weights of every column, once they are in place. */
export function totalCell(cell: Cell): void {
  const x = gateCount(cell) * cell.hPanels, h = recurrentGroups(cell) * cell.hPanels;
  for (let panel = 0; panel < x; ++panel) {
    const weights = regionOf(cell, CellRegion.Kernel) + <usize>panel * (<usize>xQuads(cell) << 5);
    sum8(totalsAt(cell, panel), weights, xQuads(cell));
  }
  for (let panel = 0; panel < h; ++panel) {
    const weights = regionOf(cell, CellRegion.RecurrentKernel) + <usize>panel * (<usize>hQuads(cell) << 5);
    sum8(totalsAt(cell, x + panel), weights, hQuads(cell));
  }
}
