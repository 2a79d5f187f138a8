// One training, from its first update to its last: started, paused, stepped, moved to another engine, exchanged for
// a visitor's. Knows no view.

import type { Checkpoint, Model, Trace } from "wasm-lstm";
import { TRAINING_IMAGES } from "../images.ts";
import type { Images } from "../images-protocol.ts";
import type { Mark, Settings } from "../settings.ts";
import { settingsOf } from "./models.ts";
import { type TestResult, testModel } from "./test-model.ts";
import { Trainee, type TraineeListener } from "./trainee.ts";
import { watched } from "./watch.ts";
import { weightsHash } from "./weights-hash.ts";

export type Phase = "fresh" | "running" | "paused" | "done";

/** Some updates that were made, one after another. */
export interface Updates {
  /** Number of the first, from 0. */
  first: number;
  loss: number[];
  accuracy: number[];
  /** Milliseconds they took, the way to the engine and back included. */
  ms: number;
  batch: number;
}

export interface RunListener extends TraineeListener {
  onPhase(phase: Phase): void;
  onUpdates(updates: Updates): void;
  onTest(result: TestResult, made: number): void;
  onHash(mark: Mark): void;
  /** There is another model, with so many updates behind it: what was shown of later ones is void. */
  onRewind(made: number): void;
  onTrouble(error: unknown): void;
}

export interface ImageSets {
  /** Arrays to be given away. */
  train(): Promise<Images>;
  test(): Promise<Images>;
}

/** Milliseconds of a stretch of updates that the page does not interrupt. */
const STRETCH_MS = 120;
/** Updates between two fingerprints of the weights: the same on every machine. */
const HASH_EVERY = 100;
/** Tests take at most this share of the time, and are at least so far apart. */
const TEST_SHARE = 0.15;
const TEST_MS = 1000;

export class Run {
  phase: Phase = "fresh";
  /** Images seen, and images until the end. */
  seen = 0;
  goal: number;
  /** Whether all updates were made with the settings of now, so that others can repeat them. */
  isRepeatable = true;
  readonly #trainee: Trainee;
  readonly #images: ImageSets;
  readonly #listener: RunListener;
  #pausing = false;
  /** Number of the latest piece of work, or of the latest model. */
  #works = 0;
  readonly #stops: number[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #msPerUpdate = STRETCH_MS;
  #test = { cost: 0, since: 0 };

  constructor(settings: Settings, images: ImageSets, listener: RunListener) {
    this.#trainee = new Trainee(settings, images.train, listener);
    this.#images = images;
    this.#listener = listener;
    this.goal = this.#epochs();
  }

  get settings(): Readonly<Settings> {
    return this.#trainee.settings;
  }

  get made(): number {
    return this.#trainee.made;
  }

  /** Trains to the goal, or on for as many epochs again. */
  async start(): Promise<void> {
    if (this.seen >= this.goal) this.goal = this.seen + this.#epochs();
    await this.#work(Number.POSITIVE_INFINITY);
  }

  async step(): Promise<void> {
    await this.#work(1);
  }

  /** After the stretch of updates under way. */
  pause(): void {
    this.#pausing = true;
  }

  /** Has the weights hashed after this update as well. */
  hashAt(update: number): void {
    this.#stops.push(update);
  }

  /** Another model, untrained. */
  async restart(settings: Settings): Promise<void> {
    this.pause();
    this.#works++;
    await this.#alone(() => this.#trainee.replace(settings));
    this.isRepeatable = true;
    this.#rewind();
    this.goal = this.#epochs();
    this.#set("fresh");
  }

  /** Other settings for the same model: its engine, its batches, its step size, its goal. */
  async change(
    changed: Partial<Pick<Settings, "build" | "threads" | "batch" | "rate" | "epochs">>,
  ): Promise<void> {
    const { batch, rate } = changed;
    Object.assign(this.#trainee.settings, changed);
    if (this.seen < this.goal) this.goal = Math.max(this.#epochs(), this.seen + 1);
    if (this.made > 0 && (batch ?? rate) !== undefined) this.isRepeatable = false;
    const model = await this.#trainee.present();
    if (rate !== undefined && model) model.learningRate = rate;
    if (!model || (changed.build ?? changed.threads ?? batch) === undefined) return;
    await this.#guarded(async () => {
      await this.#trainee.keep();
      await this.#trainee.lose();
      await this.#trainee.model();
    });
  }

  /** Goes on from a checkpoint of a visitor's. Throws if its model is none for this page. */
  async adopt(checkpoint: Checkpoint): Promise<void> {
    const settings = settingsOf(checkpoint, this.settings);
    this.pause();
    this.#works++;
    await this.#alone(async () => {
      const before = { settings: this.settings, checkpoint: await this.#trainee.checkpoint() };
      try {
        await this.#trainee.replace(settings, checkpoint);
        await this.#trainee.model();
      } catch (error) {
        await this.#trainee.replace(before.settings, before.checkpoint);
        throw error;
      }
    });
    this.isRepeatable = false;
    this.#rewind();
    this.goal = this.seen + this.#epochs();
    this.#set("paused");
    await this.#guarded(() => this.#judge());
    await this.#guarded(() => this.#hash());
  }

  checkpoint(): Promise<Checkpoint> {
    return this.#alone(() => this.#trainee.checkpoint());
  }

  /** The model as it is, seeded or trained. */
  model(): Promise<Model> {
    return this.#trainee.model();
  }

  /** What the model makes of sequences, at any time. */
  async trace(x: Float32Array, lengths: number[]): Promise<Trace> {
    const model = await this.#trainee.model();
    return watched(model.trace(x, { lengths, transfer: true }));
  }

  async #work(updates: number): Promise<void> {
    if (this.phase === "running") return;
    this.#pausing = false;
    this.#set("running");
    const work = ++this.#works;
    const until = this.made + updates;
    const goes = () => this.made < until && (this.seen < this.goal || updates === 1);
    while (!this.#pausing && goes()) await this.#guarded(() => this.#stretch(until));
    // Another model meanwhile has a phase of its own.
    if (this.#works !== work) return;
    const done = this.seen >= this.goal;
    if (done) await this.#guarded(() => this.#judge());
    await this.#guarded(() => this.#hash());
    if (this.#works === work) this.#set(done ? "done" : "paused");
  }

  async #stretch(until: number): Promise<void> {
    if (this.#pausing) return;
    const first = this.made;
    const { batch } = this.settings;
    const toGoal = Math.max(1, Math.ceil((this.goal - this.seen) / batch));
    const stops = [HASH_EVERY * (Math.floor(first / HASH_EVERY) + 1), ...this.#stops];
    const toHash = Math.min(...stops.filter((update) => update > first)) - first;
    const wanted = Math.max(1, Math.round(STRETCH_MS / this.#msPerUpdate));
    const updates = Math.min(wanted, toGoal, toHash, until - first);
    // What there is to wait for first is not the updates' time.
    await this.#trainee.prepare();
    const start = performance.now();
    const { loss, accuracy } = await this.#trainee.fit(updates);
    const ms = performance.now() - start;
    this.seen += updates * batch;
    this.#msPerUpdate += 0.3 * (ms / updates - this.#msPerUpdate);
    this.#test.since += ms;
    this.#listener.onUpdates({ first, loss, accuracy, ms, batch });
    if (updates === toHash) await this.#hash();
    const { cost, since } = this.#test;
    if (since >= Math.max(TEST_MS, cost * (1 / TEST_SHARE - 1))) await this.#judge();
  }

  async #judge(): Promise<void> {
    const model = await this.#trainee.model();
    const images = await this.#images.test();
    this.#listener.onDoing("Testing on 10,000 images");
    const start = performance.now();
    const result = await watched(testModel(model, images), 100 * model.info.flopsPerUpdate);
    this.#test = { cost: performance.now() - start, since: 0 };
    this.#listener.onTest(result, this.made);
    await this.#trainee.keep();
  }

  async #hash(): Promise<void> {
    if (this.made === 0) return;
    const hash = await weightsHash(await (await this.#trainee.model()).weights());
    if (hash) this.#listener.onHash({ update: this.made, hash });
  }

  /** Work that nothing else of this run's interrupts. What fails ends the training, and is told. */
  async #guarded(work: () => Promise<unknown>): Promise<void> {
    await this.#alone(work).catch((error) => this.#fail(error));
  }

  async #fail(error: Error): Promise<void> {
    this.pause();
    // A loss without bound leaves the model as it was; all else may have taken the engine with it.
    if (!/^the loss at update/.test(error.message)) {
      const { made } = this;
      await this.#trainee.lose();
      if (made !== this.made) this.#rewind();
    }
    this.#listener.onTrouble(error);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  #rewind(): void {
    this.seen = this.made * this.settings.batch;
    this.#msPerUpdate = STRETCH_MS;
    this.#test = { cost: 0, since: 0 };
    this.#listener.onRewind(this.made);
  }

  #epochs(): number {
    return this.settings.epochs * TRAINING_IMAGES;
  }

  #set(phase: Phase): void {
    this.phase = phase;
    this.#listener.onPhase(phase);
  }
}
