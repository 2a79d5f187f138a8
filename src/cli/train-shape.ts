// The options of wasm-lstm train.

import { MODEL, OPTIMIZER } from "./model-options.ts";
import { COLUMNS, DATA_TEXT, ENGINE, OUTPUT, Y_TEXT } from "./option-groups.ts";
import type { CommandShape, Option } from "./options.ts";

/** Of the reference run. */
export const DEFAULT_UPDATES = 782;
export const DEFAULT_EVERY = 100;

const DATA: readonly Option[] = [
  { name: "data", value: "PATH", text: `${DATA_TEXT}; else MNIST` },
  { name: "test", value: "FILE", text: "sequences to test on; else a fifth is held out" },
  { name: "y", value: "FILE", text: Y_TEXT },
  { name: "test-y", value: "FILE", text: "the same of --test" },
  {
    name: "task",
    value: "NAME",
    text: "classes, multi-label or regression; else as the data or --config tell",
  },
  { name: "every-step", value: "", text: "every step has an answer, not the sequence as a whole" },
  { name: "scale", value: "NAME", text: "features: standard, minmax or none", preset: "standard" },
  {
    name: "validation",
    value: "N",
    text: "sequences set aside to validate after every epoch (0; images: 5000, for the end unless --epochs or --validate-every)",
    key: "validation",
  },
  {
    name: "time-steps",
    value: "N",
    text: "most steps of a sequence; else those of the longest",
    key: "timeSteps",
  },
];

const TRAINING: readonly Option[] = [
  { name: "epochs", value: "N", text: "passes over the training data", key: "epochs" },
  { name: "iterations", value: "N", text: "updates instead", key: "updates", preset: DEFAULT_UPDATES },
  {
    name: "batch",
    value: "N",
    text: "sequences of an update, 128 or as many as there are",
    key: "batchSize",
  },
  {
    name: "validate-every",
    value: "N",
    text: "updates from one validation to the next; else an epoch's",
    key: "validateEvery",
  },
  {
    name: "patience",
    value: "N",
    text: "end after so many validations without a lower loss",
    key: "patience",
  },
  { name: "restore-best", value: "", text: "end with the weights of the best validation" },
  { name: "seed", value: "N", text: "weights, order and dropout follow from it", key: "seed", preset: 1 },
  { name: "no-shuffle", value: "", text: "take the sequences in the order of the file" },
];

const FILES: readonly Option[] = [
  { name: "init", value: "FILE", text: "start from the weights of this model, of any format" },
  { name: "save", value: "FILE", text: "write the model" },
  {
    name: "save-dialect",
    value: "NAME",
    text: "native, tf1, keras, pytorch, npz, tfjs or onnx; else by the file's ending",
    preset: "native",
  },
  { name: "checkpoint", value: "FILE", text: "write all that the training needs to go on" },
  { name: "every", value: "N", text: "updates from one checkpoint to the next", preset: DEFAULT_EVERY },
  {
    name: "keep",
    value: "N",
    text: "keep the last N under numbered names, and the best by validation as FILE-best",
  },
  {
    name: "resume",
    value: "FILE",
    text: "go on from a checkpoint, with the options of the run that wrote it where no others are typed",
  },
  { name: "log", value: "FILE", text: "write a line of JSON per update" },
  { name: "plot", value: "FILE", text: "write loss and accuracy as a picture (.svg)" },
  { name: "confusion", value: "FILE", text: "write the confusion matrix as a picture (.svg)" },
];

export const shape: CommandShape = {
  name: "train",
  summary: "train on sequences or images, test, save",
  operands: [],
  groups: {
    Data: DATA,
    "Columns of a CSV file": COLUMNS,
    Model: MODEL,
    Training: TRAINING,
    Optimizer: OPTIMIZER,
    Files: FILES,
    Engine: ENGINE,
    Output: OUTPUT,
  },
};

/** The options that say what the model is and how it learns, but not where it runs. */
export const MODEL_OPTIONS: readonly Option[] = [
  ...MODEL,
  ...OPTIMIZER,
  ...TRAINING.filter(({ name }) => name === "batch" || name === "seed"),
];
