// Who takes part, and under which keys results and bars know them.

import { pathToFileURL } from "node:url";
import { BUILDS } from "../core/builds.ts";
import type { Build } from "../index.ts";
import type { Spec } from "./contender.ts";

const OURS = new URL("./ours.js", import.meta.url);
const CEILING = new URL("./ceiling.js", import.meta.url);
const CORE = new URL("./core-alone.js", import.meta.url);
const EDGE = new URL("./edge-side.js", import.meta.url);
/** Builds of the edge core: one that trains a single LSTM is the only one with fused multiply-adds. */
const EDGE_BUILDS = [
  "wasm-lstm-training-wide-relaxed",
  "wasm-lstm",
  "wasm-lstm-inference",
  "wasm-lstm-scalar",
  "wasm-lstm-int8-relaxed",
  "wasm-lstm-int8",
  "wasm-lstm-int8-scalar",
];

export interface Field {
  /** Folder of the peers' modules. */
  peers: URL;
  /** Thread counts to measure, 1 first. */
  threads: number[];
  turbo: boolean;
  python: boolean;
  quick: boolean;
}

export function peersFolder(path: string): URL {
  return pathToFileURL(`${path}/`);
}

/** 1, 2 and all cores, as far as there are as many. */
export function threadCounts(cores: number): number[] {
  return [...new Set([1, Math.min(2, cores), cores])];
}

export function ours(build: Build, threads = 1, turbo = false): Spec {
  return {
    key: `${turbo ? "turbo-" : ""}${build}-${threads}`,
    title: `wasm-lstm ${build}${turbo ? " + turbo" : ""}, ${threadsText(threads)}`,
    side: OURS,
    threads,
    options: { build },
    turbo,
  };
}

/** On more than one thread it is the machine's: how much more its processors do together than one of them. */
export function ceiling(build: Build, turbo = false, threads = 1): Spec {
  const several = threads > 1;
  return {
    key: `ceiling-${turbo ? "turbo-" : ""}${build}${several ? `-${threads}` : ""}`,
    title: `ceiling ${build}${turbo ? " + turbo" : ""}${several ? `, ${threadsText(threads)}` : ""}`,
    side: CEILING,
    threads,
    options: { build },
    turbo,
  };
}

/** The phases of an update without the library around them. */
export function coreAlone(build: Build): Spec {
  const key = `core-${build}`;
  return { key, title: `core alone ${build}`, side: CORE, threads: 1, options: { build }, turbo: false };
}

export function isCeiling({ side }: Spec): boolean {
  return side === CEILING;
}

export function isCeilingKey(key: string): boolean {
  return key.startsWith("ceiling-");
}

/** Everyone who trains. */
export function trainers(field: Field): Spec[] {
  const control = { ...ours("relaxed"), key: "relaxed-1-again", title: "wasm-lstm relaxed, 1 thread (A/A)" };
  const turbo = field.turbo ? (["relaxed", "simd"] as const) : [];
  return [
    ...BUILDS.flatMap((build) => field.threads.map((n) => ours(build, n))),
    control,
    ...turbo.flatMap((build) => field.threads.map((n) => ours(build, n, true))),
    ...BUILDS.map((build) => ceiling(build)),
    ...field.threads.slice(1).map((n) => ceiling("relaxed", false, n)),
    ...turbo.map((build) => ceiling(build, true)),
    ...torch(field),
    ...tensorFlowTrainers(field),
  ];
}

/** Everyone who only predicts, for models of one row and of a batch. */
export function predictors(field: Field): Spec[] {
  const turbo = field.turbo ? field.threads.map((n) => ours("relaxed", n, true)) : [];
  const tensorFlow = tensorFlowTrainers(field).filter(({ key }) => key.startsWith("tfjs-tuned"));
  return [
    ...BUILDS.flatMap((build) => field.threads.map((n) => ours(build, n))),
    ...turbo,
    ...torch(field),
    ...field.threads.flatMap((n) => [onnx(field, n, "web"), onnx(field, n, "node")]),
    ...tensorFlow,
  ];
}

/** Everyone who predicts one sequence of a small model, on one thread; the first is what others are compared with. */
export function edgeContenders(field: Field): Spec[] {
  const one = { ...field, threads: [1] };
  const tensorFlow = tensorFlowTrainers(one).filter(
    ({ key }) => key === "tfjs-tuned-1" || key === "tfjs-layers-1",
  );
  return [
    ...EDGE_BUILDS.map((build) => ({
      key: `edge-${build}`,
      title: `edge core ${build.replace(/^wasm-lstm-?/, "") || "wasm-lstm"}`,
      side: EDGE,
      threads: 1,
      options: { build },
      turbo: false,
    })),
    ours("relaxed"),
    onnx(one, 1, "web"),
    ...tensorFlow.map(({ rounds: _, ...spec }) => spec),
  ];
}

function torch({ peers, threads, python }: Field): Spec[] {
  const side = new URL("pytorch.py", peers);
  // The trials of its forms have warmed it.
  const same = { side, options: {}, turbo: false, warmUnits: 4 };
  return (python ? threads : []).map((n) => ({
    ...same,
    key: `torch-${n}`,
    title: `PyTorch, ${threadsText(n)}`,
    threads: n,
  }));
}

// "web" is its WebAssembly form, "node" the native one.
function onnx({ peers }: Field, threads: number, form: "web" | "node"): Spec {
  const side = new URL(`onnxruntime-${form}.mjs`, peers);
  const title = `onnxruntime-${form}, ${threadsText(threads)}`;
  return { key: `onnx-${form}-${threads}`, title, side, threads, options: {}, turbo: false };
}

function tensorFlowTrainers({ peers, threads, quick }: Field): Spec[] {
  const spec = (backend: string, form: string, n: number, limits: Partial<Spec>): Spec => ({
    key: `tfjs-${backend === "wasm" ? form : `${backend}-${form}`}-${n}`,
    title: `TensorFlow.js ${backend}, ${form}, ${threadsText(n)}`,
    side: new URL("tensorflow.mjs", peers),
    threads: n,
    options: { backend, form },
    turbo: false,
    warmUnits: 3,
    ...limits,
  });
  // One update of these takes a second, on the cpu backend several.
  const slow = quick ? { rounds: 1, warmUnits: 1 } : { rounds: 3, warmUnits: 2 };
  return [
    ...threads.map((n) => spec("wasm", "tuned", n, {})),
    spec("wasm", "cell", 1, slow),
    spec("wasm", "layers", 1, slow),
    ...(quick ? [] : [spec("cpu", "cell", 1, { rounds: 1, warmUnits: 1 })]),
  ];
}

export function threadsText(threads: number): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}
