// One batch as phases over ranges. Every worker runs its part of a phase; all have ended it before any begins
// the next. Each output is computed whole by one worker, so the result does not depend on their number.

import { backward } from "./backward";
import { TRAINING } from "./features";
import { carryState, forward } from "./forward";
import { cellGradients, headGradients, projectionGradients } from "./gradients";
import { loss, summarise } from "./head";
import { partStart } from "./kernels/range";
import { pack } from "./pack";
import { Plan, cellOf, hasCell } from "./plan";
import { Phase } from "./regions";
import { beginUpdate, normParts, update } from "./update";

/** Runs the part of `worker` of `workers` in one phase of a batch of n rows, 1 <= n <= B. */
export function runPhase(plan: Plan, phase: i32, n: i32, worker: i32, workers: i32): void {
  if (phase == Phase.Pack) {
    pack(plan, worker, workers);
  } else if (phase == Phase.Carry) {
    carryState(plan, n, partStart(n, worker, workers), partStart(n, worker + 1, workers));
  } else if (phase == Phase.Predict) {
    forward(plan, n, partStart(n, worker, workers), partStart(n, worker + 1, workers), false);
  } else if (TRAINING) {
    runTrainingPhase(plan, phase, n, worker, workers);
  }
}

// @ts-ignore: decorator
@inline function runTrainingPhase(plan: Plan, phase: i32, n: i32, worker: i32, workers: i32): void {
  if (phase == Phase.Trace || phase == Phase.Evaluate || phase == Phase.Train) {
    const first = partStart(n, worker, workers), last = partStart(n, worker + 1, workers);
    forward(plan, n, first, last, phase != Phase.Evaluate);
    if (phase != Phase.Trace) loss(plan, n, first, last);
    if (phase == Phase.Train) backward(plan, n, first, last);
  } else if (phase == Phase.KernelGradients) {
    let k = 0;
    do cellGradients(plan, cellOf(plan, k), n, worker, workers); while (hasCell(plan, ++k));
    headGradients(plan, n, worker, workers);
    if (worker == workers - 1) summarise(plan, n);
  } else if (phase == Phase.ProjectionGradients) {
    projectionGradients(plan, partStart(plan.pPanels, worker, workers), partStart(plan.pPanels, worker + 1, workers));
    if (worker == 0) beginUpdate(plan);
  } else if (phase == Phase.HeadGradients) {
    headGradients(plan, n, worker, workers);
    if (worker == 0) {
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
