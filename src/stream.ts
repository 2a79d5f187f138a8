// Streams: one step at a time, with the state kept in between.

import { Setting } from "../assembly/regions.ts";
import { clearFinalState, copyOutputs } from "./core/states.ts";
import type { Engine } from "./engine.ts";
import { layerWidth, whole } from "./layers.ts";
import { predictionOf } from "./predict.ts";
import type { Prediction } from "./types.ts";

export interface StreamOutput extends Prediction {
  /** What the last layer gives at this step, [streams, width]. */
  outputs: Float32Array;
}

export class Stream {
  /** How many sequences run side by side. */
  readonly streams: number;
  readonly #engine: Engine;
  #begun = false;

  /** @internal Use `model.stream()`. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.streams = engine.config.batchSize;
  }

  /** One step of every stream, `x` [streams, features]; returns what the head makes of the state reached. */
  async push(x: ArrayLike<number>): Promise<StreamOutput> {
    const { input, memory, config } = this.#engine;
    const n = this.streams;
    whole("number of sequences in x", input.countOf(x), n, n);
    const values = input.checkedValues(x);
    if (this.#begun) this.#engine.carry(n);
    this.#engine.takePart(values, 0, n, n, {});
    memory.set(Setting.InitialState, this.#begun ? 1 : 0);
    this.#engine.predict(n);
    this.#begun = true;
    const outputs = new Float32Array(n * layerWidth(config.layers[config.layers.length - 1]));
    copyOutputs(memory, config, n, outputs);
    return { ...predictionOf(this.#engine, n), outputs };
  }

  /** Begins stream `index` anew from the zero state; all of them when it is left out. */
  reset(index?: number): void {
    if (index === undefined) {
      this.#begun = false;
      return;
    }
    whole("index", index, 0, this.streams - 1);
    if (this.#begun) clearFinalState(this.#engine.memory, this.#engine.config, this.streams, index);
  }

  /** Gives the stream's memory up; it is not used again. */
  close(): void {
    this.#engine.close();
  }
}
