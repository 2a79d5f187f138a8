// Arguments of a model's methods made ready to be sent: arrays are copied once, or moved where the caller gives them
// up; what cannot be sent, datasets, batches, signals and functions, is named instead.

import type { Batches, BatchSource } from "../data/batches.ts";
import { Dataset } from "../data/dataset.ts";
import type { DataShape } from "../data/shape.ts";
import { isPlain, ownsBuffer } from "./buffers.ts";
import type { DatasetName } from "./protocol.ts";

/** Arguments ready to be sent, and what stays behind. */
export interface Packed {
  args: unknown[];
  transfer: Transferable[];
  callbacks: Record<string, (value: never) => unknown>;
  signal?: AbortSignal;
  batches?: Batches;
  /** Streams of batches, which the engine draws from here. */
  sources: BatchSource[];
}

/** Knows which datasets the engine has. */
export class Packer {
  readonly #ids = new WeakMap<Dataset, number>();
  readonly #collected: FinalizationRegistry<number>;
  #count = 0;

  /** `forget` is called with the number of a dataset that the page has no longer. */
  constructor(forget: (id: number) => void) {
    this.#collected = new FinalizationRegistry(forget);
  }

  /** Option `transfer: true` of the last argument gives the arrays up. */
  pack(args: readonly unknown[]): Packed {
    const gives = (args.at(-1) as { transfer?: boolean } | undefined)?.transfer === true;
    const packed: Packed = { args: [], transfer: [], callbacks: {}, sources: [] };
    packed.args = args.map((value) => this.#pack(value, "", gives, packed));
    return packed;
  }

  #pack(value: unknown, key: string, gives: boolean, packed: Packed): unknown {
    if (ArrayBuffer.isView(value)) return packArray(value, gives, packed.transfer);
    if (value instanceof Dataset) return this.#name(value, gives, packed.transfer);
    if (isBatches(value)) {
      packed.batches = value;
      return { $batches: value.state(), of: this.#name(value.dataset, gives, packed.transfer) };
    }
    if (isSource(value)) {
      packed.sources.push(value);
      return { $source: packed.sources.length - 1, shape: shapeOf(value) };
    }
    if (value instanceof AbortSignal) {
      packed.signal = value;
      return { $signal: true };
    }
    if (typeof value === "function") {
      packed.callbacks[key] = value as (value: never) => unknown;
      return { $callback: key };
    }
    const each = ([name, item]: [string, unknown]): [string, unknown] => [
      name,
      this.#pack(item, name, gives, packed),
    ];
    if (value instanceof Map) return new Map([...value].map(each));
    if (Array.isArray(value) && typeof value[0] === "object") {
      return value.map((item) => this.#pack(item, key, gives, packed));
    }
    if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(each));
    return value;
  }

  #name(dataset: Dataset, gives: boolean, transfer: Transferable[]): DatasetName {
    const known = this.#ids.get(dataset);
    if (known !== undefined) return { $dataset: known };
    const values = gives ? dataset.giveValues() : dataset.copyValues();
    if (ownsBuffer(values)) transfer.push(values.buffer);
    const parts = Object.entries(dataset.parts()).map(([name, part]) => [
      name,
      ArrayBuffer.isView(part) ? packArray(part, false, transfer) : part,
    ]);
    const id = ++this.#count;
    this.#ids.set(dataset, id);
    this.#collected.register(dataset, id);
    return { $dataset: id, parts: { ...Object.fromEntries(parts), values } };
  }
}

// A view of a part of a buffer would be sent with the whole of it.
function packArray(view: ArrayBufferView, gives: boolean, transfer: Transferable[]): ArrayBufferView {
  if (!(view.buffer instanceof ArrayBuffer)) return view;
  const sent = gives && ownsBuffer(view) ? view : (view as Float32Array<ArrayBuffer>).slice();
  if (!transfer.includes(sent.buffer)) transfer.push(sent.buffer);
  return sent;
}

// The class itself would bring its generator to a page that draws no batches.
function isBatches(value: unknown): value is Batches {
  return typeof value === "object" && value !== null && "dataset" in value && "restore" in value;
}

function isSource(value: unknown): value is BatchSource {
  return typeof (value as Partial<BatchSource> | null)?.nextInto === "function";
}

// Whatever object a source keeps its shape in.
function shapeOf({ shape }: BatchSource): DataShape {
  const { name, timeSteps, features, truth, everyStep, outputs, hasLengths, hasSampleWeights } = shape;
  return { name, timeSteps, features, truth, everyStep, outputs, hasLengths, hasSampleWeights };
}
