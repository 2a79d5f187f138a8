// Values [rows, columns] as a picture of as many pixels; the style sheet makes them large.

import type { ColourMap } from "./colour-map.ts";

/** `order[i]` is the column that is painted at place i. */
export function paintHeatMap(
  canvas: HTMLCanvasElement,
  values: Float32Array,
  { table, low, high }: ColourMap,
  order: ArrayLike<number>,
): void {
  const columns = order.length;
  const rows = values.length / columns;
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d")!;
  const picture = context.createImageData(columns, rows);
  for (let row = 0; row < rows; row++) {
    for (let place = 0; place < columns; place++) {
      const share = (values[row * columns + order[place]] - low) / (high - low);
      const step = Math.round(255 * Math.min(1, Math.max(0, share)));
      picture.data.set(table.subarray(4 * step, 4 * step + 4), 4 * (row * columns + place));
    }
  }
  context.putImageData(picture, 0, 0);
}

/** 0, 1, ... n - 1. */
export const inOrder = (n: number) => Uint16Array.from({ length: n }, (_, i) => i);
