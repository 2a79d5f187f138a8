// One model's memory: what it consists of, and sizes, strides and addresses of every region, worked out once.
// A plan is a pointer; every pass takes it. The core keeps no other state.

import { CELL_BYTES, Cell, entryOf, hasInner } from "./cell";
import { CellRegion, CellType, Region, Setting } from "./regions";
import { PANEL, TILE_ROWS } from "./vec";

/** What a plan knows, followed in memory by its directory, address and byte length of each region, and its cells. */
@unmanaged
export class Plan {
  /** Batch rows, time steps, input features, projection units (0: none), outputs of the head. */
  B: i32; T: i32; I: i32; P: i32; C: i32;
  /** A HeadType; whether every step has an output. */
  head: i32; everyStep: i32;
  /** Whether gradients and moments have a place. */
  trains: i32;
  layers: i32; cells: i32;
  /** The cells of the last layer: number of the first, and how many. */
  source: i32; sources: i32;
  /** P, C and what the head reads, in whole panels. */
  pPanels: i32; cPanels: i32; fPanels: i32;
  /** Rows of the head: B, or T * B. */
  items: i32;
  /** Bytes from one row of the head's input to the next. */
  headStride: usize;
  /** Bytes from one panel to the next. */
  itemsPanel: usize; headPanel: usize; headTPanel: usize; projectionPanel: usize;
  /** Number of parameters. */
  parameters: i32;
  /** Tiles of the products by Layout: rows, plus 8 when a tile spans two panels. */
  rowsTile: i32; panelsTile: i32; columnsTile: i32;
  headDropout: f32;
}

/** Parameters in one partial sum of the gradient's norm, so that the sum does not depend on the workers. */
export const NORM_BLOCK: i32 = 4096;
/** Layers that a plan has room for, each of one or two cells. */
export const MAX_LAYERS: i32 = 32;
/** Workers that can share a plan. */
const MAX_WORKERS: u64 = 256;

const DIRECTORY: usize = (offsetof<Plan>() + 15) & ~15;
const CELLS: usize = DIRECTORY + 16 * Region.Count;

export function at(plan: Plan, region: i32): usize {
  return load<u32>(changetype<usize>(plan) + DIRECTORY + (<usize>region << 4));
}

export function sizeOf(plan: Plan, region: i32): f64 {
  return <f64>load<u64>(changetype<usize>(plan) + DIRECTORY + (<usize>region << 4), 8);
}

/** Cell number k: layer by layer, forward before reversed. */
export function cellOf(plan: Plan, k: i32): Cell {
  return changetype<Cell>(changetype<usize>(plan) + CELLS + <usize>k * CELL_BYTES);
}

export function setting(plan: Plan, index: i32): f64 {
  return load<f64>(at(plan, Region.Settings) + (<usize>index << 3));
}

export function setSetting(plan: Plan, index: i32, value: f64): void {
  store<f64>(at(plan, Region.Settings) + (<usize>index << 3), value);
}

/** The gradient of the parameter at `address` lies at the same offset in the block of gradients. */
// @ts-ignore: decorator
@inline export function gradientAt(plan: Plan, address: usize): usize {
  return at(plan, Region.Gradients) + (address - at(plan, Region.Parameters));
}

// @ts-ignore: decorator
@inline function panels(n: i32): i32 { return (n + PANEL - 1) / PANEL; }

// Cache lines map to sets by address: an odd number of lines between neighbours spreads them over all sets.
// @ts-ignore: decorator
@inline function oddLines(bytes: u64): u64 { return (((bytes + 63) >> 6) | 1) << 6; }

/**
 * Begins a plan: B batch rows, T time steps, I input features, P projection units (0: none); `trains` is 0 for a
 * plan that only predicts. Then addLayer for each layer, setHead, and layout. Dimensions from 1 (P from 0) to 2^20.
 */
export function describe(plan: Plan, B: i32, T: i32, I: i32, P: i32, trains: i32): void {
  plan.B = B; plan.T = T; plan.I = I; plan.P = P; plan.trains = trains;
  plan.layers = plan.cells = plan.source = plan.sources = 0;
}

/** Adds a layer above those there are, at most MAX_LAYERS; see Cell for what the arguments mean. */
export function addLayer(
  plan: Plan, type: i32, units: i32, bidirectional: i32, resetBefore: i32, peepholes: i32, projection: i32,
  forgetBias: f32, clip: f32, dropout: f32, recurrentDropout: f32,
): void {
  assert(plan.layers < MAX_LAYERS);
  const first = plan.cells;
  let outputPanel = 0;
  for (let reversed = 0; reversed <= bidirectional; ++reversed) {
    const cell = cellOf(plan, plan.cells++);
    cell.type = type; cell.layer = plan.layers; cell.reversed = reversed;
    cell.resetBefore = resetBefore; cell.peepholes = peepholes;
    cell.extended = i32(peepholes != 0 || clip != Infinity);
    cell.H = units; cell.R = projection ? projection : units; cell.projection = projection;
    const lstm = type == CellType.Lstm, gru = type == CellType.Gru;
    cell.gates = lstm ? 4 : gru ? 3 : 1;
    cell.groups = gru && !resetBefore ? 4 : cell.gates;
    cell.xEnd = cell.gates;
    cell.hBegin = gru ? 1 : 0; cell.hEnd = cell.groups;
    cell.forgetBias = forgetBias; cell.clip = clip; cell.dropout = dropout; cell.recurrentDropout = recurrentDropout;
    cell.source = plan.source; cell.sources = plan.sources;
    cell.consumer = cell.consumers = 0;
    cell.outputPanel = outputPanel;
    outputPanel += panels(cell.R);
  }
  for (let k = plan.source; k < plan.source + plan.sources; ++k) {
    cellOf(plan, k).consumer = first;
    cellOf(plan, k).consumers = bidirectional + 1;
  }
  plan.source = first; plan.sources = bidirectional + 1;
  plan.layers++;
}

/** What reads the last layer: a HeadType of C outputs, from the last step of each sequence or from every one. */
export function setHead(plan: Plan, type: i32, C: i32, everyStep: i32, dropout: f32): void {
  plan.head = type; plan.C = C; plan.everyStep = everyStep; plan.headDropout = dropout;
}

/** Where the described plan's memory ends, from right behind the plan on. Usable below 4 GiB, when memory is zero. */
export function layout(plan: Plan): f64 {
  const B = plan.B, I = plan.I, P = plan.P, C = plan.C, trains = plan.trains != 0;
  plan.pPanels = panels(P); plan.cPanels = panels(C);
  plan.items = plan.everyStep ? plan.T * B : B;
  plan.fPanels = 0;
  for (let k = 0; k < plan.sources; ++k) plan.fPanels += panels(cellOf(plan, plan.source + k).R);
  for (let k = 0; k < plan.cells; ++k) measure(plan, cellOf(plan, k));

  let a: u64 = (<u64>(changetype<usize>(plan) + CELLS + <usize>plan.cells * CELL_BYTES) + 63) & ~63;
  a = place(plan, Region.Settings, a, 8 * Setting.Count);
  // The parameters: tensors without gaps, so that the block is one flat range.
  const block = a;
  a = tensor(plan, Region.ProjectionKernel, a, <u64>I * P);
  a = tensor(plan, Region.ProjectionBias, a, P);
  for (let k = 0; k < plan.cells; ++k) a = placeTensors(cellOf(plan, k), a);
  let F: u64 = 0;
  for (let k = 0; k < plan.sources; ++k) F += cellOf(plan, plan.source + k).R;
  a = tensor(plan, Region.HeadKernel, a, F * C);
  a = tensor(plan, Region.HeadBias, a, C);
  const bytes = a - block, trained = trains ? bytes : 0;
  plan.parameters = <i32>(bytes >> 2);
  a = place(plan, Region.Parameters, block, bytes);
  a = place(plan, Region.Gradients, a, trained);
  a = place(plan, Region.FirstMoment, a, trained);
  a = place(plan, Region.SecondMoment, a, trained);
  a = place(plan, Region.NormParts, a, trains ? (bytes / 4 / NORM_BLOCK + 1) * 8 : 0);
  a = place(plan, Region.Rules, a, trains ? 64 * MAX_WORKERS : 0);

  const items = <u64>plan.items;
  a = place(plan, Region.Input, a, <u64>plan.T * B * I * 4);
  a = place(plan, Region.Labels, a, items * 4);
  a = place(plan, Region.Targets, a, items * C * 4);
  a = place(plan, Region.SampleWeights, a, <u64>B * 4);
  a = place(plan, Region.ClassWeights, a, <u64>C * 4);
  a = place(plan, Region.Lengths, a, <u64>B * 4);
  a = place(plan, Region.ItemLoss, a, items * 8);
  a = place(plan, Region.ItemLogSum, a, items * 8);
  a = place(plan, Region.ItemHits, a, items * 4);
  a = place(plan, Region.ItemClass, a, items * 4);
  a = place(plan, Region.Outputs, a, items * C * 4);

  for (let k = 0; k < plan.cells; ++k) a = placeCell(plan, cellOf(plan, k), a);

  const fPanels = <u64>plan.fPanels, cPanels = <u64>plan.cPanels;
  const headStride = oddLines(fPanels * 32), itemsPanel = items * 32;
  plan.headStride = <usize>headStride; plan.itemsPanel = <usize>itemsPanel;
  plan.headPanel = <usize>(fPanels * 256); plan.headTPanel = <usize>(cPanels * 256);
  plan.projectionPanel = <usize>(I + 1) * 32;
  a = place(plan, Region.HeadInput, a, items * headStride);
  a = place(plan, Region.DHeadInput, a, trains ? fPanels * itemsPanel : 0);
  a = place(plan, Region.Logits, a, cPanels * itemsPanel);
  a = place(plan, Region.DLogits, a, trains ? cPanels * itemsPanel : 0);
  a = place(plan, Region.PackedHead, a, cPanels * fPanels * 256);
  a = place(plan, Region.PackedHeadT, a, trains ? fPanels * cPanels * 256 : 0);
  a = place(plan, Region.DPackedHead, a, trains ? cPanels * fPanels * 256 : 0);
  a = place(plan, Region.DPackedProjection, a, trains ? <u64>plan.pPanels * (I + 1) * 32 : 0);
  plan.rowsTile = plan.panelsTile = plan.columnsTile = TILE_ROWS;
  return <f64>a;
}

// Sizes and strides of a cell; its sources, which come before it, are measured.
function measure(plan: Plan, cell: Cell): void {
  const P = plan.P, B = plan.B;
  let X = 0, xPanels = 0;
  for (let k = 0; k < cell.sources; ++k) {
    const below = cellOf(plan, cell.source + k);
    X += below.R;
    xPanels += below.rPanels;
  }
  const first = cell.sources == 0;
  cell.X = first ? (P ? P : plan.I) : X;
  cell.xPanels = first ? plan.pPanels : xPanels;
  cell.xRows = first ? plan.I : xPanels * PANEL;
  const hp = panels(cell.H), rp = panels(cell.R), rows = <u64>plan.T * B;
  cell.hPanels = hp; cell.rPanels = rp;
  const K = rp * PANEL + cell.xRows + 1;
  cell.K = K;
  const zStride = oddLines(<u64>K * 4), hidden = oddLines(<u64>rp * 32);
  cell.zStride = <usize>zStride;
  cell.hiddenStride = <usize>(cell.recurrentDropout > 0 ? hidden : zStride);
  cell.innerStride = <usize>oddLines(<u64>hp * 32);
  cell.stepsPanel = <usize>oddLines(rows * 32);
  cell.gateGroup = <usize>hp * cell.stepsPanel;
  cell.statePanel = <usize>oddLines((rows + B) * 32);
  cell.rowsPanel = <usize>B * 32;
  cell.kernelPanel = <usize>K * 32; cell.kernelGroup = <usize>hp * cell.kernelPanel;
  cell.transposedPanel = <usize>cell.groups * hp * 256;
  cell.inputPanel = <usize>P * 32; cell.inputGroup = <usize>hp * cell.inputPanel;
  // The inner product leads from H to R, or from r h to H.
  cell.innerPanel = <usize>hp * 256; cell.innerTPanel = <usize>rp * 256;
}

function placeTensors(cell: Cell, a: u64): u64 {
  const H = <u64>cell.H, columns = H * cell.gates;
  a = cellTensor(cell, CellRegion.Kernel, a, cell.X * columns);
  a = cellTensor(cell, CellRegion.RecurrentKernel, a, cell.R * columns);
  a = cellTensor(cell, CellRegion.Bias, a, cell.groups > cell.gates ? 2 * columns : columns);
  a = cellTensor(cell, CellRegion.Peephole, a, cell.peepholes ? 3 * H : 0);
  return cellTensor(cell, CellRegion.InnerKernel, a, H * cell.projection);
}

function placeCell(plan: Plan, cell: Cell, a: u64): u64 {
  const rows = <u64>plan.T * plan.B, all = rows + plan.B, trains = plan.trains != 0;
  const hp = <u64>cell.hPanels, rp = <u64>cell.rPanels, groups = hp * cell.groups;
  const lstm = cell.type == CellType.Lstm, inner = hasInner(cell), above = cell.sources > 0;
  const folds = !above && plan.P > 0;
  const steps = <u64>cell.stepsPanel, row = <u64>cell.rowsPanel;
  const z = a;
  a = placeOf(cell, CellRegion.Z, a, all * cell.zStride);
  if (cell.recurrentDropout > 0) a = placeOf(cell, CellRegion.Hidden, a, all * cell.hiddenStride);
  else placeOf(cell, CellRegion.Hidden, z, all * cell.zStride);
  a = placeOf(cell, CellRegion.Gates, a, groups * steps);
  a = placeOf(cell, CellRegion.CellState, a, lstm ? hp * cell.statePanel : 0);
  a = placeOf(cell, CellRegion.CellTanh, a, lstm ? hp * steps : 0);
  a = placeOf(cell, CellRegion.Inner, a, inner ? rows * cell.innerStride : 0);
  a = placeOf(cell, CellRegion.DHidden, a, trains ? rp * row : 0);
  a = placeOf(cell, CellRegion.DCell, a, trains && lstm ? hp * row : 0);
  a = placeOf(cell, CellRegion.DRecurrent, a, trains && cell.recurrentDropout > 0 ? rp * row : 0);
  a = placeOf(cell, CellRegion.InnerProduct, a, inner ? (hp > rp ? hp : rp) * row : 0);
  a = placeOf(cell, CellRegion.DProjected, a, trains && cell.projection ? rp * steps : 0);
  a = placeOf(cell, CellRegion.DInput, a, trains && above ? <u64>cell.xPanels * steps : 0);
  a = placeOf(cell, CellRegion.PackedKernel, a, groups * cell.kernelPanel);
  a = placeOf(cell, CellRegion.PackedRecurrentT, a, trains ? rp * cell.transposedPanel : 0);
  a = placeOf(cell, CellRegion.PackedInput, a, folds ? groups * cell.inputPanel : 0);
  a = placeOf(cell, CellRegion.PackedInputT, a, trains ? <u64>cell.xPanels * cell.transposedPanel : 0);
  a = placeOf(cell, CellRegion.PackedPeephole, a, cell.extended ? hp * 96 : 0);
  a = placeOf(cell, CellRegion.PackedInner, a, inner ? rp * cell.innerPanel : 0);
  a = placeOf(cell, CellRegion.PackedInnerT, a, trains && inner ? hp * cell.innerTPanel : 0);
  a = placeOf(cell, CellRegion.DPackedKernel, a, trains ? groups * cell.kernelPanel : 0);
  a = placeOf(cell, CellRegion.DPackedInput, a, trains && folds ? groups * cell.inputPanel : 0);
  return placeOf(cell, CellRegion.DPackedInner, a, trains && inner ? rp * cell.innerPanel : 0);
}

// Writes a directory entry and returns the address behind the region, on the next cache line.
function write(entry: usize, address: u64, bytes: u64): u64 {
  store<u32>(entry, <u32>address);
  store<u64>(entry, bytes, 8);
  return (address + bytes + 63) & ~63;
}

function place(plan: Plan, region: i32, address: u64, bytes: u64): u64 {
  return write(changetype<usize>(plan) + DIRECTORY + (<usize>region << 4), address, bytes);
}

function placeOf(cell: Cell, region: i32, address: u64, bytes: u64): u64 {
  return write(entryOf(cell, region), address, bytes);
}

// A parameter tensor of n floats: with nothing between it and the next.
function tensor(plan: Plan, region: i32, address: u64, n: u64): u64 {
  place(plan, region, address, 4 * n);
  return address + 4 * n;
}

function cellTensor(cell: Cell, region: i32, address: u64, n: u64): u64 {
  placeOf(cell, region, address, 4 * n);
  return address + 4 * n;
}

/** Steps that the pass in hand works through. */
// @ts-ignore: decorator
@inline export function steps(plan: Plan): i32 { return <i32>setting(plan, Setting.Steps); }

// @ts-ignore: decorator
@inline export function hasInitialState(plan: Plan): bool { return setting(plan, Setting.InitialState) != 0; }

/** Lengths of the sequences from row b on; 0 when all are of full length. */
// @ts-ignore: decorator
@inline export function lengths(plan: Plan, b: i32): usize {
  return setting(plan, Setting.HasLengths) != 0 ? at(plan, Region.Lengths) + (<usize>b << 2) : 0;
}

/** Steps of row b in the pass in hand. */
// @ts-ignore: decorator
@inline export function stepsOf(plan: Plan, b: i32): i32 {
  const ends = lengths(plan, b);
  return ends ? load<i32>(ends) : steps(plan);
}

/** Steps at which the head gives something: all of the pass, or one, its end. */
// @ts-ignore: decorator
@inline export function headSteps(plan: Plan): i32 { return plan.everyStep ? steps(plan) : 1; }

/** Where a plan may begin: the first free byte behind the core's constants, on a cache line. */
export function planBase(): usize {
  return (__heap_base + 63) & ~63;
}
