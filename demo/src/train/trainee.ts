// A model and where it stands in the training images; gone and brought back together.

import { Batches, type Checkpoint, Dataset, type History, type Model, type ModelInfo } from "wasm-lstm";
import { CLASSES, type Images, SIDE } from "../images-protocol.ts";
import type { Settings } from "../settings.ts";
import { modelOf, newModel } from "./models.ts";
import { watched } from "./watch.ts";

export interface TraineeListener {
  /** What goes on, in words. */
  onDoing(text: string): void;
  onModel(info: ModelInfo): void;
}

export class Trainee {
  /** Updates made. */
  made = 0;
  settings: Settings;
  readonly #images: () => Promise<Images>;
  readonly #listener: TraineeListener;
  #model: Promise<Model> | undefined;
  #batches: Batches | undefined;
  /** What the model is brought back from when there is none. */
  #kept: Checkpoint | undefined;

  /** `images` gives arrays to be given away. */
  constructor(settings: Settings, images: () => Promise<Images>, listener: TraineeListener) {
    this.settings = { ...settings };
    this.#images = images;
    this.#listener = listener;
  }

  /** The model: the one there is, or else made of the settings, or brought back. */
  model(): Promise<Model> {
    this.#model ??= this.#make();
    return this.#model;
  }

  /** The same, if there is one. */
  async present(): Promise<Model | undefined> {
    return this.#model?.catch(() => undefined);
  }

  /** Has all there that updates need. */
  async prepare(): Promise<void> {
    await this.model();
    await this.#order();
  }

  async fit(updates: number): Promise<History> {
    const model = await this.model();
    const batches = await this.#order();
    this.#listener.onDoing("Training");
    const done = model.fit(batches, { updates, transfer: true });
    const history = await watched(done, updates * model.info.flopsPerUpdate);
    this.made += updates;
    return history;
  }

  /** All there is to go on from. */
  async checkpoint(): Promise<Checkpoint> {
    const checkpoint = await watched((await this.model()).checkpoint());
    const batches = this.#batches?.state() ?? this.#kept?.training?.batches;
    return batches ? { ...checkpoint, training: { done: this.made, batches } } : checkpoint;
  }

  /** From here it is brought back, should it be lost. */
  async keep(): Promise<void> {
    this.#kept = await this.checkpoint();
  }

  /** Ends the model; the next one stands where it was last kept. */
  async lose(): Promise<void> {
    (await this.present())?.close();
    this.#model = undefined;
    this.#batches = undefined;
    this.made = this.#kept?.training?.done ?? 0;
  }

  /** Ends the model; the next one is another. */
  async replace(settings: Settings, checkpoint?: Checkpoint): Promise<void> {
    this.#kept = checkpoint;
    this.settings = { ...settings };
    await this.lose();
  }

  async #make(): Promise<Model> {
    this.#listener.onDoing("Starting the engine");
    try {
      const model = this.#kept ? await modelOf(this.#kept, this.settings) : await newModel(this.settings);
      this.#listener.onModel(model.info);
      return model;
    } catch (error) {
      this.#model = undefined;
      throw error;
    }
  }

  /** The training images in the order of the seed, as far as it has come. */
  async #order(): Promise<Batches> {
    if (this.#batches) return this.#batches;
    this.#listener.onDoing("Loading images");
    const { labels, pixels } = await this.#images();
    const shape = { timeSteps: SIDE, features: SIDE, classes: CLASSES, name: "the training images" };
    const dataset = Dataset.fromBytes({ values: pixels, labels, ...shape });
    const batches = new Batches(dataset, { seed: this.settings.seed });
    if (this.#kept?.training) batches.restore(this.#kept.training.batches);
    this.#batches = batches;
    return batches;
  }
}
