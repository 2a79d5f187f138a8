// Streams: one step at a time, with the state kept in between.

import { whole } from "./layers.ts";
import type { LstmModel } from "./model.ts";
import type { Prediction } from "./types.ts";

export interface StreamOutput extends Prediction {
  /** h after this step, [streams, units]. */
  outputs: Float32Array;
}

export class Stream {
  /** How many sequences run side by side. */
  readonly streams: number;
  readonly #model: LstmModel;
  #begun = false;

  /** @internal Use `model.stream()`. */
  constructor(model: LstmModel) {
    this.#model = model;
    this.streams = model.config.batchSize;
  }

  /** One step of every stream, `x` [streams, features]; returns what the head makes of the state reached. */
  async push(x: ArrayLike<number>): Promise<StreamOutput> {
    const output = this.#model.step(x, this.#begun);
    this.#begun = true;
    return output;
  }

  /** Begins stream `index` anew from the zero state; all of them when it is left out. */
  reset(index?: number): void {
    if (index === undefined) {
      this.#begun = false;
      return;
    }
    whole("index", index, 0, this.streams - 1);
    if (this.#begun) this.#model.clearState(index);
  }

  /** Gives the stream's memory up; it is not used again. */
  close(): void {
    this.#model.close();
  }
}
