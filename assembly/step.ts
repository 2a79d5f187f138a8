// One batch as phases over ranges. Every worker runs its part of a phase; all have ended it before any begins
// the next. Each output is computed whole by one worker, so the result does not depend on their number.

import { backward, headGradients, kernelGradients, projectionGradients } from "./backward";
import { forward, loss } from "./forward";
import { adam } from "./kernels/adam";
import { partStart } from "./kernels/range";
import { packHead, packUnits } from "./pack";
import { Plan, at, setSetting, setting } from "./plan";
import { Phase, Region, Setting } from "./regions";

/** Runs the part of `worker` of `workers` in one phase of a batch of n rows, 1 <= n <= B. */
export function runPhase(plan: Plan, phase: i32, n: i32, worker: i32, workers: i32): void {
  if (phase == Phase.Pack) {
    packUnits(plan, partStart(plan.hPanels, worker, workers), partStart(plan.hPanels, worker + 1, workers));
    if (worker == workers - 1) packHead(plan);
  } else if (phase == Phase.Predict || phase == Phase.Evaluate || phase == Phase.Train) {
    const first = partStart(n, worker, workers), last = partStart(n, worker + 1, workers);
    forward(plan, n, first, last);
    if (phase != Phase.Predict) loss(plan, n, first, last);
    if (phase == Phase.Train) backward(plan, n, first, last);
  } else if (phase == Phase.KernelGradients) {
    kernelGradients(plan, n, partStart(plan.hPanels, worker, workers), partStart(plan.hPanels, worker + 1, workers));
    if (worker == workers - 1) {
      headGradients(plan, n);
      summarise(plan, n);
    }
  } else if (phase == Phase.ProjectionGradients) {
    projectionGradients(plan, partStart(plan.pPanels, worker, workers), partStart(plan.pPanels, worker + 1, workers));
    if (worker == 0) countUpdate(plan);
  } else if (phase == Phase.Update) {
    update(plan, worker, workers);
  } else if (phase == Phase.Summarise) {
    if (worker == 0) summarise(plan, n);
  }
}

// Mean loss and number of right rows, summed in the order of rows.
function summarise(plan: Plan, n: i32): void {
  let sum: f64 = 0;
  let hits = 0;
  for (let b: usize = 0; b < <usize>n; ++b) {
    sum += load<f64>(at(plan, Region.RowLoss) + (b << 3));
    if (load<i32>(at(plan, Region.RowClass) + (b << 2)) == load<i32>(at(plan, Region.Labels) + (b << 2))) ++hits;
  }
  setSetting(plan, Setting.Loss, sum / n);
  setSetting(plan, Setting.Hits, hits);
}

// An update that will change nothing does not count.
function countUpdate(plan: Plan): void {
  if (!isFinite(setting(plan, Setting.Loss))) return;
  const first = setting(plan, Setting.Updates) == 0;
  setSetting(plan, Setting.Beta1Power, (first ? 1 : setting(plan, Setting.Beta1Power)) * setting(plan, Setting.Beta1));
  setSetting(plan, Setting.Beta2Power, (first ? 1 : setting(plan, Setting.Beta2Power)) * setting(plan, Setting.Beta2));
  setSetting(plan, Setting.Updates, setting(plan, Setting.Updates) + 1);
}

// Adam over this worker's part of the parameters, in whole vectors. A loss that is not finite changes nothing:
// the last good parameters stay.
function update(plan: Plan, worker: i32, workers: i32): void {
  if (!isFinite(setting(plan, Setting.Loss))) return;
  const blocks = (plan.parameters + 15) >> 4;
  const first = partStart(blocks, worker, workers) << 4;
  const count = min(partStart(blocks, worker + 1, workers) << 4, plan.parameters) - first;
  const rate = setting(plan, Setting.LearningRate) * sqrt(1 - setting(plan, Setting.Beta2Power))
    / (1 - setting(plan, Setting.Beta1Power));
  const offset = <usize>first << 2;
  adam(
    at(plan, Region.Parameters) + offset, at(plan, Region.Gradients) + offset,
    at(plan, Region.FirstMoment) + offset, at(plan, Region.SecondMoment) + offset, count, <f32>rate,
    setting(plan, Setting.Beta1), setting(plan, Setting.Beta2), <f32>setting(plan, Setting.Epsilon),
  );
}
