// The ceiling as a contender: one "update" is a run of the register-resident loop, on every thread at once. Option
// `build` names the build.

import { Worker } from "node:worker_threads";
import type { Build } from "../index.ts";
import { type CeilingLoop, loadCeiling } from "./ceiling-loop.ts";
import type { CeilingThread } from "./ceiling-thread.ts";
import type { StartSide } from "./protocol.ts";

// Eight chains keep two units of four cycles busy; V8 has about 15 registers. Beyond that only merged pairs fit.
const ACCUMULATORS = [8, 10, 12, 13, 16, 20, 24];
const WARM_RUNS = 3;
const TIMED_RUNS = 3;

export const start: StartSide = async ({ options, threads }) => {
  const build = options.build as Build;
  const forms = await Promise.all(ACCUMULATORS.map((accumulators) => loadCeiling({ build, accumulators })));
  // The forms in turn, so that a drift of the clock meets all.
  const times = forms.map(() => Number.POSITIVE_INFINITY);
  for (let run = 0; run < WARM_RUNS + TIMED_RUNS; run++) {
    for (const [i, form] of forms.entries()) {
      const begin = performance.now();
      form.run();
      if (run >= WARM_RUNS) times[i] = Math.min(times[i], (performance.now() - begin) / form.flops);
    }
  }
  const best = forms[times.indexOf(Math.min(...times))];
  const run = threads > 1 ? await onThreads(best, threads) : best.run;
  return {
    about: {
      name: `ceiling of the build ${build}, ${best.form.accumulators} accumulators`,
      flops: threads * best.flops,
    },
    train: () => {
      run();
      return 0;
    },
  };
};

/** Runs the loop here and on threads of its own; a run ends when the last of them has. */
async function onThreads({ form, run }: CeilingLoop, threads: number): Promise<() => void> {
  const counts = new Int32Array(new SharedArrayBuffer(8));
  await Promise.all(
    Array.from({ length: threads - 1 }, () => {
      const workerData: CeilingThread = { form, counts };
      const worker = new Worker(new URL("./ceiling-thread.js", import.meta.url), { workerData });
      return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    }),
  );
  let runs = 0;
  return () => {
    runs++;
    Atomics.store(counts, 0, runs);
    Atomics.notify(counts, 0);
    run();
    const all = runs * (threads - 1);
    for (let done = Atomics.load(counts, 1); done < all; done = Atomics.load(counts, 1))
      Atomics.wait(counts, 1, done);
  };
}
