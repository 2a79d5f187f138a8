// Arguments as they came, with what the names in them stand for.

import { Batches } from "../data/batches.ts";
import { Dataset, type DatasetParts } from "../data/dataset.ts";
import { isPlain } from "./buffers.ts";
import type { DatasetName, Name } from "./protocol.ts";

/** What stands in for a call's signal and functions. */
export interface StandIns {
  signal: AbortSignal;
  callback(name: string): (value: unknown) => Promise<unknown>;
}

/** Keeps the datasets. */
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
