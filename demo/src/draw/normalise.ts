// A drawing as MNIST's makers prepared theirs: scaled into a box of 20 x 20 pixels, its shape kept and its edges grey,
// then placed in 28 x 28 so that the centre of its mass is the centre (yann.lecun.com/exdb/mnist). Pure arithmetic.

import { IMAGE, SIDE } from "../images-protocol.ts";

const BOX = 20;
/** Ink below it is none: the edge of a stroke, 0 to 255. */
const FAINT = 16;
/** The most that a drawing is enlarged, as a share of the pad: a dot stays small. */
const LEAST_SHARE = 0.2;

/** What [side, side] of ink, 0 to 255, is as an image, 0 to 1; undefined if there is none. */
export function normalised(ink: Uint8Array, side: number): Float32Array | undefined {
  const box = boundsOf(ink, side);
  if (!box) return undefined;
  const longest = Math.max(box.right - box.left, box.bottom - box.top, LEAST_SHARE * side);
  // Pixels of the drawing in one of the image's.
  const scale = longest / BOX;
  const left = box.x - (scale * SIDE) / 2;
  const top = box.y - (scale * SIDE) / 2;
  const columns = spans(left, scale, side);
  const rows = spans(top, scale, side);
  const image = new Float32Array(IMAGE);
  for (let r = 0; r < SIDE; r++) {
    for (let c = 0; c < SIDE; c++) {
      let sum = 0;
      for (const [y, high] of rows[r]) {
        for (const [x, wide] of columns[c]) sum += ink[y * side + x] * high * wide;
      }
      image[r * SIDE + c] = Math.min(1, sum / (255 * scale * scale));
    }
  }
  return image;
}

/** Which of the drawing's pixels a pixel of the image covers in one direction, and how much of each. */
function spans(start: number, scale: number, side: number): [index: number, share: number][][] {
  return Array.from({ length: SIDE }, (_, i) => {
    const [from, to] = [start + i * scale, start + (i + 1) * scale];
    const covered: [number, number][] = [];
    for (let p = Math.max(0, Math.floor(from)); p < Math.min(side, to); p++) {
      covered.push([p, Math.min(p + 1, to) - Math.max(p, from)]);
    }
    return covered;
  });
}

/** The ink's box, and the centre of its mass. */
function boundsOf(ink: Uint8Array, side: number) {
  const box = { left: side, right: 0, top: side, bottom: 0 };
  let [mass, x, y] = [0, 0, 0];
  for (let i = 0; i < ink.length; i++) {
    const value = ink[i];
    if (value < FAINT) continue;
    const column = i % side;
    const row = (i - column) / side;
    if (column < box.left) box.left = column;
    if (column >= box.right) box.right = column + 1;
    if (row < box.top) box.top = row;
    if (row >= box.bottom) box.bottom = row + 1;
    mass += value;
    x += value * (column + 0.5);
    y += value * (row + 0.5);
  }
  return mass === 0 ? undefined : { ...box, x: x / mass, y: y / mass };
}

/** Share of the pad that is ink. */
export function inkShare(ink: Uint8Array): number {
  let count = 0;
  for (const value of ink) if (value >= FAINT) count++;
  return count / ink.length;
}
