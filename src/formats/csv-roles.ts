// Which column of a CSV file is what: the options of its reader, checked, and the columns that they name.

import type { FromSequencesOptions } from "../data/ragged.ts";
import type { Task } from "../data/shape.ts";
import type { CsvReader } from "./csv.ts";
import { Columns } from "./csv-columns.ts";
import type { TruthColumns } from "./csv-truth.ts";
import { fail, quote } from "./json-reader.ts";

export interface CsvSequencesOptions
  extends Pick<FromSequencesOptions, "classNames" | "timeSteps" | "truncate"> {
  /**
   * row-per-step, the default: the rows of one sequence share an id, wherever they stand, and each holds the features of a
   * step. row-per-sequence: the features of the first step, then those of the second and so on.
   */
  layout?: "row-per-step" | "row-per-sequence";
  /** What the file tells of a sequence: its class, the default, or target columns of marks 0 and 1 or of numbers. */
  task?: Task;
  /** row-per-step: whether labels or targets may change within a sequence; default false. */
  everyStep?: boolean;
  /** true: the file is to be predicted; columns of labels, targets and weights are left out, if it has them. */
  unlabelled?: boolean;
  /** "sequence" unless told; row-per-sequence: a column of ids, none unless told. */
  sequenceColumn?: string;
  /** "label" unless told; its classes are sorted by name unless classNames says the order. */
  labelColumn?: string;
  /** Columns of the other tasks, which name the outputs; "target" unless told. */
  targetColumns?: readonly string[];
  /** Factor of a sequence's loss in training, 0 or more; none unless told. */
  weightColumn?: string;
  /** row-per-step: the steps are in the order of these numbers; absent: in the order of the file. */
  timeColumn?: string;
  /** row-per-sequence: 1 unless told. */
  featuresPerStep?: number;
  /** Columns of the features, in their order; absent: all that are nothing else. */
  featureColumns?: readonly string[];
}

/** Columns by their numbers. */
export interface Roles extends TruthColumns {
  id?: number;
  time?: number;
  features: number[];
}

/** Whether a row is a step, not a whole sequence. */
export const isStepPerRow = ({ layout = "row-per-step" }: CsvSequencesOptions) => layout === "row-per-step";

const NEEDS_STEPS = "needs rows of one step each, got row-per-sequence";

/** Which column is what; throws unless the options fit together and the columns are there. */
export function rolesOf(reader: CsvReader, options: CsvSequencesOptions): Roles {
  checkOptions(reader.name, options);
  const { sequenceColumn = isStepPerRow(options) ? "sequence" : undefined } = options;
  const columns = new Columns(reader);
  const take = (column: string | undefined) => (column === undefined ? undefined : columns.take(column));
  const id = take(sequenceColumn);
  const time = take(options.timeColumn);
  const truth = takeTruth(columns, options);
  const features = options.featureColumns?.map((column) => columns.take(column)) ?? columns.rest();
  return { id, time, features, ...truth };
}

function takeTruth(columns: Columns, options: CsvSequencesOptions): TruthColumns {
  const { task = "classes", labelColumn = "label", targetColumns = ["target"], weightColumn } = options;
  const isClasses = task === "classes";
  const weights = weightColumn === undefined ? [] : [weightColumn];
  if (options.unlabelled) {
    for (const column of [...(isClasses ? [labelColumn] : targetColumns), ...weights]) {
      columns.takeIfThere(column);
    }
    return { targets: [] };
  }
  const label = isClasses ? columns.take(labelColumn) : undefined;
  const targets = isClasses ? [] : targetColumns.map((column) => columns.take(column));
  const [weight] = weights.map((column) => columns.take(column));
  return { label, targets, weight };
}

function checkOptions(name: string, options: CsvSequencesOptions): void {
  const { layout = "row-per-step", task = "classes" } = options;
  if (layout !== "row-per-step" && layout !== "row-per-sequence") {
    fail(name, `layout must be "row-per-step" or "row-per-sequence", got ${quote(String(layout))}`);
  }
  if (task !== "classes" && task !== "multi-label" && task !== "regression") {
    fail(name, `task must be "classes", "multi-label" or "regression", got ${quote(String(task))}`);
  }
  if (layout === "row-per-sequence") {
    if (options.timeColumn !== undefined) fail(name, `a timeColumn ${NEEDS_STEPS}`);
    if (options.everyStep) fail(name, `everyStep ${NEEDS_STEPS}`);
  } else if (options.featuresPerStep !== undefined) {
    fail(name, "featuresPerStep needs a row per sequence, got row-per-step");
  }
  if (task !== "classes" && options.targetColumns?.length === 0) {
    fail(name, "targetColumns must name at least one column, got none");
  }
}
