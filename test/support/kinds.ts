// Models of every kind, small: what tests of the host go through.

import type { ModelOptions } from "../../src/index.ts";

type Kind = [name: string, options: Partial<ModelOptions>];

/** Those that read forward only. */
export const FORWARD_KINDS: Kind[] = [
  ["an lstm behind a projection", {}],
  ["an lstm of one step", { projectionUnits: 0, timeSteps: 1, units: 8 }],
  ["one unit of everything", { timeSteps: 2, features: 1, projectionUnits: 1, units: 1, classes: 1 }],
  [
    "an lstm with every option, at every step",
    {
      layers: [{ units: 9, forgetBias: -0.5, peepholes: true, cellClip: 0.6, recurrentProjectionUnits: 5 }],
      head: { units: 4, everyStep: true },
    },
  ],
  ["a gru", { layers: [{ type: "gru", units: 9 }] }],
  [
    "a gru that resets before",
    { projectionUnits: 0, layers: [{ type: "gru", units: 17, resetAfter: false }] },
  ],
  ["an rnn, numbers", { layers: [{ type: "rnn", units: 10 }], head: { type: "linear", units: 2 } }],
  [
    "three kinds stacked, labels at every step",
    {
      layers: [{ units: 9 }, { type: "gru", units: 7 }, { type: "rnn", units: 10 }],
      head: { type: "sigmoid", units: 3, everyStep: true },
    },
  ],
];

export const BIDIRECTIONAL_KINDS: Kind[] = [
  ["a bidirectional lstm", { layers: [{ units: 7, bidirectional: true }] }],
  [
    "a bidirectional gru on a bidirectional lstm, numbers at every step",
    {
      projectionUnits: 0,
      layers: [
        { units: 9, bidirectional: true, recurrentProjectionUnits: 4 },
        { type: "gru", units: 6, bidirectional: true },
      ],
      head: { type: "linear", units: 3, everyStep: true },
    },
  ],
  [
    "an rnn over a bidirectional gru, on the scalar build",
    {
      build: "scalar",
      layers: [
        { type: "gru", units: 7, bidirectional: true, resetAfter: false },
        { type: "rnn", units: 9 },
      ],
      head: { units: 6 },
    },
  ],
];

export const KINDS: Kind[] = [...FORWARD_KINDS, ...BIDIRECTIONAL_KINDS];
