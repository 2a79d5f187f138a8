// wasm-lstm convert: a model from one format to another, with a report of what became what.

import type { Mapped } from "../formats/models/layout.ts";
import { type ModelDescription, modelDescription } from "../layers.ts";
import { readConfig } from "./config-file.ts";
import { readModel } from "./model-source.ts";
import { checkTarget, targetOf, writeModel } from "./model-target.ts";
import { OUTPUT } from "./option-groups.ts";
import { type Arguments, type CommandShape, countOf, textOf, UsageError } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export const shape: CommandShape = {
  name: "convert",
  summary: "write a model as other tools read it, or read one of theirs",
  operands: ["IN", "OUT"],
  groups: {
    Formats: [
      {
        name: "to",
        value: "NAME",
        text: "native, tf1, keras or pytorch (.safetensors), npz, tfjs (OUT is the model.json, its shards come beside it) or onnx; else by OUT's ending",
      },
      { name: "lengths", value: "", text: "onnx: a second input with the steps of each sequence" },
      { name: "time-steps", value: "N", text: "steps of a sequence, where IN does not say" },
      {
        name: "config",
        value: "FILE",
        text: "what the model is, as options of createModel in JSON, where IN is a list of arrays without names",
      },
    ],
    Output: OUTPUT,
  },
  more: "IN is of any of these formats, or a checkpoint, whose weights are taken.",
};

export async function run({ operands, typed }: Arguments, terminal: Terminal): Promise<void> {
  const [from, to] = operands;
  const target = targetOf(to, typed, "to");
  const timeSteps = countOf(typed, "time-steps", 1);
  if (typed.lengths && target !== "onnx") throw new UsageError(`--lengths goes with onnx, got ${target}`);
  const config = textOf(typed, "config");
  const description = config === undefined ? undefined : descriptionOf(config);
  checkTarget(to, to);
  const read = await readModel(from, from, { description });
  const model = timeSteps === undefined ? read.model : withSteps(read.model, timeSteps);
  const written = writeModel(to, to, model, target, { lengths: typed.lengths === true });
  if (terminal.quiet) return;
  const lines = [`from   ${from}: ${read.checkpoint ? "checkpoint" : read.container}`];
  if (!isIdentity(read.mapped)) lines.push(...mappedLines(read.mapped));
  lines.push(`to     ${to}: ${target}`, ...mappedLines(written.mapped));
  for (const file of written.beside.keys()) lines.push(`beside ${file}`);
  for (const note of [...read.notes, ...written.notes]) lines.push(`note   ${note}`);
  if (read.checkpoint) lines.push("note   the optimiser's state stays in the checkpoint");
  terminal.print(lines.join("\n"));
}

function withSteps<M extends { description: ModelDescription }>(model: M, timeSteps: number): M {
  return { ...model, description: { ...model.description, timeSteps } };
}

function descriptionOf(path: string): ModelDescription {
  const { timeSteps, features, projectionUnits, layers, head, units, classes } = readConfig(path);
  const own = {
    ...{ timeSteps, features, projectionUnits },
    layers: layers ?? (units === undefined ? undefined : [{ units }]),
    head: head ?? (classes === undefined ? undefined : { units: classes }),
  };
  try {
    return modelDescription(own as ModelDescription);
  } catch (error) {
    throw new Error(`--config ${path}: ${(error as Error).message}`);
  }
}

function isIdentity(mapped: readonly Mapped[]): boolean {
  return mapped.every(({ from, to }) => from.length === 1 && from[0] === to);
}

/** One line a tensor: what was read, what became of it, how. */
function mappedLines(mapped: readonly Mapped[]): string[] {
  const texts = mapped.map((line) => [line.from.join(" + "), `${line.to} [${line.shape}]`]);
  const width = texts.reduce((most, [own]) => Math.max(most, own.length), 0);
  const second = texts.reduce((most, [, own]) => Math.max(most, own.length), 0);
  return mapped.map(({ transformation, exact }, i) => {
    const [from, to] = texts[i];
    const how = `${transformation}${exact ? "" : ", rounded"}`;
    return `       ${from.padEnd(width)} -> ${to.padEnd(second)}  ${how}`.trimEnd();
  });
}
