// What the project promises of its speed, as limits on a run's results. `--check` fails when one is missed.

import type { Measured } from "./measure.ts";
import { ceilingShare, type Results, type Section, speedOver } from "./results.ts";
import { median } from "./statistics.ts";

export interface Bar {
  section: Section;
  text: string;
  /** Whether the value may not be below the limit, or not above it. */
  least?: number;
  most?: number;
  /** undefined: not measured. */
  value: number | undefined;
}

/** Milliseconds of the reference model's inference of one sequence, relaxed. */
const MOST_ONE_MS = 0.125;

/** Bars of the sections that ran; those of two threads only where there are two cores. */
export function bars(results: Results): Bar[] {
  const { training, inference, startUp, downloads, curves, family, edge } = results;
  const two = results.machine.cores >= 2;
  const all: Bar[] = [];
  const add = (section: Section, text: string, limit: { least?: number; most?: number }, value?: number) =>
    all.push({ section, text, ...limit, value });
  const faster = (measured: Measured | undefined, fast: string, slow: string) =>
    speedOver(measured, fast, slow)?.median;

  if (training) {
    const update = (text: string, least: number, value?: number) => add("training", text, { least }, value);
    const share = (key: string) => ceilingShare(training, key)?.median;
    update("one update, relaxed: share of its ceiling", 0.8, share("relaxed-1"));
    update("one update, simd: share of its ceiling", 0.88, share("simd-1"));
    update("one update, turbo: share of the wide ceiling", 0.75, share("turbo-relaxed-1"));
    const turboTime = faster(training, "relaxed-1", "turbo-relaxed-1");
    add("training", "turbo: time beside the time without it", { most: 0.62 }, turboTime);
    const own = ceilingShare(training, "ceiling-relaxed-2");
    const machine = own ? ` (the ceiling's loop: ${(2 * own.median).toFixed(2)})` : "";
    for (const build of two ? ["relaxed", "simd", "scalar"] : []) {
      const text = `two threads over one, ${build}${machine}`;
      update(text, 1.85, faster(training, `${build}-2`, `${build}-1`));
    }
    update("faster than PyTorch, 1 thread", 1.15, faster(training, "relaxed-1", "torch-1"));
    update("the same with turbo", 2, faster(training, "turbo-relaxed-1", "torch-1"));
    if (two) update("faster than PyTorch, 2 threads", 1.5, faster(training, "relaxed-2", "torch-2"));
    if (two) update("the same with turbo", 2.3, faster(training, "turbo-relaxed-2", "torch-2"));
    update("faster than TensorFlow.js wasm, tuned", 5, faster(training, "relaxed-1", "tfjs-tuned-1"));
    const idiomatic = fastest(training, ["tfjs-cell-1", "tfjs-layers-1"]);
    update("faster than TensorFlow.js wasm, idiomatic", 25, faster(training, "relaxed-1", idiomatic));
    const control = speedOver(training, "relaxed-1-again", "relaxed-1");
    const holds = control && control.low <= 1 && control.high >= 1 ? 1 : 0;
    update("the A/A control's interval includes 1 (1: yes)", 1, holds);
  }
  if (curves) {
    const points = Object.values(curves).flat();
    const share = (units: number, batchSize: number) =>
      points.find(({ sizes, threads }) => {
        return (
          threads === 1 && sizes.units === units && sizes.batchSize === batchSize && sizes.timeSteps === 28
        );
      })?.share.median;
    const large = (text: string, least: number, value?: number) => add("scaling", text, { least }, value);
    large("hidden 512: share of the ceiling", 0.75, share(512, 128));
    if (!results.quick) large("hidden 1024: share of the ceiling", 0.75, share(1024, 128));
    large("training with batch 1: share of the ceiling", 0.6, share(128, 1));
    large("hidden 100, batch 50: share of the ceiling", 0.6, share(100, 50));
  }
  if (family) {
    for (const variant of ["stack", "bidirectional", "lengths", "gru"] as const) {
      add(
        "family",
        `${variant}: share of the ceiling`,
        { least: 0.75 },
        family.members[variant]?.share.median,
      );
    }
    for (const { units, batchSize, update, core } of family.small) {
      const text = `hidden ${units}, batch ${batchSize}: µs of an update outside the core`;
      add("family", text, { most: 20 }, update - core);
    }
  }
  for (const { units, sequence } of edge ?? []) {
    const latency = (text: string, fast: string, slow: string) =>
      add("edge", `hidden ${units}, one sequence: ${text}`, { least: 1 }, faster(sequence, fast, slow));
    latency("faster than onnxruntime-web", "edge-wasm-lstm-training-wide-relaxed", "onnx-web-1");
    if (units === 128) {
      latency(
        "int8 over f32, relaxed",
        "edge-wasm-lstm-int8-relaxed",
        "edge-wasm-lstm-training-wide-relaxed",
      );
      latency("int8 over f32, baseline", "edge-wasm-lstm-int8", "edge-wasm-lstm");
    }
  }
  if (inference) {
    const { one, batch } = inference;
    const predict = (text: string, least: number, value?: number) => add("inference", text, { least }, value);
    const ms = one.contenders["relaxed-1"]?.times.flat();
    add("inference", "one sequence, relaxed: ms", { most: MOST_ONE_MS }, ms && median(ms));
    predict("one sequence: faster than onnxruntime-web", 1, faster(one, "relaxed-1", "onnx-web-1"));
    predict("one sequence: faster than onnxruntime-node, native", 1, faster(one, "relaxed-1", "onnx-node-1"));
    predict("one sequence: faster than PyTorch", 1, faster(one, "relaxed-1", "torch-1"));
    predict("batch: faster than onnxruntime-web, 1 thread", 3, faster(batch, "relaxed-1", "onnx-web-1"));
    predict("batch: faster than PyTorch, 1 thread", 1, faster(batch, "relaxed-1", "torch-1"));
    const native = (n: number) => faster(batch, `turbo-relaxed-${n}`, `onnx-node-${n}`);
    predict("batch, turbo: faster than onnxruntime-node, native, 1 thread", 1, native(1));
    if (two) {
      predict("batch: faster than onnxruntime-web, 2 threads", 3, faster(batch, "relaxed-2", "onnx-web-2"));
      predict("batch: faster than PyTorch, 2 threads", 1, faster(batch, "relaxed-2", "torch-2"));
      predict("batch, turbo: faster than onnxruntime-node, native, 2 threads", 1, native(2));
    }
  }
  if (startUp) add("start-up", "start to first update, ms", { most: 200 }, startUp["relaxed-1"]?.ms.median);
  if (downloads) {
    const size = (text: string, most: number, key: string) =>
      add("size", `${text}, kB`, { most }, downloads[key].bytes / 1000);
    size("core that trains LSTM, relaxed", 32, "core-lstm-relaxed");
    size("core that trains LSTM, simd", 32, "core-lstm-simd");
    size("core of the whole family, relaxed", 48, "core-relaxed");
    size("core of the whole family, simd", 48, "core-simd");
  }
  return all;
}

export function isMissed({ least, most, value }: Bar): boolean {
  if (value === undefined) return true;
  return (least !== undefined && !(value >= least)) || (most !== undefined && !(value <= most));
}

/** The key whose median time is least, of those that took part. */
export function fastest(measured: Measured, keys: string[]): string {
  const time = (key: string) => speedOver(measured, key, "relaxed-1")?.median ?? 0;
  return keys.reduce((best, key) => (time(key) > time(best) ? key : best));
}
