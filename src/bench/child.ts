// A contender's process: `node child.js <module of a side>`. Runs commands one after the other until its input
// ends. Standard output is free for whatever a peer prints; replies go to file descriptor 3.

import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Batch, Command, Memory, Predicted, Reply, Side, StartSide, Trained } from "./protocol.ts";
import { readOrder } from "./side-order.ts";

const REPLIES = 3;

let side: Side;
let batches: Batch[];

for await (const line of createInterface({ input: process.stdin })) {
  let reply: Reply;
  try {
    reply = { ok: await obey(JSON.parse(line) as Command) };
  } catch (error) {
    reply = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  writeSync(REPLIES, `${JSON.stringify(reply)}\n`);
}
process.exit(0);

async function obey(command: Command): Promise<unknown> {
  switch (command.do) {
    case "start": {
      const { start } = (await import(process.argv[2])) as { start: StartSide };
      const read = readOrder(command.order);
      batches = read.batches;
      side = await start(read.sideOrder);
      return side.about;
    }
    case "train":
      return train(command.first, command.warm, command.count);
    case "predict":
      return predict(command.rows, command.warm, command.count);
    case "phases":
      return side.phases?.(command.count) ?? [];
    case "about":
      return side.about;
    case "memory":
      return memory();
  }
}

async function train(first: number, warm: number, count: number): Promise<Trained> {
  const losses: number[] = [];
  let start = performance.now();
  for (let i = 0; i < warm + count; i++) {
    if (i === warm) start = performance.now();
    losses.push(await side.train!(batches[(first + i) % batches.length]));
  }
  return { ms: performance.now() - start, losses };
}

async function predict(rows: number, warm: number, count: number): Promise<Predicted> {
  const { x, labels } = batches[0];
  const part = x.subarray(0, (x.length / labels.length) * rows);
  let probabilities: ArrayLike<number> = [];
  let start = performance.now();
  for (let i = 0; i < warm + count; i++) {
    if (i === warm) start = performance.now();
    probabilities = await side.predict!(part);
  }
  return { ms: performance.now() - start, probabilities: Array.from(probabilities) };
}

function memory(): Memory {
  return { peakBytes: process.resourceUsage().maxRSS * 1024, linearBytes: side.linearBytes?.() };
}
