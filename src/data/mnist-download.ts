// One file of MNIST from a mirror, verified and kept in the cache.

import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type IdxArray, parseIdx } from "./idx.ts";
import { type ChecksumTable, type FileName, GZIP_SLACK, reason, unpack, verify } from "./idx-files.ts";

export interface DownloadOptions {
  signal?: AbortSignal;
  onProgress?: (text: string) => void;
  /** Milliseconds a mirror may stay silent; 60000 unless told. */
  timeout?: number;
}

// A file that cannot be cached is used all the same.
export async function download(
  mirror: string,
  name: FileName,
  expected: ChecksumTable[FileName],
  cache: string,
  { signal, onProgress, timeout = 60_000 }: DownloadOptions,
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
