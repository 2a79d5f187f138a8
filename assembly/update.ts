// The update of the parameters: this update's rate by the schedule, the norm that clips, the optimiser's rule.

import { OTHER_OPTIMIZERS, SCHEDULES } from "./features";
import { UpdateRule, optimize, squaredNorm } from "./kernels/optimizer";
import { partStart } from "./kernels/range";
import { NORM_BLOCK, Plan, at, setSetting, setting } from "./plan";
import { Optimizer, Region, Schedule, Setting } from "./regions";
import { cos64, exp64, log64 } from "./scalar64";

/**
 * Counts the update and works out its learning rate; once an update, by one worker, after the loss is known and
 * before Phase.Update. An update that will change nothing does not count.
 */
export function beginUpdate(plan: Plan): void {
  if (!isFinite(setting(plan, Setting.Loss))) return;
  const made = setting(plan, Setting.Updates);
  const power1 = made == 0 ? 1 : setting(plan, Setting.Beta1Power);
  const power2 = made == 0 ? 1 : setting(plan, Setting.Beta2Power);
  setSetting(plan, Setting.Beta1Power, power1 * setting(plan, Setting.Beta1));
  setSetting(plan, Setting.Beta2Power, power2 * setting(plan, Setting.Beta2));
  setSetting(plan, Setting.Updates, made + 1);
  setSetting(plan, Setting.Rate, setting(plan, Setting.LearningRate) * (SCHEDULES ? scheduleFactor(plan, made) : 1));
}

// Update number u, counted from 0, w of them to warm up over N = Setting.ScheduleSteps with factor r:
//   warm-up      (u + 1) / w while u < w, and u - w in place of u afterwards
//   step         r^floor(u / N)
//   exponential  r^(u / N)
//   cosine       r + (1 - r) (1 + cos(π min(u, N) / N)) / 2             (Loshchilov & Hutter 2017, no restarts)
function scheduleFactor(plan: Plan, update: f64): f64 {
  const warmup = setting(plan, Setting.WarmupSteps);
  if (update < warmup) return (update + 1) / warmup;
  const kind = <i32>setting(plan, Setting.Schedule);
  if (kind == Schedule.Constant) return 1;
  const r = setting(plan, Setting.ScheduleRate);
  let x = (update - warmup) / setting(plan, Setting.ScheduleSteps);
  if (kind == Schedule.Cosine) return r + (1 - r) * 0.5 * (1 + cos64(min(x, 1) * 3.141592653589793));
  if (kind == Schedule.Step) x = floor(x);
  return exp64(x * log64(r));
}

/** This worker's partial sums of the gradient's squared norm. */
export function normParts(plan: Plan, worker: i32, workers: i32): void {
  const from = <i32>setting(plan, Setting.TrainableFrom);
  const blocks = (plan.parameters + NORM_BLOCK - 1) / NORM_BLOCK;
  for (let block = partStart(blocks, worker, workers); block < partStart(blocks, worker + 1, workers); ++block) {
    const first = max(block * NORM_BLOCK, from);
    const count = max(min((block + 1) * NORM_BLOCK, plan.parameters) - first, 0);
    const sum = squaredNorm(at(plan, Region.Gradients) + (<usize>first << 2), count);
    store<f64>(at(plan, Region.NormParts) + (<usize>block << 3), sum);
  }
}

// Clip by global norm (Pascanu, Mikolov, Bengio 2013): the factor that brings the gradient's norm to the bound.
function clipFactor(plan: Plan): f64 {
  const bound = setting(plan, Setting.ClipNorm);
  if (bound == Infinity) return 1;
  let sum: f64 = 0;
  const blocks = (plan.parameters + NORM_BLOCK - 1) / NORM_BLOCK;
  for (let block: usize = 0; block < <usize>blocks; ++block) sum += load<f64>(at(plan, Region.NormParts) + (block << 3));
  const norm = sqrt(sum);
  return norm > bound ? bound / norm : 1;
}

/**
 * The optimiser over this worker's part of the trainable parameters, in whole vectors. A loss that is not finite
 * changes nothing: the last good parameters stay.
 */
export function update(plan: Plan, worker: i32, workers: i32): void {
  if (!isFinite(setting(plan, Setting.Loss))) return;
  const kind = <i32>setting(plan, Setting.Optimizer);
  const rule = changetype<UpdateRule>(at(plan, Region.Rules) + <usize>worker * 64);
  const rate = setting(plan, Setting.Rate), epsilon = setting(plan, Setting.Epsilon);
  rule.decay = <f32>(rate * setting(plan, Setting.WeightDecay));
  rule.scale = <f32>clipFactor(plan);
  rule.bound = <f32>setting(plan, Setting.ClipValue);
  rule.nesterov = <f32>setting(plan, Setting.Nesterov);
  rule.rate = <f32>rate;
  rule.epsilon = <f32>epsilon;
  rule.first = <f32>setting(plan, Setting.Momentum);
  rule.second = <f32>(1 - setting(plan, Setting.Rho));
  if (!OTHER_OPTIMIZERS || kind == Optimizer.Adam) {
    // θ -= lr m̂ / (sqrt(v̂) + ε) with m̂ = m / (1 - β1^t), v̂ = v / (1 - β2^t), times sqrt(1 - β2^t) above and
    // below. TensorFlow 1 and Keras leave ε as it is there ("ε hat" in the paper, the note in section 2).
    const correction = sqrt(1 - setting(plan, Setting.Beta2Power));
    rule.rate = <f32>(rate * correction / (1 - setting(plan, Setting.Beta1Power)));
    rule.epsilon = <f32>(setting(plan, Setting.EpsilonHat) != 0 ? epsilon : epsilon * correction);
    rule.first = <f32>(1 - setting(plan, Setting.Beta1));
    rule.second = <f32>(1 - setting(plan, Setting.Beta2));
  }
  const from = <i32>setting(plan, Setting.TrainableFrom);
  const blocks = (plan.parameters - from + 15) >> 4;
  const first = from + (partStart(blocks, worker, workers) << 4);
  const last = min(from + (partStart(blocks, worker + 1, workers) << 4), plan.parameters);
  const offset = <usize>first << 2;
  optimize(
    kind, at(plan, Region.Parameters) + offset, at(plan, Region.Gradients) + offset,
    at(plan, Region.FirstMoment) + offset, at(plan, Region.SecondMoment) + offset, last - first, rule,
  );
}
