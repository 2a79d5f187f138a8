// The engine in a browser, complete but for its core: in a worker, whose first message is what it is to be, or in the
// page itself.

import type { Core } from "../core/core.ts";
import type { Host, StartThread, ThreadOrder } from "../host.ts";
import { serveEngine } from "../remote/engine-service.ts";
import { serveThread } from "../threads/thread.ts";

/** The worker's side, as far as it is used here. */
export type WorkerScope = Pick<Worker, "postMessage" | "onmessage">;

/** What a worker is started with: a port to the page, if it is to be an engine, or a thread's order. */
type Order = { port: MessagePort } | ThreadOrder;

/** Makes of a worker what its first message says. */
export function serveWorker(scope: WorkerScope): void {
  scope.onmessage = async ({ data }: MessageEvent<Order>) => {
    scope.onmessage = null;
    if ("port" in data) serveEngine(data.port, { instantiate, threads: workerThreads() });
    else await serveThread(data, instantiate, () => scope.postMessage("ready"));
  };
  scope.postMessage("started");
}

/** An engine in the calling thread, which may not wait for others: one thread. */
export function servePage(port: MessagePort): void {
  serveEngine(port, { instantiate });
}

// The core needs no loader, so a page is spared it.
async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Core> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return exports as unknown as Core;
}

// Memory is shared on cross-origin isolated pages alone.
function workerThreads(): Host["threads"] {
  if (!globalThis.crossOriginIsolated || typeof Worker !== "function") return undefined;
  return { cores: navigator.hardwareConcurrency ?? 1, start: startThread };
}

// Held while they run: a browser may end a worker that nobody holds.
const threads: Worker[] = [];

// A thread is a worker of the same source.
const startThread: StartThread = (order, onFailure) => {
  const worker = new Worker(globalThis.location.href, { type: "module", name: "wasm-lstm thread" });
  threads.push(worker);
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => data === "ready" && resolve();
    worker.onerror = ({ message }) => {
      onFailure(message);
      reject(new Error(`a worker could not start: ${message}`));
    };
    worker.postMessage(order);
  });
};
