// How long it takes from the start of a process to the end of its first update.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Spec } from "./contender.ts";
import { type Field, ours, trainers } from "./contenders.ts";
import type { Engine } from "./engine.ts";
import type { Order } from "./protocol.ts";
import { type Spread, spread } from "./statistics.ts";

export interface StartUp {
  title: string;
  /** Milliseconds from before the process is spawned to its word that the update is done. */
  ms: Spread;
}

const FIRST_UPDATE = fileURLToPath(new URL("./first-update.js", import.meta.url));

/** By key of the contender; `order` has one batch. Peers that do not start here are left out. */
export async function measureStartUp(
  field: Field,
  engine: Engine,
  order: Order,
): Promise<Record<string, StartUp>> {
  const result: Record<string, StartUp> = {};
  const wanted = ["torch-1", "tfjs-tuned-1", ...(field.quick ? [] : ["tfjs-layers-1"])];
  const peers = trainers(field).filter(({ key }) => wanted.includes(key));
  for (const spec of [ours("relaxed"), ours("simd"), ...peers]) {
    const isOurs = !peers.includes(spec);
    const times: number[] = [];
    try {
      for (let run = 0; run < 1 + (isOurs ? (field.quick ? 7 : 15) : field.quick ? 1 : 4); run++)
        times.push(await firstUpdate(spec, engine, order));
    } catch (error) {
      if (isOurs) throw error;
      continue;
    }
    // The first run reads the files from the disk.
    result[spec.key] = { title: spec.title, ms: spread([times.slice(1)]) };
  }
  return result;
}

function firstUpdate(spec: Spec, engine: Engine, order: Order): Promise<number> {
  const path = fileURLToPath(spec.side);
  const given = JSON.stringify({ ...order, threads: spec.threads, options: spec.options });
  const [command, args] = path.endsWith(".py")
    ? [engine.python!, [path, "--first-update", given]]
    : [engine.node, [...engine.flags(spec.turbo), FIRST_UPDATE, spec.side.href, given]];
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
    let said = "";
    let ms = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      ms = performance.now() - start;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 && said !== "") resolve(ms);
      else reject(new Error(`${spec.title}: its process ended (${code})`));
    });
  });
}
