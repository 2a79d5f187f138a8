// The race: contenders make the same updates from the same weights, in turns, and are timed. Knows no view.

import { valuesOf } from "../images.ts";
import type { Images } from "../images-protocol.ts";
import type { Settings } from "../settings.ts";
import { type Contender, ours, type Racer } from "./contender.ts";

export interface Lane {
  contender: Contender;
  /** Of each update, before it. */
  losses: number[];
  /** Milliseconds of each update, the way to the worker and back included. */
  ms: number[];
}

export interface RaceListener {
  onDoing(text: string): void;
  onUpdate(lanes: readonly Lane[]): void;
}

/** Updates of a whole race, and the seconds after which no other round begins. */
export const ROUNDS = 30;
const SECONDS = 60;

/** Races until the end, or until the signal. Throws what a contender throws. */
export async function race(
  contenders: readonly Contender[],
  settings: Settings,
  images: (count: number) => Promise<Images>,
  listener: RaceListener,
  signal: AbortSignal,
): Promise<void> {
  const lanes: Lane[] = contenders.map((contender) => ({ contender, losses: [], ms: [] }));
  const racers: Racer[] = [];
  try {
    listener.onDoing("Loading");
    const { batch } = settings;
    const { labels, pixels } = await images(ROUNDS * batch);
    const model = await ours(settings);
    const weights = await model.weights();
    model.close();
    for (const contender of contenders) {
      signal.throwIfAborted();
      listener.onDoing(`Starting ${contender.title}`);
      racers.push(await contender.start(settings, weights));
    }
    const start = performance.now();
    for (let round = 0; round < ROUNDS && performance.now() - start < 1000 * SECONDS; round++) {
      for (const [i, lane] of lanes.entries()) {
        signal.throwIfAborted();
        listener.onDoing(`Update ${round + 1} of ${ROUNDS}: ${lane.contender.title}`);
        const x = valuesOf(pixels, round * batch, batch);
        const truth = Int32Array.from(labels.subarray(round * batch, (round + 1) * batch));
        const before = performance.now();
        const loss = await abortable(racers[i].train(x, truth), signal);
        lane.ms.push(performance.now() - before);
        lane.losses.push(loss);
        listener.onUpdate(lanes);
      }
    }
  } finally {
    for (const racer of racers) racer.close();
  }
}

/** The median update, the first left out where there are others: it compiles and allocates. */
export function typicalMs({ ms }: Lane): number {
  const sorted = (ms.length > 1 ? ms.slice(1) : [...ms]).sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)];
}

/** The largest difference of a loss from the first contender's; undefined until there is one. */
export function largestDifference([first, ...others]: readonly Lane[]): number | undefined {
  let largest: number | undefined;
  for (const { losses } of others) {
    for (let i = 0; i < Math.min(losses.length, first.losses.length); i++) {
      largest = Math.max(largest ?? 0, Math.abs(losses[i] - first.losses[i]));
    }
  }
  return largest;
}

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
