// Command lines by their tables of options: argv in, plain data out. Prints nothing, touches nothing.

import { parseArgs } from "node:util";
import { nearest } from "../nearest.ts";

/** Wrong use of the command line, as opposed to a failure of what was asked for. */
export class UsageError extends Error {}

export interface Option {
  name: string;
  /** One letter that stands for it. */
  short?: string;
  /** What stands for the value in the help; "" for a switch. */
  value: string;
  text: string;
  /** What the library's messages call it; `layers[].dropout` is that of any layer. */
  key?: string;
  /** Shown as its default. */
  preset?: unknown;
}

/** What a command takes. */
export interface CommandShape {
  name: string;
  /** One line, without a full stop. */
  summary: string;
  /** Names of what stands without an option, e.g. MODEL; all are needed. */
  operands: readonly string[];
  groups: Readonly<Record<string, readonly Option[]>>;
  /** Behind the options in the help. */
  more?: string;
}

/** Each option as it was typed; a switch is true. */
export type Typed = Readonly<Record<string, string | true | undefined>>;

export interface Arguments {
  operands: string[];
  typed: Typed;
}

/** Throws a UsageError naming the option as typed, what was expected, and what came. */
export function parseArguments(argv: readonly string[], shape: CommandShape): Arguments {
  const known = optionsOf(shape);
  const options = Object.fromEntries(
    known.map(({ name, value, short }) => [
      name,
      { type: value === "" ? ("boolean" as const) : ("string" as const), ...(short && { short }) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const typed: Record<string, string | true> = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      operands.push(token.value);
      continue;
    }
    const option = known.find(({ name }) => name === token.name);
    if (option === undefined) {
      const names = known.map(({ name }) => `--${name}`);
      throw unknown("option", token.rawName, names, `wasm-lstm ${shape.name}`);
    }
    typed[option.name] = readValue(option, token.value, token.inlineValue === true);
  }
  if (!typed.help && !typed.version) checkOperands(operands, shape);
  return { operands, typed };
}

export function optionsOf({ groups }: CommandShape): Option[] {
  return Object.values(groups).flat();
}

/** `what` is what was not known, `help` where to look. */
export function unknown(what: string, got: string, names: readonly string[], help: string): UsageError {
  const near = nearest(got, names);
  return new UsageError(`unknown ${what} ${got}; ${near ? `did you mean ${near}?` : `see ${help} --help`}`);
}

export function textOf(typed: Typed, option: string): string | undefined {
  return typed[option] as string | undefined;
}

/** undefined when it was not typed; what is not a decimal number is NaN. */
export function numberOf(typed: Typed, option: string): number | undefined {
  const text = textOf(typed, option);
  return text === undefined ? undefined : decimal(text);
}

/** What is not a decimal number is NaN. */
export function decimal(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

/** Throws a UsageError unless the option is one of the words, or was not typed. */
export function wordOf<Word extends string>(
  typed: Typed,
  option: string,
  words: readonly Word[],
): Word | undefined {
  const text = textOf(typed, option);
  if (text === undefined || words.includes(text as Word)) return text as Word | undefined;
  throw new UsageError(`--${option} must be one of ${words.join(", ")}, got ${text}`);
}

/** Throws a UsageError unless the option is a whole number from `least`, or was not typed. */
export function countOf(typed: Typed, option: string, least: number): number | undefined {
  const count = numberOf(typed, option);
  if (count === undefined || (Number.isSafeInteger(count) && count >= least)) return count;
  throw new UsageError(`--${option} must be a whole number from ${least}, got ${textOf(typed, option)}`);
}

/** An error of the library about one of the options, in the words of the command line; any other as it is. */
export function asTyped(error: unknown, typed: Typed, shape: CommandShape): unknown {
  if (!(error instanceof RangeError || error instanceof TypeError)) return error;
  const { message } = error;
  const [own = "", index = ""] = /^[\w.]+(\[\d+\])?[\w.]*/.exec(message) ?? [];
  const key = index === "" ? own : own.replace(index, "[]");
  const keyed = (wanted: string) =>
    optionsOf(shape).find((option) => option.key !== undefined && option.key === wanted);
  // A part of a value that was typed, as schedule.rate or classWeights[1].
  const whole = keyed(/^\w*/.exec(own)![0]);
  const option = keyed(key);
  const isTyped = (option: Option | undefined) => option !== undefined && typed[option.name] !== undefined;
  if (!isTyped(option) && isTyped(whole)) return new UsageError(`--${whole!.name}: ${message}`);
  const text = option && typed[option.name];
  if (option === undefined || (text === undefined && option.key?.includes("."))) return error;
  const said = `--${option.name}${message.slice(own.length)}`;
  const got = said.lastIndexOf(", got ");
  if (typeof text !== "string" || got < 0) return new UsageError(said);
  return new UsageError(`${said.slice(0, got)}, got ${text}`);
}

function readValue({ name, value: placeholder }: Option, value: string | undefined, inline: boolean) {
  if (placeholder === "") {
    if (value !== undefined) throw new UsageError(`--${name} takes no value, got ${value}`);
    return true;
  }
  // `--save --quiet` forgets the value; `--forget-bias -1` does not.
  const forgotten = value === undefined || (!inline && /^-(?![\d.])/.test(value));
  if (forgotten || value === "") {
    throw new UsageError(`--${name} needs a value, ${placeholder}, got ${value || "none"}`);
  }
  return value;
}

function checkOperands(given: readonly string[], { name, operands }: CommandShape): void {
  if (given.length === operands.length) return;
  const got = given.length === 0 ? "none" : given.join(" ");
  if (operands.length === 0) throw new UsageError(`${name} takes options only, got ${got}`);
  throw new UsageError(`${name} needs ${operands.join(" and ")}, got ${got}`);
}
