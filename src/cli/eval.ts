// wasm-lstm eval: a model on data whose answers are known.

import type { Model } from "../public-model.ts";
import { engineOptions, turboOf, usage } from "./engine.ts";
import { evaluationData } from "./evaluation-data.ts";
import { readModel } from "./model-source.ts";
import { COLUMNS, DATA_TEXT, ENGINE, OUTPUT, Y_TEXT } from "./option-groups.ts";
import { type Arguments, type CommandShape, countOf, textOf } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export const shape: CommandShape = {
  name: "eval",
  summary: "test a model on data whose answers are known",
  operands: ["MODEL"],
  groups: {
    Data: [
      { name: "data", value: "PATH", text: `${DATA_TEXT}; else MNIST's test images` },
      { name: "y", value: "FILE", text: Y_TEXT },
      {
        name: "time-steps",
        value: "N",
        text: "most steps of a sequence; else as in the training",
        key: "timeSteps",
      },
      { name: "confusion", value: "FILE", text: "write the confusion matrix as a picture (.svg)" },
    ],
    "Columns of a CSV file, where they are not those of the training": COLUMNS.map(
      ({ preset: _, ...option }) => option,
    ),
    Engine: ENGINE,
    Output: OUTPUT,
  },
};

export async function run({ operands, typed }: Arguments, terminal: Terminal): Promise<void> {
  const [path] = operands;
  terminal.watchSignals();
  countOf(typed, "time-steps", 1);
  const engineFlag = await turboOf(typed);
  const { checkConfusion, checkPicture, writeConfusion } = await import("./pictures.ts");
  checkPicture(typed, "confusion");
  const { TASKS } = await import("../evaluate.ts");
  const { model: file } = await readModel(path, path);
  const data = await evaluationData(typed, file, path, false, terminal);
  const report = await import("../report.ts");
  terminal.note(report.sourceText(data.source, { test: data.dataset.count }));
  const { loadModel } = await import("../node/create-model.ts");
  const { timeSteps } = data.dataset;
  const model: Model = await loadModel(file, { ...engineOptions(typed), timeSteps }, path);
  try {
    terminal.note(report.modelText(model.config, model.info, engineFlag));
    const picture = textOf(typed, "confusion");
    checkConfusion(picture, TASKS[model.config.head.type]);
    const test = await model.evaluate(data.dataset, { signal: terminal.signal });
    const { names } = data;
    if (terminal.quiet) terminal.print(report.evaluationText("test", test));
    else {
      const { info } = model;
      terminal.print(report.reportText({ test, names, info, engineFlag, isDetailed: true, ...usage() }));
    }
    writeConfusion(picture, test, names, terminal);
  } finally {
    model.close();
  }
}
