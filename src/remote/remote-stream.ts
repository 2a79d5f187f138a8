// A stream of a model whose engine is at the other end of a port.

import type { ModelStream } from "../public-model.ts";
import type { StreamOutput } from "../stream.ts";
import { whole } from "../whole.ts";
import type { EngineLink } from "./engine-link.ts";

export class RemoteStream implements ModelStream {
  readonly streams: number;
  readonly #link: EngineLink;
  readonly #target: number;

  constructor(link: EngineLink, target: number, streams: number) {
    this.#link = link;
    this.#target = target;
    this.streams = streams;
  }

  async push(...args: Parameters<ModelStream["push"]>): Promise<StreamOutput> {
    return this.#link.call(this.#target, "push", args) as Promise<StreamOutput>;
  }

  reset(index?: number): void {
    if (index !== undefined) whole("index", index, 0, this.streams - 1);
    // What could fail has been checked here; if the engine is gone, the next push says so.
    this.#link.call(this.#target, "reset", [index]).catch(() => {});
  }

  close(): void {
    this.#link.tell("forgetStream", this.#target);
  }
}
