// What the optimiser works with: defaults, ranges, results. Numbers and meanings as in ../regions.ts.

import { OTHER_OPTIMIZERS, SCHEDULES, TRAINING } from "../features";
import { Plan, at, setSetting, setting, sizeOf } from "../plan";
import { Optimizer, Region, Schedule, Setting } from "../regions";
import { EdgeError } from "./abi";
import { Stage, checkModel, planOf } from "./model";

// The defaults of the TypeScript host.
export function setDefaults(plan: Plan): void {
  setSetting(plan, Setting.Steps, plan.T);
  if (!TRAINING) return;
  setSetting(plan, Setting.LearningRate, 0.001);
  setSetting(plan, Setting.Beta1, 0.9);
  setSetting(plan, Setting.Beta2, 0.999);
  setSetting(plan, Setting.Epsilon, 1e-8);
  setSetting(plan, Setting.EpsilonHat, 1);
  setSetting(plan, Setting.Rho, 0.9);
  setSetting(plan, Setting.ClipNorm, Infinity);
  setSetting(plan, Setting.ClipValue, Infinity);
  setSetting(plan, Setting.ScheduleSteps, 1);
  setSetting(plan, Setting.ScheduleRate, 0.1);
  setSetting(plan, Setting.DropoutSeed, 1);
  ones(plan, Region.SampleWeights);
  ones(plan, Region.ClassWeights);
}

function ones(plan: Plan, region: i32): void {
  const from = at(plan, region), end = from + <usize>sizeOf(plan, region);
  for (let p = from; p < end; p += 4) store<f32>(p, 1);
}

/** Changes a setting, WL_SETTING_LEARNING_RATE to WL_SETTING_DROPOUT_SEED, from the next step on; the ranges are docs/edge-api.md's. */
export function wl_set(model: usize, index: i32, value: f64): i32 {
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  if (!TRAINING) return EdgeError.Unsupported;
  if (!isInRange(index, value)) return EdgeError.Argument;
  const isLeftOut = (!OTHER_OPTIMIZERS && index == Setting.Optimizer && value != Optimizer.Adam) ||
    (!SCHEDULES && (index == Setting.Schedule || index == Setting.WarmupSteps) && value != 0);
  if (isLeftOut) return EdgeError.Unsupported;
  setSetting(planOf(model), index, value);
  return EdgeError.Ok;
}

function isInRange(index: i32, value: f64): bool {
  switch (index) {
    case Setting.ClipNorm:
    case Setting.ClipValue:
      return value > 0;
    case Setting.LearningRate:
    case Setting.Epsilon:
      return value > 0 && value < Infinity;
    case Setting.Beta1:
    case Setting.Beta2:
    case Setting.Momentum:
    case Setting.Rho:
      return value >= 0 && value < 1;
    case Setting.WeightDecay:
    case Setting.ScheduleRate:
      return value >= 0 && value < Infinity;
    case Setting.ScheduleSteps:
      return isWhole(value, 9007199254740991) && value > 0;
    case Setting.WarmupSteps:
    case Setting.DropoutSeed:
      return isWhole(value, 9007199254740991);
    case Setting.EpsilonHat:
    case Setting.Nesterov:
      return isWhole(value, 1);
    case Setting.Optimizer:
      return isWhole(value, Optimizer.RmsProp);
    case Setting.Schedule:
      return isWhole(value, Schedule.Cosine);
    default:
      return false;
  }
}

// @ts-ignore: decorator
@inline function isWhole(value: f64, most: f64): bool { return value >= 0 && value <= most && floor(value) == value; }

/** A setting, or a result: WL_SETTING_LOSS and WL_SETTING_HITS of the last pass with a loss, WL_SETTING_UPDATES. NaN for what there is not. */
export function wl_get(model: usize, index: i32): f64 {
  if (checkModel(model, Stage.Ready) || <u32>index >= <u32>Setting.Count) return NaN;
  return setting(planOf(model), index);
}
