// From a description of a model to its memory: shape, size, stride and address of every region, worked out once.

import {
  Cell, dropsHidden, entryOf, gateCount, groupCount, hasInner, hasPeepholes, hasTwoBiases, isExtended, isGru, isLstm,
  isStacked, projects,
} from "./cell";
import {
  BIDIRECTIONAL, DROPOUT, EXTENDED, GRU, LENGTHS, PROJECTION, QUANTIZED, STACKS, THREADS, TRAINING,
} from "./features";
import {
  MAX_LAYERS, NORM_BLOCK, Plan, cellOf, entryOfPlan, everyStep, firstSource, hasCell, hasSource, planBytes, projectsInput,
  trains,
} from "./plan";
import { codesStride, hQuads, recurrentGroups, xQuads } from "./quantized";
import { CellRegion, Region, Setting } from "./regions";
import { PANEL, PANEL_BYTES, TILE_ROWS } from "./vec";

/** Workers that can share a plan. */
const MAX_WORKERS: u64 = THREADS ? 256 : 1;
// Whether the build has cells with a product of their own, see cell.ts.
const INNER: bool = GRU || EXTENDED;

// @ts-ignore: decorator
@inline function panels(n: i32): i32 { return (n + PANEL - 1) / PANEL; }

// Cache lines map to sets by address: an odd number of lines between neighbours spreads them over all sets.
function oddLines(bytes: u64): u64 { return (((bytes + 63) >> 6) | 1) << 6; }

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
  for (let reversed = 0; reversed <= (BIDIRECTIONAL ? bidirectional : 0); ++reversed) {
    const cell = cellOf(plan, plan.cells++);
    cell.type = type; cell.H = units; cell.forgetBias = forgetBias;
    if (GRU) cell.resetBefore = resetBefore;
    if (EXTENDED) {
      cell.peepholes = peepholes; cell.projection = projection; cell.clip = clip;
      cell.extended = i32(peepholes != 0 || clip != Infinity);
    }
    cell.R = projects(cell) ? projection : units;
    if (DROPOUT) { cell.dropout = dropout; cell.recurrentDropout = recurrentDropout; }
    if (STACKS || BIDIRECTIONAL) {
      cell.layer = plan.layers; cell.reversed = reversed;
      cell.source = plan.source; cell.sources = plan.sources;
      cell.consumer = cell.consumers = 0;
    }
    cell.outputPanel = outputPanel;
    outputPanel += panels(cell.R);
  }
  for (let k = plan.source; STACKS && k < plan.source + plan.sources; ++k) {
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
  const B = plan.B, I = plan.I, P = plan.P, C = plan.C;
  plan.pPanels = panels(P); plan.cPanels = panels(C);
  plan.items = everyStep(plan) ? plan.T * B : B;
  let k = 0;
  do measure(plan, cellOf(plan, k)); while (hasCell(plan, ++k));
  let F: u64 = 0, fPanels: u64 = 0;
  k = 0;
  do {
    const source = cellOf(plan, firstSource(plan) + k);
    F += source.R;
    fPanels += source.rPanels;
  } while (hasSource(plan, ++k));
  plan.fPanels = <i32>fPanels;

  let a: u64 = (<u64>(changetype<usize>(plan) + planBytes(plan.cells)) + 63) & ~63;
  a = place(plan, Region.Settings, a, 8 * Setting.Count);
  // The parameters: tensors without gaps, so that the block is one flat range.
  const block = a;
  if (PROJECTION) {
    a = tensor(plan, Region.ProjectionKernel, a, <u64>I * P);
    a = tensor(plan, Region.ProjectionBias, a, P);
  }
  k = 0;
  do a = placeTensors(cellOf(plan, k), a); while (hasCell(plan, ++k));
  a = tensor(plan, Region.HeadKernel, a, F * C);
  a = tensor(plan, Region.HeadBias, a, C);
  const bytes = a - block;
  plan.parameters = <i32>(bytes >> 2);
  a = place(plan, Region.Parameters, block, bytes);
  a = placeTrained(plan, Region.Gradients, a, bytes);
  a = placeTrained(plan, Region.FirstMoment, a, bytes);
  a = placeTrained(plan, Region.SecondMoment, a, bytes);
  a = placeTrained(plan, Region.NormParts, a, (bytes / 4 / NORM_BLOCK + 1) * 8);
  a = placeTrained(plan, Region.Rules, a, 64 * MAX_WORKERS);

  const items = <u64>plan.items;
  a = place(plan, Region.Input, a, <u64>plan.T * B * I * 4);
  a = placeTrained(plan, Region.Labels, a, items * 4);
  a = placeTrained(plan, Region.Targets, a, items * C * 4);
  a = placeTrained(plan, Region.SampleWeights, a, <u64>B * 4);
  a = placeTrained(plan, Region.ClassWeights, a, <u64>C * 4);
  if (LENGTHS) a = place(plan, Region.Lengths, a, <u64>B * 4);
  a = placeTrained(plan, Region.ItemLoss, a, items * 8);
  if (TRAINING) a = place(plan, Region.ItemLogSum, a, items * 8);
  a = placeTrained(plan, Region.ItemHits, a, items * 4);
  a = place(plan, Region.ItemClass, a, items * 4);
  a = place(plan, Region.Outputs, a, items * C * 4);

  k = 0;
  do a = placeCell(plan, cellOf(plan, k), a); while (hasCell(plan, ++k));

  const cPanels = <u64>plan.cPanels;
  const headStride = oddLines(fPanels * 32), itemsPanel = items * 32;
  plan.headStride = <usize>headStride; plan.itemsPanel = <usize>itemsPanel;
  plan.headPanel = <usize>(fPanels * 256);
  if (TRAINING) { plan.headTPanel = <usize>(cPanels * 256); plan.projectionPanel = <usize>(I + 1) * 32; }
  a = place(plan, Region.HeadInput, a, items * headStride);
  a = placeTrained(plan, Region.DHeadInput, a, fPanels * itemsPanel);
  a = place(plan, Region.Logits, a, cPanels * itemsPanel);
  a = placeTrained(plan, Region.DLogits, a, cPanels * itemsPanel);
  a = place(plan, Region.PackedHead, a, cPanels * fPanels * 256);
  a = placeTrained(plan, Region.PackedHeadT, a, fPanels * cPanels * 256);
  a = placeTrained(plan, Region.DPackedHead, a, cPanels * fPanels * 256);
  a = placeTrained(plan, Region.DPackedProjection, a, <u64>plan.pPanels * (I + 1) * 32);
  plan.rowsTile = plan.panelsTile = plan.columnsTile = TILE_ROWS;
  return <f64>a;
}

// Sizes and strides of a cell; its sources, which come before it, are measured.
function measure(plan: Plan, cell: Cell): void {
  const P = plan.P, B = plan.B;
  let X = 0, xPanels = 0;
  for (let k = 0; STACKS && k < cell.sources; ++k) {
    const below = cellOf(plan, cell.source + k);
    X += below.R;
    xPanels += below.rPanels;
  }
  const first = !isStacked(cell);
  cell.X = first ? (projectsInput(plan) ? P : plan.I) : X;
  cell.xPanels = first ? plan.pPanels : xPanels;
  cell.xRows = first ? plan.I : xPanels * PANEL;
  const hp = panels(cell.H), rp = panels(cell.R), rows = <u64>plan.T * B;
  cell.hPanels = hp; cell.rPanels = rp;
  const K = rp * PANEL + cell.xRows + 1;
  cell.K = K;
  const zStride = oddLines(<u64>K * 4), hidden = oddLines(<u64>rp * 32);
  cell.zStride = <usize>zStride;
  cell.hiddenStride = <usize>(dropsHidden(cell) ? hidden : zStride);
  // A plan that only predicts keeps the gates of one step.
  cell.stepsPanel = <usize>oddLines((trains(plan) ? rows : B) * 32);
  cell.gateGroup = <usize>hp * cell.stepsPanel;
  cell.statePanel = <usize>oddLines((rows + B) * 32);
  cell.kernelPanel = <usize>K * 32; cell.kernelGroup = <usize>hp * cell.kernelPanel;
  if (INNER || TRAINING) cell.rowsPanel = <usize>B * 32;
  if (TRAINING) cell.transposedPanel = <usize>groupCount(cell) * hp * 256;
  if (PROJECTION) { cell.inputPanel = <usize>P * 32; cell.inputGroup = <usize>hp * cell.inputPanel; }
  if (INNER) {
    cell.innerStride = <usize>oddLines(<u64>hp * 32);
    // The inner product leads from H to R, or from r h to H.
    cell.innerPanel = <usize>hp * 256; cell.innerTPanel = <usize>rp * 256;
  }
}

// Of int8 weights; quantized.ts tells what they are.
function placeQuantized(cell: Cell, a: u64): u64 {
  const hp = <u64>cell.hPanels, columns = hp * (gateCount(cell) + recurrentGroups(cell));
  a = cellBytes(cell, CellRegion.Kernel, a, hp * gateCount(cell) * xQuads(cell) * PANEL_BYTES);
  a = cellBytes(cell, CellRegion.RecurrentKernel, a, hp * recurrentGroups(cell) * hQuads(cell) * PANEL_BYTES);
  a = cellBytes(cell, CellRegion.Scales, a, columns * PANEL_BYTES);
  return cellBytes(cell, CellRegion.Bias, a, hp * groupCount(cell) * PANEL_BYTES);
}

function placeTensors(cell: Cell, a: u64): u64 {
  if (QUANTIZED) return placeQuantized(cell, a);
  const H = <u64>cell.H, columns = H * gateCount(cell);
  a = cellTensor(cell, CellRegion.Kernel, a, cell.X * columns);
  a = cellTensor(cell, CellRegion.RecurrentKernel, a, cell.R * columns);
  a = cellTensor(cell, CellRegion.Bias, a, hasTwoBiases(cell) ? 2 * columns : columns);
  // Without these two, the end of the tensors all the same.
  a = cellTensor(cell, CellRegion.Peephole, a, hasPeepholes(cell) ? 3 * H : 0);
  return EXTENDED ? cellTensor(cell, CellRegion.InnerKernel, a, H * cell.projection) : a;
}

function placeCell(plan: Plan, cell: Cell, a: u64): u64 {
  const rows = <u64>plan.T * plan.B, all = rows + plan.B;
  const hp = <u64>cell.hPanels, rp = <u64>cell.rPanels, groups = hp * groupCount(cell);
  const lstm = isLstm(cell), inner = hasInner(cell), above = isStacked(cell);
  const folds = !above && projectsInput(plan);
  const steps = <u64>cell.stepsPanel, row = <u64>cell.rowsPanel;
  const z = a;
  a = placeOf(cell, CellRegion.Z, a, all * cell.zStride);
  if (dropsHidden(cell)) a = placeOf(cell, CellRegion.Hidden, a, all * cell.hiddenStride);
  else placeOf(cell, CellRegion.Hidden, z, all * cell.zStride);
  a = placeOf(cell, CellRegion.Gates, a, groups * steps);
  a = placeOf(cell, CellRegion.CellState, a, lstm ? hp * cell.statePanel : 0);
  a = placeOf(cell, CellRegion.CellTanh, a, lstm ? hp * steps : 0);
  if (INNER) a = placeOf(cell, CellRegion.Inner, a, inner ? rows * cell.innerStride : 0);
  a = placeTrainedOf(plan, cell, CellRegion.DHidden, a, rp * row);
  a = placeTrainedOf(plan, cell, CellRegion.DCell, a, lstm ? hp * row : 0);
  a = placeTrainedOf(plan, cell, CellRegion.DRecurrent, a, dropsHidden(cell) ? rp * row : 0);
  if (INNER) a = placeOf(cell, CellRegion.InnerProduct, a, inner ? (hp > rp ? hp : rp) * row : 0);
  a = placeTrainedOf(plan, cell, CellRegion.DProjected, a, projects(cell) ? rp * steps : 0);
  a = placeTrainedOf(plan, cell, CellRegion.DInput, a, above ? <u64>cell.xPanels * steps : 0);
  if (QUANTIZED) {
    a = placeOf(cell, CellRegion.Totals, a, hp * (gateCount(cell) + recurrentGroups(cell)) * PANEL_BYTES);
    return placeOf(cell, CellRegion.Codes, a, <u64>plan.B * codesStride(cell));
  }
  a = placeOf(cell, CellRegion.PackedKernel, a, groups * cell.kernelPanel);
  a = placeTrainedOf(plan, cell, CellRegion.PackedRecurrentT, a, rp * cell.transposedPanel);
  if (PROJECTION) a = placeOf(cell, CellRegion.PackedInput, a, folds ? groups * cell.inputPanel : 0);
  a = placeTrainedOf(plan, cell, CellRegion.PackedInputT, a, <u64>cell.xPanels * cell.transposedPanel);
  if (EXTENDED) a = placeOf(cell, CellRegion.PackedPeephole, a, isExtended(cell) ? hp * 96 : 0);
  if (INNER) a = placeOf(cell, CellRegion.PackedInner, a, inner ? rp * cell.innerPanel : 0);
  a = placeTrainedOf(plan, cell, CellRegion.PackedInnerT, a, inner ? hp * cell.innerTPanel : 0);
  a = placeTrainedOf(plan, cell, CellRegion.DPackedKernel, a, groups * cell.kernelPanel);
  a = placeTrainedOf(plan, cell, CellRegion.DPackedInput, a, folds ? groups * cell.inputPanel : 0);
  return placeTrainedOf(plan, cell, CellRegion.DPackedInner, a, inner ? rp * cell.innerPanel : 0);
}

// Writes a directory entry and returns the address behind the region, on the next cache line.
function write(entry: usize, address: u64, bytes: u64): u64 {
  store<u32>(entry, <u32>address);
  store<u64>(entry, bytes, 8);
  return (address + bytes + 63) & ~63;
}

function place(plan: Plan, region: i32, address: u64, bytes: u64): u64 {
  return write(entryOfPlan(plan, region), address, bytes);
}

function placeOf(cell: Cell, region: i32, address: u64, bytes: u64): u64 {
  return write(entryOf(cell, region), address, bytes);
}

// Regions that only a plan that trains has; the directory says zero bytes for others.
// @ts-ignore: decorator
@inline function placeTrained(plan: Plan, region: i32, address: u64, bytes: u64): u64 {
  return TRAINING ? place(plan, region, address, trains(plan) ? bytes : 0) : address;
}

// @ts-ignore: decorator
@inline function placeTrainedOf(plan: Plan, cell: Cell, region: i32, address: u64, bytes: u64): u64 {
  return TRAINING ? placeOf(cell, region, address, trains(plan) ? bytes : 0) : address;
}

// A parameter tensor of n floats: with nothing between it and the next.
function tensor(plan: Plan, region: i32, address: u64, n: u64): u64 {
  place(plan, region, address, 4 * n);
  return address + 4 * n;
}

function cellTensor(cell: Cell, region: i32, address: u64, n: u64): u64 {
  return cellBytes(cell, region, address, 4 * n);
}

function cellBytes(cell: Cell, region: i32, address: u64, bytes: u64): u64 {
  placeOf(cell, region, address, bytes);
  return address + bytes;
}
