// One update of the reference model: everyone, in the same rounds.

import type { Contender } from "./contender.ts";
import { type Field, isCeiling, trainers } from "./contenders.ts";
import type { Engine } from "./engine.ts";
import { type Measured, measure } from "./measure.ts";
import type { Order } from "./protocol.ts";

// Losses of the first updates: equal weights, equal batches, float32 summed in different orders.
const COMPARED_UPDATES = 3;
const LOSS_TOLERANCE = 1e-4;

export async function measureTraining(
  field: Field,
  engine: Engine,
  order: Order,
  note: (text: string) => void,
): Promise<Measured> {
  return measure(
    {
      specs: trainers(field),
      order,
      pace: field.quick ? { rounds: 4, warmMs: 200, blockMs: 60 } : { rounds: 6, warmMs: 1000, blockMs: 250 },
      starts: field.quick ? 1 : 4,
      outcome: async (contender) =>
        isCeiling(contender.spec) ? undefined : (await contender.train(0, 0, COMPARED_UPDATES)).losses,
      tolerance: LOSS_TOLERANCE,
      run: updates(),
      phasesOf: ["relaxed-1", "simd-1", "scalar-1", "turbo-relaxed-1", "turbo-simd-1"],
      note,
    },
    engine,
  );
}

/** Runs updates, each contender through the batches in order. */
export function updates() {
  const next = new Map<Contender, number>();
  return async (contender: Contender, warm: number, count: number) => {
    const first = next.get(contender) ?? 0;
    next.set(contender, first + warm + count);
    const { ms, losses } = await contender.train(first, warm, count);
    if (!losses.every(Number.isFinite)) throw new Error(`${contender.spec.title}: a loss is not finite`);
    return ms;
  };
}
