// Passes over a batch: what the caller wrote is checked first, so that a mistake changes nothing; then phases of step.ts.

import { hiddenAt, isLstm, stateAt } from "../cell";
import { BIDIRECTIONAL, LENGTHS, OTHER_HEADS, TRAINING } from "../features";
import { clear, copy } from "../kernels/range";
import { pack } from "../pack";
import { Plan, at, cellOf, everyStep, hasCell, setSetting, setting, steps, trains } from "../plan";
import { HeadType, Phase, Region, Setting } from "../regions";
import { runPhase } from "../step";
import { PANEL } from "../vec";
import { areFinite } from "./arrays";
import { EdgeError, EdgePass } from "./abi";
import { Stage, checkModel, edgeOf, planOf } from "./model";

/** What the head makes of n sequences, 1 <= n <= batch. flags: WL_PASS_, added up. */
export function wl_forward(model: usize, n: i32, flags: i32): i32 {
  const error = begin(model, n, flags, 0, false);
  if (error) return error;
  const plan = planOf(model);
  bringState(model, n, flags);
  runPhase(plan, Phase.Predict, n, 0, 1);
  keepState(model, n, flags);
  return EdgeError.Ok;
}

/**
 * One step of n streams, the input [n, features]: from the state to the next state, and what the head makes of it. In a
 * model with an output at every step and more than one step, that of stream b is item b x steps.
 */
export function wl_step(model: usize, n: i32): i32 {
  const flags: i32 = EdgePass.KeepState | EdgePass.TimeMajor;
  const error = begin(model, n, flags, 1, false);
  if (error) return error;
  bringState(model, n, flags);
  runPhase(planOf(model), Phase.Predict, n, 0, 1);
  keepState(model, n, flags);
  return EdgeError.Ok;
}

/** The state of stream `row` becomes zero; of all of them for -1. */
export function wl_reset(model: usize, row: i32): i32 {
  const error = checkModel(model, Stage.Ready);
  if (error) return error;
  const B = planOf(model).B;
  if (row < -1 || row >= B) return EdgeError.Argument;
  moveStates(model, max(row, 0), row < 0 ? B : row + 1, 0, Move.Clear);
  return EdgeError.Ok;
}

/** As wl_forward, with the loss: see WL_SETTING_LOSS and WL_SETTING_HITS. Nothing is dropped, no weight changes. */
export function wl_evaluate(model: usize, n: i32, flags: i32): i32 {
  if (!TRAINING) return EdgeError.Unsupported;
  const error = begin(model, n, flags, 0, true);
  if (error) return error;
  const plan = planOf(model);
  bringState(model, n, flags);
  runPhase(plan, Phase.Evaluate, n, 0, 1);
  runPhase(plan, Phase.Summarise, n, 0, 1);
  return end(model, n, flags);
}

/**
 * One training step on n sequences: forward, loss, backward through time, the optimiser. Loss and hits are those before
 * the update.
 */
export function wl_train(model: usize, n: i32, flags: i32): i32 {
  return train(model, n, flags, false);
}

/** The same for the head's weights alone, without the way back through time. */
export function wl_train_head(model: usize, n: i32, flags: i32): i32 {
  return train(model, n, flags, true);
}

function train(model: usize, n: i32, flags: i32, isHeadOnly: bool): i32 {
  if (!TRAINING) return EdgeError.Unsupported;
  const error = begin(model, n, flags, 0, true);
  if (error) return error;
  const plan = planOf(model);
  bringState(model, n, flags);
  setSetting(plan, Setting.Dropout, 1);
  const head = (at(plan, Region.HeadKernel) - at(plan, Region.Parameters)) >> 2;
  setSetting(plan, Setting.TrainableFrom, isHeadOnly ? <f64>head : 0);
  runPhase(plan, isHeadOnly ? Phase.Evaluate : Phase.Train, n, 0, 1);
  setSetting(plan, Setting.Dropout, 0);
  if (isHeadOnly) {
    runPhase(plan, Phase.HeadGradients, n, 0, 1);
  } else {
    runPhase(plan, Phase.KernelGradients, n, 0, 1);
    runPhase(plan, Phase.ProjectionGradients, n, 0, 1);
  }
  if (setting(plan, Setting.ClipNorm) < Infinity) runPhase(plan, Phase.Norm, n, 0, 1);
  runPhase(plan, Phase.Update, n, 0, 1);
  const done = end(model, n, flags);
  if (done == EdgeError.Ok) pack(plan, 0, 1);
  return done;
}

function end(model: usize, n: i32, flags: i32): i32 {
  if (!isFinite(setting(planOf(model), Setting.Loss))) return EdgeError.Loss;
  keepState(model, n, flags);
  return EdgeError.Ok;
}

// Checks a pass and what it reads, then tells the core of it; `only` steps, or the plan's for 0.
function begin(model: usize, n: i32, flags: i32, only: i32, isJudged: bool): i32 {
  const error = checkModel(model, Stage.Packed);
  if (error) return error;
  const plan = planOf(model);
  const isRagged = LENGTHS && (flags & EdgePass.Lengths) != 0, keeps = (flags & EdgePass.KeepState) != 0;
  if (n < 1 || n > plan.B || <u32>flags > 7) return EdgeError.Argument;
  if ((isJudged && !trains(plan)) || (!LENGTHS && (flags & EdgePass.Lengths) != 0)) return EdgeError.Unsupported;
  if (BIDIRECTIONAL && keeps && readsBackwards(plan)) return EdgeError.Unsupported;
  const T = only ? only : plan.T;
  if (!areFinite(at(plan, Region.Input), n * T * plan.I)) return EdgeError.NotFinite;
  let longest = T, total = n * T;
  if (isRagged) {
    longest = total = 0;
    for (let b = 0; b < n; ++b) {
      const length = load<i32>(at(plan, Region.Lengths) + (<usize>b << 2));
      if (length < 0 || length > T) return EdgeError.Target;
      longest = max(longest, length);
      total += length;
    }
  }
  if (TRAINING && isJudged && !areTargetsValid(plan, n, isRagged)) return EdgeError.Target;
  setSetting(plan, Setting.TimeMajor, flags & EdgePass.TimeMajor);
  setSetting(plan, Setting.HasLengths, i32(isRagged));
  setSetting(plan, Setting.InitialState, i32(keeps));
  setSetting(plan, Setting.Steps, longest);
  setSetting(plan, Setting.Items, everyStep(plan) ? total : n);
  return EdgeError.Ok;
}

function readsBackwards(plan: Plan): bool {
  let k = 0;
  do if (cellOf(plan, k).reversed) return true; while (hasCell(plan, ++k));
  return false;
}

// Labels of a softmax are classes, targets of a sigmoid from 0 to 1, others finite, weights finite and not negative;
// behind a sequence's end they count for nothing.
function areTargetsValid(plan: Plan, n: i32, isRagged: bool): bool {
  const C = plan.C, isSoftmax = !OTHER_HEADS || plan.head == HeadType.Softmax;
  if (!areWeights(at(plan, Region.SampleWeights), n) || !areWeights(at(plan, Region.ClassWeights), C)) return false;
  for (let b = 0; b < n; ++b) {
    const first = everyStep(plan) ? b * plan.T : b;
    let items = everyStep(plan) ? plan.T : 1;
    if (isRagged && everyStep(plan)) items = load<i32>(at(plan, Region.Lengths) + (<usize>b << 2));
    for (let item = first; item < first + items; ++item) {
      if (isSoftmax) {
        if (load<u32>(at(plan, Region.Labels) + (<usize>item << 2)) >= <u32>C) return false;
      } else {
        const targets = at(plan, Region.Targets) + (<usize>(item * C) << 2);
        if (!areFinite(targets, C)) return false;
        for (let c = 0; plan.head == HeadType.Sigmoid && c < C; ++c) {
          const y = load<f32>(targets + (<usize>c << 2));
          if (y < 0 || y > 1) return false;
        }
      }
    }
  }
  return true;
}

function areWeights(weights: usize, n: i32): bool {
  if (!areFinite(weights, n)) return false;
  for (let i = 0; i < n; ++i) if (load<f32>(weights + (<usize>i << 2)) < 0) return false;
  return true;
}

// The state of rows 0 to n - 1 to where step 0 reads it.
function bringState(model: usize, n: i32, flags: i32): void {
  if (flags & EdgePass.KeepState) moveStates(model, 0, n, 0, Move.In);
}

// The last state of the pass to where the next one begins from.
function keepState(model: usize, n: i32, flags: i32): void {
  if (flags & EdgePass.KeepState) moveStates(model, 0, n, steps(planOf(model)) * n, Move.Out);
}

enum Move {
  In,
  Out,
  Clear,
}

// Rows first <= b < last of the state, to or from rows `offset` + b of h and c.
function moveStates(model: usize, first: i32, last: i32, offset: i32, move: Move): void {
  const plan = planOf(model), B = plan.B;
  let state = edgeOf(model).state;
  let k = 0;
  do {
    const cell = cellOf(plan, k), R = cell.R, H = cell.H;
    for (let b = first; b < last; ++b) moveRow(hiddenAt(cell, offset + b), state + (<usize>(b * R) << 2), R, move);
    state += <usize>(B * R) << 2;
    if (!isLstm(cell)) continue;
    for (let b = first; b < last; ++b) {
      for (let p = 0; p < cell.hPanels; ++p) {
        const unit = p * PANEL;
        moveRow(stateAt(cell, p, offset + b), state + (<usize>(b * H + unit) << 2), min(PANEL, H - unit), move);
      }
    }
    state += <usize>(B * H) << 2;
  } while (hasCell(plan, ++k));
}

function moveRow(inside: usize, outside: usize, n: i32, move: Move): void {
  if (move == Move.In) copy(inside, outside, n);
  else if (move == Move.Out) copy(outside, inside, n);
  else clear(outside, n);
}
