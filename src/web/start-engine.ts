// Where the engine runs on a page. A worker is started from the source that the package carries as text, for which no
// bundler and no server needs to know of a file; where the page's content security policy forbids that, from the
// package's file.

import type { PlaceOptions } from "../place.ts";
import type { Engine } from "../remote/engine-link.ts";
import type { WorkerMessage, WorkerOrder } from "./engine.ts";

/** Throws an Error when a worker that was asked for does not start. */
export async function startEngine(place: PlaceOptions["worker"]): Promise<Engine> {
  if (place === false) return inPage();
  if (typeof place === "string" || place instanceof URL)
    return inWorker(() => new Worker(place, { type: "module" }));
  try {
    return await fromSource().catch(fromFile);
  } catch (error) {
    if (place === true) throw error;
    return inPage();
  }
}

// One for all workers.
let sourceUrl: string | undefined;
// A policy is not asked a second time: it would report the page again.
let refused: unknown;

async function fromSource(): Promise<Engine> {
  if (refused !== undefined) throw refused;
  const { default: source } = await import("../../build/engine-source.ts");
  try {
    sourceUrl ??= URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const url = sourceUrl;
    return await inWorker(() => new Worker(url, { type: "module", name: "wasm-lstm" }));
  } catch (error) {
    refused = error;
    throw error;
  }
}

// Bundlers know a worker by exactly this form.
async function fromFile(): Promise<Engine> {
  return inWorker(() => new Worker(new URL("./engine-worker.js", import.meta.url), { type: "module" }));
}

// Held while they run: a browser may end a worker that nobody holds.
const workers = new Set<Worker>();

/** An engine in a worker that `make` gives, its threads in others. */
async function inWorker(make: () => Worker): Promise<Engine> {
  const own: Worker[] = [];
  const stop = () => {
    for (const worker of own.splice(0)) {
      worker.terminate();
      workers.delete(worker);
    }
  };
  // Resolves when the worker says `ready` to its order.
  const start = (
    name: string,
    order: WorkerOrder,
    ready: WorkerMessage,
    onFailure: (error: Error) => void,
  ): Promise<void> => {
    const worker = make();
    own.push(worker);
    workers.add(worker);
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => data === ready && resolve();
      worker.onerror = (event) => {
        event.preventDefault();
        const error = new Error(`${name} failed: ${event.message || "it could not be started"}`);
        onFailure(error);
        reject(error);
      };
      worker.postMessage(order, "port" in order ? [order.port] : []);
    });
  };
  const { port1, port2 } = new MessageChannel();
  const engine: Engine = {
    port: port1,
    worker: true,
    stop,
    startThread: (order, onFailure) =>
      start("a thread's worker", order, "ready", ({ message }) => onFailure(message)),
  };
  await start("the model's worker", { port: port2 }, "started", (error) => {
    stop();
    engine.onFailure?.(error);
  });
  return engine;
}

async function inPage(): Promise<Engine> {
  const { servePage } = await import("./engine.js");
  const { port1, port2 } = new MessageChannel();
  servePage(port2);
  return { port: port1, worker: false, stop: () => {} };
}
