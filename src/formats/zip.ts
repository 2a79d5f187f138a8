// ZIP archives -> their files, stored or deflated, checked by size and CRC-32, and back, stored. No encryption, no ZIP64.
// Fields as in PKWARE's APPNOTE.TXT; sizes are those of the central directory, at the end of the archive.

import { crc32 } from "./crc32.ts";
import { fail, quote } from "./json-reader.ts";

const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

/** Deflate's best: a block of 258 equal bytes in 2 bits, and some bytes for the beginning. */
const MAX_RATIO = 1032;

/** All files of an archive together inflate to this many bytes at most, and to so many more for each of its own. */
const MAX_INFLATED = 64 * 2 ** 20;
const MAX_INFLATED_PER_BYTE = 100;

interface Entry {
  path: string;
  method: number;
  crc: number;
  compressed: number;
  size: number;
  localAt: number;
}

/** Reads all files, by their paths. `name` is the archive's name, with which every error message begins. */
export async function readZip(bytes: Uint8Array, name: string): Promise<Map<string, Uint8Array>> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files = new Map<string, Uint8Array>();
  for (const entry of readDirectory(bytes, view, name)) {
    const where = `${name}: ${quote(entry.path)}`;
    const data = fileBytes(bytes, view, entry, where);
    const file = entry.method === STORED ? new Uint8Array(data) : await inflate(data, entry.size, where);
    if (crc32(file) !== entry.crc) throw new RangeError(`${where}: its CRC-32 is not that of the directory`);
    files.set(entry.path, file);
  }
  return files;
}

function readDirectory(bytes: Uint8Array, view: DataView, name: string): Entry[] {
  let endAt = bytes.length - END_BYTES;
  const first = Math.max(0, endAt - MAX_COMMENT_BYTES);
  const isEnd = (at: number) =>
    view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === bytes.length;
  while (endAt >= first && !isEnd(endAt)) endAt--;
  if (endAt < first)
    fail(name, `expected a ZIP archive with a directory at its end, got ${bytes.length} bytes`);
  const count = view.getUint16(endAt + 10, true);
  const directoryBytes = view.getUint32(endAt + 12, true);
  const directoryAt = view.getUint32(endAt + 16, true);
  if (count === 0xffff || directoryAt === 0xffffffff) fail(name, "expected no ZIP64 archive, got one");
  if (directoryAt + directoryBytes > endAt || count * ENTRY_BYTES > directoryBytes) {
    fail(
      name,
      `expected a directory of ${count} files in ${endAt} bytes, got ${directoryBytes} bytes from ${directoryAt}`,
    );
  }

  const entries = new Map<string, Entry>();
  let at = directoryAt;
  let total = 0;
  let inflated = 0;
  const mostInflated = MAX_INFLATED + MAX_INFLATED_PER_BYTE * bytes.length;
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > endAt || view.getUint32(at, true) !== ENTRY) {
      fail(name, `expected file ${i} of the directory at byte ${at}, got something else`);
    }
    const pathBytes = view.getUint16(at + 28, true);
    const next = at + ENTRY_BYTES + pathBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > endAt) fail(name, `expected file ${i} of the directory to end by byte ${endAt}, got ${next}`);
    const pathAt = at + ENTRY_BYTES;
    const path = new TextDecoder().decode(bytes.subarray(pathAt, pathAt + pathBytes));
    if (entries.has(path)) fail(name, `expected each file once, got ${quote(path)} twice`);
    const entry: Entry = {
      path,
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      compressed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      localAt: view.getUint32(at + 42, true),
    };
    if (view.getUint16(at + 8, true) & ENCRYPTED) fail(name, `${quote(path)}: expected no encryption`);
    // Files that overlap would cost more work than the archive has bytes.
    total += entry.compressed;
    if (total > bytes.length) fail(name, `expected files of at most ${bytes.length} bytes, got ${total}`);
    inflated += entry.size;
    if (inflated > mostInflated) {
      fail(name, `expected at most ${mostInflated} bytes inflated from ${bytes.length}, got ${inflated}`);
    }
    entries.set(path, entry);
    at = next;
  }
  return [...entries.values()];
}

function fileBytes(bytes: Uint8Array, view: DataView, entry: Entry, where: string): Uint8Array {
  const { method, compressed, size, localAt } = entry;
  if (method !== STORED && method !== DEFLATED) {
    throw new RangeError(
      `${where}: expected method ${STORED} (stored) or ${DEFLATED} (deflated), got ${method}`,
    );
  }
  const possible = method === STORED ? size === compressed : size <= MAX_RATIO * (compressed + 1);
  if (!possible) throw new RangeError(`${where}: ${compressed} bytes cannot hold a file of ${size}`);
  if (localAt + LOCAL_BYTES > bytes.length || view.getUint32(localAt, true) !== LOCAL) {
    throw new RangeError(`${where}: expected the file at byte ${localAt}, got something else`);
  }
  const at = localAt + LOCAL_BYTES + view.getUint16(localAt + 26, true) + view.getUint16(localAt + 28, true);
  if (at + compressed > bytes.length) {
    throw new RangeError(`${where}: expected ${compressed} bytes from ${at}, got a file of ${bytes.length}`);
  }
  return bytes.subarray(at, at + compressed);
}

/** The oldest version that reads stored files, and the flag that says that paths are in UTF-8. */
const VERSION = 20;
const UTF8 = 1 << 11;
/** 1980-01-01, the first day that the format knows: equal files give equal archives. */
const FIRST_DAY = 0x21;

/** An archive of these files, by their paths, stored. Throws a RangeError if it would need ZIP64. */
export function writeZip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const entries = [...files].map(([path, data]) => ({ path: new TextEncoder().encode(path), data }));
  const localBytes = entries.reduce(
    (sum, { path, data }) => sum + LOCAL_BYTES + path.length + data.length,
    0,
  );
  const directoryBytes = entries.reduce((sum, { path }) => sum + ENTRY_BYTES + path.length, 0);
  const size = localBytes + directoryBytes + END_BYTES;
  if (size > 0xffffffff || entries.length >= 0xffff || entries.some(({ path }) => path.length > 0xffff)) {
    throw new RangeError(
      `a ZIP archive holds less than 4 GB in 65535 files, got ${size} bytes in ${files.size}`,
    );
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  let directoryAt = localBytes;
  // From the version on, both headers of a file have 26 equal bytes.
  const shared = (headerAt: number, crc: number, { path, data }: (typeof entries)[number]) => {
    view.setUint16(headerAt, VERSION, true);
    view.setUint16(headerAt + 2, UTF8, true);
    view.setUint16(headerAt + 8, FIRST_DAY, true);
    view.setUint32(headerAt + 10, crc, true);
    view.setUint32(headerAt + 14, data.length, true);
    view.setUint32(headerAt + 18, data.length, true);
    view.setUint16(headerAt + 22, path.length, true);
  };
  for (const entry of entries) {
    const crc = crc32(entry.data);
    view.setUint32(directoryAt, ENTRY, true);
    view.setUint16(directoryAt + 4, VERSION, true);
    shared(directoryAt + 6, crc, entry);
    view.setUint32(directoryAt + 42, at, true);
    bytes.set(entry.path, directoryAt + ENTRY_BYTES);
    directoryAt += ENTRY_BYTES + entry.path.length;
    view.setUint32(at, LOCAL, true);
    shared(at + 4, crc, entry);
    bytes.set(entry.path, at + LOCAL_BYTES);
    bytes.set(entry.data, at + LOCAL_BYTES + entry.path.length);
    at += LOCAL_BYTES + entry.path.length + entry.data.length;
  }
  view.setUint32(directoryAt, END, true);
  view.setUint16(directoryAt + 8, entries.length, true);
  view.setUint16(directoryAt + 10, entries.length, true);
  view.setUint32(directoryAt + 12, directoryBytes, true);
  view.setUint32(directoryAt + 16, localBytes, true);
  return bytes;
}

/** Inflates no more than `size` bytes. */
async function inflate(data: Uint8Array, size: number, where: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    const stream = new Blob([data.slice()]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      total += part.value.length;
      chunks.push(part.value);
      if (total <= size) continue;
      await reader.cancel();
      break;
    }
  } catch {
    throw new RangeError(`${where}: expected deflated data, got something else`);
  }
  if (total !== size) {
    const got = total > size ? "more" : `${total}`;
    throw new RangeError(`${where}: expected ${size} bytes inflated, got ${got}`);
  }
  const file = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}
