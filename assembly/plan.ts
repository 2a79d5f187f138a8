// One model's memory: what it consists of, and where its regions lie, as layout.ts has worked it out.
// A plan is a pointer; every pass takes it. The core keeps no other state.

import { CELL_BYTES, Cell } from "./cell";
import { BIDIRECTIONAL, EVERY_STEP, LENGTHS, PROJECTION, STACKS, TRAINING } from "./features";
import { Region, Setting } from "./regions";

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

const DIRECTORY: usize = (offsetof<Plan>() + 15) & ~15;
const CELLS: usize = DIRECTORY + 16 * Region.Count;

export function at(plan: Plan, region: i32): usize {
  return load<u32>(entryOfPlan(plan, region));
}

export function sizeOf(plan: Plan, region: i32): f64 {
  return <f64>load<u64>(entryOfPlan(plan, region), 8);
}

/** Cell number k: layer by layer, forward before reversed. */
export function cellOf(plan: Plan, k: i32): Cell {
  return changetype<Cell>(changetype<usize>(plan) + CELLS + <usize>k * CELL_BYTES);
}

/** Address of the directory entry of a region. */
// @ts-ignore: decorator
@inline export function entryOfPlan(plan: Plan, region: i32): usize {
  return changetype<usize>(plan) + DIRECTORY + (<usize>region << 4);
}

/** Bytes of a plan with so many cells, without their regions. */
export function planBytes(cells: i32): usize { return CELLS + <usize>cells * CELL_BYTES; }

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

// What a plan is, false at compile time for what the build leaves out.

// @ts-ignore: decorator
@inline export function trains(plan: Plan): bool { return TRAINING && plan.trains != 0; }
// @ts-ignore: decorator
@inline export function everyStep(plan: Plan): bool { return EVERY_STEP && plan.everyStep != 0; }
// There is one cell at least: loops over cells are do-while, so that they are none where there is one at most.
/** Whether there is a cell number k >= 1; a cell number k >= 1 of the last layer's; the number of its first one. */
// @ts-ignore: decorator
@inline export function hasCell(plan: Plan, k: i32): bool { return (STACKS || BIDIRECTIONAL) && k < plan.cells; }
// @ts-ignore: decorator
@inline export function hasSource(plan: Plan, k: i32): bool { return BIDIRECTIONAL && k < plan.sources; }
// @ts-ignore: decorator
@inline export function firstSource(plan: Plan): i32 { return STACKS ? plan.source : 0; }
/** Whether a linear projection of the input stands in front of the first cells. */
// @ts-ignore: decorator
@inline export function projectsInput(plan: Plan): bool { return PROJECTION && plan.P != 0; }

/** Steps that the pass in hand works through. */
// @ts-ignore: decorator
@inline export function steps(plan: Plan): i32 { return <i32>setting(plan, Setting.Steps); }

// @ts-ignore: decorator
@inline export function hasInitialState(plan: Plan): bool { return setting(plan, Setting.InitialState) != 0; }

/** Lengths of the sequences from row b on; 0 when all are of full length. */
// @ts-ignore: decorator
@inline export function lengths(plan: Plan, b: i32): usize {
  return LENGTHS && setting(plan, Setting.HasLengths) != 0 ? at(plan, Region.Lengths) + (<usize>b << 2) : 0;
}

/** Steps of row b in the pass in hand. */
// @ts-ignore: decorator
@inline export function stepsOf(plan: Plan, b: i32): i32 {
  const ends = lengths(plan, b);
  return ends ? load<i32>(ends) : steps(plan);
}

/** Steps at which the head gives something: all of the pass, or one, its end. */
// @ts-ignore: decorator
@inline export function headSteps(plan: Plan): i32 { return everyStep(plan) ? steps(plan) : 1; }

/** Where a plan may begin: the first free byte behind the core's constants, on a cache line. */
export function planBase(): usize {
  return (__heap_base + 63) & ~63;
}
