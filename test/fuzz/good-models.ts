// Small models whose files are damaged, and the check of what is read of those.

import { convert, type Target } from "../../src/formats/models/convert.ts";
import { checkDescription } from "../../src/formats/models/description.ts";
import type { ModelFile } from "../../src/formats/models/model-file.ts";
import type { ReadModel } from "../../src/formats/models/named-tensors.ts";
import { checkTensors } from "../../src/tensor-shapes.ts";
import { describedAs, modelFile } from "../support/model-files.ts";

export const MODELS = {
  small: modelFile(describedAs({ projectionUnits: 2, layers: [{ units: 2 }] })),
  stacked: modelFile(
    describedAs({
      layers: [
        { units: 1, bidirectional: true },
        { type: "gru", units: 2, resetAfter: false },
      ],
    }),
  ),
  wide: modelFile(
    describedAs({
      ...{ timeSteps: 3, head: { everyStep: true, type: "sigmoid" } },
      layers: [
        { type: "rnn", units: 2 },
        { units: 2, peepholes: true, recurrentProjectionUnits: 1, cellClip: 2 },
      ],
    }),
  ),
  after: modelFile(describedAs({ layers: [{ type: "gru", units: 2 }] })),
};

export const bytesOf = (to: Target, ...models: ModelFile[]) =>
  models.map((model) => convert(model, to).bytes);
export const JSON_TOKENS = [
  ...'{}[]",:0-9.eE\\ ',
  ...[
    "null",
    "true",
    "__metadata__",
    "__proto__",
    '"a":',
    '"units":',
    "[[",
    "{}",
    "\\u0000",
    "1e9",
    '"F16"',
    '"F64"',
  ],
  ...[
    '"shape":[',
    '"data_offsets":[0,',
    '"version":',
    '"layers":[',
    "wasm-lstm.model",
    "dialect",
    "lstm.",
    "layers.0.",
  ],
];

/** A model is whole, and its description what a description is. */
export function checked({ model }: ReadModel): void {
  checkTensors(model.tensors, checkDescription(model.description, "valid"), "valid");
}
