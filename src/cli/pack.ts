// wasm-lstm pack: a model as one file for devices.

import { PRECISIONS } from "../formats/packed.ts";
import { type Architecture, architectureOf } from "../layers.ts";
import { preparationOf, readModel } from "./model-source.ts";
import { OUTPUT } from "./option-groups.ts";
import { type Arguments, type CommandShape, countOf, textOf, UsageError, wordOf } from "./options.ts";
import type { Terminal } from "./terminal.ts";

export const shape: CommandShape = {
  name: "pack",
  summary: "write a model as one file for devices: weights, scaling, names of classes",
  operands: ["MODEL"],
  groups: {
    File: [
      { name: "out", short: "o", value: "FILE", text: "write there" },
      {
        name: "precision",
        value: "NAME",
        text: "of the weights: f32, or int8 of the layers' kernels",
        preset: "f32",
      },
      { name: "time-steps", value: "N", text: "steps of a sequence; else as the file says" },
    ],
    Output: OUTPUT,
  },
  more: "docs/edge-api.md tells how a device reads it.",
};

export async function run({ operands, typed }: Arguments, terminal: Terminal): Promise<void> {
  const [path] = operands;
  const out = textOf(typed, "out");
  const precision = wordOf(typed, "precision", PRECISIONS) ?? "f32";
  const steps = countOf(typed, "time-steps", 1);
  if (out === undefined) throw new UsageError("pack needs --out FILE");
  const { checkReplaceable, writeWhole } = await import("../files.ts");
  const { packModel } = await import("../pack-model.ts");
  const { architectureText, grouped } = await import("../report.ts");
  checkReplaceable(out, `--out ${out}`);
  const { description, tensors, metadata } = (await readModel(path, path)).model;
  const timeSteps = steps ?? description.timeSteps;
  if (timeSteps === undefined) {
    throw new UsageError(`${path} does not say how many steps it takes, expected --time-steps N`);
  }
  const architecture: Architecture = architectureOf({ ...description, timeSteps });
  const preparation = preparationOf(metadata, path);
  const bytes = packModel(architecture, tensors, { precision, preparation, name: path });
  writeWhole(out, bytes, `--out ${out}`);
  if (terminal.quiet) return;
  const has = [
    precision,
    ...(preparation?.scaler ? ["scaling"] : []),
    ...(preparation?.classNames || preparation?.targetNames ? ["names"] : []),
  ];
  terminal.print(
    `model  ${architectureText(architecture)}\npacked ${out}: ${has.join(", ")}, ${grouped(bytes.length)} bytes`,
  );
}
