// Options that several commands share.

import type { Option } from "./options.ts";

export const ENGINE: readonly Option[] = [
  { name: "threads", value: "N", text: "threads of an update, or auto", key: "threads", preset: "auto" },
  { name: "build", value: "NAME", text: "relaxed, simd or scalar; else the best", key: "build" },
  { name: "reproducible", value: "", text: "the same bits on every machine", key: "reproducible" },
  { name: "turbo", value: "", text: "switch experimental speed of the JavaScript engine on" },
];

/** Columns of a CSV file; what is left out is as in the training, or has the default. */
export const COLUMNS: readonly Option[] = [
  { name: "label", value: "NAME", text: "column of the class", preset: "label" },
  { name: "targets", value: "A,B", text: "columns of the numbers or marks to predict", preset: "target" },
  { name: "weight", value: "NAME", text: "column of the sequences' weights" },
  {
    name: "sequence",
    value: "NAME",
    text: "column of the sequence's id, where a row is a step",
    preset: "sequence",
  },
  { name: "time", value: "NAME", text: "column that orders the steps" },
  {
    name: "step-features",
    value: "N",
    text: "values of a step, where a row is a sequence",
    key: "featuresPerStep",
  },
];

export const OUTPUT: readonly Option[] = [
  { name: "quiet", value: "", text: "print the result, nothing else" },
  { name: "help", short: "h", value: "", text: "print this help" },
  { name: "version", value: "", text: "print the version" },
];

/** Kinds of files that --data may be. */
export const DATA_TEXT = "a .csv, .ts, .npy or .npz file of sequences, or a folder of IDX files";

export const Y_TEXT = ".npy file of what belongs to the sequences of a .npy";
