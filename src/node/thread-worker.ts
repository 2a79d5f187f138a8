// The file that a thread of a pool is started from in Node.

import { parentPort } from "node:worker_threads";
import { loadCore } from "../core/load.ts";
import type { ThreadOrder } from "../host.ts";
import { serveThread } from "../threads/thread.ts";

parentPort?.once("message", async (order: ThreadOrder) => {
  await serveThread(order, loadCore, () => parentPort?.postMessage("ready"));
  parentPort?.close();
});
