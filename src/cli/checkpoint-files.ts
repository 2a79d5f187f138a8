// The checkpoints of a training on the disk: under its name always the newest, beside it the last few and the best.

import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { encodeCheckpoint } from "../checkpoint.ts";
import { writeWhole } from "../files.ts";
import type { UpdateResult } from "../trainer.ts";

export interface CheckpointOptions {
  /** Updates from one to the next. */
  every: number;
  /** How many of the last ones stay, numbered by their updates; undefined: the newest alone. */
  keep: number | undefined;
  /** Updates of the whole training. */
  updates: number;
  /** Updates that were made before this run. */
  before: number;
  /** The lowest validation loss before it. */
  bestLoss: number | undefined;
  metadata: Record<string, string>;
}

export class CheckpointFiles {
  readonly #path: string;
  readonly #name: string;
  readonly #options: CheckpointOptions;
  #bestLoss: number;
  #written: number;

  constructor(path: string, options: CheckpointOptions) {
    this.#path = path;
    this.#name = `--checkpoint ${path}`;
    this.#options = options;
    this.#bestLoss = options.bestLoss ?? Number.POSITIVE_INFINITY;
    this.#written = options.before;
  }

  /** Writes what is due after an update; `isLast`: the run ends with it. Throws an Error that names the file. */
  async after(result: UpdateResult, isLast: boolean): Promise<void> {
    const { every, keep } = this.#options;
    const done = result.step + 1;
    const isBest = keep !== undefined && (result.validation?.loss ?? Number.NaN) < this.#bestLoss;
    const isDue = done % every === 0 || (isLast && done > this.#written);
    if (!isBest && !isDue) return;
    const checkpoint = await result.checkpoint();
    const bytes = encodeCheckpoint({ ...checkpoint, metadata: this.#options.metadata });
    if (isDue) {
      writeWhole(this.#path, bytes, this.#name);
      this.#written = done;
    }
    if (isDue && keep !== undefined) {
      writeWhole(this.#beside(this.#number(done)), bytes, `${this.#name}: ${this.#number(done)}`);
      this.#removeAllBut(keep, done);
    }
    if (isBest) {
      writeWhole(this.#beside("best"), bytes, `${this.#name}: best`);
      this.#bestLoss = result.validation!.loss;
    }
  }

  #number(done: number): string {
    return String(done).padStart(String(this.#options.updates).length, "0");
  }

  // run.safetensors -> run-0300.safetensors
  #beside(what: string): string {
    const ending = extname(this.#path);
    return join(dirname(this.#path), `${basename(this.#path, ending)}-${what}${ending}`);
  }

  // Those with later numbers are another run's.
  #removeAllBut(keep: number, done: number): void {
    const ending = extname(this.#path);
    const start = `${basename(this.#path, ending)}-`;
    const numbered = readdirSync(dirname(this.#path))
      .filter((file) => file.startsWith(start) && file.endsWith(ending))
      .map((file) => ({ file, number: file.slice(start.length, file.length - ending.length) }))
      .filter(({ number }) => /^\d+$/.test(number) && Number(number) <= done)
      .sort((a, b) => Number(b.number) - Number(a.number));
    for (const { file } of numbered.slice(keep)) rmSync(join(dirname(this.#path), file), { force: true });
  }
}
