// The model family in float64, written from its formulas: the yardstick every build and every peer is measured by.
// Plain loops, one sequence at a time; nothing is folded, batched, reused or made fast.

export { type LossAndGradients64, lossAndGradients } from "./backward.ts";
export type { CellState, Step } from "./cell.ts";
export {
  type BatchOptions64,
  type Forward64,
  forward,
  type LayerPass64,
  type Masks64,
  type States64,
} from "./forward.ts";
export { type Loss64, lossOf } from "./loss.ts";
export {
  cellUnits,
  completeModel,
  directions,
  headInputs,
  hiddenUnits,
  type LstmShape,
  layerInputs,
  layerOutputs,
  lstmModel,
  type ModelOptions64,
  type ReferenceHead,
  type ReferenceLayer,
  type ReferenceModel,
  weightShapes,
} from "./model.ts";
export { Adam64 } from "./optimizers.ts";
export {
  randomBatch,
  randomMasks,
  randomNumbers,
  randomStates,
  randomTargets,
  randomWeights,
} from "./random.ts";
export {
  closestDecision,
  type FamilyStart,
  type FamilyTrial,
  familyModels,
  familyTrials,
  gruLayers,
  lstmLayers,
  rnnLayers,
  startFamily,
  trialsOf,
} from "./trials.ts";
export type { Weights64 } from "./weights.ts";
