// A process that makes one update and ends: `node first-update.js <module of a side> <order as JSON>`.
// Prints the milliseconds since the process began when the update is done.

import type { StartSide } from "./protocol.ts";
import { readOrder } from "./side-order.ts";

const { start } = (await import(process.argv[2])) as { start: StartSide };
const { sideOrder, batches } = readOrder(JSON.parse(process.argv[3]));
const side = await start(sideOrder);
await side.train!(batches[0]);
process.stdout.write(`${performance.now()}\n`, () => process.exit(0));
