// NumPy's .npz file format: a ZIP archive of .npy files -> named arrays. No file access.

import { fail, quote } from "./json-reader.ts";
import { decodeNpy, encodeNpy, type NpyArray } from "./npy.ts";
import { readZip, writeZip } from "./zip.ts";

const EXTENSION = ".npy";

/** The arrays of np.savez and np.savez_compressed, under the names they were given there. */
export async function decodeNpz(bytes: Uint8Array, name: string): Promise<Map<string, NpyArray>> {
  const arrays = new Map<string, NpyArray>();
  for (const [path, file] of await readZip(bytes, name)) {
    if (!path.endsWith(EXTENSION)) fail(name, `expected ${EXTENSION} files alone, got ${quote(path)}`);
    arrays.set(path.slice(0, -EXTENSION.length), decodeNpy(file, `${name}: ${quote(path)}`));
  }
  return arrays;
}

/** What np.savez writes, stored and not compressed; np.load gives the arrays by their names. */
export function encodeNpz(arrays: ReadonlyMap<string, NpyArray>): Uint8Array {
  return writeZip(new Map([...arrays].map(([name, array]) => [name + EXTENSION, encodeNpy(array)])));
}
