// Columns of a CSV file, as they were typed.

import type { CsvColumns } from "../preparation.ts";
import { countOf, type Typed, textOf } from "./options.ts";

export function columnsOf(typed: Typed): CsvColumns {
  return {
    label: textOf(typed, "label"),
    targets: textOf(typed, "targets")
      ?.split(",")
      .map((name) => name.trim()),
    weight: textOf(typed, "weight"),
    sequence: textOf(typed, "sequence"),
    time: textOf(typed, "time"),
    featuresPerStep: countOf(typed, "step-features", 1),
  };
}
