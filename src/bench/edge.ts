// Latency of one sequence at a time, small models: a step of a stream, and a whole sequence. f32 and int8 weights.

import { edgeContenders, type Field } from "./contenders.ts";
import type { Engine } from "./engine.ts";
import { type Measured, measure } from "./measure.ts";
import type { Sizes } from "./protocol.ts";
import { REFERENCE } from "./workload.ts";
import { writeOrder } from "./write-order.ts";

export interface EdgeLatency {
  units: number;
  /** Of one step: the edge core's goes on from the state before, the others' begins from zero. */
  step: Measured;
  sequence: Measured;
}

const UNITS = [16, 32, 64, 128];
const SIZES: Sizes = { ...REFERENCE, batchSize: 1, projectionUnits: 0 };
const PROBABILITY_TOLERANCE = 1e-5;

export async function measureEdge(
  field: Field,
  engine: Engine,
  folder: string,
  note: (text: string) => void,
): Promise<EdgeLatency[]> {
  const pace = field.quick
    ? { rounds: 3, warmMs: 100, blockMs: 20 }
    : { rounds: 8, warmMs: 400, blockMs: 100 };
  const measured = async (units: number, timeSteps: number): Promise<Measured> => {
    note(`hidden ${units}, ${timeSteps} step${timeSteps === 1 ? "" : "s"}`);
    const order = await writeOrder(folder, { ...SIZES, units, timeSteps }, 1);
    return measure(
      {
        specs: edgeContenders(field),
        order,
        pace,
        starts: field.quick ? 1 : 3,
        // int8 weights are compared with f32 by their own side.
        outcome: async (contender) =>
          contender.spec.options.build?.includes("int8")
            ? undefined
            : (await contender.predict(1, 0, 1)).probabilities,
        tolerance: PROBABILITY_TOLERANCE,
        run: async (contender, warm, count) => (await contender.predict(1, warm, count)).ms,
        note,
      },
      engine,
    );
  };
  const latencies: EdgeLatency[] = [];
  for (const units of UNITS) {
    latencies.push({
      units,
      step: await measured(units, 1),
      sequence: await measured(units, REFERENCE.timeSteps),
    });
  }
  return latencies;
}
