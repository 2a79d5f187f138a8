// The page's end of a port to an engine: calls under way, what they left behind here, and the model's properties as
// the engine last told them.

import type { Checkpoint } from "../checkpoint-state.ts";
import type { ModelOptions } from "../config.ts";
import type { Batch } from "../data/batch-views.ts";
import type { EngineConfig } from "../engine.ts";
import type { Host, StartThread } from "../host.ts";
import type { UpdateResult } from "../trainer.ts";
import type { BatchResult, ModelInfo } from "../types.ts";
import { Connection } from "./connection.ts";
import { type Packed, Packer } from "./packer.ts";
import { ABORTED, type EngineCalls, type PageCalls } from "./protocol.ts";

/** An engine that waits at the other end of `port`. */
export interface Engine {
  port: MessagePort;
  /** Whether it runs in a worker. */
  worker: boolean;
  /** Starts a thread beside it; absent where threads cannot share its memory. */
  startThread?: StartThread;
  /** Ends what it runs in, if that is its own. */
  stop(): void;
  /** Told what ended it otherwise. */
  onFailure?: (error: Error) => void;
}

interface Running extends Packed {
  /** What a function of the caller's threw. */
  thrown?: { error: unknown };
}

export class EngineLink {
  updates = 0;
  learningRate = 0;
  readonly #engine: Engine;
  readonly #connection: Connection<EngineCalls, PageCalls>;
  readonly #packer = new Packer((id) => this.tell("forgetDataset", id));
  readonly #running = new Map<number, Running>();
  #count = 0;

  /** `compile` gives the engine its core. */
  constructor(engine: Engine, compile: Host["compile"]) {
    this.#engine = engine;
    this.#connection = new Connection<EngineCalls, PageCalls>(engine.port, {
      compile,
      startThread: (thread, order) =>
        engine.startThread!(order, (reason) => this.#connection.tell("threadFailed", [thread, reason])),
      callback: (call, name, value) => this.#callBack(call, name, value as UpdateResult),
      draw: (call, source, batch, n) => this.#draw(call, source, batch, n),
      batches: (call, state) => this.#running.get(call)?.batches?.restore(state),
      state: (updates, learningRate) => {
        this.updates = updates;
        this.learningRate = learningRate;
      },
    });
    engine.onFailure = (error) => this.#connection.fail(error);
  }

  /** Makes the engine's model. */
  async create(options: ModelOptions): Promise<{ config: EngineConfig; info: ModelInfo }> {
    const { config, info } = await this.#connection.call("create", [options]);
    this.learningRate = config.learningRate;
    return { config, info: { ...info, worker: this.#engine.worker } };
  }

  /** Calls a method of a target of the engine's. What fails does so as it would have without the port. */
  async call(target: number, method: string, args: readonly unknown[]): Promise<unknown> {
    const call = ++this.#count;
    const running: Running = this.#packer.pack(args);
    const { signal } = running;
    const abort = () => this.tell("abort", call);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    this.#running.set(call, running);
    try {
      return await this.#connection.call("invoke", [call, target, method, running.args], running.transfer);
    } catch (error) {
      if (running.thrown) throw running.thrown.error;
      throw signal && error === ABORTED ? signal.reason : error;
    } finally {
      this.#running.delete(call);
      signal?.removeEventListener("abort", abort);
    }
  }

  tell<K extends "abort" | "setLearningRate" | "forgetDataset" | "forgetStream">(
    method: K,
    value: number,
  ): void {
    this.#connection.tell(method, [value] as Parameters<EngineCalls[K]>);
  }

  close(): void {
    this.#connection.tell("close", []);
    this.#connection.fail(new Error("the model is closed"));
    this.#engine.stop();
  }

  async #callBack(call: number, name: string, result: UpdateResult): Promise<void> {
    result.after = () => this.#connection.call("after", [call]) as Promise<BatchResult>;
    result.checkpoint = () => this.#connection.call("checkpoint", [call]) as Promise<Checkpoint>;
    await this.#ofCaller(call, ({ callbacks }) => callbacks[name](result as never));
  }

  async #draw(
    call: number,
    source: number,
    batch: Batch,
    n: number,
  ): Promise<{ rows: number; batch: Batch }> {
    const rows = await this.#ofCaller(call, ({ sources }) => sources[source].nextInto(batch, n));
    return { rows, batch };
  }

  // Code of the caller's: what it throws is what the call ends with, as it is.
  async #ofCaller<T>(call: number, run: (running: Running) => T | Promise<T>): Promise<T> {
    const running = this.#running.get(call)!;
    try {
      return await run(running);
    } catch (error) {
      running.thrown = { error };
      throw error;
    }
  }
}
