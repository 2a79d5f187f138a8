// What the chart shows, as plain numbers: the drawing itself is bench/peers/chart.mjs.

import { fastest } from "./bars.ts";
import { isCeilingKey } from "./contenders.ts";
import type { Measured } from "./measure.ts";
import type { Results } from "./results.ts";
import type { CurveName } from "./scaling.ts";
import { median } from "./statistics.ts";

export interface Figures {
  title: string;
  subtitle: string;
  groups: BarGroup[];
  curves: Curve[];
}

export interface BarGroup {
  title: string;
  unit: string;
  /** Fastest first; `time` in the unit. */
  bars: { name: string; time: number; ours: boolean }[];
}

export interface Curve {
  title: string;
  axis: string;
  points: { at: number; ms: number; ideal: number }[];
}

const AXES: [CurveName, string, string][] = [
  ["hidden", "Growth with the LSTM's cells", "cells"],
  ["batch", "Growth with the batch", "sequences"],
  ["steps", "Growth with the time steps", "steps"],
  ["threads", "Threads", "threads"],
];

export function figures(results: Results): Figures {
  const { machine, training, inference, curves } = results;
  const groups: BarGroup[] = [];
  if (training) {
    const idiomatic = fastest(training, ["tfjs-cell-1", "tfjs-layers-1"]);
    const left = ["tfjs-cell-1", "tfjs-layers-1"].filter((key) => key !== idiomatic);
    groups.push(group("One training update (batch 128, 28 steps, LSTM 128)", training, "ms", left));
  }
  if (inference) {
    groups.push(group("Inference of one sequence", inference.one, "µs", []));
    groups.push(group("Inference of 128 sequences", inference.batch, "ms", []));
  }
  return {
    title: "wasm-lstm",
    subtitle: `${machine.processor}, ${machine.cores} cores, Node ${machine.node}, ${machine.date.slice(0, 10)}`,
    groups,
    curves: AXES.flatMap(([name, title, axis]) => {
      const points = curves?.[name] ?? [];
      if (points.length < 2) return [];
      const ideal = (p: (typeof points)[number]) =>
        name === "threads" ? points[0].ms / p.threads : p.ms * p.share.median;
      return [{ title, axis, points: points.map((p) => ({ at: p.at, ms: p.ms, ideal: ideal(p) })) }];
    }),
  };
}

function group(title: string, measured: Measured, unit: "ms" | "µs", left: string[]): BarGroup {
  const bars = Object.entries(measured.contenders)
    .filter(([key]) => !isCeilingKey(key) && !key.endsWith("-again") && !left.includes(key))
    .map(([, { title, times }]) => ({
      name: title,
      time: median(times.flat()) * (unit === "µs" ? 1000 : 1),
      ours: title.startsWith("wasm-lstm"),
    }));
  return { title, unit, bars: bars.sort((a, b) => a.time - b.time) };
}
