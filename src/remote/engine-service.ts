// The engine's end: one model, served over a port.

import type { ModelOptions } from "../config.ts";
import type { Host, StartThread } from "../host.ts";
import { createModelOn, type LstmModel } from "../model.ts";
import { Stream } from "../stream.ts";
import type { UpdateResult } from "../trainer.ts";
import { buffersOf } from "./buffers.ts";
import { Connection } from "./connection.ts";
import { ABORTED, type EngineCalls, MODEL, type PageCalls } from "./protocol.ts";
import { type StandIns, Unpacker } from "./unpacker.ts";

/** What an engine brings itself: cores and threads come from the page, and files are its business. */
export interface EngineHost {
  instantiate: Host["instantiate"];
  /** Processors for threads; absent where they cannot share memory or the engine's thread may not wait. */
  cores?: number;
}

/** Serves until the page ends it. */
export function serveEngine(port: MessagePort, host: EngineHost): void {
  new EngineService(port, host);
}

class EngineService {
  readonly #page: Connection<PageCalls, EngineCalls>;
  readonly #host: Host;
  readonly #unpacker = new Unpacker();
  readonly #targets = new Map<number, object>();
  readonly #aborts = new Map<number, AbortController>();
  /** The last update of each call, whose functions stay here. */
  readonly #updates = new Map<number, Pick<UpdateResult, "after" | "checkpoint">>();
  readonly #threads: ((reason: string) => void)[] = [];
  #streams = MODEL;

  constructor(port: MessagePort, { instantiate, cores }: EngineHost) {
    this.#page = new Connection<PageCalls, EngineCalls>(port, {
      create: (options) => this.#create(options),
      invoke: (call, target, method, args) => this.#invoke(call, target, method, args),
      after: (call) => this.#updates.get(call)!.after() as never,
      checkpoint: (call) => this.#updates.get(call)!.checkpoint() as never,
      abort: (call) => this.#abortOf(call).abort(ABORTED),
      setLearningRate: (rate) => {
        this.#model.learningRate = rate;
      },
      forgetDataset: (id) => this.#unpacker.forget(id),
      forgetStream: (target) => {
        (this.#targets.get(target) as Stream).close();
        this.#targets.delete(target);
      },
      threadFailed: (thread, reason) => this.#threads[thread](reason),
      close: () => {
        for (const running of this.#aborts.values()) running.abort(ABORTED);
        this.#model.close();
      },
    });
    this.#host = {
      instantiate,
      threads: cores === undefined ? undefined : { cores, start: this.#startThread },
      compile: (build, shared) => this.#page.call("compile", [build, shared]),
    };
  }

  // Not from here: Firefox may stand still for good where a worker makes a worker (seen in 153, one start in a hundred).
  readonly #startThread: StartThread = async (order, onFailure) => {
    const thread = this.#threads.push(onFailure) - 1;
    await this.#page.call("startThread", [thread, order]);
  };

  get #model(): LstmModel {
    return this.#targets.get(MODEL) as LstmModel;
  }

  async #create(options: ModelOptions): Promise<ReturnType<EngineCalls["create"]>> {
    const model = await createModelOn(this.#host, options);
    this.#targets.set(MODEL, model);
    return { config: model.config, info: model.info };
  }

  async #invoke(call: number, target: number, method: string, packed: unknown[]): Promise<unknown> {
    const standIns: StandIns = {
      signal: this.#abortOf(call).signal,
      callback: (name) => (value) => this.#callBack(call, name, value),
      draw: (source, batch, n) => this.#page.call("draw", [call, source, batch, n], buffersOf(batch)),
    };
    const { args, batches } = this.#unpacker.unpack(packed, standIns);
    try {
      const object = this.#targets.get(target) as Record<string, (...args: unknown[]) => unknown>;
      const result = await object[method](...args);
      return result instanceof Stream ? this.#adopt(result) : result;
    } finally {
      this.#aborts.delete(call);
      this.#updates.delete(call);
      if (batches) this.#page.tell("batches", [call, batches.state()]);
      this.#tellState();
    }
  }

  // An update's result has functions, which stay here.
  #callBack(call: number, name: string, value: unknown): Promise<unknown> {
    const { after, checkpoint, ...plain } = value as UpdateResult;
    this.#updates.set(call, { after, checkpoint });
    this.#tellState();
    return this.#page.call("callback", [call, name, plain]);
  }

  #adopt(stream: Stream): { target: number; streams: number } {
    const target = ++this.#streams;
    this.#targets.set(target, stream);
    return { target, streams: stream.streams };
  }

  #abortOf(call: number): AbortController {
    const known = this.#aborts.get(call) ?? new AbortController();
    this.#aborts.set(call, known);
    return known;
  }

  #tellState(): void {
    this.#page.tell("state", [this.#model.updates, this.#model.learningRate]);
  }
}
