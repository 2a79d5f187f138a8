// Pictures of a training and of an evaluation, as files.

import { checkReplaceable, writeWhole } from "../files.ts";
import type { Evaluation } from "../metrics.ts";
import { confusionSvg } from "../plot/confusion-svg.ts";
import { curveSvg } from "../plot/curve-svg.ts";
import type { Curves } from "../plot/series.ts";
import { type Typed, textOf } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Throws unless the file that the option names, if it does, could be written now. */
export function checkPicture(typed: Typed, option: "plot" | "confusion"): void {
  const path = textOf(typed, option);
  if (path !== undefined) checkReplaceable(path, `--${option} ${path}`);
}

/** Throws if a confusion matrix is wanted of a model that has none. */
export function checkConfusion(path: string | undefined, task: Evaluation["task"]): void {
  if (path !== undefined && task !== "classes") {
    throw new Error(`--confusion ${path} not written: expected a model of classes, got one of ${task}`);
  }
}

/** Nothing where `path` is undefined; an evaluation without classes is told of. */
export function writeConfusion(
  path: string | undefined,
  test: Evaluation,
  names: readonly string[] | undefined,
  terminal: Terminal,
): void {
  checkConfusion(path, test.task);
  if (path === undefined || test.task !== "classes") return;
  write(path, "--confusion", confusionSvg(test.confusion, { names }), terminal);
}

export function writeCurve(path: string | undefined, curves: Curves, terminal: Terminal): void {
  if (path !== undefined) write(path, "--plot", curveSvg(curves), terminal);
}

function write(path: string, option: string, svg: string, terminal: Terminal): void {
  writeWhole(path, new TextEncoder().encode(svg), `${option} ${path}`);
  terminal.note(`wrote  ${path}`);
}
