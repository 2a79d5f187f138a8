// Cells with int8 weights: pre-activations of the gates from rows of z, in place of the products of f32. A plan of such a
// build holds, for each cell, instead of its f32 tensors
//   Kernel           int8 [H/8][x quads][groups x goes into][8 units][4]      CellRegion.RecurrentKernel likewise of h
//   Scales           f32 [those groups, then those of h][H padded]
//   Bias             f32 [groups][H padded]
// quads being fours of the rows that z has, padded; src/formats/quantize.ts makes them.

import {
  Cell, firstRecurrent, gateCount, groupCount, hasTwoBiases, regionOf, zAt,
} from "./cell";
import { CODE_BYTES, addScaled8, dots, quantizeRow, sum8 } from "./kernels/int8";
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

// A row of CellRegion.Codes: {step, lo} of x, {step, lo} of h, room for the sums of four panels of x, and of h, codes of
// x, codes of h.
const X_SUMS: usize = 16;
const H_SUMS: usize = 144;
const CODES: usize = 272;

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
  const xGroups = gateCount(cell), hGroups = recurrentGroups(cell), first = firstRecurrent(cell);
  const x = kernelAt(cell, CellRegion.Kernel, p, xQuads(cell), xGroups);
  const h = kernelAt(cell, CellRegion.RecurrentKernel, p, hQuads(cell), hGroups);
  for (let row = 0; row < rows; ++row) {
    const codes = codesAt(cell, b + row), hCodes = codes + CODES + <usize>(4 * xQuads(cell)) * CODE_BYTES;
    dots(codes + X_SUMS, x, codes + CODES, xQuads(cell), xGroups);
    dots(codes + H_SUMS, h, hCodes, hQuads(cell), hGroups);
    for (let group = 0; group < groupCount(cell); ++group) {
      const to = gates + <usize>group * cell.gateGroup + <usize>row * PANEL_BYTES;
      let from = regionOf(cell, CellRegion.Bias) + panelOf(cell, group, p) * PANEL_BYTES;
      if (group < xGroups) {
        const panel = panelOf(cell, group, p), sums = codes + X_SUMS + (<usize>group << 5);
        addScaled8(to, from, scalesAt(cell, panel), codes, sums, totalsAt(cell, panel));
        from = to;
      } else if (hasTwoBiases(cell)) {
        // A candidate's bias of h is added where r is multiplied in.
        memory.fill(to, 0, PANEL_BYTES);
        from = to;
      }
      if (group >= first) {
        const panel = panelOf(cell, xGroups + group - first, p), sums = codes + H_SUMS + (<usize>(group - first) << 5);
        addScaled8(to, from, scalesAt(cell, panel), codes + 8, sums, totalsAt(cell, panel));
      }
    }
  }
}

// The weights of panel p of all groups of a kernel.
// @ts-ignore: decorator
@inline function kernelAt(cell: Cell, region: i32, p: i32, quads: i32, groups: i32): usize {
  return regionOf(cell, region) + <usize>(p * quads * groups) * PANEL_BYTES;
}

// @ts-ignore: decorator
@inline function panelOf(cell: Cell, group: i32, p: i32): usize { return <usize>(group * cell.hPanels + p); }
// @ts-ignore: decorator
@inline function scalesAt(cell: Cell, panel: usize): usize { return regionOf(cell, CellRegion.Scales) + panel * PANEL_BYTES; }
// @ts-ignore: decorator
@inline function totalsAt(cell: Cell, panel: usize): usize { return regionOf(cell, CellRegion.Totals) + panel * PANEL_BYTES; }

/** The sums of the weights of every column, once they are in place. */
export function totalCell(cell: Cell): void {
  totalKernel(cell, CellRegion.Kernel, xQuads(cell), gateCount(cell), 0);
  totalKernel(cell, CellRegion.RecurrentKernel, hQuads(cell), recurrentGroups(cell), gateCount(cell));
}

function totalKernel(cell: Cell, region: i32, quads: i32, groups: i32, firstGroup: i32): void {
  for (let p = 0; p < cell.hPanels; ++p) {
    for (let group = 0; group < groups; ++group) {
      sum8(
        totalsAt(cell, panelOf(cell, firstGroup + group, p)),
        kernelAt(cell, region, p, quads, groups) + (<usize>group << 5), quads, <usize>groups << 5,
      );
    }
  }
}
