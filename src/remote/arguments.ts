// Arguments of a model's methods as messages: arrays are copied once, or moved where the caller gives them up; what
// cannot be sent, datasets, batches, signals and functions, is named instead and stood in for on the other side.

import { Batches, type BatchesState, type BatchSource } from "../data/batches.ts";
import { Dataset, type DatasetParts } from "../data/dataset.ts";
import { ownsBuffer } from "./connection.ts";

interface DatasetName {
  $dataset: number;
  /** With the first mention alone. */
  parts?: DatasetParts<Uint8Array | Float32Array>;
}
type Name =
  | DatasetName
  | { $batches: BatchesState; of: DatasetName }
  | { $signal: true }
  | { $callback: string };

/** Arguments ready to be sent, and what stays behind. */
export interface Packed {
  args: unknown[];
  transfer: Transferable[];
  callbacks: Record<string, (value: never) => unknown>;
  signal?: AbortSignal;
  batches?: Batches;
}

/** The page's side: knows which datasets the engine has. */
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
    const packed: Packed = { args: [], transfer: [], callbacks: {} };
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
    if (typeof (value as Partial<BatchSource> | null)?.nextInto === "function") {
      throw new TypeError("a stream of batches cannot go to a worker: make the model with worker: false");
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

/** What stands in for a call's signal and functions on the engine's side. */
export interface StandIns {
  signal: AbortSignal;
  callback(name: string): (value: unknown) => Promise<unknown>;
}

/** The engine's side: has the datasets. */
export class Unpacker {
  readonly #datasets = new Map<number, Dataset>();

  /** The arguments, and the batches among them. */
  unpack(args: readonly unknown[], standIns: StandIns): { args: unknown[]; batches?: Batches } {
    const unpacked: { args: unknown[]; batches?: Batches } = { args: [] };
    const each = (value: unknown): unknown => {
      if (!isPlain(value)) return value;
      const name = value as unknown as Name;
      if ("$dataset" in name) return this.#dataset(name);
      if ("$signal" in name) return standIns.signal;
      if ("$callback" in name) return standIns.callback(name.$callback);
      if ("$batches" in name) {
        unpacked.batches = new Batches(this.#dataset(name.of));
        unpacked.batches.restore(name.$batches);
        return unpacked.batches;
      }
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, each(item)]));
    };
    unpacked.args = args.map(each);
    return unpacked;
  }

  forget(id: number): void {
    this.#datasets.delete(id);
  }

  #dataset({ $dataset: id, parts }: DatasetName): Dataset {
    if (parts !== undefined) this.#datasets.set(id, datasetOf(parts));
    return this.#datasets.get(id)!;
  }
}

function datasetOf(parts: DatasetParts<Uint8Array | Float32Array>): Dataset {
  return parts.values instanceof Uint8Array
    ? Dataset.fromBytes({ ...parts, values: parts.values })
    : Dataset.fromFloats({ ...parts, values: parts.values });
}

// The class itself would bring its generator to a page that draws no batches.
function isBatches(value: unknown): value is Batches {
  return typeof value === "object" && value !== null && "dataset" in value && "restore" in value;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
