// wasm-lstm info: what a model's file holds.

import type { ModelFile } from "../formats/models/model-file.ts";
import type { ModelDescription } from "../layers.ts";
import { oneLine } from "../shown.ts";
import { PREPARATION, preparationOf, readModel } from "./model-source.ts";
import { OUTPUT } from "./option-groups.ts";
import { type Arguments, type CommandShape, countOf, UsageError } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export const shape: CommandShape = {
  name: "info",
  summary: "what a model is, what it was trained on, and the memory it needs",
  operands: ["MODEL"],
  groups: {
    Memory: [
      { name: "memory", value: "", text: "tell the bytes that training, inference and a stream need" },
      { name: "batch", value: "N", text: "sequences of an update or a pass", preset: 128 },
      { name: "time-steps", value: "N", text: "steps of a sequence; else as the file says" },
    ],
    Output: OUTPUT,
  },
};

/** Longest value of metadata that is shown. */
const MAX_VALUE = 100;

export async function run({ operands, typed }: Arguments, terminal: Terminal): Promise<void> {
  const [path] = operands;
  const batchSize = countOf(typed, "batch", 1) ?? 128;
  const timeSteps = countOf(typed, "time-steps", 1);
  const { model, container, checkpoint, notes } = await readModel(path, path);
  const { architectureText } = await import("../report.ts");
  const { layerOptions } = await import("../layers.ts");
  const { description } = model;
  const lines = [
    `file   ${path}: ${container}${checkpoint ? `, a checkpoint after ${checkpoint.optimizer.updates} updates` : ""}`,
    `model  ${architectureText(description)}`,
    ...description.layers.map((layer, l) => `       layer ${l}: ${optionsText(layerOptions(layer))}`),
    `       head: ${optionsText(description.head)}`,
    ...tensorLines(model),
    ...preparationLines(model, path),
    ...metadataLines(model.metadata),
    ...notes.map((note) => `note   ${note}`),
  ];
  if (typed.memory) lines.push(...(await memoryLines(description, timeSteps, batchSize)));
  terminal.print(lines.join("\n"));
}

function tensorLines({ tensors }: ModelFile): string[] {
  const all = [...tensors].map(([name, { shape, data }]) => ({
    text: `${name} [${shape}]`,
    count: data.length,
  }));
  const parameters = all.reduce((sum, { count }) => sum + count, 0);
  const grouped = parameters.toLocaleString("en");
  return [`       ${grouped} parameters`, ...all.map(({ text }) => `         ${text}`)];
}

function preparationLines({ metadata }: ModelFile, path: string): string[] {
  const preparation = preparationOf(metadata, path);
  if (preparation === undefined) return [];
  const { task = "classes", classNames, targetNames, featureColumns, scaler, columns = {} } = preparation;
  const told = {
    task,
    classes: classNames?.join(", "),
    outputs: targetNames?.join(", "),
    features: featureColumns?.join(", "),
    ...columns,
    scale: scaler?.kind ?? "none",
  };
  const lines = Object.entries(told).filter(([, value]) => value !== undefined);
  return lines.map(([key, value], i) => `${i === 0 ? "data   " : "       "}${key} ${cut(String(value))}`);
}

function metadataLines(metadata: Readonly<Record<string, string>>): string[] {
  const own = Object.entries(metadata).filter(([key]) => key !== PREPARATION);
  return own.map(([key, value]) => `meta   ${cut(key)}: ${cut(value)}`);
}

async function memoryLines(
  description: ModelDescription,
  given: number | undefined,
  batchSize: number,
): Promise<string[]> {
  const { memoryNeedsOn } = await import("../memory-needs.ts");
  const { nodeHost } = await import("../node/host.ts");
  const { grouped } = await import("../report.ts");
  const timeSteps = given ?? description.timeSteps;
  if (timeSteps === undefined) {
    throw new UsageError("--memory needs --time-steps N, as the file does not say how many the model takes");
  }
  const needs = await memoryNeedsOn(nodeHost, { ...description, timeSteps, batchSize });
  const { training, inference, streaming } = needs;
  const of = `batch ${batchSize}, ${timeSteps} steps`;
  return [
    `memory training  ${grouped(training)} bytes (${of})`,
    `       inference ${grouped(inference)} bytes (${of})`,
    streaming === undefined
      ? "       streaming not possible: a layer reads backwards, too"
      : `       streaming ${grouped(streaming)} bytes (one stream)`,
  ];
}

function optionsText(options: object): string {
  return Object.entries(options)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");
}

function cut(text: string): string {
  const line = oneLine(text);
  return line.length > MAX_VALUE ? `${line.slice(0, MAX_VALUE)}...` : line;
}
