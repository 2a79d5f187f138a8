// What the engine needs from the place where it runs: a process, a page's worker, or a page itself.

import type { Build } from "./core/builds.ts";
import type { Core } from "./core/core.ts";

/** What a thread of a pool is started with. */
export interface ThreadOrder {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  control: SharedArrayBuffer;
  plan: number;
  /** This thread's number, from 1, and how many there are with the caller's. */
  index: number;
  workers: number;
}

/**
 * Resolves when the thread stands ready to serve its order, rejects when it could not be started; what ends it
 * later is told to `onFailure`.
 */
export type StartThread = (order: ThreadOrder, onFailure: (reason: string) => void) => Promise<void>;

export type LoadFiles = () => Promise<typeof import("./model-file.ts")>;

/** What a page has for a model whose engine is elsewhere. */
export interface PageHost {
  compile: Host["compile"];
  files: LoadFiles;
}

export interface Host {
  /** Compiles a build for a memory of one thread, or for one that threads share. */
  compile(build: Build, shared: boolean): Promise<WebAssembly.Module>;
  /** Makes a core of a module on a memory. */
  instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Core>;
  /** Loads what writes and reads files; absent where the model's other end does that. */
  files?: LoadFiles;
  /**
   * Absent where threads cannot share memory, or the caller's thread may not wait for them. `patienceMs`: how long a
   * caller waits for a thread in one phase; 30 s unless given.
   */
  threads?: { cores: number; start: StartThread; patienceMs?: number };
}
