// The history of a training -> a picture: loss, and accuracy if there is one, over the updates.

import { type Axis, axisFor, linearAxis } from "./axis.ts";
import { type Curves, envelope, type Point, trend } from "./series.ts";
import { circle, line, polyline, svg, text } from "./svg.ts";

const WIDTH = 800;
const PANEL = 230;
const GAP = 40;
const LEFT = 70;
const RIGHT = 24;
const TOP = 56;
const BOTTOM = 52;

/** Most places along a line: more than a screen shows. */
const PLACES = 360;
/** Fewest updates whose least and greatest are drawn, where there are as many. */
const UPDATES_OF_A_RANGE = 4;
/** Most validations that are marked by a dot each. */
const MAX_DOTS = 60;

interface Panel {
  name: string;
  top: number;
  values: readonly number[];
  validation: Point[];
  /** From the values that are drawn as lines. */
  axisOf(drawn: readonly number[]): Axis;
}

/** An SVG file. Training is a trend over the range of its updates, validation a line with a dot each. */
export function curveSvg(curves: Curves, { title = "Training" }: { title?: string } = {}): string {
  const { loss, accuracy, validation } = curves;
  const panels: Panel[] = [
    {
      name: "loss",
      top: TOP,
      values: loss,
      validation: validation.map((own) => ({ step: own.step, value: own.loss })),
      axisOf: (drawn) => axisFor(drawn, 6),
    },
  ];
  const shares = validation.map((own) => ({ step: own.step, value: own.accuracy }));
  if ([...accuracy, ...shares.map(({ value }) => value)].some(Number.isFinite)) {
    panels.push({
      name: "accuracy",
      top: TOP + PANEL + GAP,
      values: accuracy,
      validation: shares,
      axisOf: (drawn) =>
        linearAxis(
          drawn.reduce((a, b) => Math.min(a, b), 1),
          1,
          6,
        ),
    });
  }
  const last = Math.max(loss.length - 1, ...validation.map(({ step }) => step), 1);
  const updates = linearAxis(0, last, Math.min(9, last + 1), true);
  const x = (step: number) => LEFT + updates.place(step) * (WIDTH - LEFT - RIGHT);
  const bottom = panels[panels.length - 1].top + PANEL;
  const height = bottom + BOTTOM;
  return svg(WIDTH, height, `${title}: ${panels.map(({ name }) => name).join(" and ")} over the updates`, [
    text(LEFT, 26, title, { classes: "bold" }),
    ...legend(validation.length > 0),
    ...panels.flatMap((panel) => drawn(panel, updates, x)),
    ...updates.ticks.map((tick) =>
      text(x(tick.value), bottom + 18, tick.text, { anchor: "middle", classes: "soft" }),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, bottom + 38, "updates", { anchor: "middle", classes: "soft" }),
  ]);
}

function legend(hasValidation: boolean): string[] {
  const right = WIDTH - RIGHT;
  const entry = (from: number, name: string, colour: string) => [
    line(from, 22, from + 24, 22, `line ${colour}`),
    text(from + 32, 26, name),
  ];
  return [
    ...entry(right - (hasValidation ? 190 : 84), "training", "blue"),
    ...(hasValidation ? entry(right - 92, "validation", "orange") : []),
  ];
}

function drawn(panel: Panel, updates: Axis, x: (step: number) => number): string[] {
  const { name, top, values, validation } = panel;
  const points = trend(values, PLACES);
  const marks = validation.filter(({ value }) => Number.isFinite(value));
  const axis = panel.axisOf([...points, ...marks].map(({ value }) => value));
  // Single updates may lie beyond the trend: they end at the panel's edge.
  const y = (value: number) => top + PANEL * (1 - Math.min(1, Math.max(0, axis.place(value))));
  const range = envelope(values, Math.min(PLACES, Math.ceil(values.length / UPDATES_OF_A_RANGE)));
  const band = [
    ...range.map(({ step, high }) => [x(step), y(high)] as const),
    ...range.reverse().map(({ step, low }) => [x(step), y(low)] as const),
  ];
  const right = WIDTH - RIGHT;
  return [
    ...axis.ticks.flatMap((tick) => [
      line(LEFT, y(tick.value), right, y(tick.value), "grid"),
      text(LEFT - 8, y(tick.value) + 4, tick.text, { anchor: "end", classes: "soft" }),
    ]),
    ...updates.ticks.map((tick) => line(x(tick.value), top + PANEL, x(tick.value), top + PANEL + 4, "axis")),
    line(LEFT, top + PANEL, right, top + PANEL, "axis"),
    text(18, top + PANEL / 2, name, { anchor: "middle", classes: "bold", turn: -90 }),
    polyline(band, "blueFill", ' opacity="0.22"'),
    polyline(
      points.map(({ step, value }) => [x(step), y(value)]),
      "line blue",
    ),
    polyline(
      marks.map(({ step, value }) => [x(step), y(value)]),
      "line orange",
    ),
    ...(marks.length > MAX_DOTS
      ? []
      : marks.map(({ step, value }) => circle(x(step), y(value), 3, "orangeFill"))),
  ];
}
