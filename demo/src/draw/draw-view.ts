// The pad, and what the model makes of what is on it: while it is drawn, when it is done, and while the model learns.

import { digitCanvas } from "../digit-picture.ts";
import { valuesOf } from "../images.ts";
import { IMAGE, type Images } from "../images-protocol.ts";
import { notify, reason } from "../notices.ts";
import type { Run } from "../train/run.ts";
import { inkShare, normalised } from "./normalise.ts";
import { Pad } from "./pad.ts";
import { prefixesOf, readingOf } from "./reading.ts";
import { ReadingView } from "./reading-view.ts";

/** Beyond it a pad is painted over, not written on. */
const MOST_INK = 0.6;

const get = (id: string) => document.getElementById(id)!;

export class DrawView {
  readonly #run: Run;
  readonly #test: () => Promise<Images>;
  readonly #view = new ReadingView();
  readonly #pad: Pad;
  #image: Float32Array | undefined;
  #isAsking = false;
  /** What to read when the answer under way is there. */
  #next: { plays: boolean } | undefined;

  constructor(run: Run, test: () => Promise<Images>) {
    this.#run = run;
    this.#test = test;
    this.#pad = new Pad(get("pad"), {
      onInk: () => this.#readPad(false),
      onLift: () => this.#readPad(true),
      onClear: () => {
        this.#image = undefined;
        this.#view.clear();
      },
    });
    get("clear").addEventListener("click", () => this.#pad.clear());
    get("sample").addEventListener("click", async () => {
      try {
        const { labels } = await this.#test();
        await this.put(Math.floor(Math.random() * labels.length));
      } catch (error) {
        notify(`The test images are not there: ${reason(error)}`, "trouble");
      }
    });
  }

  /** Shows a test image, unless there is something to show already. */
  async begin(image: number): Promise<void> {
    if (!this.#image) await this.put(image, false);
  }

  /** Reads a test image, and puts it on the pad. */
  async put(image: number, plays = true): Promise<void> {
    const { pixels } = await this.#test();
    this.#pad.put(digitCanvas(pixels.subarray(image * IMAGE, (image + 1) * IMAGE)));
    this.#image = valuesOf(pixels, image, 1);
    this.#read(plays);
  }

  /** The model has learned: reads the same again. */
  again(): void {
    if (this.#image) this.#read(false);
  }

  #readPad(isDone: boolean): void {
    const { side, ink } = this.#pad.read();
    this.#image = normalised(ink, side);
    if (!this.#image) return;
    if (isDone && inkShare(ink) > MOST_INK) {
      notify(
        "That is more ink than paper. It is read all the same, but it looks like no digit the network has seen.",
      );
    }
    this.#read(isDone);
  }

  async #read(plays: boolean): Promise<void> {
    this.#next = { plays: plays || (this.#next?.plays ?? false) };
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      while (this.#next && this.#image) {
        const { plays } = this.#next;
        const image = this.#image;
        this.#next = undefined;
        const { x, lengths } = prefixesOf(image);
        const trace = await this.#run.trace(x, lengths);
        if (this.#image) this.#view.show(readingOf(image, trace, this.#run.settings.layer), plays);
      }
    } catch (error) {
      notify(`The drawing could not be read: ${reason(error)}`, "trouble");
    } finally {
      this.#isAsking = false;
      this.#next = undefined;
    }
  }
}
