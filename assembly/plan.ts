// One model's memory: sizes, strides and addresses of every region, worked out once by `layout`.
// A plan is a pointer; every pass takes it. The core keeps no other state.

import { PANEL, PANEL_BYTES, TILE_ROWS } from "./vec";
import { Region, Setting } from "./regions";

/** What a plan knows, followed in memory by the directory: address and byte length of each region. */
@unmanaged
export class Plan {
  /** Batch rows, time steps, input features, projection units (0: none), hidden units, classes. */
  B: i32; T: i32; I: i32; P: i32; H: i32; C: i32;
  /** Inputs of the cell: P with a projection, else I. */
  X: i32;
  /** H, C, P and 4H in whole panels. */
  hPanels: i32; cPanels: i32; pPanels: i32; gPanels: i32;
  /** Rows of the packed kernel: h padded to whole panels | x | 1. */
  K: i32;
  /** Bytes from one row of z to the next. */
  zStride: usize;
  /** Bytes from one panel to the next. */
  gatesPanel: usize; cellPanel: usize; tanhPanel: usize; rowsPanel: usize; kernelPanel: usize; transposedPanel: usize;
  inputPanel: usize; headPanel: usize; headTPanel: usize; projectionPanel: usize;
  /** Number of parameters. */
  parameters: i32;
  /** Tiles of the products by Layout: rows, plus 8 when a tile spans two panels. */
  rowsTile: i32; panelsTile: i32; columnsTile: i32;
}

/** Parameters in one partial sum of the gradient's norm, so that the sum does not depend on the workers. */
export const NORM_BLOCK: i32 = 4096;
/** Workers that can share a plan. */
const MAX_WORKERS: u64 = 256;

const DIRECTORY: usize = (offsetof<Plan>() + 15) & ~15;
/** Bytes a plan and its directory take. */
const PLAN_BYTES: usize = DIRECTORY + 16 * Region.Count;

export function at(plan: Plan, region: i32): usize {
  return load<u32>(changetype<usize>(plan) + DIRECTORY + (<usize>region << 4));
}

export function sizeOf(plan: Plan, region: i32): f64 {
  return <f64>load<u64>(changetype<usize>(plan) + DIRECTORY + (<usize>region << 4), 8);
}

export function setting(plan: Plan, index: i32): f64 {
  return load<f64>(at(plan, Region.Settings) + (<usize>index << 3));
}

export function setSetting(plan: Plan, index: i32, value: f64): void {
  store<f64>(at(plan, Region.Settings) + (<usize>index << 3), value);
}

/** The gradient of the parameter at `address` lies at the same offset in the block of gradients. */
export function gradientOf(plan: Plan, region: i32): usize {
  return at(plan, Region.Gradients) + (at(plan, region) - at(plan, Region.Parameters));
}

// @ts-ignore: decorator
@inline function panels(n: i32): i32 { return (n + PANEL - 1) / PANEL; }

// Cache lines map to sets by address: an odd number of lines between neighbours spreads them over all sets.
// @ts-ignore: decorator
@inline function oddLines(bytes: u64): u64 { return (((bytes + 63) >> 6) | 1) << 6; }

// Writes a region's directory entry and returns the address behind it, on the next cache line.
function place(plan: Plan, region: i32, address: u64, bytes: u64): u64 {
  const entry = changetype<usize>(plan) + DIRECTORY + (<usize>region << 4);
  store<u32>(entry, <u32>address);
  store<u64>(entry, bytes, 8);
  return (address + bytes + 63) & ~63;
}

/**
 * Plans a model whose memory begins at `base`, right behind the plan itself. Returns the address behind the
 * last byte; the plan is usable only when the memory reaches that far, below 4 GiB. All dimensions from 1 up
 * to 2^20, P also 0.
 */
export function layout(plan: Plan, B: i32, T: i32, I: i32, P: i32, H: i32, C: i32): f64 {
  plan.B = B; plan.T = T; plan.I = I; plan.P = P; plan.H = H; plan.C = C;
  const X = P ? P : I;
  plan.X = X;
  const hp = panels(H), cp = panels(C), pp = panels(P), gp = 4 * hp;
  plan.hPanels = hp; plan.cPanels = cp; plan.pPanels = pp; plan.gPanels = gp;
  const K = hp * PANEL + I + 1;
  plan.K = K;
  const rows = <u64>T * B;
  const zStride = oddLines(<u64>K * 4);
  const gates = oddLines(rows * 32), cell = oddLines((rows + B) * 32), row = <u64>B * 32;
  plan.zStride = <usize>zStride;
  plan.gatesPanel = <usize>gates; plan.cellPanel = <usize>cell; plan.tanhPanel = <usize>gates;
  plan.rowsPanel = <usize>row;
  plan.kernelPanel = <usize>K * 32; plan.transposedPanel = <usize>gp * 256;
  plan.inputPanel = <usize>P * 32; plan.headPanel = <usize>(hp * PANEL) * 32; plan.headTPanel = <usize>cp * 256;
  plan.projectionPanel = <usize>(I + 1) * 32;

  let a: u64 = (<u64>(changetype<usize>(plan) + PLAN_BYTES) + 63) & ~63;
  a = place(plan, Region.Settings, a, 8 * Setting.Count);
  // The parameters: tensors without gaps, so that the block is one flat range.
  const block = a;
  a = tensor(plan, Region.ProjectionKernel, a, <u64>I * P);
  a = tensor(plan, Region.ProjectionBias, a, P);
  a = tensor(plan, Region.Kernel, a, <u64>X * 4 * H);
  a = tensor(plan, Region.RecurrentKernel, a, <u64>H * 4 * H);
  a = tensor(plan, Region.Bias, a, 4 * H);
  a = tensor(plan, Region.HeadKernel, a, <u64>H * C);
  a = tensor(plan, Region.HeadBias, a, C);
  const bytes = a - block;
  plan.parameters = <i32>(bytes >> 2);
  a = place(plan, Region.Parameters, block, bytes);
  a = place(plan, Region.Gradients, a, bytes);
  a = place(plan, Region.FirstMoment, a, bytes);
  a = place(plan, Region.SecondMoment, a, bytes);
  a = place(plan, Region.NormParts, a, (bytes / 4 / NORM_BLOCK + 1) * 8);
  a = place(plan, Region.Rules, a, 64 * MAX_WORKERS);

  a = place(plan, Region.Input, a, rows * I * 4);
  a = place(plan, Region.Labels, a, <u64>B * 4);
  a = place(plan, Region.Lengths, a, <u64>B * 4);
  a = place(plan, Region.RowLoss, a, <u64>B * 8);
  a = place(plan, Region.RowLogSum, a, <u64>B * 8);
  a = place(plan, Region.RowClass, a, <u64>B * 4);
  a = place(plan, Region.Probabilities, a, <u64>B * C * 4);

  a = place(plan, Region.Z, a, (rows + B) * zStride);
  a = place(plan, Region.Gates, a, <u64>gp * gates);
  a = place(plan, Region.CellState, a, <u64>hp * cell);
  a = place(plan, Region.CellTanh, a, <u64>hp * gates);
  a = place(plan, Region.DHidden, a, <u64>hp * row);
  a = place(plan, Region.DCell, a, <u64>hp * row);
  a = place(plan, Region.Logits, a, <u64>cp * row);
  a = place(plan, Region.DLogits, a, <u64>cp * row);

  const kernel = <u64>K * 32, transposed = <u64>gp * 256, input = <u64>P * 32;
  const head = <u64>hp * 256, headT = <u64>cp * 256;
  a = place(plan, Region.PackedKernel, a, gp * kernel);
  a = place(plan, Region.PackedRecurrentT, a, hp * transposed);
  a = place(plan, Region.PackedInput, a, gp * input);
  a = place(plan, Region.PackedInputT, a, pp * transposed);
  a = place(plan, Region.PackedHead, a, cp * head);
  a = place(plan, Region.PackedHeadT, a, hp * headT);
  a = place(plan, Region.DPackedKernel, a, gp * kernel);
  a = place(plan, Region.DPackedInput, a, gp * input);
  a = place(plan, Region.DPackedProjection, a, <u64>pp * (I + 1) * 32);
  a = place(plan, Region.DPackedHead, a, cp * head);
  plan.rowsTile = plan.panelsTile = plan.columnsTile = TILE_ROWS;
  return <f64>a;
}

// A parameter tensor of n floats: like `place`, with nothing between it and the next.
function tensor(plan: Plan, region: i32, address: u64, n: u64): u64 {
  place(plan, region, address, 4 * n);
  return address + 4 * n;
}

/** Steps that the pass in hand works through. */
// @ts-ignore: decorator
@inline export function steps(plan: Plan): i32 { return <i32>setting(plan, Setting.Steps); }

// @ts-ignore: decorator
@inline export function hasInitialState(plan: Plan): bool { return setting(plan, Setting.InitialState) != 0; }

/** Lengths of the sequences, of row b = 0; 0 when all are of full length. */
// @ts-ignore: decorator
@inline export function lengths(plan: Plan): usize {
  return setting(plan, Setting.HasLengths) != 0 ? at(plan, Region.Lengths) : 0;
}

/** Row `row` of the gates of unit panel p; its four gates lie `gatesPanel` bytes apart. */
// @ts-ignore: decorator
@inline export function gatesAt(plan: Plan, p: i32, row: i32): usize {
  return at(plan, Region.Gates) + 4 * <usize>p * plan.gatesPanel + <usize>row * PANEL_BYTES;
}

/** Row `row` of the cell state of unit panel p. */
// @ts-ignore: decorator
@inline export function cellAt(plan: Plan, p: i32, row: i32): usize {
  return at(plan, Region.CellState) + <usize>p * plan.cellPanel + <usize>row * PANEL_BYTES;
}

/** Row `row` of the cell state's tanh of unit panel p. */
// @ts-ignore: decorator
@inline export function tanhAt(plan: Plan, p: i32, row: i32): usize {
  return at(plan, Region.CellTanh) + <usize>p * plan.tanhPanel + <usize>row * PANEL_BYTES;
}

/** Where a plan may begin: the first free byte behind the core's constants, on a cache line. */
export function planBase(): usize {
  return (__heap_base + 63) & ~63;
}
