// The history of a training -> a small chart of the loss in characters, for a terminal.

import { type Axis, axisFor } from "./axis.ts";
import { type Curves, type Point, trend } from "./series.ts";

/** Braille patterns: bit of the dot at (column, row) of the 2 x 4 in a cell, added to U+2800. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];
const BLANK = 0x2800;
const VALIDATION = "o";

export interface ChartOptions {
  /** Columns of the whole chart, from 30; default 72. */
  width?: number;
  /** Rows of the curve, from 3; default 10. */
  height?: number;
}

/** Lines of at most `width` columns: the trend of the training as dots, validations as o. "" where there is no loss. */
export function lossChart(curves: Curves, { width = 72, height = 10 }: ChartOptions = {}): string {
  if (!(width >= 30 && height >= 3)) {
    throw new RangeError(`width must be from 30 and height from 3, got ${width} and ${height}`);
  }
  const { loss } = curves;
  const validation = curves.validation.filter((own) => Number.isFinite(own.loss));
  const all = [...trend(loss, 2000).map(({ value }) => value), ...validation.map((own) => own.loss)];
  if (all.length === 0) return "";
  const axis = axisFor(all, Math.max(3, Math.ceil(height / 2)), true);
  const gutter = Math.max(...axis.ticks.map(({ text }) => text.length));
  const columns = width - gutter - 2;
  const last = Math.max(loss.length - 1, ...validation.map(({ step }) => step), 1);

  const grid = Array.from({ length: height }, () => new Array<number>(columns).fill(0));
  let before: number | undefined;
  for (const [x, place] of placesAlong(trend(loss, 2 * columns), last, 2 * columns, axis)) {
    const y = dotAt(place, height);
    // From beside the dot before to this one, so that the curve has no gaps.
    const from = before === undefined || before === y ? y : before + Math.sign(y - before);
    for (let dot = Math.min(from, y); dot <= Math.max(from, y); dot++) {
      grid[dot >> 2][x >> 1] |= DOTS[x & 1][dot & 3];
    }
    before = y;
  }
  const cells = grid.map((row) => row.map((bits) => (bits === 0 ? " " : String.fromCharCode(BLANK + bits))));
  for (const { step, loss: own } of validation) {
    cells[dotAt(axis.place(own), height) >> 2][Math.round((step / last) * (columns - 1))] = VALIDATION;
  }

  const labels = new Map(axis.ticks.map(({ value, text }) => [dotAt(axis.place(value), height) >> 2, text]));
  const lines = cells.map((row, i) => {
    const label = labels.get(i);
    return `${(label ?? "").padStart(gutter)} ${label === undefined ? "│" : "┤"}${row.join("")}`.trimEnd();
  });
  const legend = validation.length > 0 ? `loss, ${VALIDATION} validation` : "loss";
  return [
    `${" ".repeat(gutter)}  ${legend}`,
    ...lines,
    `${" ".repeat(gutter)} └${"─".repeat(columns)}`,
    `${" ".repeat(gutter)}  0${`update ${last}`.padStart(columns - 1)}`,
  ].join("\n");
}

/** Where the curve stands along the axis at each of `columns` places, straight between its points. */
function* placesAlong(
  points: readonly Point[],
  last: number,
  columns: number,
  axis: Axis,
): Generator<[x: number, place: number]> {
  const at = points.map(({ step, value }) => ({
    x: Math.round((step / last) * (columns - 1)),
    place: axis.place(value),
  }));
  for (const [i, { x, place }] of at.entries()) {
    yield [x, place];
    const next = at[i + 1];
    if (next === undefined) return;
    for (let between = x + 1; between < next.x; between++) {
      yield [between, place + ((next.place - place) * (between - x)) / (next.x - x)];
    }
  }
}

/** The row of dots, from the top, 4 to a row of characters, for a place along the axis. */
function dotAt(place: number, height: number): number {
  return Math.round((1 - Math.min(1, Math.max(0, place))) * (4 * height - 1));
}
