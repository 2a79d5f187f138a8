// A thread of a pool that fails in a phase it is told: workerData is { how, at }, `at` counted from 1 over all phases.
//   throw   the core traps            exit   the thread ends             hang   it never comes back

import { parentPort, workerData } from "node:worker_threads";
import { loadCore } from "../../dist/src/core/load.js";
import { serveThread } from "../../dist/src/threads/thread.js";

const { how, at } = workerData;
let phases = 0;

async function instantiate(module, memory) {
  const core = await loadCore(module, memory);
  const runPhase = (...args) => {
    if (++phases === at) fail();
    core.runPhase(...args);
  };
  return { ...core, runPhase };
}

function fail() {
  if (how === "throw") throw new WebAssembly.RuntimeError("unreachable");
  if (how === "exit") process.exit(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

parentPort.once("message", (order) => serveThread(order, instantiate, () => parentPort.postMessage("ready")));
