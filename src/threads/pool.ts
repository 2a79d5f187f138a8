// A Runner over workers: the caller's thread is worker 0, the others wait in their own threads.

import type { Phase } from "../../assembly/regions.ts";
import type { Core } from "../core/core.ts";
import type { StartThread } from "../host.ts";
import type { Runner } from "../runner.ts";
import { CONTROL_BYTES, Control } from "./barrier.ts";

export class Pool implements Runner {
  readonly workers: number;
  readonly #core: Core;
  readonly #plan: number;
  readonly #control: Control;
  #isClosed = false;

  private constructor(core: Core, plan: number, control: Control, workers: number) {
    this.#core = core;
    this.#plan = plan;
    this.#control = control;
    this.workers = workers;
  }

  /** Starts `workers` - 1 threads on the core's memory and waits until they stand ready. */
  static async start(
    core: Core,
    plan: number,
    module: WebAssembly.Module,
    workers: number,
    startThread: StartThread,
    patienceMs?: number,
  ): Promise<Pool> {
    const buffer = new SharedArrayBuffer(CONTROL_BYTES);
    const control = new Control(buffer, workers, patienceMs);
    const order = { module, memory: core.memory, control: buffer, plan, workers };
    const others = Array.from({ length: workers - 1 }, (_, i) =>
      startThread({ ...order, index: i + 1 }, (reason) => control.fail(reason)),
    );
    try {
      await Promise.all(others);
    } catch (error) {
      control.close();
      throw error;
    }
    return new Pool(core, plan, control, workers);
  }

  prepare(): void {
    this.#control.wake();
  }

  run(phases: readonly Phase[], n: number): void {
    const control = this.#control;
    // Nobody would come to the barrier.
    if (this.#isClosed) throw new Error("the model is closed: its threads have ended");
    control.throwFailure();
    control.announce({ n, phases });
    try {
      for (const phase of phases) {
        this.#core.runPhase(this.#plan, phase, n, 0, this.workers);
        control.meet();
      }
    } catch (error) {
      // The workers no longer stand where the caller believes: no further job is possible.
      control.fail(error instanceof Error ? error.message : String(error));
    }
    control.throwFailure();
  }

  check(): void {
    this.#control.throwFailure();
  }

  close(): void {
    this.#isClosed = true;
    this.#control.close();
  }
}
