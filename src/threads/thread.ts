// A thread of a pool: runs its part of every phase, meets the others, sleeps between jobs.

import type { Core } from "../core/core.ts";
import type { Host, ThreadOrder } from "../host.ts";
import { Control, type Job } from "./barrier.ts";

/** Serves until the pool is closed, and blocks the calling thread meanwhile; `onReady` is called before. */
export async function serveThread(
  order: ThreadOrder,
  instantiate: Host["instantiate"],
  onReady: () => void,
): Promise<void> {
  const core = await instantiate(order.module, order.memory);
  const control = new Control(order.control, order.workers);
  let seen = control.job;
  onReady();
  for (let job = control.nextJob(seen); job; job = control.nextJob(seen)) {
    seen++;
    work(core, order, control, job);
  }
}

// After a failure the thread still meets the others, so that no one waits for it in vain.
function work(core: Core, { plan, index, workers }: ThreadOrder, control: Control, job: Job): void {
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
