// How long the page's main thread is taken at a time, in milliseconds of its own processor time: what other programs
// of the machine take does not count.

import type { Browser, Page } from "playwright-core";

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds of the thread. */
  tdur?: number;
  args?: { name?: string };
}

/** Measures until `end`, which gives the longest task. */
export async function longestTask(browser: Browser, page: Page): Promise<{ end(): Promise<number> }> {
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  return {
    async end() {
      const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
        traceEvents: TraceEvent[];
      };
      const mains = traceEvents.filter(
        ({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain",
      );
      const tasks = traceEvents.filter(
        ({ name, ph, pid, tid }) =>
          ph === "X" && /RunTask$/.test(name) && mains.some((main) => main.pid === pid && main.tid === tid),
      );
      if (tasks.length < 100)
        throw new Error(`the trace has ${tasks.length} tasks of the page, too few to judge`);
      return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur), 0) / 1000;
    },
  };
}
