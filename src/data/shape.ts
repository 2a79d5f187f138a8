// What all sequences of a dataset or a stream have in common: sizes and kinds, no data.

/** What is learnt: one of several classes, any of several marks, or numbers; heads softmax, sigmoid and linear. */
export type Task = "classes" | "multi-label" | "regression";

export interface DataShape {
  /** Named in errors. */
  readonly name: string;
  readonly timeSteps: number;
  /** Values of a step. */
  readonly features: number;
  /** What is known of a sequence: its class, target numbers (regression, multi-label), or nothing. */
  readonly truth: "classes" | "targets" | "none";
  /** Whether each step has a class or targets of its own; else there is one, or one row, a sequence. */
  readonly everyStep: boolean;
  /** How many classes, or targets in a row; 0 when nothing is known. */
  readonly outputs: number;
  /** Whether a sequence may have fewer than timeSteps steps. */
  readonly hasLengths: boolean;
  readonly hasSampleWeights: boolean;
}

/** Labels that come with one sequence. */
export function labelsEach({ truth, everyStep, timeSteps }: DataShape): number {
  return truth === "classes" ? (everyStep ? timeSteps : 1) : 0;
}

/** Target numbers that come with one sequence. */
export function targetsEach({ truth, everyStep, timeSteps, outputs }: DataShape): number {
  return truth === "targets" ? outputs * (everyStep ? timeSteps : 1) : 0;
}
