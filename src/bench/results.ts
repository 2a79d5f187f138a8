// Everything that a run measured, as it is written to the JSON file. Types, and how times become numbers.

import type { Download } from "./download.ts";
import type { EdgeLatency } from "./edge.ts";
import type { Family } from "./family.ts";
import type { Inference } from "./inference.ts";
import type { Machine } from "./machine.ts";
import type { Measured } from "./measure.ts";
import { type Curves, shareOfCeiling } from "./scaling.ts";
import type { StartUp } from "./start-up.ts";
import { pairedRatio, type Ratio } from "./statistics.ts";

export const SECTIONS = ["training", "inference", "start-up", "size", "scaling", "family", "edge"] as const;
export type Section = (typeof SECTIONS)[number];

export interface Results {
  machine: Machine;
  /** Load of the last minute before and after. */
  load: { before: number; after: number };
  quick: boolean;
  turbo: boolean;
  /** What could not be measured, and why. */
  notes: string[];
  training?: Measured;
  inference?: Inference;
  startUp?: Record<string, StartUp>;
  downloads?: Record<string, Download>;
  curves?: Curves;
  family?: Family;
  edge?: EdgeLatency[];
}

/** How many times faster `fast` is than `slow`, paired; undefined when one did not take part. */
export function speedOver(measured: Measured | undefined, fast: string, slow: string): Ratio | undefined {
  const [a, b] = [measured?.contenders[slow], measured?.contenders[fast]];
  return a && b ? pairedRatio(a.times, b.times) : undefined;
}

/** Real operations as a share of the ceiling of build and engine, of as many ceilings as there are threads. */
export function ceilingShare(measured: Measured | undefined, key: string): Ratio | undefined {
  const mine = measured?.contenders[key];
  const top = measured?.contenders[ceilingKey(key)];
  if (!mine?.about.flops || !top?.about.flops) return undefined;
  return shareOfCeiling(mine.times, mine.about.flops, top.times, top.about.flops, mine.threads);
}

/** "turbo-relaxed-2" -> "ceiling-turbo-relaxed"; the same of a ceiling's own key */
export function ceilingKey(key: string): string {
  return `ceiling-${key.replace(/^ceiling-/, "").replace(/-\d+(-again)?$/, "")}`;
}
