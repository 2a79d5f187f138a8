// A confusion matrix -> a picture: a cell's shade is its share of the row's label, its number the count.

import { classScores } from "../metrics/scores.ts";
import { grouped } from "../report-numbers.ts";
import { rect, svg, text } from "./svg.ts";

/** Longest name along a side, in characters. */
const MAX_NAME = 18;
/** Pixels of a character, about: names are measured by it. */
const CHARACTER = 6.7;
const MARGIN = 16;
/** Room for recall at the right. */
const RECALL = 66;
/** Classes beyond which a cell is too small for its number. */
const MOST_NUMBERED = 40;
/** Opacity of a cell of next to nothing, so that it can be told from one of nothing. */
const PALEST = 0.14;

export interface ConfusionOptions {
  /** One name per class; numbers unless given. */
  names?: readonly string[];
  title?: string;
}

/**
 * An SVG file of `confusion[label][predicted]`. Right ones are blue, confused ones orange and shaded by the root of
 * their share, so that a few in a hundred can be seen. Beyond 40 classes cells have no numbers.
 */
export function confusionSvg(
  confusion: readonly (readonly number[])[],
  { names, title = "Confusion" }: ConfusionOptions = {},
): string {
  const frame = layOut(confusion, names);
  const { shown, cell, size, across, left, top, width, height } = frame;
  const scores = classScores(confusion);
  const middle = (i: number) => (i + 0.5) * cell;
  const body = [
    text(MARGIN, 28, title, { classes: "bold" }),
    text(left + size / 2, 52, "taken for", { anchor: "middle", classes: "soft" }),
    text(MARGIN + 8, top + size / 2, "label", { anchor: "middle", classes: "soft", turn: -90 }),
    text(left + size + 10, top - 8, "recall %", { classes: "soft" }),
  ];
  if (frame.numbered) {
    body.push(text(left - 8, top + size + 18, "precision %", { anchor: "end", classes: "soft" }));
  }
  for (const i of everyNamed(shown.length, cell)) {
    const above = { x: left + middle(i), y: top - 8 };
    body.push(
      text(left - 8, top + middle(i) + 4, shown[i], { anchor: "end" }),
      across
        ? text(above.x, above.y, shown[i], { anchor: "middle" })
        : text(above.x + 4, above.y, shown[i], { turn: -90 }),
      text(left + size + 10, top + middle(i) + 4, percent(scores[i].recall), { classes: "soft" }),
    );
    if (!frame.numbered) continue;
    body.push(
      text(above.x, top + size + 18, percent(scores[i].precision), { anchor: "middle", classes: "soft" }),
    );
  }
  for (const [label, row] of confusion.entries()) {
    for (const [predicted, count] of row.entries()) {
      if (count === 0) continue;
      const share = count / scores[label].support;
      const right = label === predicted;
      const shade = right ? share : Math.sqrt(share);
      const [x, y] = [left + predicted * cell, top + label * cell];
      const opacity = (PALEST + (1 - PALEST) * shade).toFixed(3);
      body.push(rect(x, y, cell, cell, right ? "blueFill" : "orangeFill", ` opacity="${opacity}"`));
      if (!frame.numbered) continue;
      const classes = shade > 0.5 ? "on" : undefined;
      body.push(text(x + cell / 2, y + cell / 2 + 4, grouped(count), { anchor: "middle", classes }));
    }
  }
  body.push(
    rect(left, top, size, size, "axis"),
    text(MARGIN, height - 14, "shade: share of the label's row; of confused ones its root", {
      classes: "soft",
    }),
  );
  return svg(width, height, `${title}: ${shown.length} labels by what they were taken for`, body);
}

/** Sizes and places, in pixels. */
function layOut(confusion: readonly (readonly number[])[], names: readonly string[] | undefined) {
  const classes = confusion.length;
  const shown = confusion.map((_, i) => cut(names?.[i] ?? String(i)));
  const longest = CHARACTER * shown.reduce((most, name) => Math.max(most, name.length), 1);
  const widest = CHARACTER * grouped(confusion.flat().reduce((a, b) => Math.max(a, b), 0)).length;
  const numbered = classes <= MOST_NUMBERED;
  const cell = numbered
    ? Math.max(classes <= 6 ? 64 : classes <= 20 ? 44 : 30, Math.ceil(widest) + 10)
    : Math.max(4, Math.floor(1200 / classes));
  const size = classes * cell;
  // A name stands across its column where it fits, else upright above it.
  const across = longest <= cell - 4;
  const left = MARGIN + 24 + Math.max(longest, CHARACTER * "precision %".length) + 8;
  const top = 66 + (across ? 20 : longest + 10);
  const width = Math.ceil(Math.max(left + size + RECALL + MARGIN, 420));
  return { shown, numbered, cell, size, across, left, top, width, height: Math.ceil(top + size + 68) };
}

/** Classes whose names fit beside each other. */
function everyNamed(classes: number, cell: number): number[] {
  const every = Math.ceil(14 / cell);
  return Array.from({ length: Math.ceil(classes / every) }, (_, i) => i * every);
}

/** 100 is said of all alone: what would round to it is 99.9. */
function percent(share: number): string {
  return share === 1 ? "100" : Math.min(99.9, 100 * share).toFixed(1);
}

function cut(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 1)}…`;
}
