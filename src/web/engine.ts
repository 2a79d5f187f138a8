// The engine in a browser, complete but for its core: in a worker, whose first message is what it is to be, or in the
// page itself. All workers are the page's, an engine's threads too.

import type { Core } from "../core/core.ts";
import type { ThreadOrder } from "../host.ts";
import { serveEngine } from "../remote/engine-service.ts";
import { serveThread } from "../threads/thread.ts";

/** The worker's side, as far as it is used here. */
export type WorkerScope = Pick<Worker, "postMessage" | "onmessage">;

/** What a worker is started with: a port to the page, if it is to be an engine, or a thread's order. */
export type WorkerOrder = { port: MessagePort } | ThreadOrder;

/** What it answers: that its code runs, and a thread, that it stands ready. */
export type WorkerMessage = "started" | "ready";

/** Makes of a worker what its first message says. */
export function serveWorker(scope: WorkerScope): void {
  const say = (message: WorkerMessage) => scope.postMessage(message);
  scope.onmessage = async ({ data }: MessageEvent<WorkerOrder>) => {
    scope.onmessage = null;
    if ("port" in data) serveEngine(data.port, { instantiate, cores: coresForThreads() });
    else await serveThread(data, instantiate, () => say("ready"));
  };
  say("started");
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
function coresForThreads(): number | undefined {
  return globalThis.crossOriginIsolated ? (navigator.hardwareConcurrency ?? 1) : undefined;
}
