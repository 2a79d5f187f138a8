// The file that a thread of a pool is started from in Node. It ends with its order: nothing else is listened for.

import { parentPort } from "node:worker_threads";
import { loadCore } from "../core/load.ts";
import type { ThreadOrder } from "../host.ts";
import { serveThread } from "../threads/thread.ts";

parentPort?.once("message", (order: ThreadOrder) =>
  serveThread(order, loadCore, () => parentPort?.postMessage("ready")),
);
