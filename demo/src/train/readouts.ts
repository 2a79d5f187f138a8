// The figures of a run, as they stand.

import type { ModelInfo } from "wasm-lstm";
import { grouped, percent, short } from "../figures.ts";
import { paced } from "../paced.ts";
import type { Updates } from "./run.ts";
import type { TestResult } from "./test-model.ts";

/** How fast the shown speed follows. */
const FOLLOW = 0.25;
const PACE_MS = 150;
const BUILDS = { relaxed: "relaxed SIMD", simd: "SIMD", scalar: "scalar" };

const get = (id: string) => document.getElementById(id)!;

export class Readouts {
  #info: ModelInfo | undefined;
  #updates: Updates | undefined;
  /** Milliseconds of an update. */
  #ms = Number.NaN;
  #loss = Number.NaN;
  readonly #paint = paced(() => this.show(), PACE_MS);

  engine(info: ModelInfo): void {
    this.#info = info;
    this.#ms = Number.NaN;
    get("engine").textContent =
      `${BUILDS[info.build]}, ${info.threads === 1 ? "one thread" : `${info.threads} threads`}`;
  }

  /** `loss` is the smoothed one. */
  add(updates: Updates, loss: number): void {
    const ms = updates.ms / updates.loss.length;
    this.#ms = Number.isNaN(this.#ms) ? ms : this.#ms + FOLLOW * (ms - this.#ms);
    this.#updates = updates;
    this.#loss = loss;
    this.#paint();
  }

  test({ accuracy, interval, count }: TestResult): void {
    get("test-accuracy").textContent = percent(accuracy);
    const [low, high] = interval.map((share) => (100 * share).toFixed(1));
    get("test-interval").textContent = `${grouped(count)} unseen images, ${low} to ${high}`;
  }

  rewind(made: number): void {
    this.#updates = undefined;
    this.#ms = Number.NaN;
    get("loss").textContent = "–";
    get("speed").textContent = "–";
    get("flops").textContent = "–";
    get("ms-per-update").textContent = "\u00a0";
    get("updates-made").textContent = made === 0 ? "no update yet" : `after update ${grouped(made)}`;
    if (made > 0) return;
    get("test-accuracy").textContent = "–";
    get("test-interval").textContent = "10,000 unseen images";
  }

  /** Shows the figures as they are now. */
  show(): void {
    const updates = this.#updates;
    if (!updates || !this.#info) return;
    get("loss").textContent = short(this.#loss);
    get("updates-made").textContent = `after update ${grouped(updates.first + updates.loss.length)}`;
    get("speed").textContent = grouped((1000 * updates.batch) / this.#ms);
    get("ms-per-update").textContent = `${short(this.#ms)} ms an update`;
    get("flops").textContent = short(this.#info.flopsPerUpdate / this.#ms / 1e6);
  }
}
