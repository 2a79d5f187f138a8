// From a description to a model in memory: what it consists of, how many bytes that takes, the layout itself.

import {
  BIDIRECTIONAL, DROPOUT, EVERY_STEP, EXTENDED, GRU, INITIALIZATION, LENGTHS, OTHER_HEADS, OTHER_OPTIMIZERS, PROJECTION, QUANTIZED, RNN,
  SCHEDULES, STACKS, TRAINING,
} from "../features";
import { addLayer, describe, layout, setHead } from "../layout";
import { MAX_LAYERS, at, cellOf, planBase, planBytes } from "../plan";
import { CellType, HeadType, Region } from "../regions";
import { ABI_VERSION, EdgeError, EdgeFeature, EdgeLayerFlag, EdgeUse } from "./abi";
import {
  ALIGNMENT, Stage, beginModel, checkModel, checkPlan, edgeOf, memoryEnd, planOf, stateLength,
} from "./model";
import { setDefaults } from "./settings";

const MAX_DIMENSION: i32 = 1 << 20;
// Units and features up to which sums of int8 products stay below 2^31.
const MAX_QUANTIZED: i32 = 1 << 16;
const MAX_BYTES: f64 = 2147483584;

/** Version of this interface. */
export function wl_abi_version(): i32 { return ABI_VERSION; }

/** What this build carries: WL_FEATURE_ numbers, added up. */
export function wl_features(): i32 {
  return (TRAINING ? EdgeFeature.Training : 0) | (GRU ? EdgeFeature.Gru : 0) | (RNN ? EdgeFeature.Rnn : 0) |
    (EXTENDED ? EdgeFeature.Extended : 0) | (STACKS ? EdgeFeature.Stacks : 0) | (BIDIRECTIONAL ? EdgeFeature.Bidirectional : 0) |
    (PROJECTION ? EdgeFeature.Projection : 0) | (EVERY_STEP ? EdgeFeature.EveryStep : 0) |
    (OTHER_HEADS ? EdgeFeature.OtherHeads : 0) | (LENGTHS ? EdgeFeature.Lengths : 0) |
    (DROPOUT ? EdgeFeature.Dropout : 0) | (OTHER_OPTIMIZERS ? EdgeFeature.OtherOptimizers : 0) |
    (SCHEDULES ? EdgeFeature.Schedules : 0) | (INITIALIZATION ? EdgeFeature.Initialization : 0) |
    (ASC_FEATURE_SIMD ? EdgeFeature.Simd : 0) | (ASC_FEATURE_RELAXED_SIMD ? EdgeFeature.RelaxedSimd : 0) | (QUANTIZED ? EdgeFeature.Int8 : 0);
}

/** The first address, a multiple of 64, at which a model may lie; what lies before is the core's own. */
export function wl_first_address(): i32 { return <i32>planBase(); }

/**
 * Begins the description of a model at an address, a multiple of 64; memory must reach some 700 bytes behind it, and 500
 * more for each cell. What was there is lost. abi: WL_ABI_VERSION as the caller knows it. batch: sequences side by side,
 * the most of a pass. steps: the longest sequence, 1 for a model that only streams. features: values of a step.
 * projection: units of a linear projection of the input, 0 for none. use: WL_USE_PREDICT, or WL_USE_TRAIN for a model with
 * gradients and an optimiser's state as well. Dimensions from 1 to 2^20.
 */
export function wl_begin(
  model: usize, abi: i32, batch: i32, steps: i32, features: i32, projection: i32, use: i32,
): i32 {
  if (abi != ABI_VERSION) return EdgeError.Version;
  const error = checkPlan(model, 0);
  if (error) return error;
  if (!isDimension(batch) || !isDimension(steps) || !isDimension(features)) return EdgeError.Argument;
  if (<u32>projection > <u32>MAX_DIMENSION || <u32>use > <u32>EdgeUse.Train) return EdgeError.Argument;
  if ((!PROJECTION && projection != 0) || (!TRAINING && use == EdgeUse.Train)) return EdgeError.Unsupported;
  memory.fill(model, 0, ALIGNMENT + planBytes(0));
  describe(planOf(model), batch, steps, features, projection, use);
  beginModel(model);
  return EdgeError.Ok;
}

// @ts-ignore: decorator
@inline function isDimension(n: i32): bool { return <u32>(n - 1) < <u32>MAX_DIMENSION; }
// @ts-ignore: decorator
@inline function isShare(p: f32): bool { return p >= 0 && p < 1; }

/**
 * Adds a layer above those there are, 32 at most. type: WL_LAYER_; units: from 1 to 2^20; flags: WL_LAYER_FLAG_, added up.
 * Of an LSTM: projection, units of its recurrent projection, 0 for none; forget_bias, added to the forget gate, 1 as a
 * rule, finite; cell_clip, bound of the cell state above 0, INFINITY for none. Of training: dropout, share of what
 * the layer reads, and recurrent_dropout, of h in the recurrent product, that is dropped, from 0 to below 1.
 */
export function wl_add_layer(
  model: usize, type: i32, units: i32, flags: i32, projection: i32, forget_bias: f32, cell_clip: f32, dropout: f32,
  recurrent_dropout: f32,
): i32 {
  const error = checkModel(model, Stage.Begun);
  if (error) return error;
  const plan = planOf(model);
  if (edgeOf(model).stage != Stage.Begun) return EdgeError.Order;
  const bidirectional = flags & EdgeLayerFlag.Bidirectional, peepholes = flags & EdgeLayerFlag.Peepholes;
  const resetBefore = flags & EdgeLayerFlag.ResetBefore;
  const extended = (peepholes | projection) != 0 || cell_clip != Infinity;
  if (<u32>type > <u32>CellType.Rnn || <u32>flags > 7 || !isDimension(units) || !isFinite(forget_bias)) {
    return EdgeError.Argument;
  }
  if ((GRU || EXTENDED) && (<u32>projection > <u32>MAX_DIMENSION || !(cell_clip > 0) ||
    (extended && type != CellType.Lstm) || (resetBefore != 0 && type != CellType.Gru))) {
    return EdgeError.Argument;
  }
  if (DROPOUT && (!isShare(dropout) || !isShare(recurrent_dropout))) return EdgeError.Argument;
  if ((!GRU && type == CellType.Gru) || (!RNN && type == CellType.Rnn) || (!EXTENDED && extended) ||
    (!STACKS && plan.layers != 0) || (!BIDIRECTIONAL && bidirectional != 0) ||
    (!DROPOUT && !(dropout == 0 && recurrent_dropout == 0))) {
    return EdgeError.Unsupported;
  }
  if (STACKS && plan.layers == MAX_LAYERS) return EdgeError.Argument;
  if (QUANTIZED && (resetBefore != 0 || max(units, plan.I) > MAX_QUANTIZED)) return EdgeError.Unsupported;
  if (checkPlan(model, plan.cells + 1 + bidirectional)) return EdgeError.Memory;
  memory.fill(changetype<usize>(cellOf(plan, plan.cells)), 0, planBytes(1 + bidirectional) - planBytes(0));
  addLayer(
    plan, type, units, bidirectional, i32(resetBefore != 0), i32(peepholes != 0), projection, forget_bias, cell_clip, dropout, recurrent_dropout,
  );
  return EdgeError.Ok;
}

/**
 * Ends the description: what reads the last layer. type: WL_HEAD_; outputs: from 1 to 2^20; every_step: 1 for an output
 * at every step, 0 for one from the state after a sequence's last; dropout: as a layer's.
 */
export function wl_set_head(model: usize, type: i32, outputs: i32, every_step: i32, dropout: f32): i32 {
  const error = checkModel(model, Stage.Begun);
  if (error) return error;
  const plan = planOf(model), edge = edgeOf(model);
  if (edge.stage != Stage.Begun || plan.layers == 0) return EdgeError.Order;
  if (<u32>type > <u32>HeadType.Linear || !isDimension(outputs) || <u32>every_step > 1 || !isShare(dropout)) {
    return EdgeError.Argument;
  }
  const isLeftOut = (!OTHER_HEADS && type != HeadType.Softmax) || (!EVERY_STEP && every_step != 0) ||
    (!DROPOUT && dropout > 0);
  if (isLeftOut) return EdgeError.Unsupported;
  setHead(plan, type, outputs, every_step, dropout);
  edge.stage = Stage.Described;
  return EdgeError.Ok;
}

/** Bytes of a model from its address on; the same wherever it lies. */
export function wl_bytes(model: usize): i32 {
  const error = checkModel(model, Stage.Described);
  if (error) return error;
  const edge = edgeOf(model), plan = planOf(model);
  if (edge.stage >= Stage.Ready) return edge.bytes;
  const end = layout(plan), state = <f64>stateLength(plan) * 4;
  // The state follows on a cache line of its own, and nothing of the next model shares its last one.
  const bytes = ceil((end + state - <f64>model) / 64) * 64;
  return bytes > MAX_BYTES ? EdgeError.TooLarge : <i32>bytes;
}

/**
 * Lays the model out: from here on its memory and its arrays stay where they are. Clears it, sets the optimiser to the
 * defaults (Adam, learning rate 0.001, no clipping) and all weights to 0; they are written next, then wl_pack.
 */
export function wl_init(model: usize): i32 {
  const bytes = wl_bytes(model);
  if (bytes < 0) return bytes;
  const edge = edgeOf(model), plan = planOf(model);
  if (<u64>model + bytes > memoryEnd()) return EdgeError.Memory;
  if (edge.stage < Stage.Ready) edge.state = <usize>layout(plan);
  const first = at(plan, Region.Settings);
  memory.fill(first, 0, <usize>(model + bytes) - first);
  edge.stage = Stage.Ready;
  edge.bytes = bytes;
  edge.stateLength = <i32>stateLength(plan);
  setDefaults(plan);
  return EdgeError.Ok;
}
