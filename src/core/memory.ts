// Named views of one planned model's memory. Addresses come from the core's directories, none is computed here.

import { type CellRegion, CellType, HeadType, Region, Setting } from "../../assembly/regions.ts";
import { type Architecture, type LayerConfig, outputUnits } from "../layers.ts";
import type { Core } from "./core.ts";

const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;
const TYPES = { lstm: CellType.Lstm, gru: CellType.Gru, rnn: CellType.Rnn };
const HEADS = { softmax: HeadType.Softmax, sigmoid: HeadType.Sigmoid, linear: HeadType.Linear };

/** What a model's memory is planned for. */
export interface PlanConfig extends Architecture {
  batchSize: number;
}

/** One direction of a layer. */
export interface CellView {
  layer: number;
  reversed: boolean;
  config: LayerConfig;
  /** Units, and the width of h. */
  units: number;
  outputs: number;
  /** Where the core keeps it. */
  address: number;
}

export class ModelMemory {
  readonly plan: number;
  /** Layer by layer, forward before reversed. */
  readonly cells: readonly CellView[];
  /** Bytes of linear memory, fixed from here on. */
  readonly bytes: number;
  readonly #core: Core;
  readonly #settings: Float64Array;

  /**
   * Plans the model and grows the memory once; `trains` is false for one that only predicts. Throws a RangeError when
   * it does not fit into WebAssembly's 4 GiB.
   */
  constructor(core: Core, config: PlanConfig, { trains = true } = {}) {
    this.#core = core;
    this.plan = core.planBase();
    this.cells = describe(core, this.plan, config, trains);
    const end = core.layout(this.plan);
    const pages = Math.ceil(end / PAGE_BYTES);
    const missing = pages - core.memory.buffer.byteLength / PAGE_BYTES;
    if (pages > MAX_PAGES) {
      throw new RangeError(`this model needs ${sizeText(end)} of memory, WebAssembly has 4 at most`);
    }
    try {
      if (missing > 0) core.memory.grow(missing);
    } catch {
      throw new RangeError(`this model needs ${sizeText(end)} of memory, the engine would not give as much`);
    }
    this.bytes = core.memory.buffer.byteLength;
    this.#settings = new Float64Array(core.memory.buffer, core.at(this.plan, Region.Settings), Setting.Count);
    this.floats(Region.SampleWeights).fill(1);
    this.floats(Region.ClassWeights).fill(1);
  }

  floats(region: Region): Float32Array {
    return new Float32Array(this.#core.memory.buffer, this.#at(region), this.#bytesOf(region) / 4);
  }

  ints(region: Region): Int32Array {
    return new Int32Array(this.#core.memory.buffer, this.#at(region), this.#bytesOf(region) / 4);
  }

  /** A region of cell number k. */
  cellFloats(k: number, region: CellRegion): Float32Array {
    const { address } = this.cells[k];
    return new Float32Array(
      this.#core.memory.buffer,
      this.#core.regionOf(address, region) >>> 0,
      this.#core.sizeOfCell(address, region) / 4,
    );
  }

  get(setting: Setting): number {
    return this.#settings[setting];
  }

  set(setting: Setting, value: number): void {
    this.#settings[setting] = value;
  }

  #at(region: Region): number {
    return this.#core.at(this.plan, region) >>> 0;
  }

  #bytesOf(region: Region): number {
    return this.#core.sizeOf(this.plan, region);
  }
}

/** What `bytes` of such a model's memory would be; nothing grows. The core is good for this alone. */
export function plannedBytes(core: Core, config: PlanConfig, { trains }: { trains: boolean }): number {
  const plan = core.planBase();
  describe(core, plan, config, trains);
  return Math.ceil(core.layout(plan) / PAGE_BYTES) * PAGE_BYTES;
}

function describe(core: Core, plan: number, config: PlanConfig, trains: boolean): CellView[] {
  const { batchSize, timeSteps, features, projectionUnits, layers, head } = config;
  core.describe(plan, batchSize, timeSteps, features, projectionUnits, trains ? 1 : 0);
  for (const layer of layers) {
    core.addLayer(
      plan,
      TYPES[layer.type],
      layer.units,
      layer.bidirectional ? 1 : 0,
      layer.type === "gru" && !layer.resetAfter ? 1 : 0,
      layer.peepholes ? 1 : 0,
      layer.recurrentProjectionUnits,
      layer.forgetBias,
      layer.cellClip,
      layer.dropout,
      layer.recurrentDropout,
    );
  }
  core.setHead(plan, HEADS[head.type], head.units, head.everyStep ? 1 : 0, head.dropout);
  return layers
    .flatMap((layer, l) =>
      (layer.bidirectional ? [false, true] : [false]).map((reversed) => ({ layer, l, reversed })),
    )
    .map(({ layer, l, reversed }, k) => ({
      layer: l,
      reversed,
      config: layer,
      units: layer.units,
      outputs: outputUnits(layer),
      address: core.cellOf(plan, k) >>> 0,
    }));
}

function sizeText(bytes: number): string {
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
