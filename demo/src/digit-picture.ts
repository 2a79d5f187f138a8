// Images of digits in the page's ink on its paper.

import { IMAGE, SIDE } from "./images-protocol.ts";
import { colour } from "./theme.ts";

/** A digit in the page's ink. */
export function digitCanvas(pixels: ArrayLike<number>): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  paintDigit(canvas, pixels, 255);
  return canvas;
}

/** `most` is the value of full ink. */
export function paintDigit(canvas: HTMLCanvasElement, pixels: ArrayLike<number>, most: number): void {
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, SIDE, SIDE);
  context.fillStyle = colour("ink");
  for (let i = 0; i < IMAGE; i++) {
    if (pixels[i] === 0) continue;
    context.globalAlpha = pixels[i] / most;
    context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
  }
  context.globalAlpha = 1;
}
