// A model of the edge core in memory, and how far it has come. Calls take its address; it is checked at each.
//
//   model          + 64                    + wl_bytes
//   | Edge | plan, cells | regions | state |

import { isLstm } from "../cell";
import { Plan, cellOf, hasCell, planBytes } from "../plan";
import { EdgeError } from "./abi";

@unmanaged
export class Edge {
  /** MAGIC xor the address, so that a copy of a model elsewhere is none. */
  magic: u32;
  /** A Stage. */
  stage: i32;
  /** What the model takes from its address on, when it is ready. */
  bytes: i32;
  /** Address of the state, and its length in floats. */
  state: usize; stateLength: i32;
}

export enum Stage {
  /** Layers may be added. */
  Begun,
  /** The head is set: sizes can be worked out. */
  Described,
  /** In memory: weights may be written. */
  Ready,
  /** Weights are checked and packed: passes may run. */
  Packed,
}

export const ALIGNMENT: usize = 64;
const MAGIC: u32 = 0x6d74736c; // "lstm"
// Addresses and sizes are i32 that are not negative; below 0 lie the errors.
const LIMIT: u64 = 0x80000000;

// @ts-ignore: decorator
@inline export function planOf(model: usize): Plan { return changetype<Plan>(model + ALIGNMENT); }
// @ts-ignore: decorator
@inline export function edgeOf(model: usize): Edge { return changetype<Edge>(model); }

/** Where memory that can be used ends. */
export function memoryEnd(): u64 {
  return min(<u64>memory.size() << 16, LIMIT);
}

/** Error unless [address, address + bytes) lies in memory, above the core's own part. */
export function checkRange(address: usize, bytes: u64): i32 {
  return address < __heap_base || <u64>address + bytes > memoryEnd() ? EdgeError.Address : EdgeError.Ok;
}

/** Error unless a plan with room for `cells` cells fits at the model's address. */
export function checkPlan(model: usize, cells: i32): i32 {
  if (model & (ALIGNMENT - 1)) return EdgeError.Address;
  return checkRange(model, ALIGNMENT + planBytes(cells));
}

/** Error unless a model is at the address and has come to `stage`. */
export function checkModel(model: usize, stage: Stage): i32 {
  if (checkPlan(model, 0)) return EdgeError.Address;
  const edge = edgeOf(model);
  if (edge.magic != (MAGIC ^ <u32>model)) return EdgeError.Model;
  return edge.stage < stage ? EdgeError.Order : EdgeError.Ok;
}

export function beginModel(model: usize): void {
  const edge = edgeOf(model);
  edge.magic = MAGIC ^ <u32>model;
  edge.stage = Stage.Begun;
}

/** Floats of the state of B sequences: h, and of an LSTM c, of each cell. */
export function stateLength(plan: Plan): u64 {
  let length: u64 = 0;
  let k = 0;
  do {
    const cell = cellOf(plan, k);
    length += <u64>plan.B * (cell.R + (isLstm(cell) ? cell.H : 0));
  } while (hasCell(plan, ++k));
  return length;
}
