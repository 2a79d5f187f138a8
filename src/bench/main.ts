// The benchmark: argv -> measurements -> files and exit code. Also what `wasm-lstm bench` calls.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bars, isMissed } from "./bars.ts";
import { type Field, peersFolder, threadCounts } from "./contenders.ts";
import { measureDownloads } from "./download.ts";
import { measureEdge } from "./edge.ts";
import { type Engine, findEngine } from "./engine.ts";
import { measureFamily } from "./family.ts";
import { type Figures, figures } from "./figures.ts";
import { measureInference } from "./inference.ts";
import { describeMachine, load, ROOT } from "./machine.ts";
import { barsText, markdown } from "./markdown.ts";
import { type BenchOptions, HELP, parseOptions } from "./options.ts";
import { type Results, SECTIONS } from "./results.ts";
import { measureScaling } from "./scaling.ts";
import { measureStartUp } from "./start-up.ts";
import { measureTraining } from "./training.ts";
import { REFERENCE } from "./workload.ts";
import { writeOrder } from "./write-order.ts";

const BUSY_LOAD = 0.3;

/** Returns the exit code: 0 done, 1 a promise missed, 2 wrong use. */
export async function bench(argv: string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = parseOptions(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "wasm-lstm-bench-"));
  try {
    const peers = peersFolder(
      options.peers ? resolve(options.peers) : fileURLToPath(new URL("bench/peers", ROOT)),
    );
    const results = await run(options, folder, peers);
    await write(results, options, peers);
    const all = bars(results);
    const missed = all.filter(isMissed);
    process.stdout.write(`${barsText(all)}\n`);
    if (!options.check || missed.length === 0) return 0;
    process.stderr.write(`missed:\n${barsText(missed)}\n`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function run(options: BenchOptions, folder: string, peers: URL): Promise<Results> {
  const engine = findEngine(options.node);
  const machine = describeMachine(engine);
  const field: Field = {
    peers,
    threads: threadCounts(machine.cores),
    turbo: options.turbo && engine.hasTurbo,
    python: engine.python !== undefined,
    quick: options.quick,
  };
  const results: Results = {
    machine,
    load: { before: load(), after: 0 },
    quick: options.quick,
    turbo: field.turbo,
    notes: notesOf(options, engine),
  };
  note(`${machine.processor}, ${machine.cores} cores, Node ${machine.node}, V8 ${machine.v8}`);
  if (results.load.before > BUSY_LOAD) {
    results.notes.push(`the machine was busy before: load ${results.load.before.toFixed(2)}`);
  }
  for (const text of results.notes) note(text);
  const order = await writeOrder(folder, REFERENCE);
  const says = (section: string) => (text: string) => note(`${section}: ${text}`);
  for (const section of options.sections) {
    if (section === "training") {
      results.training = await measureTraining(field, engine, order, says("training"));
    } else if (section === "inference") {
      results.inference = await measureInference(field, engine, order, says("inference"));
    } else if (section === "start-up") {
      note("start-up");
      results.startUp = await measureStartUp(field, engine, await writeOrder(folder, REFERENCE, 1));
    } else if (section === "size") {
      results.downloads = measureDownloads(field.peers);
    } else if (section === "family") {
      results.family = await measureFamily(field, engine, folder, says("family"));
    } else if (section === "edge") {
      results.edge = await measureEdge(field, engine, folder, says("edge"));
    } else {
      results.curves = await measureScaling(field, engine, folder, says("scaling"));
    }
  }
  results.load.after = load();
  return results;
}

function notesOf(options: BenchOptions, engine: Engine): string[] {
  const notes: string[] = [];
  if (options.turbo && !engine.hasTurbo) {
    notes.push(`turbo is left out: Node ${engine.versions.node} has no flag for it, Node 24 has`);
  }
  if (engine.python === undefined) {
    notes.push("PyTorch is left out: no python3 has torch (on Debian: apt install python3-torch)");
  }
  return notes;
}

/** bench/peers/chart.mjs */
interface Chart {
  drawChart(figures: Figures): string;
}

async function write(results: Results, { out, quick, sections }: BenchOptions, peers: URL): Promise<void> {
  const name = sections.length < SECTIONS.length ? "part" : quick ? "quick" : "full";
  mkdirSync(out, { recursive: true });
  const path = (extension: string) => join(out, `${name}.${extension}`);
  writeFileSync(path("json"), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(path("md"), markdown(results));
  try {
    const { drawChart } = (await import(new URL("chart.mjs", peers).href)) as Chart;
    writeFileSync(path("svg"), drawChart(figures(results)));
    note(`written: ${path("json")}, ${path("md")}, ${path("svg")}`);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    if (!missing) throw error;
    note(`written: ${path("json")}, ${path("md")}; no chart: npm package echarts is not installed`);
  }
}

function note(text: string): void {
  const seconds = Math.floor(performance.now() / 1000);
  process.stderr.write(`${String(seconds).padStart(5)} s  ${text}\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  process.exitCode = await bench(process.argv.slice(2));
}
