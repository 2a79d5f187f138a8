#!/usr/bin/env node
// argv -> calls -> exit code: 0 done, 1 failed, 2 wrong use, 130 or 143 stopped by a signal.
// Results go to stdout, notes and errors to stderr. What is heavy is imported when it is needed.

import type { ModelOptions } from "./config.ts";
import { asTyped, type Command, DEFAULTS, helpText, parseCommand, UsageError } from "./options.ts";
import type { Model } from "./public-model.ts";
import * as report from "./report.ts";
import type { Preparation } from "./sequence-data.ts";
import type { Tensors } from "./types.ts";

// The tutorial prints the accuracy of every 20th batch, after its update.
const PRINT_EVERY = 20;
const REDRAW_MS = 100;
// npm passes on a signal that the terminal has sent to the whole group already.
const SAME_SIGNAL_MS = 300;
// Kept in the weights' file, so that other sequences can be prepared as those of the training were.
const PREPARATION = "wasm-lstm.preparation";
const SIGNALS = { SIGINT: 130, SIGTERM: 143 };

const { stdout, stderr } = process;
const onTerminal = stdout.isTTY === true && process.env.TERM !== "dumb";
const stop = new AbortController();
const failures: unknown[] = [];
let signalCode = 0;
let outputClosed = false;
let lineShown = false;
let engineFlag: string | undefined;

process.exitCode = await main(process.argv.slice(2));

async function main(argv: string[]): Promise<number> {
  if (argv[0] === "bench") {
    const { bench } = await import("./bench/main.ts");
    return bench(argv.slice(1));
  }
  watchOutput();
  let command: Command | undefined;
  try {
    command = parseCommand(argv);
    if (command.name === "help") print(helpText(command.topic));
    else if (command.name === "version") print(await version());
    else await run(command);
  } catch (error) {
    if (error !== stop.signal.reason) failures.push(asTyped(error, command?.typed ?? {}));
  }
  await new Promise(setImmediate); // errors of stdout come a turn later
  clearLine();
  for (const failure of failures) stderr.write(`wasm-lstm: ${report.errorText(failure)}\n`);
  if (failures.length > 0) return failures.some((failure) => failure instanceof UsageError) ? 2 : 1;
  return signalCode;
}

async function run(command: Command): Promise<void> {
  watchSignals(command);
  if (command.typed.turbo) engineFlag = await turbo();
  const files = await import("./files.ts");
  const { save, log, data: folder } = command;
  if (save !== undefined) files.checkReplaceable(save, `--save ${save}`);
  if (log !== undefined) files.checkWritable(log, `--log ${log}`);
  const isFile = folder !== undefined && files.isFile(folder);
  if (folder !== undefined && !isFile) files.checkFolder(folder, `--data ${folder}`);
  if (command.test !== undefined && !isFile)
    throw new UsageError("--test needs a file of sequences as --data");
  const { weights, prepared, ...sizes } = await startOf(command);
  const loading = import("./node/create-model.ts"); // while the disk is read
  const data: report.DataParts & Partial<Preparation> = isFile
    ? await sequencesOf(command, prepared)
    : await imagesOf(command);
  note(command, report.dataText(data));
  const { createModel } = await loading;
  const { timeSteps, features, classes, count } = data.train;
  const preset = {
    units: DEFAULTS.hidden,
    projectionUnits: isFile ? 0 : DEFAULTS.projection,
    threads: "auto" as const,
    ...(isFile && count > 0 ? { batchSize: Math.min(128, count) } : {}),
  };
  const { units, forgetBias, ...options } = { ...preset, ...sizes, ...command.model };
  const model = await createModel({
    kernelInitializer: isFile ? "glorotUniform" : "randomNormal",
    ...options,
    layers: [{ units, forgetBias }],
    timeSteps,
    features,
    classes,
  });
  try {
    if (weights !== undefined) await model.setWeights(weights, `--init ${command.init}`);
    note(command, report.modelText(model.config, model.info, engineFlag));
    const training = command.name === "train" ? await train(model, data, command) : undefined;
    if (save !== undefined) await saveWeights(model, save, command, data);
    if (!outputClosed) await test(model, data, command, training);
  } finally {
    model.close();
  }
}

// Before the core is compiled.
async function turbo(): Promise<string> {
  const { turnTurboOn } = await import("./engine-flags.ts");
  try {
    return await turnTurboOn();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

// The weights of --init and the sizes they speak of.
async function startOf({
  init,
}: Command): Promise<
  Partial<ModelOptions> & { forgetBias?: number; weights?: Tensors; prepared?: Preparation }
> {
  if (init === undefined) return {};
  const { readWhole } = await import("./files.ts");
  const { decodeWeights } = await import("./formats/dialects.ts");
  const { weights, metadata } = decodeWeights(readWhole(init, `--init ${init}`), `--init ${init}`);
  const forgetBias = Number.parseFloat(metadata.forget_bias);
  return {
    weights,
    prepared: preparationOf(metadata[PREPARATION], `--init ${init}`),
    units: weights.get("lstm.recurrent_kernel")!.shape[0],
    projectionUnits: weights.get("projection.kernel")?.shape[1] ?? 0,
    ...(Number.isFinite(forgetBias) ? { forgetBias } : {}),
  };
}

function preparationOf(text: string | undefined, name: string): Preparation | undefined {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name}: expected JSON as ${PREPARATION}, got ${text.slice(0, 40)}`);
  }
}

// To test weights alone, the file is prepared as those of their training were.
async function sequencesOf(
  command: Command,
  prepared: Preparation | undefined,
): Promise<report.DataParts & Preparation> {
  const { sequenceSet, preparedSequences } = await import("./sequence-data.ts");
  const { readWhole } = await import("./files.ts");
  const { columns, scale, typed, model } = command;
  const file = (path: string, option: string) => ({
    name: `${option} ${path}`,
    text: new TextDecoder("utf-8", { fatal: true }).decode(readWhole(path, `${option} ${path}`)),
  });
  const data = file(command.data!, "--data");
  if (command.name === "eval") {
    if (prepared === undefined) {
      throw new Error(`--init ${command.init}: expected weights saved by a training on sequences`);
    }
    const test = preparedSequences(data, columns, prepared);
    const none = test.slice(0, 0);
    return { train: none, validation: none, test, source: command.data!, ...prepared };
  }
  const validation = typed.validation === undefined ? 0 : command.validation;
  const seed = model.seed ?? 1;
  const test = command.test === undefined ? undefined : file(command.test, "--test");
  const set = sequenceSet(data, test, { ...columns, scale, validation, seed });
  return { ...set, source: [command.data, command.test].filter(Boolean).join(", ") };
}

async function imagesOf(command: Command): Promise<report.DataParts> {
  const { data: directory, validation } = command;
  const { loadMnist } = await import("./data/mnist-data-loader.ts");
  const onProgress = (text: string) => note(command, text);
  try {
    return await loadMnist({ directory, validation, signal: stop.signal, onProgress });
  } catch (error) {
    const { message } = error as Error;
    throw directory !== undefined && message.startsWith(directory) ? new Error(`--data ${message}`) : error;
  }
}

// A loss that is not finite, or a log that cannot go on, ends the training and leaves the weights of before.
async function train(model: Model, data: report.DataParts, command: Command): Promise<report.Training> {
  const { updates, shuffle, quiet, log: path } = command;
  const { JsonLines } = await import("./files.ts");
  const log = path === undefined ? undefined : new JsonLines(path, `--log ${path}`);
  const begin = performance.now();
  let drawn = begin;
  let done = 0;
  let ms = 0;
  const rate = () => ({ done, updates, samples: done * model.config.batchSize, seconds: ms / 1000 });
  try {
    for await (const result of model.train(data.train, { updates, shuffle, signal: stop.signal })) {
      const { step, loss, accuracy } = result;
      done++;
      ms += result.ms;
      log?.write({ step, loss, accuracy, ms: Math.round(result.ms * 1000) / 1000 });
      if (quiet) continue;
      if (step % PRINT_EVERY === 0) {
        const after = await result.after();
        print(report.stepText(step, updates, after.loss, after.accuracy, onTerminal && stdout.columns > 66));
      }
      const now = performance.now();
      if (!onTerminal || (now - drawn < REDRAW_MS && step % PRINT_EVERY !== 0)) continue;
      drawn = now;
      const secondsLeft = ((now - begin) / 1000 / done) * (updates - done);
      showLine(report.progressText({ ...rate(), loss, accuracy, secondsLeft }, stdout.columns));
    }
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw error;
    if (error !== stop.signal.reason) failures.push(error);
  } finally {
    log?.close();
  }
  return rate();
}

// Before the test: what was trained is safe first.
async function saveWeights(
  model: Model,
  path: string,
  command: Command,
  { timeSteps, classNames, scaler }: Partial<Preparation>,
): Promise<void> {
  const { writeWhole } = await import("./files.ts");
  try {
    const metadata = classNames && { [PREPARATION]: JSON.stringify({ timeSteps, classNames, scaler }) };
    const bytes = await model.save({ dialect: command.dialect, metadata });
    writeWhole(path, bytes, `--save ${path}`);
    note(command, `saved  ${path} (${command.dialect}, ${report.bytesText(bytes.length)})`);
  } catch (error) {
    failures.push(error);
  }
}

async function test(
  model: Model,
  data: report.DataParts,
  { quiet }: Command,
  training: report.Training | undefined,
): Promise<void> {
  if (onTerminal && !quiet) showLine("testing");
  const validation = data.validation.count > 0 && !quiet ? await model.evaluate(data.validation) : undefined;
  const test = await model.evaluate(data.test);
  const totalSeconds = performance.now() / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const results = { test, validation, training, info: model.info, engineFlag, totalSeconds, peakBytes };
  print(quiet ? report.evaluationText("test", test) : report.reportText(results));
}

// The first signal lets the update in hand end, then saves and reports; the next one quits.
function watchSignals(command: Command): void {
  let first: number | undefined;
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (first === undefined) {
        first = performance.now();
        signalCode = code;
        stop.abort(new Error(`stopped by ${signal}`));
        note(command, `${signal}: finishing; once more quits at once`);
      } else if (performance.now() - first > SAME_SIGNAL_MS) {
        clearLine();
        process.exit(code);
      }
    });
  }
}

// A reader that has seen enough (`| head`) ends the run quietly; a full disk is a failure.
function watchOutput(): void {
  stderr.on("error", () => {});
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (!outputClosed && error.code !== "EPIPE") {
      failures.push(new Error(`standard output: ${error.message}`));
    }
    outputClosed = true;
    stop.abort(error);
  });
}

function print(text: string): void {
  clearLine();
  if (!outputClosed) stdout.write(`${text}\n`);
}

function note({ quiet }: Command, text: string): void {
  if (quiet) return;
  clearLine();
  stderr.write(`${text}\n`);
}

function showLine(text: string): void {
  lineShown = true;
  stdout.write(`\r${text}\u001b[K`);
}

function clearLine(): void {
  if (lineShown) stdout.write("\r\u001b[K");
  lineShown = false;
}

async function version(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")).version;
}
