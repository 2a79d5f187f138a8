// Results -> Markdown, and the bars as text. Formats, decides nothing.

import type { Bar } from "./bars.ts";
import { isMissed } from "./bars.ts";
import { isCeilingKey } from "./contenders.ts";
import type { EdgeLatency } from "./edge.ts";
import type { Family } from "./family.ts";
import type { Measured } from "./measure.ts";
import { ceilingKey, ceilingShare, type Results, speedOver } from "./results.ts";
import type { CurveName, Point } from "./scaling.ts";
import { median, type Ratio, spread } from "./statistics.ts";

const BASE = "relaxed-1";
const AXES: Record<CurveName, string> = {
  hidden: "LSTM cells",
  batch: "batch",
  steps: "time steps",
  threads: "threads",
  odd: "LSTM cells, batch 50",
};

export function markdown(results: Results): string {
  const { training, inference, startUp, downloads, curves, family, edge } = results;
  const parts = [head(results)];
  if (training) parts.push(trainingText(training), phasesText(training), memoryText(training));
  if (inference) {
    parts.push(inferenceText("Inference of one sequence", inference.one));
    parts.push(inferenceText("Inference of a batch of 128", inference.batch));
  }
  if (startUp) {
    const rows = Object.values(startUp).map(({ title, ms }) => [title, `${fixed(ms.median)} (${range(ms)})`]);
    parts.push(section("Start of the process to the first update", ["", "ms (quartiles)"], rows));
  }
  if (downloads) {
    const rows = Object.values(downloads).map((d) => [
      d.title,
      String(d.files),
      ...[d.bytes, d.gzipBytes, d.brotliBytes].map((bytes) => fixed(bytes / 1000)),
    ]);
    parts.push(section("What a page downloads, kB", ["", "files", "raw", "gzip", "brotli"], rows));
  }
  if (curves) {
    for (const [name, points] of Object.entries(curves)) parts.push(curveText(name as CurveName, points));
  }
  if (family) parts.push(familyText(family));
  if (edge) parts.push(edgeText(edge, "step"), edgeText(edge, "sequence"));
  const edges = (edge ?? []).flatMap(({ step, sequence }) => [step, sequence]);
  const skipped = [training, inference?.one, inference?.batch, ...edges].flatMap(
    (measured) => measured?.skipped ?? [],
  );
  const lines = [...results.notes, ...skipped.map(({ title, reason }) => `${title}: ${reason}`)];
  if (lines.length > 0)
    parts.push(`### Left out\n\n${[...new Set(lines)].map((l) => `- ${l}`).join("\n")}\n`);
  return parts.join("\n");
}

function familyText({ members, small }: Family): string {
  const rows = Object.entries(members).map(([variant, { ms, flops, share }]) => [
    variant,
    fixed(ms),
    fixed(flops / ms / 1e6),
    `${fixed(100 * share.median)} %`,
  ]);
  const overheads = small.map(({ units, batchSize, update, core }) => [
    `${units} units, batch ${batchSize}`,
    ...[update, core, update - core].map((micros) => fixed(micros)),
  ]);
  return [
    section(
      "Members of the family: 128 units, batch 128, 28 x 28, no projection, relaxed, 1 thread",
      ["", "ms an update", "GFLOP/s real", "share of the ceiling"],
      rows,
    ),
    section("Small models, µs an update", ["", "library", "core alone", "difference"], overheads),
  ].join("\n");
}

// A row a contender, a column a model; microseconds.
function edgeText(latencies: EdgeLatency[], what: "step" | "sequence"): string {
  const titles = new Map(
    latencies.flatMap((latency) =>
      Object.entries(latency[what].contenders).map(([key, { title }]) => [key, title]),
    ),
  );
  const rows = [...titles].map(([key, title]) => [
    title,
    ...latencies.map((latency) => {
      const times = latency[what].contenders[key]?.times;
      return times ? fixed(1000 * median(times.flat())) : "";
    }),
  ]);
  const name = what === "step" ? "One step of a stream" : "One sequence of 28 steps";
  return section(`${name}, 28 features, µs`, ["", ...latencies.map(({ units }) => `${units} units`)], rows);
}

export function barsText(all: Bar[]): string {
  return all
    .map((bar) => {
      const limit = bar.least !== undefined ? `>= ${bar.least}` : `<= ${bar.most}`;
      const value = bar.value === undefined ? "not measured" : fixed(bar.value, 3);
      const verdict = bar.value === undefined ? "" : isMissed(bar) ? "MISSED" : "ok";
      return `${verdict.padStart(6)}  ${value.padStart(12)}  ${limit.padEnd(8)}  ${bar.text}`;
    })
    .join("\n");
}

function head({ machine: m, load, quick, turbo }: Results): string {
  return [
    `## Results${quick ? " of a quick run" : ""}`,
    "",
    `${m.processor}, ${m.cores} cores, ${m.system}; Node ${m.node}, V8 ${m.v8}; wasm-lstm ${m.version}` +
      `${m.commit ? `, commit ${m.commit}` : ""}; ${m.date.slice(0, 10)}; load ${load.before.toFixed(2)} before, ` +
      `${load.after.toFixed(2)} after. "turbo" is V8's experimental merging of SIMD into 256 bits` +
      `${turbo ? "" : " (not measured)"}.`,
    "",
  ].join("\n");
}

function trainingText(training: Measured): string {
  const rows = Object.entries(training.contenders).map(([key, { title, about, times }]) => {
    const ms = spread(times);
    const rate = (flops?: number) => (flops ? fixed(flops / ms.median / 1e6) : "");
    const share = ceilingShare(training, key);
    if (isCeilingKey(key)) return [title, "", rate(about.flops), "", share ? percent(share) : "", ""];
    const speed = speedOver(training, key, BASE);
    return [
      title,
      `${fixed(ms.median)} (${range(ms)})`,
      rate(about.flops),
      rate(about.naiveFlops),
      share ? percent(share) : "",
      speed ? ratioText(speed) : "",
    ];
  });
  const columns = [
    ...["", "ms an update (quartiles)", "GFLOP/s real", "GFLOP/s naive-equivalent"],
    ...["share of the ceiling", `speed beside ${BASE} (95 % interval)`],
  ];
  return section("One update of the reference model", columns, rows) + namesText(training);
}

// Versions and forms of the peers, as they call themselves.
function namesText({ contenders }: Measured): string {
  const peers = Object.values(contenders).filter(({ title, about }) => {
    return !title.startsWith("wasm-lstm") && !title.startsWith("ceiling") && about.name !== title;
  });
  return peers.length > 0 ? `\n${peers.map((p) => `- ${p.title}: ${p.about.name}`).join("\n")}\n` : "";
}

function phasesText(training: Measured): string {
  const rows = Object.entries(training.contenders).flatMap(([key, { title, phases }]) => {
    const top = training.contenders[ceilingKey(key)];
    const topRate = top ? top.about.flops! / median(top.times.flat()) : Number.NaN;
    const whole = phases?.reduce((sum, { ms }) => sum + ms, 0) ?? 0;
    return (phases ?? []).map(({ name, ms, flops }) => [
      title,
      name,
      fixed(ms, 3),
      `${fixed((100 * ms) / whole)} %`,
      flops > 0 ? fixed(flops / ms / 1e6) : "",
      flops > 0 && top ? `${fixed((100 * flops) / ms / topRate)} %` : "",
    ]);
  });
  const columns = ["", "phase", "ms", "of the update", "GFLOP/s real", "share of the ceiling"];
  return section("Where an update's time goes", columns, rows);
}

function memoryText(training: Measured): string {
  const rows = Object.values(training.contenders).map(({ title, memory }) => [
    title,
    memory.linearBytes ? fixed(memory.linearBytes / 1e6) : "",
    fixed(memory.peakBytes / 1e6),
  ]);
  const text =
    "The processes hold 32 batches (26 MB, twice while reading); a ceiling's holds nothing else.\n";
  return `${section("Memory, MB", ["", "WebAssembly memory", "process, peak"], rows)}\n${text}`;
}

function inferenceText(title: string, measured: Measured): string {
  const rows = Object.entries(measured.contenders).map(([key, { title, times }]) => {
    const us = spread(times.map((rounds) => rounds.map((ms) => 1000 * ms)));
    const speed = speedOver(measured, key, BASE);
    return [title, `${fixed(us.median)} (${range(us)})`, speed ? ratioText(speed) : ""];
  });
  const columns = ["", "µs (quartiles)", `speed beside ${BASE} (95 % interval)`];
  return section(title, columns, rows) + namesText(measured);
}

function curveText(name: CurveName, points: Point[]): string {
  const rows = points.map(({ at, ms, flops, naiveFlops, memoryBytes, share }) => [
    String(at),
    fixed(ms, 3),
    fixed(ms * share.median, 3),
    fixed(flops / ms / 1e6),
    fixed(naiveFlops / ms / 1e6),
    percent(share),
    fixed(memoryBytes / 1e6),
  ]);
  const rates = ["GFLOP/s real", "GFLOP/s naive-equivalent", "share of the ceiling"];
  const columns = [
    AXES[name],
    "ms an update",
    "ideal ms (at the ceiling)",
    ...rates,
    "WebAssembly memory, MB",
  ];
  return section(`Cost by ${AXES[name]}`, columns, rows);
}

function section(title: string, columns: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const rule = columns.map((_, i) => (i === 0 ? "---" : "---:"));
  return [`### ${title}`, "", ...[columns, rule, ...rows].map(line), ""].join("\n");
}

function percent(ratio: Ratio): string {
  return `${fixed(100 * ratio.median)} %`;
}

function ratioText({ median, low, high }: Ratio): string {
  return `${fixed(median, 3)} (${fixed(low, 3)}-${fixed(high, 3)})`;
}

function range({ low, high }: { low: number; high: number }): string {
  return `${fixed(low)}-${fixed(high)}`;
}

// At least `digits` significant digits, and no exponent.
function fixed(value: number, digits = 3): string {
  const whole = Math.max(1, Math.ceil(Math.log10(Math.abs(value) + 1e-9)));
  return value.toFixed(Math.max(0, Math.min(6, digits - whole)));
}
