// A model whose engine is at the other end of a port. Methods are passed on by their names; what they take is the
// engine's business.

import type { ModelOptions } from "../config.ts";
import type { LoadFiles, PageHost } from "../host.ts";
import { checkLearningRate } from "../learning-rate.ts";
import type { SaveOptions } from "../model-file.ts";
import type { Model, ModelStream } from "../public-model.ts";
import type { UpdateResult } from "../trainer.ts";
import { type Engine, EngineLink } from "./engine-link.ts";
import { Handover } from "./handover.ts";
import { MODEL } from "./protocol.ts";
import { RemoteStream } from "./remote-stream.ts";

/** The methods that are passed on as they are. */
type Method = {
  [K in keyof Model]: Model[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof Model];

export class RemoteModel implements Model {
  readonly config: Model["config"];
  readonly info: Model["info"];
  readonly #link: EngineLink;
  readonly #files: LoadFiles;

  private constructor(link: EngineLink, files: LoadFiles, config: Model["config"], info: Model["info"]) {
    this.#link = link;
    this.#files = files;
    this.config = Object.freeze(config);
    this.info = Object.freeze(info);
  }

  /** Makes a model in `engine`, which gets its core from `host`; ends the engine when that fails. */
  static async create(engine: Engine, options: ModelOptions, host: PageHost): Promise<RemoteModel> {
    const link = new EngineLink(engine, host.compile);
    try {
      const { config, info } = await link.create(options);
      return new RemoteModel(link, host.files, config, info);
    } catch (error) {
      link.close();
      throw error;
    }
  }

  get updates(): number {
    return this.#link.updates;
  }

  get learningRate(): number {
    return this.#link.learningRate;
  }

  set learningRate(value: number) {
    checkLearningRate(value);
    this.#link.learningRate = value;
    this.#link.tell("setLearningRate", value);
  }

  async trainOnBatch(...args: Parameters<Model["trainOnBatch"]>) {
    return this.#invoke("trainOnBatch", args);
  }

  async evaluateOnBatch(...args: Parameters<Model["evaluateOnBatch"]>) {
    return this.#invoke("evaluateOnBatch", args);
  }

  // With a signal always, so that closing can stop it.
  async fit(...[data, options = {}]: Parameters<Model["fit"]>) {
    const { signal = new AbortController().signal } = options;
    return this.#invoke("fit", [data, { ...options, signal }]);
  }

  // The engine trains as for fit, and waits with each update for the loop.
  async *train(...[data, options = {}]: Parameters<Model["train"]>): ReturnType<Model["train"]> {
    const updates = new Handover<UpdateResult>();
    const onUpdate = async (result: UpdateResult) => {
      await options.onUpdate?.(result);
      await updates.give(result);
    };
    const leave = new AbortController();
    const stop = () => leave.abort(options.signal?.reason);
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener("abort", stop);
    const done = this.#invoke("fit", [data, { ...options, onUpdate, signal: leave.signal }]);
    done.then(
      () => updates.end(),
      (error) => updates.end({ error }),
    );
    try {
      for (let result = await updates.take(); result; result = await updates.take()) yield result;
    } finally {
      options.signal?.removeEventListener("abort", stop);
      leave.abort();
      updates.release();
      await done.catch(() => {});
    }
  }

  async evaluate(...args: Parameters<Model["evaluate"]>) {
    return this.#invoke("evaluate", args);
  }

  async predict(...args: Parameters<Model["predict"]>) {
    return this.#invoke("predict", args);
  }

  async apply(...args: Parameters<Model["apply"]>) {
    return this.#invoke("apply", args);
  }

  async trace(...args: Parameters<Model["trace"]>) {
    return this.#invoke("trace", args);
  }

  async stream(...args: Parameters<Model["stream"]>): Promise<ModelStream> {
    const { target, streams } = (await this.#link.call(MODEL, "stream", args)) as {
      target: number;
      streams: number;
    };
    return new RemoteStream(this.#link, target, streams);
  }

  async weights() {
    return this.#invoke("weights", []);
  }

  async gradients() {
    return this.#invoke("gradients", []);
  }

  async setWeights(...args: Parameters<Model["setWeights"]>) {
    return this.#invoke("setWeights", args);
  }

  async checkpoint() {
    return this.#invoke("checkpoint", []);
  }

  async restore(...args: Parameters<Model["restore"]>) {
    return this.#invoke("restore", args);
  }

  // Files are the page's business, so that the engine brings no formats.
  async save(options: SaveOptions = {}) {
    const { encodeWeights } = await this.#files();
    return encodeWeights(await this.weights(), this.config, options);
  }

  async load(bytes: Uint8Array, name = "weights") {
    const { decodeWeights } = await this.#files();
    await this.setWeights(await decodeWeights(bytes, name, this.config), name);
  }

  close(): void {
    this.#link.close();
  }

  #invoke<K extends Method>(method: K, args: Parameters<Model[K]>): ReturnType<Model[K]> {
    return this.#link.call(MODEL, method, args) as ReturnType<Model[K]>;
  }
}
