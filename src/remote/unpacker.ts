// Arguments as they came, with what the names in them stand for.

import { type Batch, copyRow, emptyBatch } from "../data/batch-views.ts";
import { Batches, type BatchSource } from "../data/batches.ts";
import { Dataset, type DatasetParts } from "../data/dataset.ts";
import type { DataShape } from "../data/shape.ts";
import { isPlain } from "./buffers.ts";
import type { DatasetName, Name } from "./protocol.ts";

/** What stands in for a call's signal and functions. */
export interface StandIns {
  signal: AbortSignal;
  callback(name: string): (value: unknown) => Promise<unknown>;
  /** The next n sequences of a source, in the arrays of `batch` or others like them. */
  draw(source: number, batch: Batch, n: number): Promise<{ rows: number; batch: Batch }>;
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
      if ("$source" in name) return sourceOf(name.shape, (batch, n) => standIns.draw(name.$source, batch, n));
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

function sourceOf(
  shape: DataShape,
  draw: (batch: Batch, n: number) => ReturnType<StandIns["draw"]>,
): BatchSource {
  let own: Batch | undefined;
  return {
    shape,
    async nextInto(views, n) {
      const { rows, batch } = await draw(own ?? emptyBatch(shape, n), n);
      for (let row = 0; row < rows; row++) copyRow(shape, batch, row, views, row);
      own = batch;
      return rows;
    },
  };
}

function datasetOf(parts: DatasetParts<Uint8Array | Float32Array>): Dataset {
  return parts.values instanceof Uint8Array
    ? Dataset.fromBytes({ ...parts, values: parts.values })
    : Dataset.fromFloats({ ...parts, values: parts.values });
}
