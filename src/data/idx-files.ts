// The four IDX files of a set of images in a folder, gzipped or not: found, unpacked, verified, parsed.

import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type IdxArray, parseIdx } from "./idx.ts";

export const FILE_NAMES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;

export type FileName = (typeof FILE_NAMES)[number];

/** Size in bytes and SHA-256 in hex of each file, not gzipped. */
export type ChecksumTable = Readonly<Record<FileName, { readonly size: number; readonly sha256: string }>>;

export type IdxSet = Map<FileName, IdxArray>;

// The largest file taken from a user's folder, gunzipped: above EMNIST, below what one array holds.
const LARGEST_FILE = 2 ** 30;

// What gzip may add to data it cannot compress.
export const GZIP_SLACK = 2 ** 20;

// With a table every file must match it; without one it must be well-formed.
export async function readSet(
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
export async function unpack(bytes: Uint8Array, limit: number, name: string): Promise<Uint8Array> {
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

export function verify(raw: Uint8Array, { size, sha256 }: ChecksumTable[FileName], name: string): void {
  if (raw.length !== size) throw new Error(`${name}: expected ${size} bytes, got ${raw.length}`);
  const came = createHash("sha256").update(raw).digest("hex");
  if (came !== sha256) throw new Error(`${name}: expected sha256 ${sha256}, got ${came}`);
}

export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  const why = cause?.message || cause?.code;
  return why ? `${error.message}: ${why}` : error.message;
}
