// Models beyond the blocks that keep products in caches: more rows than one takes, more depth, more columns, and with
// one row or few; every kind of cell. And the least of everything.

import type { CoreTrial } from "./core-trials.ts";
import { completeModel, type ModelOptions64 } from "./reference/index.ts";

export interface LargeTrial {
  name: string;
  trial: CoreTrial;
  /** Not for a build without optimisation. */
  slow: boolean;
}

type Start = Partial<Omit<CoreTrial, "model">>;
type Sizes = Pick<ModelOptions64, "batch" | "timeSteps" | "features" | "projectionUnits">;

function large(
  sizes: Sizes,
  layers: ModelOptions64["layers"],
  C: number,
  start: Start = {},
  everyStep = false,
): LargeTrial {
  const model = completeModel({ ...sizes, layers, head: { units: C, everyStep } });
  const trial = {
    model,
    seed: 1,
    scale: 0.2,
    spare: 0,
    lengths: "none",
    initialStates: false,
    sampleWeights: false,
  } as const;
  const named = { ...sizes, layers: layers.length > 9 ? layers.length : layers, C, everyStep };
  return {
    name: JSON.stringify(named).replaceAll('"', ""),
    trial: { ...trial, ...start },
    slow: model.batch * model.timeSteps > 800,
  };
}

const ragged = { lengths: "any", sampleWeights: true } as const;

export const LARGE: LargeTrial[] = [
  // A quarter of the reference workload's batch.
  large({ batch: 32, timeSteps: 28, features: 28, projectionUnits: 128 }, [{ units: 128 }], 10),
  large({ batch: 101, timeSteps: 6, features: 3, projectionUnits: 5 }, [{ units: 9 }], 3, { spare: 3 }),
  large({ batch: 49, timeSteps: 7, features: 17 }, [{ units: 16 }], 17),
  large({ batch: 300, timeSteps: 1, features: 4, projectionUnits: 8 }, [{ units: 8 }], 8),
  large({ batch: 7, timeSteps: 3, features: 390 }, [{ units: 137 }], 3, { spare: 1 }),
  large({ batch: 3, timeSteps: 3, features: 530, projectionUnits: 9 }, [{ units: 135 }], 9, ragged),
  large({ batch: 1, timeSteps: 2, features: 600 }, [{ units: 264 }], 2),
  large({ batch: 1, timeSteps: 1, features: 1 }, [{ units: 1 }], 1),
  large(
    { batch: 101, timeSteps: 6, features: 3, projectionUnits: 5 },
    [{ type: "gru", units: 9 }],
    3,
    ragged,
  ),
  large({ batch: 3, timeSteps: 3, features: 530 }, [{ type: "gru", units: 175 }], 9, { initialStates: true }),
  large({ batch: 49, timeSteps: 7, features: 5 }, [{ type: "gru", units: 23, resetAfter: false }], 3, {
    initialStates: true,
  }),
  large({ batch: 2, timeSteps: 2, features: 3 }, [{ type: "gru", units: 265, resetAfter: false }], 2),
  large({ batch: 3, timeSteps: 3, features: 5 }, [{ type: "rnn", units: 530 }], 3, { spare: 2 }),
  large(
    { batch: 145, timeSteps: 3, features: 5 },
    [{ type: "rnn", units: 41, bidirectional: true }],
    3,
    ragged,
  ),
  large(
    { batch: 50, timeSteps: 5, features: 9, projectionUnits: 7 },
    [
      { units: 70, recurrentProjectionUnits: 17, peepholes: true, cellClip: 0.5, bidirectional: true },
      { units: 33 },
    ],
    5,
    { ...ragged, initialStates: true },
    true,
  ),
  large(
    { batch: 4, timeSteps: 4, features: 7 },
    [
      { units: 136, bidirectional: true },
      { type: "gru", units: 72, bidirectional: true },
      { type: "gru", units: 40, resetAfter: false },
      { type: "rnn", units: 40, bidirectional: true },
    ],
    19,
    {},
    true,
  ),
  // As many layers as a plan has room for, each with masks of its own.
  large(
    { batch: 3, timeSteps: 2, features: 2 },
    Array.from({ length: 32 }, () => ({
      ...{ type: "rnn", units: 3, bidirectional: true },
      ...{ dropout: 0.1, recurrentDropout: 0.2 },
    })),
    2,
    { scale: 0.9 },
    true,
  ),
];
