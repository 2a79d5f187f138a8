// One batch as phases over ranges. Every worker runs its part of a phase; all have ended it before any begins
// the next. Each output is computed whole by one worker, so the result does not depend on their number.

import { backward, headGradients, kernelGradients, projectionGradients } from "./backward";
import { carryState, forward, loss } from "./forward";
import { partStart } from "./kernels/range";
import { packHead, packUnits } from "./pack";
import { Plan, at, setSetting, setting } from "./plan";
import { Phase, Region, Setting } from "./regions";
import { beginUpdate, normParts, update } from "./update";

/** Runs the part of `worker` of `workers` in one phase of a batch of n rows, 1 <= n <= B. */
export function runPhase(plan: Plan, phase: i32, n: i32, worker: i32, workers: i32): void {
  if (phase == Phase.Pack) {
    packUnits(plan, partStart(plan.hPanels, worker, workers), partStart(plan.hPanels, worker + 1, workers));
    if (worker == workers - 1) packHead(plan);
  } else if (phase == Phase.Carry) {
    carryState(plan, n, partStart(n, worker, workers), partStart(n, worker + 1, workers));
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
    if (worker == 0) beginUpdate(plan);
  } else if (phase == Phase.HeadGradients) {
    if (worker == 0) {
      headGradients(plan, n);
      summarise(plan, n);
      beginUpdate(plan);
    }
  } else if (phase == Phase.Norm) {
    normParts(plan, worker, workers);
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
