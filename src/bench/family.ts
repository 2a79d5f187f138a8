// Other members of the model family beside the ceiling, and small models beside the core alone.

import { ceiling, coreAlone, type Field, isCeiling, ours } from "./contenders.ts";
import type { Engine } from "./engine.ts";
import { type Measured, measure } from "./measure.ts";
import type { Sizes } from "./protocol.ts";
import { shareOfCeiling } from "./scaling.ts";
import { median, type Ratio } from "./statistics.ts";
import { updates } from "./training.ts";
import { REFERENCE, VARIANTS, type Variant } from "./workload.ts";
import { writeOrder } from "./write-order.ts";

export interface Member {
  ms: number;
  flops: number;
  /** Real operations a second as a share of the ceiling in the same rounds. */
  share: Ratio;
}

export interface Small {
  units: number;
  batchSize: number;
  /** Microseconds of an update, through the library and of the core alone, medians. */
  update: number;
  core: number;
}

export interface Family {
  members: Partial<Record<Variant, Member>>;
  small: Small[];
}

/** Of 128 units and a batch of 128, without a projection. */
const SIZES: Sizes = { ...REFERENCE, projectionUnits: 0 };
const SMALL: Partial<Sizes>[] = [
  { units: 16, batchSize: 1 },
  { units: 16, batchSize: 8 },
];
const BUILD = "relaxed";

export async function measureFamily(
  field: Field,
  engine: Engine,
  folder: string,
  note: (text: string) => void,
): Promise<Family> {
  const family: Family = { members: {}, small: [] };
  const variants = Object.keys(VARIANTS) as Variant[];
  const pace = field.quick
    ? { rounds: 3, warmMs: 100, blockMs: 40 }
    : { rounds: 6, warmMs: 500, blockMs: 200 };
  const together = (specs: Parameters<typeof measure>[0]["specs"], sizes: Sizes): Promise<Measured> =>
    writeOrder(folder, sizes).then((order) =>
      measure(
        {
          specs,
          order,
          pace,
          starts: 1,
          outcome: async () => undefined,
          tolerance: 0,
          run: updates(),
          note: () => {},
        },
        engine,
      ),
    );
  for (const variant of field.quick ? variants.slice(0, 5) : variants) {
    note(variant);
    const spec = ours(BUILD);
    const specs = [{ ...spec, options: { ...spec.options, variant } }, ceiling(BUILD)];
    const measured = await together(
      specs.map((each) => (isCeiling(each) ? { ...each, warmUnits: 2 } : each)),
      SIZES,
    );
    const [mine, top] = specs.map(({ key }) => measured.contenders[key]);
    const flops = mine.about.flops!;
    family.members[variant] = {
      ms: median(mine.times.flat()),
      flops,
      share: shareOfCeiling(mine.times, flops, top.times, top.about.flops!),
    };
  }
  for (const change of SMALL) {
    const sizes = { ...SIZES, ...change };
    note(`hidden ${sizes.units}, batch ${sizes.batchSize}`);
    const { contenders } = await together([ours(BUILD), coreAlone(BUILD)], sizes);
    const micros = (key: string) => 1000 * median(contenders[key].times.flat());
    family.small.push({
      units: sizes.units,
      batchSize: sizes.batchSize,
      update: micros(ours(BUILD).key),
      core: micros(coreAlone(BUILD).key),
    });
  }
  return family;
}
