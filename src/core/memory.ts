// Named views of one planned model's memory. Addresses come from the core's directory, none is computed here.

import { Region, Setting } from "../../assembly/regions.ts";
import type { Core } from "./load.ts";

const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;

export interface Dimensions {
  batchSize: number;
  timeSteps: number;
  features: number;
  /** 0: no projection. */
  projectionUnits: number;
  units: number;
  classes: number;
}

export class ModelMemory {
  readonly plan: number;
  /** Bytes of linear memory, fixed from here on. */
  readonly bytes: number;
  readonly #core: Core;
  readonly #settings: Float64Array;

  /** Plans the model and grows the memory once. Throws a RangeError when it does not fit into WebAssembly's 4 GiB. */
  constructor(core: Core, d: Dimensions) {
    this.#core = core;
    this.plan = core.planBase();
    const end = core.layout(
      this.plan,
      d.batchSize,
      d.timeSteps,
      d.features,
      d.projectionUnits,
      d.units,
      d.classes,
    );
    const pages = Math.ceil(end / PAGE_BYTES);
    const missing = pages - core.memory.buffer.byteLength / PAGE_BYTES;
    if (pages > MAX_PAGES) {
      throw new RangeError(`this model needs ${gib(end)} GiB of memory, WebAssembly has 4 at most`);
    }
    try {
      if (missing > 0) core.memory.grow(missing);
    } catch {
      throw new RangeError(`this model needs ${gib(end)} GiB of memory, the engine would not give as much`);
    }
    this.bytes = core.memory.buffer.byteLength;
    this.#settings = new Float64Array(core.memory.buffer, core.at(this.plan, Region.Settings), Setting.Count);
  }

  floats(region: Region): Float32Array {
    return new Float32Array(this.#core.memory.buffer, this.#at(region), this.#bytesOf(region) / 4);
  }

  ints(region: Region): Int32Array {
    return new Int32Array(this.#core.memory.buffer, this.#at(region), this.#bytesOf(region) / 4);
  }

  /** The part of a block of the parameters' length that belongs to the parameter tensor `region`. */
  slot(block: Region, region: Region): Float32Array {
    const offset = this.#at(region) - this.#at(Region.Parameters);
    return new Float32Array(this.#core.memory.buffer, this.#at(block) + offset, this.#bytesOf(region) / 4);
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

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}
