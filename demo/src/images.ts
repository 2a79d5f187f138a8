// The page's side of the images: arrays when they are asked for, and how much has come.

import { type Answer, IMAGE, type Images, type Question } from "./images-protocol.ts";

export const TRAINING_IMAGES = 60_000;
export const TEST_IMAGES = 10_000;

interface Waiting {
  resolve(images: Images): void;
  reject(error: Error): void;
}

export class ImageSource {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onProgress: (share: number) => void;
  #count = 0;
  #failure: Error | undefined;

  constructor(onProgress: (share: number) => void) {
    this.#onProgress = onProgress;
    this.#worker = new Worker(new URL("./workers/images-worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failure = new Error("the worker that loads them did not start");
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
      this.#waiting.clear();
    };
  }

  /** Fresh arrays, the asker's to give away. */
  get(part: Question["part"], count: number): Promise<Images> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, part, count } satisfies Question);
    });
  }

  #receive(message: Answer): void {
    if ("progress" in message) {
      this.#onProgress(message.progress);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ("error" in message) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.images);
  }
}

/** Pixels of images `first` to `first + n - 1` as a model reads them, 0 to 1. */
export function valuesOf(pixels: Uint8Array, first: number, n: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(n * IMAGE);
  for (let i = 0; i < values.length; i++) values[i] = pixels[first * IMAGE + i] / 255;
  return values;
}
