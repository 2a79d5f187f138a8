// The help: of the whole command line, or of one command.

import type { CommandShape, Option } from "./options.ts";

/** Column of the options' texts; longer options have a line of their own. */
const TEXT_AT = 27;
const WIDTH = 80;

/** `commands`: their summaries by name. */
export function overview(commands: Readonly<Record<string, string>>): string {
  const lines = Object.entries(commands).map(([name, text]) => `  ${name.padEnd(9)}${text}`);
  return [
    "Usage: wasm-lstm <command> [options]",
    "",
    "Trains recurrent networks (LSTM, GRU) to read sequences, and runs them, from",
    "WebAssembly.",
    "",
    ...lines,
    "",
    "wasm-lstm <command> --help lists a command's options. Without any, train is the",
    "reference job: MNIST, row by row. A file of sequences of your own:",
    "",
    "  wasm-lstm train --data train.csv --layers lstm:64 --save my.safetensors",
    "  wasm-lstm predict my.safetensors --data new.csv --format csv",
  ].join("\n");
}

export function commandHelp(shape: CommandShape): string {
  const usage = ["wasm-lstm", shape.name, ...shape.operands, "[options]"].join(" ");
  const groups = Object.entries(shape.groups)
    .filter(([, options]) => options.length > 0)
    .map(([title, options]) => `${title}:\n${options.flatMap(lines).join("\n")}`);
  const { summary, more } = shape;
  const sentence = `${summary[0].toUpperCase()}${summary.slice(1)}.`;
  return [`Usage: ${usage}`, sentence, ...groups, ...(more === undefined ? [] : [more])].join("\n\n");
}

function lines({ name, short, value, text, preset }: Option): string[] {
  const left = `  ${short === undefined ? "" : `-${short}, `}--${name} ${value}`.trimEnd();
  const told = `${text}${preset === undefined ? "" : ` (${preset})`}`;
  const wrapped = wrap(told, WIDTH - 1 - TEXT_AT);
  const [first, rest] = left.length < TEXT_AT - 1 ? [wrapped[0], wrapped.slice(1)] : ["", wrapped];
  const head = `${left.padEnd(TEXT_AT)}${first}`.trimEnd();
  return [head, ...rest.map((line) => " ".repeat(TEXT_AT) + line)];
}

function wrap(text: string, width: number): string[] {
  const out: string[] = [];
  for (const word of text.split(" ")) {
    const last = out[out.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= width) out[out.length - 1] = `${last} ${word}`;
    else out.push(word);
  }
  return out;
}
