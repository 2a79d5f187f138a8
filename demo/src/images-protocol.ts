// What the page and the worker that loads images say to each other; types and sizes only.

/** Rows, which are the steps of a sequence, and pixels of a row. */
export const SIDE = 28;
/** Pixels of an image. */
export const IMAGE = SIDE * SIDE;
export const CLASSES = 10;

export interface Images {
  /** [n], digits. */
  labels: Uint8Array<ArrayBuffer>;
  /** [n, 28, 28], 0 paper to 255 ink. */
  pixels: Uint8Array<ArrayBuffer>;
}

/** The first `count` images of a part. */
export interface Question {
  id: number;
  part: "train" | "test";
  count: number;
}

export type Answer =
  | { id: number; images: Images }
  | { id: number; error: string }
  /** Share of all files that has come. */
  | { progress: number };
