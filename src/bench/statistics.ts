// Medians, and ratios of paired times with bootstrap intervals. Times come as [starts][rounds]: rounds of one
// start share their processes, so starts are drawn first and rounds within them.

import { Random } from "../data/random.ts";

export type Times = readonly (readonly number[])[];

export interface Spread {
  median: number;
  /** The quarter and three-quarter points. */
  low: number;
  high: number;
  count: number;
}

export interface Ratio {
  /** Median of the paired ratios. */
  median: number;
  /** Bounds of the 95 % interval of that median. */
  low: number;
  high: number;
  pairs: number;
}

const RESAMPLES = 2000;
const SEED = 1;

/** The value below which the share q of the values lies, linear between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function spread(times: Times): Spread {
  const all = times.flat();
  return { median: median(all), low: quantile(all, 0.25), high: quantile(all, 0.75), count: all.length };
}

/** a / b, round by round; where one took part in fewer rounds, in the rounds of both. */
export function pairedRatio(a: Times, b: Times): Ratio {
  const ratios = a
    .map((rounds, start) => rounds.slice(0, b[start]?.length ?? 0).map((time, i) => time / b[start][i]))
    .filter((rounds) => rounds.length > 0);
  const random = new Random(SEED);
  const medians = Array.from({ length: RESAMPLES }, () => {
    const drawn: number[] = [];
    for (let s = 0; s < ratios.length; s++) {
      const rounds = ratios[random.below(ratios.length)];
      for (let i = 0; i < rounds.length; i++) drawn.push(rounds[random.below(rounds.length)]);
    }
    return median(drawn);
  });
  const all = ratios.flat();
  return {
    median: median(all),
    low: quantile(medians, 0.025),
    high: quantile(medians, 0.975),
    pairs: all.length,
  };
}

/** The same ratio with both ends multiplied. */
export function scaled({ median, low, high, pairs }: Ratio, factor: number): Ratio {
  return { median: median * factor, low: low * factor, high: high * factor, pairs };
}
