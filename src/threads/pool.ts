// A Runner over workers: the caller's thread is worker 0, the others wait in their own threads.

import type { Phase } from "../../assembly/regions.ts";
import type { Core } from "../core/load.ts";
import type { Runner } from "../runner.ts";
import { CONTROL_BYTES, Control } from "./barrier.ts";

/** What a worker is started with. */
export interface WorkerOrder {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  control: SharedArrayBuffer;
  plan: number;
  /** This worker's number, from 1, and how many there are with the caller. */
  index: number;
  workers: number;
}

export class Pool implements Runner {
  readonly workers: number;
  readonly #core: Core;
  readonly #plan: number;
  readonly #control: Control;

  private constructor(core: Core, plan: number, control: Control, workers: number) {
    this.#core = core;
    this.#plan = plan;
    this.#control = control;
    this.workers = workers;
  }

  /** Starts `workers` - 1 threads on the core's memory and waits until they stand ready. */
  static async start(core: Core, plan: number, module: WebAssembly.Module, workers: number): Promise<Pool> {
    const buffer = new SharedArrayBuffer(CONTROL_BYTES);
    const control = new Control(buffer, workers);
    const order = { module, memory: core.memory, control: buffer, plan, workers };
    const others = Array.from({ length: workers - 1 }, (_, i) => startWorker({ ...order, index: i + 1 }));
    try {
      await Promise.all(others);
    } catch (error) {
      control.close();
      throw error;
    }
    return new Pool(core, plan, control, workers);
  }

  run(phases: readonly Phase[], n: number): void {
    const control = this.#control;
    control.throwFailure();
    control.announce({ n, phases });
    for (const phase of phases) {
      this.#core.runPhase(this.#plan, phase, n, 0, this.workers);
      control.meet();
    }
    control.throwFailure();
  }

  close(): void {
    this.#control.close();
  }
}

// Resolves when the worker stands ready. It never keeps the process alive.
async function startWorker(order: WorkerOrder): Promise<void> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(new URL("./worker.js", import.meta.url));
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", (error) => reject(new Error(`a worker could not start: ${error.message}`)));
    worker.once("exit", (code) => reject(new Error(`a worker ended with code ${code} before it was ready`)));
    worker.postMessage(order);
  });
  worker.unref();
}
