// Probabilities of the reference model: one sequence, and a batch.

import { type Field, predictors } from "./contenders.ts";
import type { Engine } from "./engine.ts";
import { type Measured, measure } from "./measure.ts";
import type { Order } from "./protocol.ts";

export interface Inference {
  /** One sequence, on one thread: there is nothing to share out. */
  one: Measured;
  batch: Measured;
}

const PROBABILITY_TOLERANCE = 1e-5;

export async function measureInference(
  field: Field,
  engine: Engine,
  order: Order,
  note: (text: string) => void,
): Promise<Inference> {
  const measured = async (batchSize: number, pace: { warmMs: number; blockMs: number }) => {
    note(`${batchSize} sequence${batchSize === 1 ? "" : "s"}`);
    const specs = predictors(batchSize === 1 ? { ...field, threads: [1] } : field);
    return measure(
      {
        specs: specs.map((spec) => ({ ...spec, sizes: { batchSize } })),
        order,
        pace: { rounds: field.quick ? 4 : 8, ...pace },
        starts: field.quick ? 1 : 4,
        outcome: async (contender) => (await contender.predict(batchSize, 0, 1)).probabilities,
        tolerance: PROBABILITY_TOLERANCE,
        run: async (contender, warm, count) => (await contender.predict(batchSize, warm, count)).ms,
        note,
      },
      engine,
    );
  };
  const pace = field.quick ? { warmMs: 150, blockMs: 30 } : { warmMs: 500, blockMs: 150 };
  return { one: await measured(1, pace), batch: await measured(order.sizes.batchSize, pace) };
}
