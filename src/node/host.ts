// Node, and what speaks like it: cores from files, threads of node:worker_threads.

import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Build } from "../core/builds.ts";
import { loadCore } from "../core/load.ts";
import { withSharedMemory } from "../core/shared-memory.ts";
import type { Host, PageHost, ThreadOrder } from "../host.ts";

export const nodeHost: Host & PageHost = {
  async compile(build: Build, shared: boolean): Promise<WebAssembly.Module> {
    const file = await readFile(new URL(`../../build/${build}.wasm`, import.meta.url));
    return WebAssembly.compile(shared ? withSharedMemory(file) : new Uint8Array(file));
  },
  instantiate: loadCore,
  files: () => import("../model-file.ts"),
  threads: { cores: availableParallelism(), start: startThread },
};

// The thread never keeps the process alive.
async function startThread(order: ThreadOrder, onFailure: (reason: string) => void): Promise<void> {
  // Node's options of the process are not the thread's: --input-type and the like would stop it.
  const worker = new Worker(new URL("./thread-worker.js", import.meta.url), { execArgv: [] });
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.on("error", (error: Error) => {
      onFailure(error.message);
      reject(new Error(`a worker could not start: ${error.message}`));
    });
    worker.once("exit", (code) => {
      if (code !== 0) onFailure(`it ended with code ${code}`);
      reject(new Error(`a worker ended with code ${code} before it was ready`));
    });
    worker.postMessage(order);
  });
  worker.unref();
}
