// The commands, and how one of them runs: argv -> calls -> exit code.

import { commandHelp, overview } from "./help.ts";
import {
  type Arguments,
  asTyped,
  type CommandShape,
  parseArguments,
  UsageError,
  unknown,
} from "./options.ts";
import { Terminal } from "./terminal.ts";

/** What each command's file exports. */
export interface Command {
  shape: CommandShape;
  run(args: Arguments, terminal: Terminal): Promise<void>;
}

const COMMANDS: Record<string, () => Promise<Command>> = {
  train: () => import("./train.ts"),
  eval: () => import("./eval.ts"),
  predict: () => import("./predict.ts"),
  info: () => import("./info.ts"),
  convert: () => import("./convert.ts"),
  pack: () => import("./pack.ts"),
};
/** A command line of its own. */
const BENCH = "measure the speed on this machine";

/** Returns the exit code: 0 done, 1 failed, 2 wrong use, 130 or 143 stopped by a signal. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === "bench") {
    const { bench } = await import("../bench/main.ts");
    return bench(rest);
  }
  const terminal = new Terminal();
  try {
    await dispatch(name, rest, terminal);
  } catch (error) {
    if (error !== terminal.signal.reason) terminal.failures.push(error);
  }
  return terminal.end((failure) => failure instanceof UsageError);
}

async function dispatch(name: string | undefined, argv: string[], terminal: Terminal): Promise<void> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const all = await Promise.all(Object.values(COMMANDS).map((load) => load()));
    const summaries = all.map(({ shape }) => [shape.name, shape.summary]);
    terminal.print(overview({ ...Object.fromEntries(summaries), bench: BENCH }));
    return;
  }
  if (name === "--version") {
    terminal.print(await version());
    return;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    throw unknown("command", name, [...Object.keys(COMMANDS), "bench"], "wasm-lstm");
  }
  const { shape, run } = await COMMANDS[name]();
  const args = parseArguments(argv, shape);
  const { typed } = args;
  if (typed.help) terminal.print(commandHelp(shape));
  else if (typed.version) terminal.print(await version());
  else {
    terminal.quiet = typed.quiet === true;
    await run(args, terminal).catch((error) => {
      throw asTyped(error, typed, shape);
    });
  }
}

async function version(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8")).version;
}
