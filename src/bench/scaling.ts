// How the cost of an update grows: one size of the reference model varied at a time, each point between two
// blocks of the ceiling. The ideal line is the update's real operations at the ceiling's rate; for threads, the
// time of one thread divided.

import type { Build } from "../index.ts";
import { ceiling, type Field, isCeiling, ours } from "./contenders.ts";
import type { Engine } from "./engine.ts";
import { measure } from "./measure.ts";
import type { Sizes } from "./protocol.ts";
import { median, pairedRatio, type Ratio, scaled, type Times } from "./statistics.ts";
import { updates } from "./training.ts";
import { REFERENCE } from "./workload.ts";
import { writeOrder } from "./write-order.ts";

export type CurveName = "hidden" | "batch" | "steps" | "threads" | "odd";

export interface Point {
  /** The value on the curve's axis. */
  at: number;
  sizes: Sizes;
  threads: number;
  ms: number;
  flops: number;
  naiveFlops: number;
  memoryBytes: number;
  /** Real operations a second, as a share of the ceiling in the same rounds; for threads, of as many ceilings. */
  share: Ratio;
}

export type Curves = Record<CurveName, Point[]>;

const BUILD: Build = "relaxed";

export async function measureScaling(
  field: Field,
  engine: Engine,
  folder: string,
  note: (text: string) => void,
): Promise<Curves> {
  const powers = (from: number, to: number, step = 2) => {
    const values: number[] = [];
    for (let value = from; value <= to; value *= step) values.push(value);
    return values;
  };
  const most = Math.max(...field.threads);
  const all: [CurveName, number[], (value: number) => Partial<Sizes>][] = field.quick
    ? [
        ["hidden", [32, 128, 512], (units) => ({ units })],
        ["batch", [1, 16, 128], (batchSize) => ({ batchSize })],
        ["steps", [8, 28, 128], (timeSteps) => ({ timeSteps })],
        ["threads", field.threads, () => ({})],
        ["odd", [100], (units) => ({ units, batchSize: 50 })],
      ]
    : [
        ["hidden", powers(16, 1024), (units) => ({ units })],
        ["batch", powers(1, 1024), (batchSize) => ({ batchSize })],
        ["steps", [8, 16, 28, 64, 128, 256, 512, 1024], (timeSteps) => ({ timeSteps })],
        ["threads", Array.from({ length: most }, (_, i) => i + 1), () => ({})],
        ["odd", [100], (units) => ({ units, batchSize: 50 })],
      ];
  const curves: Curves = { hidden: [], batch: [], steps: [], threads: [], odd: [] };
  for (const [name, values, change] of all) {
    for (const at of values) {
      note(`${name} ${at}`);
      const threads = name === "threads" ? at : 1;
      const point = await measurePoint({ ...REFERENCE, ...change(at) }, threads, field, engine, folder);
      curves[name].push({ at, ...point });
    }
  }
  return curves;
}

async function measurePoint(sizes: Sizes, threads: number, field: Field, engine: Engine, folder: string) {
  const specs = [ours(BUILD, threads), ceiling(BUILD)];
  const measured = await measure(
    {
      specs: specs.map((spec) => (isCeiling(spec) ? { ...spec, warmUnits: 2 } : spec)),
      order: await writeOrder(folder, sizes),
      pace: field.quick ? { rounds: 3, warmMs: 100, blockMs: 40 } : { rounds: 5, warmMs: 500, blockMs: 150 },
      starts: 1,
      outcome: async () => undefined,
      tolerance: 0,
      run: updates(),
      note: () => {},
    },
    engine,
  );
  const [mine, top] = specs.map(({ key }) => measured.contenders[key]);
  const flops = mine.about.flops!;
  return {
    sizes,
    threads,
    ms: median(mine.times.flat()),
    flops,
    naiveFlops: mine.about.naiveFlops!,
    memoryBytes: mine.memory.linearBytes!,
    share: shareOfCeiling(mine.times, flops, top.times, top.about.flops!, threads),
  };
}

/** Operations a second as a share of the ceiling's, round by round. */
export function shareOfCeiling(
  times: Times,
  flops: number,
  top: Times,
  topFlops: number,
  threads = 1,
): Ratio {
  return scaled(pairedRatio(top, times), flops / topFlops / threads);
}
