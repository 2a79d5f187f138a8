#!/usr/bin/env node
// argv -> calls -> exit code: 0 done, 1 failed, 2 wrong use, 130 or 143 stopped by a signal.
// Results go to stdout, notes and errors to stderr. What takes long to load is loaded when it is needed.

import type { Mnist } from "./data/mnist-data-loader.ts";
import type { LstmModel } from "./model.ts";
import { asTyped, type Command, DEFAULTS, helpText, parseCommand, UsageError } from "./options.ts";
import { accuracyText, bytesText, dataText, errorText, modelText, progressText, reportText, stepText } from "./report.ts";

// The tutorial prints the accuracy of every 20th batch.
const PRINT_EVERY = 20;
const REDRAW_MS = 100;
// npm passes on a signal that the terminal has already sent to everyone.
const SAME_SIGNAL_MS = 300;
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const { stdout, stderr } = process;
const onTerminal = stdout.isTTY === true && process.env.TERM !== "dumb";
const stop = new AbortController();
let exitCode = 0;
let progressShown = false;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  watchOutput();
  try {
    const command = parseCommand(argv);
    if (command.name === "help") print(helpText(command.topic));
    else if (command.name === "version") print(await version());
    else await run(command);
  } catch (error) {
    if (error !== stop.signal.reason) fail(error);
  }
  return exitCode;
}

async function run(command: Command): Promise<void> {
  watchSignals();
  const files = await import("./files.ts");
  named("--save", command.save, files.checkReplaceable);
  named("--log", command.log, files.checkWritable);
  const start = await startOf(command);
  const note = command.quiet ? () => {} : (text: string) => void stderr.write(`${text}\n`);
  let model: LstmModel | undefined;
  try {
    const [{ createModel }, { loadMnist }] = await Promise.all([
      import("./model.ts"),
      import("./data/mnist-data-loader.ts"),
    ]);
    ...
  }
}
