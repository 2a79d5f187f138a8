// The options of the command line: names, checks, help. argv in, plain data out; prints nothing, touches nothing.

import { parseArgs } from "node:util";
import { type ModelConfig, type ModelOptions, modelConfig } from "./config.ts";
import type { Dialect } from "./formats/dialects.ts";
import { whole } from "./layers.ts";
import { nearest } from "./nearest.ts";
import type { CsvColumns, SequenceSetOptions } from "./sequence-data.ts";

/** Wrong use of the command line, as opposed to a failure of what was asked for. */
export class UsageError extends Error {}

export type CommandName = "train" | "eval";

export interface Command {
  name: CommandName | "help" | "version";
  /** Whose help is asked for; both when undefined. */
  topic?: CommandName;
  /** The model's options as far as they were typed. */
  model: Partial<ModelOptions> & { forgetBias?: number };
  updates: number;
  validation: number;
  shuffle: boolean;
  quiet: boolean;
  dialect: Dialect;
  data?: string;
  test?: string;
  columns: CsvColumns;
  scale: SequenceSetOptions["scale"];
  init?: string;
  save?: string;
  log?: string;
  /** Each option as it was typed. */
  typed: Readonly<Record<string, string | true>>;
}

type Row = [name: string, value: string, text: string, key?: string];

const COMMANDS: Record<CommandName, string> = {
  train: "train on MNIST, on IDX files or sequences of your own, and test",
  eval: "test the weights that --init names",
};

/** Commands with a command line of their own. */
const OWN_COMMANDS: Record<string, string> = { bench: "measure the speed on this machine; see bench --help" };

// Name; what stands for the value, "" for a switch; text; what the library calls it.
const OPTIONS: Record<string, Row[]> = {
  Training: [
    ["iterations", "N", "updates to make", "updates"],
    ["batch", "N", "sequences of an update", "batchSize"],
    ["learning-rate", "X", "step size", "learningRate"],
    ["optimizer", "NAME", "adam, adamw, sgd or rmsprop", "optimizer"],
    ["clip-norm", "X", "bound of the gradient's norm", "clipNorm"],
    ["beta1", "X", "decay of Adam's first moment", "beta1"],
    ["beta2", "X", "decay of Adam's second moment", "beta2"],
    ["epsilon", "X", "added to the root of the second moment", "epsilon"],
    ["seed", "N", "initial weights and order follow from it", "seed"],
    ["no-shuffle", "", "take the sequences in the order of the file"],
  ],
  Model: [
    ["hidden", "N", "cells of the LSTM", "units"],
    ["projection", "N", "units of the layer before it, 0: none", "projectionUnits"],
    ["forget-bias", "X", "added to the forget gate", "forgetBias"],
  ],
  Files: [
    ["data", "PATH", "folder of IDX files, or a .csv or .ts; else MNIST"],
    ["test", "FILE", "sequences to test on; else a fifth is held out"],
    ["validation", "N", "sequences set aside to validate", "validation"],
    ["init", "FILE", "start from these weights (safetensors)"],
    ["save", "FILE", "write the weights (safetensors)"],
    ["save-dialect", "NAME", "native, or tf1 as in TensorFlow 1"],
    ["log", "FILE", "write a line of JSON per update"],
  ],
  "Sequences of a file": [
    ["label", "NAME", "CSV column of the class (label)", "label"],
    ["sequence", "NAME", "CSV column of the sequence, a row a step (sequence)", "sequence"],
    ["time", "NAME", "CSV column that orders the steps", "time"],
    ["step-features", "N", "values of a step, where a row is a sequence", "featuresPerStep"],
    ["scale", "NAME", "standard, minmax or none", "scale"],
  ],
  Engine: [
    ["threads", "N", "threads of an update, or auto", "threads"],
    ["build", "NAME", "relaxed, simd or scalar; else the best", "build"],
    ["reproducible", "", "the same bits on every machine", "reproducible"],
    ["turbo", "", "switch the engine's 256-bit mode on (experimental)"],
  ],
  Output: [
    ["quiet", "", "print the test accuracy, nothing else"],
    ["help", "", "print this help"],
    ["version", "", "print the version"],
  ],
};
const EVAL_OPTIONS =
  "forget-bias data label sequence time step-features init threads build reproducible turbo quiet help version".split(
    " ",
  );
const DIALECTS = ["native", "tf1"];
const SCALES = ["standard", "minmax", "none"];
/** Options that are not the model's. */
const OTHER_KEYS = ["updates", "validation", "label", "sequence", "time", "featuresPerStep", "scale"];

/** The reference run's; what is not here is config.ts's. */
export const DEFAULTS = { iterations: 782, validation: 5000, hidden: 128, projection: 128 };

/** Throws a UsageError naming the option as typed, what was expected, and what came. */
export function parseCommand(argv: readonly string[]): Command {
  const [first, ...rest] = argv;
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    return commandOf("help", {});
  }
  if (first === "--version") return commandOf("version", {});
  if (!Object.hasOwn(COMMANDS, first))
    throw unknown("command", first, Object.keys({ ...COMMANDS, ...OWN_COMMANDS }), "wasm-lstm");
  const name = first as CommandName;
  const typed = readOptions(rest, name);
  if (typed.help) return { ...commandOf("help", {}), topic: name };
  return commandOf(typed.version ? "version" : name, typed);
}

function commandOf(name: Command["name"], typed: Command["typed"]): Command {
  const text = (option: string) => typed[option] as string | undefined;
  const command: Command = {
    name,
    model: {},
    updates: numberOf(text("iterations")) ?? DEFAULTS.iterations,
    validation: name === "eval" ? 0 : (numberOf(text("validation")) ?? DEFAULTS.validation),
    shuffle: !typed["no-shuffle"],
    quiet: typed.quiet === true,
    dialect: (text("save-dialect") ?? "native") as Dialect,
    data: text("data"),
    test: text("test"),
    columns: {
      label: text("label"),
      sequence: text("sequence"),
      time: text("time"),
      featuresPerStep: numberOf(text("step-features")),
    },
    scale: (text("scale") ?? "standard") as Command["scale"],
    init: text("init"),
    save: text("save"),
    log: text("log"),
    typed,
  };
  for (const [option, value, , key] of rows()) {
    if (key === undefined || OTHER_KEYS.includes(key) || typed[option] === undefined) continue;
    const asIs = value === "" || value === "NAME" || typed[option] === "auto";
    Object.assign(command.model, { [key]: asIs ? typed[option] : numberOf(text(option)) });
  }
  check(command);
  return command;
}

// Ranges are config.ts's to know; sizes that the data decides stand in as 1.
function check(command: Command): void {
  const { name, model, typed, updates, validation, dialect } = command;
  try {
    whole("updates", updates, 0, Number.MAX_SAFE_INTEGER);
    whole("validation", validation, 0, Number.MAX_SAFE_INTEGER);
    const { units = 1, forgetBias, ...rest } = model;
    modelConfig({ timeSteps: 1, features: 1, classes: 1, ...rest, layers: [{ units, forgetBias }] });
  } catch (error) {
    throw asTyped(error, typed);
  }
  if (command.columns.featuresPerStep !== undefined) {
    try {
      whole("featuresPerStep", command.columns.featuresPerStep, 1, 2 ** 20);
    } catch (error) {
      throw asTyped(error, typed);
    }
  }
  if (!SCALES.includes(command.scale)) {
    throw new UsageError(`--scale must be one of ${SCALES.join(", ")}, got ${command.scale}`);
  }
  if (command.test !== undefined && command.data === undefined)
    throw new UsageError("--test needs --data FILE");
  if (!DIALECTS.includes(dialect)) {
    throw new UsageError(`--save-dialect must be one of ${DIALECTS.join(", ")}, got ${dialect}`);
  }
  if (typed["save-dialect"] && !command.save) throw new UsageError("--save-dialect needs --save FILE");
  if (name === "eval" && !command.init) throw new UsageError("eval needs --init FILE, the weights to test");
  if (command.save && command.save === command.log) {
    throw new UsageError(`--save and --log must be two files, got ${command.save} for both`);
  }
}

/** An error of the library about one of its options, in the words of the command line; any other as it is. */
export function asTyped(error: unknown, typed: Command["typed"]): unknown {
  if (!(error instanceof RangeError || error instanceof TypeError)) return error;
  const row = rows().find(([, , , key]) => key !== undefined && error.message.startsWith(`${key} `));
  if (row === undefined) return error;
  const [option, value, , key] = row as Required<Row>;
  const message = `--${option}${error.message.slice(key.length)}`;
  if (value === "" || typed[option] === undefined) return new UsageError(message);
  return new UsageError(`${message.slice(0, message.lastIndexOf(", got "))}, got ${typed[option]}`);
}

function readOptions(argv: string[], command: CommandName): Record<string, string | true> {
  const known = rows(command);
  const options = Object.fromEntries(
    known.map(([name, value]) => [name, { type: value === "" ? "boolean" : "string" } as const]),
  );
  const help = { ...options.help, short: "h" };
  const { tokens } = parseArgs({ args: argv, options: { ...options, help }, strict: false, tokens: true });
  const typed: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional")
      throw new UsageError(`${command} takes options only, got ${token.value}`);
    const row = known.find(([name]) => name === token.name);
    if (row === undefined) {
      throw unknown(
        "option",
        token.rawName,
        known.map(([name]) => `--${name}`),
        `wasm-lstm ${command}`,
      );
    }
    const [name, placeholder] = row;
    const { value } = token;
    if (placeholder === "" && value !== undefined)
      throw new UsageError(`--${name} takes no value, got ${value}`);
    // `--save --quiet` forgets the value; `--forget-bias -1` does not.
    const forgotten = value === undefined || (!token.inlineValue && /^-(?![\d.])/.test(value));
    if (placeholder !== "" && (forgotten || value === "")) {
      throw new UsageError(`--${name} needs a value, ${placeholder}, got ${value || "none"}`);
    }
    typed[name] = value ?? true;
  }
  return typed;
}

function rows(command: CommandName = "train"): Row[] {
  const all = Object.values(OPTIONS).flat();
  return command === "train" ? all : all.filter(([name]) => EVAL_OPTIONS.includes(name));
}

// undefined stays so; what is not a decimal number is NaN.
function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

function unknown(what: string, got: string, names: string[], help: string): UsageError {
  const near = nearest(got, names);
  return new UsageError(`unknown ${what} ${got}; ${near ? `did you mean ${near}?` : `see ${help} --help`}`);
}

/** The help: of the whole command line, or of one command. */
export function helpText(topic?: CommandName): string {
  const config: Partial<ModelConfig> = modelConfig({ timeSteps: 1, features: 1, classes: 1, units: 1 });
  const own: Record<string, unknown> = {
    ...DEFAULTS,
    "save-dialect": "native",
    scale: "standard",
    threads: "auto",
  };
  const line = ([name, value, text, key]: Row) => {
    const preset = own[name] ?? (value === "" ? undefined : config[key as keyof ModelConfig]);
    const left = `  --${name} ${value}`.padEnd(23);
    return `${left}${text}${preset === undefined || preset === Number.POSITIVE_INFINITY ? "" : ` (${preset})`}`;
  };
  const groups = Object.entries(OPTIONS)
    .map(([title, all]) => [title, all.filter((row) => rows(topic).includes(row))] as const)
    .filter(([, all]) => all.length > 0)
    .map(([title, all]) => `${title}:\n${all.map(line).join("\n")}`);
  const usage =
    topic === undefined
      ? `Usage: wasm-lstm <command> [options]\n\n${commandsText()}`
      : `Usage: wasm-lstm ${topic} [options]\n\n${sentence(COMMANDS[topic])}`;
  return `${usage}\n\n${groups.join("\n\n")}`;
}

function commandsText(): string {
  const lines = Object.entries({ ...COMMANDS, ...OWN_COMMANDS }).map(
    ([name, text]) => `  ${name.padEnd(8)}${text}`,
  );
  return `Trains an LSTM to read sequences, images row by row, from WebAssembly.\n\n${lines.join("\n")}`;
}

function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
