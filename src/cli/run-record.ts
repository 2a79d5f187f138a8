// What a checkpoint keeps of the command that wrote it, so that another command goes on with the same training or is
// refused before it begins.

import { createHash } from "node:crypto";
import { keptOptions } from "../checkpoint-state.ts";
import type { ModelConfig, ModelOptions } from "../config.ts";
import { modelConfig } from "../config.ts";
import type { Dataset } from "../data/dataset.ts";
import { shown } from "../shown.ts";
import { decimal, type Option, type Typed, UsageError } from "./options.ts";

/** Key of the record in the checkpoint's metadata. */
export const RUN = "wasm-lstm.run";

export interface RunRecord {
  /** Options as they were typed. */
  typed: Typed;
  /** Build of the core. */
  build: string;
  /** Fingerprints of the sequences. */
  data: { training: string; validation: string };
}

/** Options that would make it another training. */
const FIXED =
  "task every-step label targets weight sequence time step-features scale validation validate-every patience restore-best no-shuffle".split(
    " ",
  );
/** Options whose meaning is in the checkpoint already, or that are of one command alone. */
const DROPPED = ["resume", "init", "config", "help", "version"];
const ENDS = ["iterations", "epochs"];

/** Of a checkpoint's metadata. Throws a RangeError that begins with `name` if it is none of a command's. */
export function decodeRun(metadata: Readonly<Record<string, string>>, name: string): RunRecord {
  const text = metadata[RUN];
  if (text === undefined) {
    throw new RangeError(
      `${name}: expected a checkpoint of wasm-lstm train, got one of the library: go on with resumeModel`,
    );
  }
  try {
    const { typed, build, data } = JSON.parse(text) as RunRecord;
    if ([data.training, data.validation, build].every((own) => typeof own === "string")) {
      return { typed: { ...typed }, build, data };
    }
  } catch {
    // Told below.
  }
  throw new RangeError(`${name}: expected ${RUN} as wasm-lstm train writes it, got ${text.slice(0, 40)}`);
}

/**
 * The options of a command that goes on: those of the record but the model's, whose `modelOptionNames` the checkpoint
 * has itself, and over them what was typed. Throws a UsageError for one that would make it another training.
 */
export function resumedOptions(
  record: RunRecord,
  typed: Typed,
  options: readonly Option[],
  modelOptionNames: readonly string[],
): Typed {
  for (const name of FIXED) {
    const { preset, value } = options.find((option) => option.name === name) ?? {};
    const before = record.typed[name] ?? (value === "" ? undefined : preset);
    if (typed[name] === undefined || isSame(typed[name], before)) continue;
    throw new UsageError(
      `--${name} ${typed[name]} is another training than that of --resume, which has ${before ?? "none"}`,
    );
  }
  const dropped = [...DROPPED, ...modelOptionNames, ...(ENDS.some((end) => typed[end]) ? ENDS : [])];
  const kept = Object.entries(record.typed).filter(([name]) => !dropped.includes(name));
  return { build: record.build, ...Object.fromEntries(kept), ...typed };
}

/** Throws a UsageError naming the first option of the model that is not what it was. */
export function requireSameModel(before: ModelOptions, now: ModelConfig): void {
  const [a, b] = [keptOptions(modelConfig(before)), keptOptions(now)].map(
    (options) => JSON.parse(JSON.stringify(options)) as Record<string, unknown>,
  );
  const differs = [...new Set([...Object.keys(a), ...Object.keys(b)])].find(
    (key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]),
  );
  if (differs === undefined) return;
  const [was, is] = [a, b].map((options) => shown(JSON.stringify(options[differs]) ?? "none"));
  throw new UsageError(`expected the model of --resume, whose ${differs} is ${was}, got ${is}`);
}

/** Throws an Error naming the data unless they are those of the training. */
export function requireSameData(before: RunRecord["data"], now: RunRecord["data"]): void {
  for (const part of ["training", "validation"] as const) {
    if (before[part] === now[part]) continue;
    throw new Error(`expected the ${part} sequences of the run that --resume goes on with, got others`);
  }
}

/** The same for equal sequences alone: their values, answers, lengths and weights, in their order. */
export function fingerprint(dataset: Dataset): string {
  const { name: _, ids: __, classNames: ___, targetNames: ____, ...parts } = dataset.parts();
  const hash = createHash("sha256");
  for (const [key, value] of Object.entries({ ...parts, values: dataset.copyValues() })) {
    hash.update(`\0${key}:`);
    if (ArrayBuffer.isView(value)) {
      hash.update(value.constructor.name);
      hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    } else hash.update(JSON.stringify(value) ?? "");
  }
  return hash.digest("hex");
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (a !== undefined && b !== undefined && decimal(String(a)) === decimal(String(b)));
}
