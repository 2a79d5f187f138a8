// Who runs the phases of a batch. The model cannot tell one worker from many.

import type { Phase } from "../assembly/regions.ts";
import type { Core } from "./core/core.ts";

export interface Runner {
  /** How many workers share a phase. */
  readonly workers: number;
  /** Says that a run is near, so that workers wake while the caller brings the batch. */
  prepare(): void;
  /** Runs the phases in order on a batch of n rows; every worker ends a phase before any begins the next. */
  run(phases: readonly Phase[], n: number): void;
  /** Throws what ended a run before its time, if one did: the memory may then hold half an update. */
  check(): void;
  /** Lets the workers go; the runner is not used again. */
  close(): void;
}

/** All phases here and now, in the caller's thread. */
export class SerialRunner implements Runner {
  readonly workers = 1;
  readonly #core: Core;
  readonly #plan: number;

  constructor(core: Core, plan: number) {
    this.#core = core;
    this.#plan = plan;
  }

  prepare(): void {}

  check(): void {}

  run(phases: readonly Phase[], n: number): void {
    for (const phase of phases) this.#core.runPhase(this.#plan, phase, n, 0, 1);
  }

  close(): void {}
}
