// What is known of one cell, a layer in one direction: its kind, sizes, strides and regions. Its products read rows
// z = [h | x | 1]; its gates lie in groups of panels, one group for each product that the cell keeps apart:
//   lstm            i, f, g, o                        x and h go into all of them
//   gru             n of x, z, r, n of h              x goes into the first three, h into the last three
//   gru, r before   n, z, r                           h goes into the last two; r h into n, by the inner product
//   rnn             h

import { BIDIRECTIONAL, DROPOUT, EXTENDED, GRU, RNN, STACKS } from "./features";
import { CellRegion, CellType } from "./regions";
import { PANEL_BYTES } from "./vec";

@unmanaged
export class Cell {
  /** A CellType. */
  type: i32;
  /** Number of its layer, from 0; whether it reads its sequences backwards. */
  layer: i32; reversed: i32;
  /** Of a GRU: r is multiplied in before the recurrent product. Of an LSTM: peepholes, and a clip or peepholes. */
  resetBefore: i32; peepholes: i32; extended: i32;
  /** Units; width of h; width of x as in the tensors; units of an LSTM's recurrent projection, 0: none. */
  H: i32; R: i32; X: i32; projection: i32;
  /** H, R and x in whole panels, x only where its gradient or its unfolded kernel is needed, else 0. */
  hPanels: i32; rPanels: i32; xPanels: i32;
  /** Values of x in a row of z, whole panels for each cell below; rows of the packed kernel: h padded | x | 1. */
  xRows: i32; K: i32;
  /** The cells below: number of the first, and how many; none reads the model's input. */
  source: i32; sources: i32;
  /** The cells above, likewise; none is read by the head. Its panels begin at outputPanel of what those read. */
  consumer: i32; consumers: i32; outputPanel: i32;
  /** Bytes from one row to the next. */
  zStride: usize; hiddenStride: usize; innerStride: usize;
  /** Bytes from one panel to the next; stepsPanel: of all steps' rows, gateGroup: from one group of gates to the next. */
  stepsPanel: usize; gateGroup: usize; statePanel: usize; rowsPanel: usize; kernelPanel: usize; kernelGroup: usize;
  transposedPanel: usize; inputPanel: usize; inputGroup: usize; innerPanel: usize; innerTPanel: usize;
  forgetBias: f32; clip: f32; dropout: f32; recurrentDropout: f32;
}

const DIRECTORY: usize = (offsetof<Cell>() + 15) & ~15;
/** Bytes a cell and its directory take. */
export const CELL_BYTES: usize = DIRECTORY + 16 * CellRegion.Count;

/** Address of the directory entry of a region. */
// @ts-ignore: decorator
@inline export function entryOf(cell: Cell, region: i32): usize {
  return changetype<usize>(cell) + DIRECTORY + (<usize>region << 4);
}

/** Address of a region of a cell. */
export function regionOf(cell: Cell, region: i32): usize {
  return load<u32>(entryOf(cell, region));
}

export function sizeOfCell(cell: Cell, region: i32): f64 {
  return <f64>load<u64>(entryOf(cell, region), 8);
}

// What a cell is, false at compile time for what the build leaves out.

// @ts-ignore: decorator
@inline export function isGru(cell: Cell): bool { return GRU && cell.type == CellType.Gru; }
// @ts-ignore: decorator
@inline export function isRnn(cell: Cell): bool { return RNN && cell.type == CellType.Rnn; }
// @ts-ignore: decorator
@inline export function isLstm(cell: Cell): bool { return !isGru(cell) && !isRnn(cell); }
/** Whether it reads a layer's outputs; else the model's input. */
// @ts-ignore: decorator
@inline export function isStacked(cell: Cell): bool { return STACKS && cell.sources != 0; }
/** Whether a layer reads its outputs; else the head. */
// @ts-ignore: decorator
@inline export function isRead(cell: Cell): bool { return STACKS && cell.consumers != 0; }
// @ts-ignore: decorator
@inline export function isReversed(cell: Cell): bool { return BIDIRECTIONAL && cell.reversed != 0; }
/** Of a GRU: whether r is multiplied in before the recurrent product. */
// @ts-ignore: decorator
@inline export function resetsBefore(cell: Cell): bool { return GRU && cell.resetBefore != 0; }
/** Of an LSTM: peepholes; peepholes or a clip; a recurrent projection. */
// @ts-ignore: decorator
@inline export function hasPeepholes(cell: Cell): bool { return EXTENDED && cell.peepholes != 0; }
// @ts-ignore: decorator
@inline export function isExtended(cell: Cell): bool { return EXTENDED && cell.extended != 0; }
// @ts-ignore: decorator
@inline export function projects(cell: Cell): bool { return EXTENDED && cell.projection != 0; }

/** Gates in the tensors; x goes into as many groups, the first ones. */
// @ts-ignore: decorator
@inline export function gateCount(cell: Cell): i32 { return isGru(cell) ? 3 : isRnn(cell) ? 1 : 4; }
/** Groups of panels; h goes into those from firstRecurrent on. */
// @ts-ignore: decorator
@inline export function groupCount(cell: Cell): i32 { return isGru(cell) ? (resetsBefore(cell) ? 3 : 4) : gateCount(cell); }
// @ts-ignore: decorator
@inline export function firstRecurrent(cell: Cell): i32 { return isGru(cell) ? 1 : 0; }
/** Whether a bias of h stands beside that of x. */
// @ts-ignore: decorator
@inline export function hasTwoBiases(cell: Cell): bool { return isGru(cell) && !resetsBefore(cell); }

/** Which gate of the tensors, in their order, a group is. */
// @ts-ignore: decorator
@inline export function gateOf(cell: Cell, group: i32): i32 {
  if (!isGru(cell)) return group;
  return group == 0 || group == 3 ? 2 : group - 1;
}

/** Whether a product of rows of its own goes into h or the gates. */
// @ts-ignore: decorator
@inline export function hasInner(cell: Cell): bool { return resetsBefore(cell) || projects(cell); }

/** Whether h in z is not h itself but what dropout leaves of it, in some passes. */
// @ts-ignore: decorator
@inline export function dropsHidden(cell: Cell): bool { return DROPOUT && cell.recurrentDropout > 0; }

/** Row `row` of z. */
// @ts-ignore: decorator
@inline export function zAt(cell: Cell, row: i32): usize {
  return regionOf(cell, CellRegion.Z) + <usize>row * cell.zStride;
}

/** Row `row` of h. */
// @ts-ignore: decorator
@inline export function hiddenAt(cell: Cell, row: i32): usize {
  return regionOf(cell, CellRegion.Hidden) + <usize>row * cell.hiddenStride;
}

/** Row `row` of what the inner product reads. */
// @ts-ignore: decorator
@inline export function innerAt(cell: Cell, row: i32): usize {
  return regionOf(cell, CellRegion.Inner) + <usize>row * cell.innerStride;
}

/** Row `row` of panel p of the gates' first group; the others lie `gateGroup` bytes apart. */
// @ts-ignore: decorator
@inline export function gatesAt(cell: Cell, p: i32, row: i32): usize {
  return regionOf(cell, CellRegion.Gates) + <usize>p * cell.stepsPanel + <usize>row * PANEL_BYTES;
}

/** Row `row` of panel p of the cell state. */
// @ts-ignore: decorator
@inline export function stateAt(cell: Cell, p: i32, row: i32): usize {
  return regionOf(cell, CellRegion.CellState) + <usize>p * cell.statePanel + <usize>row * PANEL_BYTES;
}

/** Row `row` of panel p of a region whose panels hold all steps. */
// @ts-ignore: decorator
@inline export function stepsAt(cell: Cell, region: i32, p: i32, row: i32): usize {
  return regionOf(cell, region) + <usize>p * cell.stepsPanel + <usize>row * PANEL_BYTES;
}

/** Row `row` of panel p of a region whose panels hold the rows of one step. */
// @ts-ignore: decorator
@inline export function rowsAt(cell: Cell, region: i32, p: i32, row: i32): usize {
  return regionOf(cell, region) + <usize>p * cell.rowsPanel + <usize>row * PANEL_BYTES;
}
