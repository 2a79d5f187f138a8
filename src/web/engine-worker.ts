// The file that a worker is started from.

import { serveWorker, type WorkerScope } from "./engine.js";

serveWorker(globalThis as unknown as WorkerScope);
