// What the fixtures' training gives in Node, by the same installed package.

import { train } from "../fixtures/train.js";
import { INSTALLED } from "./places.ts";

export interface Trained {
  hash: string;
  loss: number;
  class: number;
  updates: number;
  build: string;
  threads: number;
  worker: boolean;
}

const known = new Map<number, Promise<Omit<Trained, "build" | "threads" | "worker">>>();

/** The library as Node resolves it. */
export const library = () => import(`${INSTALLED}/dist/src/node-bundle/index.js`);

/** After so many updates, on one thread. */
export function expected(updates: number) {
  if (!known.has(updates)) known.set(updates, trainHere(updates));
  return known.get(updates)!;
}

async function trainHere(updates: number) {
  const {
    build: _,
    threads: __,
    worker: ___,
    ...result
  } = await train(await library(), { updates, options: {} });
  return result;
}
