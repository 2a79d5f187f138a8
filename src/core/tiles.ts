// Which tile the products use. It depends on what the engine makes of 128-bit SIMD (some merge neighbours into
// 256 bits when told to), which cannot be asked, so a few timed calls on the model's own matrices decide. The
// choice cannot change a bit of any result.

import { Layout } from "../../assembly/regions.ts";
import type { Build } from "./builds.ts";
import type { Core } from "./core.ts";

interface Tile {
  rows: number;
  /** Two panels of 8 columns instead of one. */
  wide: boolean;
}

/** The first is what the core starts with. Tiles of more accumulators spill on every engine measured. */
const CANDIDATES: Record<Build, Tile[]> = {
  relaxed: [
    { rows: 6, wide: false },
    { rows: 4, wide: false },
    { rows: 6, wide: true },
  ],
  simd: [
    { rows: 4, wide: false },
    { rows: 5, wide: false },
    { rows: 4, wide: true },
    { rows: 5, wide: true },
  ],
  scalar: [{ rows: 4, wide: false }],
};

const LAYOUTS = [Layout.Rows, Layout.Panels, Layout.Columns];
/** Passes before the candidates are run warm, and before they are timed: compilers work in the background. */
const WARM_AT = 2;
const TIME_AT = 6;
/** Milliseconds that each candidate is run to have it compiled, and the least that one timing takes. */
const WARM_MS = 2;
const TIMING_MS = 0.15;
const TIMINGS = 5;

export class TileChoice {
  readonly #core: Core;
  readonly #plan: number;
  readonly #candidates: Tile[];
  #passes = 0;

  constructor(core: Core, plan: number, build: Build) {
    this.#core = core;
    this.#plan = plan;
    this.#candidates = CANDIDATES[build];
  }

  /** Called after each pass over n rows; nearly always does nothing. */
  afterPass(n: number): void {
    // A batch of fewer rows than the lowest tile has leaves nothing to choose.
    if (this.#passes > TIME_AT || n < 4) return;
    const pass = ++this.#passes;
    if (pass !== WARM_AT && pass !== TIME_AT) return;
    if (this.#candidates.length === 1) return;
    for (const layout of LAYOUTS) {
      if (pass === WARM_AT) this.#warm(layout, n);
      else this.#set(layout, this.#fastest(layout, n));
    }
  }

  #warm(layout: Layout, n: number): void {
    for (const tile of [...this.#candidates].reverse()) {
      this.#set(layout, tile);
      const start = performance.now();
      do this.#core.probe(this.#plan, layout, n);
      while (isWithin(performance.now() - start, WARM_MS));
    }
  }

  // The candidates in turn, several times; the least time of each is the one least disturbed.
  #fastest(layout: Layout, n: number): Tile {
    const times = this.#candidates.map(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < TIMINGS; round++) {
      for (const [i, tile] of this.#candidates.entries()) {
        this.#set(layout, tile);
        times[i] = Math.min(times[i], this.#time(layout, n));
      }
    }
    return this.#candidates[times.indexOf(Math.min(...times))];
  }

  // Milliseconds of one probe; none that is known when the clock was set back.
  #time(layout: Layout, n: number): number {
    const start = performance.now();
    let calls = 0;
    let now = start;
    do {
      this.#core.probe(this.#plan, layout, n);
      calls++;
      now = performance.now();
    } while (isWithin(now - start, TIMING_MS));
    return now > start ? (now - start) / calls : Number.POSITIVE_INFINITY;
  }

  #set(layout: Layout, { rows, wide }: Tile): void {
    this.#core.setTile(this.#plan, layout, rows, wide);
  }
}

/** Whether `passed` milliseconds are fewer than `ms`; no longer so when a clock that jumps says less than none. */
function isWithin(passed: number, ms: number): boolean {
  return passed >= 0 && passed < ms;
}
