// Where the arrays of a model lie, its parameters one by one, and what makes them ready.

import { Cell, entryOf, gateCount, isLstm, projects, regionOf } from "../cell";
import { INITIALIZATION, QUANTIZED } from "../features";
import { initialize } from "../initialize";
import { pack } from "../pack";
import { Plan, at, cellOf, hasCell, projectsInput, sizeOf } from "../plan";
import { CellRegion, Region } from "../regions";
import { EdgeArray, EdgeError, EdgeTensor } from "./abi";
import { Stage, checkModel, edgeOf, planOf } from "./model";

// EdgeArray.Input and what follows it, as regions; the state is no region of a plan.
const REGIONS: usize = memory.data<i32>([
  Region.Input, Region.Outputs, Region.ItemClass, 0, Region.Parameters, Region.Gradients, Region.Labels, Region.Targets,
  Region.Lengths, Region.SampleWeights, Region.ClassWeights,
]);

function regionOfArray(array: i32): i32 { return load<i32>(REGIONS + (<usize>array << 2)); }

function checkArray(model: usize, array: i32): i32 {
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  if (<u32>array > <u32>EdgeArray.ClassWeights) return EdgeError.Argument;
  return array != EdgeArray.State && sizeOf(planOf(model), regionOfArray(array)) == 0 ? EdgeError.Unsupported : EdgeError.Ok;
}

/** Address of an array, WL_ARRAY_. One that the model has no use for is WL_ERROR_UNSUPPORTED. */
export function wl_address(model: usize, array: i32): i32 {
  const error = checkArray(model, array);
  if (error) return error;
  return <i32>(array == EdgeArray.State ? edgeOf(model).state : at(planOf(model), regionOfArray(array)));
}

/** Bytes of an array. */
export function wl_size(model: usize, array: i32): i32 {
  const error = checkArray(model, array);
  if (error) return error;
  return array == EdgeArray.State ? edgeOf(model).stateLength << 2 : <i32>sizeOf(planOf(model), regionOfArray(array));
}

/**
 * How many parameter tensors the model has. They are, in this order: kernel [features, projection] and bias of the input
 * projection; of each layer, and then of its second direction, kernel [inputs, gates x units], recurrent kernel
 * [width, gates x units], bias [gates x units] (of a GRU that resets after the product [2, gates x units]), peepholes
 * [3, units], projection kernel [units, width]; kernel [width, outputs] and bias of the head. What a model lacks is left
 * out. Gates: i, f, g, o of an LSTM, z, r, n of a GRU.
 */
export function wl_parameter_count(model: usize): i32 {
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  return QUANTIZED ? EdgeError.Unsupported : find(planOf(model), -1, EdgeTensor.Address);
}

/** Of parameter tensor `index`, row-major f32: WL_TENSOR_ADDRESS, _ROWS (1 of a vector) or _COLUMNS. */
export function wl_parameter(model: usize, index: i32, what: i32): i32 {
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  if (QUANTIZED) return EdgeError.Unsupported;
  if (index < 0 || <u32>what > <u32>EdgeTensor.Columns) return EdgeError.Argument;
  return find(planOf(model), index, what);
}

// What is asked of tensor `index`; the number of tensors for -1, an error behind the last.
function find(plan: Plan, index: i32, what: i32): i32 {
  let left = index;
  if (projectsInput(plan)) {
    if (left-- == 0) return tell(at(plan, Region.ProjectionKernel), plan.I * plan.P, plan.P, what);
    if (left-- == 0) return tell(at(plan, Region.ProjectionBias), plan.P, plan.P, what);
  }
  let k = 0;
  do {
    const cell = cellOf(plan, k);
    for (let region: i32 = CellRegion.Kernel; region <= CellRegion.InnerKernel; ++region) {
      const length = <i32>(load<u64>(entryOf(cell, region), 8) >> 2);
      if (length != 0 && left-- == 0) return tell(regionOf(cell, region), length, columnsOf(cell, region), what);
    }
  } while (hasCell(plan, ++k));
  const length = <i32>(sizeOf(plan, Region.HeadKernel) / 4);
  if (left-- == 0) return tell(at(plan, Region.HeadKernel), length, plan.C, what);
  if (left-- == 0) return tell(at(plan, Region.HeadBias), plan.C, plan.C, what);
  return index == -1 ? -1 - left : EdgeError.Argument;
}

// @ts-ignore: decorator
@inline function columnsOf(cell: Cell, region: i32): i32 {
  return region == CellRegion.InnerKernel ? cell.R : region == CellRegion.Peephole ? cell.H : gateCount(cell) * cell.H;
}

function tell(address: usize, length: i32, columns: i32, what: i32): i32 {
  return what == EdgeTensor.Address ? <i32>address : what == EdgeTensor.Columns ? columns : length / columns;
}

/** Initial weights from a seed of 64 bits, as the TypeScript host's: normal 1 draws projection and head from N(0, 1). Then wl_pack. */
export function wl_randomize(model: usize, seed_low: i32, seed_high: i32, normal: i32): i32 {
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  if (!INITIALIZATION) return EdgeError.Unsupported;
  if (<u32>normal > 1) return EdgeError.Argument;
  initialize(planOf(model), seed_low, seed_high, normal);
  edgeOf(model).stage = Stage.Ready;
  return EdgeError.Ok;
}

/** Checks that all weights are finite and makes them ready for passes; needed whenever the caller has written some. */
export function wl_pack(model: usize): i32 {
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  const plan = planOf(model), edge = edgeOf(model);
  edge.stage = Stage.Ready;
  if (!areWeightsFinite(plan)) return EdgeError.NotFinite;
  pack(plan, 0, 1);
  edge.stage = Stage.Packed;
  return EdgeError.Ok;
}

function areWeightsFinite(plan: Plan): bool {
  if (!QUANTIZED) return areFinite(at(plan, Region.Parameters), plan.parameters);
  let k = 0;
  do {
    // The scales lie right before the biases.
    const cell = cellOf(plan, k), bytes = load<u64>(entryOf(cell, CellRegion.Scales), 8) + load<u64>(entryOf(cell, CellRegion.Bias), 8);
    if (!areFinite(regionOf(cell, CellRegion.Scales), <i32>(bytes >> 2))) return false;
  } while (hasCell(plan, ++k));
  const head = at(plan, Region.HeadKernel);
  return areFinite(head, <i32>((at(plan, Region.HeadBias) - head) >> 2) + plan.C);
}

/** Whether x[n] are finite numbers. */
export function areFinite(x: usize, n: i32): bool {
  let bad: u32 = 0;
  for (let i = 0; i < n; ++i, x += 4) bad |= u32((load<u32>(x) & 0x7f800000) == 0x7f800000);
  return bad == 0;
}
