// Saving and restoring what training has made of a model, weights and optimiser's state, as one block of bytes:
//   u32 magic, u32 CRC-32 of all that follows, u32 shape, u32 blocks, f64 updates, f64 beta1^updates, f64 beta2^updates,
//   the parameters, and when blocks is 3 the first and second moments, f32 each

import { TRAINING } from "../features";
import { Plan, at, cellOf, hasCell, setSetting, setting, trains } from "../plan";
import { Region, Setting } from "../regions";
import { EdgeError } from "./abi";
import { areFinite } from "./arrays";
import { Stage, checkModel, checkRange, edgeOf, planOf } from "./model";

const MAGIC: u32 = 0x76736c77; // "wlsv"
const HEADER: usize = 40;
// Header bytes that the checksum leaves out: magic and itself.
const UNCHECKED: i32 = 8;

// CRC-32 as in zlib and IEEE 802.3: polynomial 0xedb88320, all bits inverted at both ends.
function crc32(address: usize, bytes: usize): u32 {
  let crc: u32 = 0xffffffff;
  for (const end = address + bytes; address < end; ++address) {
    crc ^= load<u8>(address);
    for (let bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

// A number that models with the same parameters share: FNV-1a over what decides their tensors.
function shapeOf(plan: Plan): u32 {
  let hash = mix(mix(mix(0x811c9dc5, plan.I), plan.P), plan.C);
  let k = 0;
  do {
    const cell = cellOf(plan, k);
    hash = mix(mix(mix(hash, cell.type), cell.H), cell.projection);
    hash = mix(hash, cell.layer << 3 | cell.reversed << 2 | cell.resetBefore << 1 | cell.peepholes);
  } while (hasCell(plan, ++k));
  return hash;
}

function mix(hash: u32, value: u32): u32 {
  return (hash ^ value) * 0x01000193;
}

function savedBytes(plan: Plan, blocks: i32): u64 {
  return HEADER + <u64>plan.parameters * 4 * blocks;
}

/** Bytes of a saved model: weights, and of a model that trains the optimiser's state. */
export function wl_saved_bytes(model: usize): i32 {
  if (!TRAINING) return EdgeError.Unsupported;
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  const bytes = savedBytes(planOf(model), trains(planOf(model)) ? 3 : 1);
  return bytes > 0x7fffffff ? EdgeError.TooLarge : <i32>bytes;
}

/** Saves the model to wl_saved_bytes bytes at an address, a multiple of 64, outside the model. */
export function wl_save(model: usize, to: usize): i32 {
  if (!TRAINING) return EdgeError.Unsupported;
  const bytes = wl_saved_bytes(model);
  if (bytes < 0) return bytes;
  const error = checkSaved(model, to, bytes);
  if (error) return error;
  const plan = planOf(model), blocks = trains(plan) ? 3 : 1;
  store<u32>(to, MAGIC);
  store<u32>(to, shapeOf(plan), 8);
  store<u32>(to, blocks, 12);
  store<f64>(to, setting(plan, Setting.Updates), 16);
  store<f64>(to, setting(plan, Setting.Beta1Power), 24);
  store<f64>(to, setting(plan, Setting.Beta2Power), 32);
  const length = <usize>plan.parameters << 2;
  memory.copy(to + HEADER, at(plan, Region.Parameters), length);
  if (blocks == 3) {
    memory.copy(to + HEADER + length, at(plan, Region.FirstMoment), length);
    memory.copy(to + HEADER + 2 * length, at(plan, Region.SecondMoment), length);
  }
  store<u32>(to, crc32(to + UNCHECKED, <usize>(bytes - UNCHECKED)), 4);
  return EdgeError.Ok;
}

/**
 * Restores what wl_save has saved, `bytes` of it, of a model with the same layers and head, whatever its batch and steps;
 * then wl_pack. A model that trains begins its optimiser anew if none was saved. Nothing changes when it is refused.
 */
export function wl_restore(model: usize, from: usize, bytes: i32): i32 {
  if (!TRAINING) return EdgeError.Unsupported;
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  const plan = planOf(model);
  if (bytes < <i32>HEADER) return EdgeError.Saved;
  const misplaced = checkSaved(model, from, bytes);
  if (misplaced) return misplaced;
  const blocks = load<i32>(from, 12), length = <usize>plan.parameters << 2;
  if (load<u32>(from) != MAGIC || load<u32>(from, 8) != shapeOf(plan) || (blocks != 1 && blocks != 3)) {
    return EdgeError.Saved;
  }
  if (savedBytes(plan, blocks) != bytes) return EdgeError.Saved;
  if (load<u32>(from, 4) != crc32(from + UNCHECKED, <usize>(bytes - UNCHECKED))) return EdgeError.Checksum;
  if (!areFinite(from + HEADER, plan.parameters * blocks)) return EdgeError.NotFinite;
  memory.copy(at(plan, Region.Parameters), from + HEADER, length);
  if (trains(plan)) {
    const hasMoments = blocks == 3;
    setSetting(plan, Setting.Updates, hasMoments ? load<f64>(from, 16) : 0);
    setSetting(plan, Setting.Beta1Power, hasMoments ? load<f64>(from, 24) : 0);
    setSetting(plan, Setting.Beta2Power, hasMoments ? load<f64>(from, 32) : 0);
    if (hasMoments) {
      memory.copy(at(plan, Region.FirstMoment), from + HEADER + length, length);
      memory.copy(at(plan, Region.SecondMoment), from + HEADER + 2 * length, length);
    } else {
      memory.fill(at(plan, Region.FirstMoment), 0, length);
      memory.fill(at(plan, Region.SecondMoment), 0, length);
    }
  }
  edgeOf(model).stage = Stage.Ready;
  return EdgeError.Ok;
}

// A saved model lies in memory and shares none with the model.
function checkSaved(model: usize, address: usize, bytes: u64): i32 {
  if (address & 63 || checkRange(address, bytes)) return EdgeError.Address;
  const end = model + edgeOf(model).bytes;
  return <u64>address + bytes > model && address < end ? EdgeError.Address : EdgeError.Ok;
}
