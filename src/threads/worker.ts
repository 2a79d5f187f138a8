// A worker of a pool: runs its part of every phase, meets the others, sleeps between jobs.

import { type Core, loadCore } from "../core/load.ts";
import { Control, type Job } from "./barrier.ts";
import type { WorkerOrder } from "./pool.ts";

const { parentPort } = await import("node:worker_threads");

parentPort?.once("message", async (order: WorkerOrder) => {
  const core = await loadCore(order.module, order.memory);
  const control = new Control(order.control, order.workers);
  const seen = control.job;
  parentPort?.postMessage(seen);
  serve(core, order, control, seen);
  parentPort?.close();
});

function serve(core: Core, order: WorkerOrder, control: Control, start: number): void {
  let seen = start;
  for (let job = control.nextJob(seen); job; job = control.nextJob(seen)) {
    seen++;
    work(core, order, control, job);
  }
}

// After a failure the worker still meets the others, so that no one waits for it in vain.
function work(core: Core, { plan, index, workers }: WorkerOrder, control: Control, job: Job): void {
  let failed = false;
  for (const phase of job.phases) {
    try {
      if (!failed) core.runPhase(plan, phase, job.n, index, workers);
    } catch (error) {
      failed = true;
      control.fail(error instanceof Error ? error.message : String(error));
    }
    control.meet();
  }
}
