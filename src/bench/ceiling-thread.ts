// A further thread of the ceiling: runs the loop whenever the first count rises, and adds one to the second when done.

import { parentPort, workerData } from "node:worker_threads";
import { loadCeiling } from "./ceiling-loop.ts";
import type { CeilingForm } from "./ceiling-module.ts";

export interface CeilingThread {
  form: CeilingForm;
  /** Runs that have begun, and those that the threads have done. */
  counts: Int32Array<SharedArrayBuffer>;
}

const { form, counts } = workerData as CeilingThread;
const { run } = await loadCeiling(form);
parentPort?.postMessage("ready");
for (let begun = 0; ; begun++) {
  Atomics.wait(counts, 0, begun);
  run();
  Atomics.add(counts, 1, 1);
  Atomics.notify(counts, 1);
}
