// Interleaved measurement: in every round each contender has one block forwards and one backwards, A B C C B A,
// so that a steady drift of the machine meets all alike. The others sleep meanwhile.

import type { Contender } from "./contender.ts";

/** What a block runs: `warm` units untimed, then `count` timed ones; milliseconds of the timed part. */
export type RunUnits = (contender: Contender, warm: number, count: number) => Promise<number>;

export interface Pace {
  rounds: number;
  /** How long each contender is run before anything is timed, and how long a block lasts, about. */
  warmMs: number;
  blockMs: number;
}

// The library times its tiles in the first seven passes; compilers are done by the twelfth.
const WARM_UNITS = 12;
// A block of slower units needs no warming of its own.
const SLOW_MS = 300;
const MOST_UNITS = 100_000;

/** Times per contender and round, in milliseconds a unit: the mean of a round's two blocks. */
export async function runRounds(
  contenders: Contender[],
  pace: Pace,
  run: RunUnits,
): Promise<Map<string, number[]>> {
  const counts = new Map<Contender, { warm: number; count: number }>();
  for (const contender of contenders) counts.set(contender, await warmUp(contender, pace, run));
  const times = new Map<string, number[]>(contenders.map(({ spec }) => [spec.key, []]));
  for (let round = 0; round < pace.rounds; round++) {
    const taking = contenders.filter(({ spec }) => round < (spec.rounds ?? pace.rounds));
    const sums = new Map<Contender, number>();
    for (const contender of [...taking, ...taking.toReversed()]) {
      const { warm, count } = counts.get(contender)!;
      const ms = (await run(contender, warm, count)) / count;
      sums.set(contender, (sums.get(contender) ?? 0) + ms);
    }
    for (const [contender, sum] of sums) times.get(contender.spec.key)!.push(sum / 2);
  }
  return times;
}

// Runs a contender warm and decides how many units make a block.
async function warmUp(contender: Contender, { warmMs, blockMs }: Pace, run: RunUnits) {
  let ms = await run(contender, 0, 1);
  let spent = ms;
  const least = contender.spec.warmUnits ?? WARM_UNITS;
  for (let units = 1; units < least || (spent < warmMs && ms < SLOW_MS); ) {
    const count = Math.max(1, Math.min(units, Math.ceil((warmMs - spent) / ms), MOST_UNITS));
    const took = await run(contender, 0, count);
    ms = took / count;
    spent += took;
    units += count;
  }
  const count = Math.max(1, Math.min(MOST_UNITS, Math.round(blockMs / ms)));
  return { warm: ms > SLOW_MS ? 0 : Math.ceil(count / 10), count };
}
