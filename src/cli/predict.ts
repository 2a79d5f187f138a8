// wasm-lstm predict: what a model says of data whose answers are not known.

import { Batches } from "../data/batches.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Model } from "../public-model.ts";
import { PREDICTION_FORMATS, type PredictedItem, predictionsText } from "../report-predictions.ts";
import { requireApart } from "./apart.ts";
import { engineOptions, turboOf } from "./engine.ts";
import { evaluationData } from "./evaluation-data.ts";
import { readModel } from "./model-source.ts";
import { COLUMNS, DATA_TEXT, ENGINE, OUTPUT } from "./option-groups.ts";
import { type Arguments, type CommandShape, countOf, textOf, UsageError, wordOf } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export const shape: CommandShape = {
  name: "predict",
  summary: "what a model says of new data: classes with probabilities, or numbers",
  operands: ["MODEL"],
  groups: {
    Data: [
      { name: "data", value: "PATH", text: `${DATA_TEXT} (its test images); answers are left out` },
      {
        name: "time-steps",
        value: "N",
        text: "most steps of a sequence; else as in the training",
        key: "timeSteps",
      },
      { name: "format", value: "NAME", text: `one of ${PREDICTION_FORMATS.join(", ")}`, preset: "table" },
      { name: "out", short: "o", value: "FILE", text: "write there instead of to the terminal" },
    ],
    "Columns of a CSV file, where they are not those of the training": COLUMNS.filter(({ name }) =>
      ["sequence", "time", "step-features"].includes(name),
    ).map(({ preset: _, ...option }) => option),
    Engine: ENGINE,
    Output: OUTPUT,
  },
};

/** Sequences of a pass. */
const PASS = 128;
/** Characters of a piece of output. */
const PIECE = 1 << 16;

export async function run({ operands, typed }: Arguments, terminal: Terminal): Promise<void> {
  const [path] = operands;
  const format = wordOf(typed, "format", PREDICTION_FORMATS) ?? "table";
  countOf(typed, "time-steps", 1);
  if (typed.data === undefined) throw new UsageError("predict needs --data PATH");
  const engineFlag = await turboOf(typed);
  const files = await import("../files.ts");
  const out = textOf(typed, "out");
  requireApart({ "--out": out }, { MODEL: path, "--data": textOf(typed, "data") });
  if (out !== undefined) files.checkReplaceable(out, `--out ${out}`);
  const { model: file } = await readModel(path, path);
  const { dataset, names, source } = await evaluationData(typed, file, path, true, terminal);
  const report = await import("../report.ts");
  const { loadModel } = await import("../node/create-model.ts");
  const { timeSteps } = dataset;
  const model = await loadModel(file, { ...engineOptions(typed), batchSize: PASS, timeSteps }, path);
  try {
    terminal.note(report.sourceText(source, { "": dataset.count }));
    terminal.note(report.modelText(model.config, model.info, engineFlag));
    const { head } = model.config;
    const { TASKS } = await import("../evaluate.ts");
    const items = await predictedItems(model, dataset);
    const own = names ?? Array.from({ length: head.units }, (_, i) => String(i));
    const pieces = predictionsText(
      { task: TASKS[head.type], names: own, everyStep: head.everyStep, items },
      format,
    );
    if (out !== undefined) {
      files.writeWhole(out, new TextEncoder().encode([...pieces].join("")), `--out ${out}`);
      terminal.note(`wrote  ${out}`);
    } else printPieces(pieces, terminal);
  } finally {
    model.close();
  }
}

async function predictedItems(model: Model, dataset: Dataset): Promise<PredictedItem[]> {
  const { head, timeSteps } = model.config;
  const batches = new Batches(dataset, { shuffle: false });
  const items: PredictedItem[] = [];
  for (let done = 0; done < dataset.count; done += PASS) {
    const n = Math.min(PASS, dataset.count - done);
    const { x, lengths } = batches.nextBatch(n);
    const { values, classes } = await model.predict(x, { lengths });
    for (let i = 0; i < n; i++) {
      const id = dataset.ids?.[done + i] ?? String(done + i);
      const steps = head.everyStep ? (lengths?.[i] ?? timeSteps) : 1;
      for (let t = 0; t < steps; t++) {
        const item = head.everyStep ? i * timeSteps + t : i;
        items.push({
          id,
          ...(head.everyStep && { step: t }),
          values: values.subarray(item * head.units, (item + 1) * head.units),
          best: classes[item] ?? -1,
        });
      }
    }
  }
  return items;
}

function printPieces(pieces: Iterable<string>, terminal: Terminal): void {
  let piece = "";
  for (const own of pieces) {
    piece += own;
    if (piece.length < PIECE) continue;
    terminal.write(piece);
    piece = "";
  }
  terminal.write(piece);
}
