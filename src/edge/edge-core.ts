// The edge core from the host's side: its calls, and a model described to it. For tests, tools and quantised models; a
// device needs nothing of this.

import {
  ABI_VERSION,
  type EdgeArray,
  EdgeError,
  EdgeLayerFlag,
  type EdgeUse,
} from "../../assembly/edge/abi.ts";
import { CellType, HeadType } from "../../assembly/regions.ts";
import type { Architecture } from "../layers.ts";

/** The exports of assembly/edge/index.ts; addresses and models are byte offsets into `memory`. */
export interface EdgeCore {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
  readonly __data_end: WebAssembly.Global;
  wl_abi_version(): number;
  wl_features(): number;
  wl_first_address(): number;
  wl_begin(
    model: number,
    abi: number,
    batch: number,
    steps: number,
    features: number,
    projection: number,
    use: number,
  ): number;
  wl_add_layer(
    model: number,
    type: number,
    units: number,
    flags: number,
    projection: number,
    forgetBias: number,
    cellClip: number,
    dropout: number,
    recurrentDropout: number,
  ): number;
  wl_set_head(model: number, type: number, outputs: number, everyStep: number, dropout: number): number;
  wl_bytes(model: number): number;
  wl_init(model: number): number;
  wl_address(model: number, array: number): number;
  wl_size(model: number, array: number): number;
  wl_parameter_count(model: number): number;
  wl_parameter(model: number, index: number, what: number): number;
  wl_randomize(model: number, seedLow: number, seedHigh: number, normal: number): number;
  wl_pack(model: number): number;
  wl_forward(model: number, n: number, flags: number): number;
  wl_step(model: number, n: number): number;
  wl_reset(model: number, row: number): number;
  wl_evaluate(model: number, n: number, flags: number): number;
  wl_train(model: number, n: number, flags: number): number;
  wl_train_head(model: number, n: number, flags: number): number;
  wl_set(model: number, index: number, value: number): number;
  wl_get(model: number, index: number): number;
  wl_saved_bytes(model: number): number;
  wl_save(model: number, to: number): number;
  wl_restore(model: number, from: number, bytes: number): number;
}

export interface EdgeOptions {
  /** Sequences side by side. */
  batch: number;
  /** The longest sequence; default the architecture's timeSteps. */
  steps?: number;
  use: EdgeUse;
}

const TYPES = { lstm: CellType.Lstm, gru: CellType.Gru, rnn: CellType.Rnn };
const HEADS = { softmax: HeadType.Softmax, sigmoid: HeadType.Sigmoid, linear: HeadType.Linear };
const PAGE_BYTES = 65536;

/** Instantiates a build of the edge core; it needs no imports. */
export async function loadEdge(bytes: Uint8Array<ArrayBuffer>): Promise<EdgeCore> {
  const { instance } = await WebAssembly.instantiate(bytes);
  return instance.exports as unknown as EdgeCore;
}

/** Throws a RangeError with the error's name unless `result`, what a call returned, is one. Returns it. */
export function checked(result: number, call = "the edge core"): number {
  if (result < 0) throw new RangeError(`${call}: ${EdgeError[result] ?? result}`);
  return result;
}

/** Describes a model at an address; the next call is wl_bytes or wl_init. */
export function describeEdge(
  core: EdgeCore,
  model: number,
  { timeSteps, features, projectionUnits, layers, head }: Architecture,
  { batch, steps = timeSteps, use }: EdgeOptions,
): void {
  checked(core.wl_begin(model, ABI_VERSION, batch, steps, features, projectionUnits, use), "wl_begin");
  for (const layer of layers) {
    const flags =
      (layer.bidirectional ? EdgeLayerFlag.Bidirectional : 0) |
      (layer.peepholes ? EdgeLayerFlag.Peepholes : 0) |
      (layer.type === "gru" && !layer.resetAfter ? EdgeLayerFlag.ResetBefore : 0);
    const { units, recurrentProjectionUnits, forgetBias, cellClip, dropout, recurrentDropout } = layer;
    const type = TYPES[layer.type];
    checked(
      core.wl_add_layer(
        model,
        type,
        units,
        flags,
        recurrentProjectionUnits,
        forgetBias,
        cellClip,
        dropout,
        recurrentDropout,
      ),
      "wl_add_layer",
    );
  }
  checked(
    core.wl_set_head(model, HEADS[head.type], head.units, head.everyStep ? 1 : 0, head.dropout),
    "wl_set_head",
  );
}

/** Bytes of memory that a device needs for a model: the core's own part, then the model's, worked out by the core. */
export function edgeMemory(
  core: EdgeCore,
  architecture: Architecture,
  options: EdgeOptions,
): { core: number; model: number } {
  const model = core.wl_first_address();
  describeEdge(core, model, architecture, options);
  return { core: model, model: checked(core.wl_bytes(model), "wl_bytes") };
}

/** Describes a model at an address, grows the memory as far as it needs, and lays it out. Returns its bytes. */
export function placeEdge(
  core: EdgeCore,
  model: number,
  architecture: Architecture,
  options: EdgeOptions,
): number {
  // A description takes less than a kilobyte, and one more for each cell.
  reach(core, model + 1024 * (1 + 2 * architecture.layers.length));
  describeEdge(core, model, architecture, options);
  const bytes = checked(core.wl_bytes(model), "wl_bytes");
  reach(core, model + bytes);
  checked(core.wl_init(model), "wl_init");
  return bytes;
}

function reach(core: EdgeCore, end: number): void {
  const missing = Math.ceil((end - core.memory.buffer.byteLength) / PAGE_BYTES);
  if (missing > 0) core.memory.grow(missing);
}

/** An array of a model as floats; made anew after memory has grown. */
export function edgeFloats(core: EdgeCore, model: number, array: EdgeArray): Float32Array {
  const [address, bytes] = [core.wl_address(model, array), core.wl_size(model, array)];
  return new Float32Array(core.memory.buffer, checked(address, "wl_address"), bytes / 4);
}

/** The same as whole numbers. */
export function edgeInts(core: EdgeCore, model: number, array: EdgeArray): Int32Array {
  const floats = edgeFloats(core, model, array);
  return new Int32Array(floats.buffer, floats.byteOffset, floats.length);
}
