// One table's worth of measurement: start the contenders, see that they agree, time them in rounds, several times
// over with fresh processes.

import { Contender, type Spec } from "./contender.ts";
import type { Engine } from "./engine.ts";
import type { About, Memory, Order, PhaseTime } from "./protocol.ts";
import { type Pace, type RunUnits, runRounds } from "./rounds.ts";

export interface Measured {
  /** Of those that took part, by key. */
  contenders: Record<string, Taken>;
  skipped: { title: string; reason: string }[];
}

export interface Taken {
  title: string;
  threads: number;
  about: About;
  memory: Memory;
  /** Largest difference to the first contender in what `agree` compares. */
  difference: number;
  /** Milliseconds a unit, [starts][rounds]. */
  times: number[][];
  /** Of one thread of ours. */
  phases?: PhaseTime[];
}

export interface Plan {
  specs: Spec[];
  order: Order;
  pace: Pace;
  /** Times that everyone is started anew. */
  starts: number;
  /** What must be equal everywhere before anything is timed; undefined: this contender has none. */
  outcome: (contender: Contender) => Promise<number[] | undefined>;
  tolerance: number;
  run: RunUnits;
  /** Whose phases are timed at the end, by key. */
  phasesOf?: readonly string[];
  note: (text: string) => void;
}

const PHASE_UPDATES = 40;

/** Throws when a contender's outcome differs from that of the first by more than the tolerance. */
export async function measure(plan: Plan, engine: Engine): Promise<Measured> {
  const result: Measured = { contenders: {}, skipped: [] };
  let specs = plan.specs;
  for (let start = 0; start < plan.starts; start++) {
    plan.note(`start ${start + 1} of ${plan.starts}: ${specs.length} contenders`);
    const standing: Contender[] = [];
    try {
      for (const spec of specs) {
        try {
          standing.push(await Contender.start(spec, engine, plan.order));
        } catch (error) {
          result.skipped.push({ title: spec.title, reason: reasonOf(error as Error, spec.title) });
        }
      }
      if (start === 0) enter(result, standing);
      await compare(plan, standing, result);
      const times = await runRounds(standing, plan.pace, plan.run);
      for (const [key, rounds] of times) result.contenders[key].times.push(rounds);
      for (const contender of standing) {
        const taken = result.contenders[contender.spec.key];
        taken.memory = await contender.memory();
        taken.about = await contender.askAbout();
        if (start === plan.starts - 1 && plan.phasesOf?.includes(contender.spec.key)) {
          taken.phases = await contender.phases(PHASE_UPDATES);
        }
      }
      specs = standing.map(({ spec }) => spec);
    } finally {
      for (const contender of standing) contender.close();
    }
  }
  return result;
}

function enter(result: Measured, standing: Contender[]): void {
  for (const { spec, about } of standing) {
    result.contenders[spec.key] = {
      title: spec.title,
      threads: spec.threads,
      about,
      memory: { peakBytes: 0 },
      difference: 0,
      times: [],
    };
  }
}

async function compare(plan: Plan, standing: Contender[], result: Measured): Promise<void> {
  let expected: number[] | undefined;
  for (const contender of standing) {
    const outcome = await plan.outcome(contender);
    if (outcome === undefined) continue;
    expected ??= outcome;
    const difference = Math.max(...outcome.map((value, i) => distance(value, expected![i])));
    const taken = result.contenders[contender.spec.key];
    taken.difference = Math.max(taken.difference, difference);
    if (outcome.length !== expected.length || !(difference <= plan.tolerance)) {
      throw new Error(
        `${contender.spec.title} does not compute what ${standing[0].spec.title} does: ` +
          `${outcome.slice(0, 4)} instead of ${expected.slice(0, 4)}`,
      );
    }
  }
}

// Relative to values above 1, absolute below.
function distance(value: number, expected: number): number {
  return Math.abs(value - expected) / Math.max(1, Math.abs(expected));
}

function reasonOf({ message }: Error, title: string): string {
  const missing = /Cannot find (?:package|module) '([^']+)'/.exec(message);
  if (missing) return `${missing[1]} is not installed`;
  const [first] = message.split("\n");
  return first.replace(`${title}: `, "").replace("Error: ", "");
}
